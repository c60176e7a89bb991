"""What asks the tables: DuckDB on one machine, Spark on many. Both are given the same Spark SQL and answer with Arrow."""

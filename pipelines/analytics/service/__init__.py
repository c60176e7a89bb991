"""Use cases of the lake: topics into tables, tables kept in order, jobs, questions, the recount."""

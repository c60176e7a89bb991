"""All SQL, by subject."""

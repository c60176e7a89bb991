"""Use cases, by subject."""

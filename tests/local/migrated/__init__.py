"""A service with one table, to try migrations on."""

"""HTTP bodies, by subject."""

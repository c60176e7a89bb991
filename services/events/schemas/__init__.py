"""HTTP bodies of events."""

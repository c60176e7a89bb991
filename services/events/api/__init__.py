"""HTTP in and out of events."""

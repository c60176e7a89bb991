"""HTTP in and out of catalog."""

"""HTTP bodies of catalog."""

"""HTTP in and out of watchstate."""

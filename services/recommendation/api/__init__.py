"""What comes in over HTTP, by subject."""

"""The front door: nginx and njs configuration, rendered from plain settings."""

"""What crosses boundaries: every event, one file per producer."""

"""What crosses boundaries: every event, one file per producer, and what an access token says."""

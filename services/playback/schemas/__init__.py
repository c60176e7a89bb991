"""HTTP bodies of playback, one file per subject. Positions and durations in seconds, heights in pixels."""

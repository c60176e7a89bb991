"""Use cases of playback: starting a play, keeping it alive and ending it, and telling edges what has ended."""

"""HTTP of the transcoding pipeline."""

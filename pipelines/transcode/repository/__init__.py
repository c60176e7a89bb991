"""All SQL of the transcoding pipeline."""

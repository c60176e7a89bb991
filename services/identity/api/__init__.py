"""HTTP in and out of identity, one file per subject."""

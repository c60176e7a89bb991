"""HTTP bodies of identity, one file per subject."""

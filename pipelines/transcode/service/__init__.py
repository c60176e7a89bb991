"""Use cases of transcoding: receiving uploads, running jobs, publishing assets, and clearing away what is left."""

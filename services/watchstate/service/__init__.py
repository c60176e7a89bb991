"""Use cases of watchstate: progress, My List, projections of what neighbours tell, and syncing devices."""

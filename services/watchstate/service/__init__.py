"""Use cases of watchstate: watching, My List, what arrives from neighbours, and syncing devices."""

"""All SQL of playback: `starts`, `leases`, the `gates` that judge both, and `projections` of what neighbours tell."""

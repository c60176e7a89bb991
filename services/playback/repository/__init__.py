"""All SQL of playback: leases and sessions in `leases`, other services' facts in `projections`."""

"""All SQL of watchstate: `progress`, `my_list`, `device_reports`, `projections` of the neighbours' facts, and the `sync` log."""

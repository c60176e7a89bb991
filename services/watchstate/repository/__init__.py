"""All SQL of watchstate: `progress`, `lists`, `copies` of the neighbours' facts, and the `sync` log."""

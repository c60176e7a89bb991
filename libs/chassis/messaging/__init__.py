"""Events out and in: the outbox and its relay, the bus, consumers, dead letters, replays."""

"""What a service keeps: its database, migrations, idempotency keys, and how long rows stay."""

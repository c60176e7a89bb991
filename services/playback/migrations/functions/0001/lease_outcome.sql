-- What asking for a stream slot comes to. `active` lists who holds the slots where there was none left.
CREATE TYPE lease_outcome AS (
    admitted boolean,
    fencing bigint,
    at timestamptz,
    expires_at timestamptz,
    active jsonb,
    takeover_expires_at timestamptz
)

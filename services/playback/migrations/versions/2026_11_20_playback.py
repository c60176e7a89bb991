"""Tables of playback, and the functions through which leases are taken and ended.

Revision ID: playback_0001
"""

from pathlib import Path

from alembic import op

from libs.chassis.data.migrations import create_chassis_tables, drop_chassis_tables

revision = "playback_0001"
down_revision = None

FUNCTIONS = Path(__file__).parents[1] / "functions" / "0001"

TABLES = {
    "account_slots": "account_id uuid PRIMARY KEY, fencing bigint NOT NULL",
    "leases": """
        session_id uuid PRIMARY KEY, account_id uuid NOT NULL, sign_in_id uuid NOT NULL, device_id uuid,
        fencing bigint NOT NULL, seq bigint NOT NULL, position double precision NOT NULL, state text NOT NULL,
        acquired_at timestamptz NOT NULL, expires_at timestamptz NOT NULL""",
    "sessions": """
        session_id uuid PRIMARY KEY, account_id uuid NOT NULL, profile_id uuid NOT NULL, sign_in_id uuid NOT NULL,
        device_id uuid, title_id uuid NOT NULL, playable_id uuid NOT NULL, asset_id uuid NOT NULL, fencing bigint NOT NULL,
        duration double precision NOT NULL, title text NOT NULL, device text NOT NULL, profile text NOT NULL,
        started_at timestamptz NOT NULL, started_from double precision NOT NULL, position double precision NOT NULL,
        ended_at timestamptz, end_reason text""",
    "takeovers": """
        token_hash bytea PRIMARY KEY, account_id uuid NOT NULL, profile_id uuid NOT NULL, playable_id uuid NOT NULL,
        device_id uuid, max_height integer, ends_session_id uuid, expires_at timestamptz NOT NULL,
        used_at timestamptz""",
    "positions": """
        profile_id uuid, playable_id uuid, position double precision, ended boolean NOT NULL,
        occurred_at timestamptz NOT NULL, PRIMARY KEY (profile_id, playable_id)""",
    "accounts": "account_id uuid PRIMARY KEY, version bigint NOT NULL, status text NOT NULL",
    "profiles": """
        profile_id uuid PRIMARY KEY, account_id uuid NOT NULL, name text NOT NULL, maturity integer NOT NULL""",
    "devices": """
        device_id uuid PRIMARY KEY, account_id uuid NOT NULL, name text NOT NULL,
        removed boolean NOT NULL DEFAULT false""",
    "revoked_sign_ins": "sign_in_id uuid PRIMARY KEY, revoked_at timestamptz NOT NULL",
    "entitlements": """
        account_id uuid PRIMARY KEY, version bigint NOT NULL, plan_id text NOT NULL, status text NOT NULL,
        max_streams integer NOT NULL, max_height integer NOT NULL, overflow text NOT NULL, valid_until timestamptz""",
    "titles": "title_id uuid PRIMARY KEY, version bigint NOT NULL, status text NOT NULL, maturity integer NOT NULL",
    "title_windows": """
        title_id uuid, number integer, starts_at timestamptz, ends_at timestamptz, regions text[] NOT NULL,
        PRIMARY KEY (title_id, number)""",
    "playables": """
        playable_id uuid PRIMARY KEY, title_id uuid NOT NULL, label text NOT NULL, asset_id uuid,
        duration double precision NOT NULL DEFAULT 0, credits_start double precision, hls text, dash text,
        thumbnails text, heights integer[] NOT NULL, answer jsonb NOT NULL""",
}
INDEXES = (
    ("leases", "account_id"), ("leases", "expires_at"), ("sessions", "account_id", "started_at"),
    ("takeovers", "expires_at"), ("profiles", "account_id"), ("devices", "account_id"),
    ("revoked_sign_ins", "revoked_at"), ("playables", "title_id"),
)  # fmt: skip
# Every heartbeat rewrites a row here: room for its new version on the same page.
REWRITTEN = ("leases", "positions", "account_slots")


def upgrade() -> None:
    create_chassis_tables()
    for name, columns in TABLES.items():
        names = columns.replace(" PRIMARY KEY,", f" CONSTRAINT pk_{name} PRIMARY KEY,")
        names = names.replace(" PRIMARY KEY (", f" CONSTRAINT pk_{name} PRIMARY KEY (")
        op.execute(f"CREATE TABLE {name} ({names})")
    for table, *indexed in INDEXES:
        op.create_index(f"ix_{table}_{'_'.join(indexed)}", table, indexed)
    for name in REWRITTEN:
        op.execute(f"ALTER TABLE {name} SET (fillfactor = 70)")
    op.execute((FUNCTIONS / "lease_outcome.sql").read_text())
    op.execute((FUNCTIONS / "end_leases.sql").read_text())
    op.execute((FUNCTIONS / "acquire_lease.sql").read_text())


def downgrade() -> None:
    op.execute("DROP FUNCTION acquire_lease, end_leases")
    op.execute("DROP TYPE lease_outcome")
    for name in reversed(TABLES):
        op.drop_table(name)
    drop_chassis_tables()

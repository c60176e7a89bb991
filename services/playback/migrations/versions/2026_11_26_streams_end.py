"""A stream ends with what allowed it: hard ends, what is asked again at every heartbeat, replaced sessions.

Every renewal of a lease rewrites its row. That stays on the row's own page, without a word to any index, only while no
indexed column changes: the index on `expires_at` goes, and the sweeper reads the few live rows instead.

Replicas of the release before go on working meanwhile: the functions they call keep their signatures.

Revision ID: playback_0002
"""

from pathlib import Path

from alembic import op

revision = "playback_0002"
down_revision = "playback_0001"

FUNCTIONS = Path(__file__).parents[1] / "functions"

COLUMNS = {
    # What a heartbeat writes comes first, side by side: the log keeps only the bytes between the first and last that differ.
    "leases": (
        "beat_at timestamptz", "untold boolean NOT NULL DEFAULT false", "told_at timestamptz", "title_id uuid",
        "ends_at timestamptz", "ends_code text",
    ),
    "sessions": ("maturity integer", "country text", "device_height integer"),
    "profiles": ("removed boolean NOT NULL DEFAULT false",),
}  # fmt: skip


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    op.drop_index("ix_leases_expires_at", "leases")
    op.create_index("ix_leases_title_id", "leases", ["title_id"])
    op.execute("UPDATE leases l SET title_id = s.title_id FROM sessions s WHERE s.session_id = l.session_id")
    op.execute((FUNCTIONS / "0002" / "end_leases.sql").read_text())
    op.execute((FUNCTIONS / "0002" / "acquire_lease.sql").read_text())


def downgrade() -> None:
    arguments = (
        "uuid, uuid, uuid, uuid, uuid, integer, text, uuid, uuid, uuid, double precision, double precision, text, text,"
    )
    arguments += " text, integer, text, uuid, uuid, integer, interval, timestamptz, text, bytea, interval, timestamptz"
    op.execute(f"DROP FUNCTION acquire_lease({arguments})")
    op.execute("DROP FUNCTION end_leases")
    op.execute((FUNCTIONS / "0001" / "end_leases.sql").read_text())
    op.drop_index("ix_leases_title_id", "leases")
    op.create_index("ix_leases_expires_at", "leases", ["expires_at"])
    op.execute("DELETE FROM profiles WHERE removed")
    for table, columns in COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column.split()[0]}")

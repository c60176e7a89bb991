"""A plain heartbeat writes its lease alone: what it was judged by stays on the lease, and its end writes the position down.

Replicas of the release before go on working meanwhile: they judge every heartbeat and write every position.
"""

from pathlib import Path

from alembic import op

revision = "2026_11_26_heartbeats"
down_revision = "2026_11_26_projections"

FUNCTIONS = Path(__file__).parents[1] / "functions"

COLUMNS = (
    "judged_at timestamptz", "title_version bigint", "profile_id uuid", "playable_id uuid", "asset_id uuid",
    "duration double precision", "heights integer[]", "plan_height integer", "device_height integer",
)  # fmt: skip


def upgrade() -> None:
    for column in COLUMNS:
        op.execute(f"ALTER TABLE leases ADD COLUMN {column}")
    op.execute((FUNCTIONS / "0003" / "end_leases.sql").read_text())


def downgrade() -> None:
    op.execute((FUNCTIONS / "0002" / "end_leases.sql").read_text())
    # The release before looks for positions nowhere else.
    op.execute("""
        INSERT INTO positions AS p (profile_id, playable_id, position, ended, occurred_at)
        SELECT DISTINCT ON (s.profile_id, s.playable_id)
            s.profile_id, s.playable_id, l.position, l.state = 'ended', l.beat_at
        FROM leases l JOIN sessions s USING (session_id) WHERE l.untold
        ORDER BY s.profile_id, s.playable_id, l.beat_at DESC
        ON CONFLICT (profile_id, playable_id) DO UPDATE
        SET position = excluded.position, ended = excluded.ended, occurred_at = excluded.occurred_at
        WHERE p.occurred_at <= excluded.occurred_at
    """)
    for column in COLUMNS:
        op.execute(f"ALTER TABLE leases DROP COLUMN {column.split()[0]}")

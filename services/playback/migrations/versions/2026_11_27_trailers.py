"""Trailers are played without a slot and remembered nowhere.

Replicas of the release before go on working meanwhile: the functions keep their signatures, and know a trailer by its row. Those
replicas ask for a plan before one.
"""

from pathlib import Path

from alembic import op

revision = "2026_11_27_trailers"
down_revision = "2026_11_26_starts"

FUNCTIONS = Path(__file__).parents[1] / "functions"


def upgrade() -> None:
    for table in ("leases", "playables"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN trailer boolean NOT NULL DEFAULT false")
    for function in ("acquire_lease", "end_leases"):
        op.execute((FUNCTIONS / "0005" / f"{function}.sql").read_text())


def downgrade() -> None:
    # The release before would count them, and take them for films: who watches one starts it anew.
    op.execute("SELECT end_leases(array_agg(session_id), 'expired', clock_timestamp()) FROM leases WHERE trailer")
    op.execute("DELETE FROM playables WHERE trailer")
    op.execute((FUNCTIONS / "0004" / "acquire_lease.sql").read_text())
    op.execute((FUNCTIONS / "0003" / "end_leases.sql").read_text())
    for table in ("leases", "playables"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN trailer")

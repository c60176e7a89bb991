"""Undoing an import is a fact of its own: who asked for it, when, and whether also where titles were edited since."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_undone"
down_revision = "2026_11_27_part_texts"


def upgrade() -> None:
    op.add_column("imports", sa.Column("undone_by", sa.Uuid(), nullable=True))
    op.add_column("imports", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("imports", sa.Column("undo_forced", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE imports SET undo_forced = dry_run, dry_run = false WHERE status IN ('undoing', 'undone')")


def downgrade() -> None:
    op.execute("UPDATE imports SET dry_run = undo_forced WHERE status = 'undoing'")
    for name in ("undo_forced", "undone_at", "undone_by"):
        op.drop_column("imports", name)

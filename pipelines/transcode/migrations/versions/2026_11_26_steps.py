"""The work on a film as steps, which workers share; the cleanup begins films again that are in the middle of the old way."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_26_steps"
down_revision = "2026_11_26_runs"
branch_labels = None
depends_on = None

STAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the table, and to each asset what decides whose turn it is."""
    op.add_column("assets", sa.Column("plan", sa.Text))
    op.add_column("assets", sa.Column("release_at", STAMP))
    op.add_column("assets", sa.Column("fair_start", sa.Double))
    op.add_column("assets", sa.Column("worked", sa.Double, nullable=False, server_default=sa.text("0")))
    op.create_index(
        "ix_assets_live", "assets", ["created_at"], postgresql_where=sa.text("status NOT IN ('ready', 'failed')")
    )
    op.create_table(
        "steps",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("asset_id", sa.Uuid, sa.ForeignKey("assets.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("seconds", sa.Double, nullable=False, server_default=sa.text("0")),
        sa.Column("state", sa.Text, nullable=False, server_default=sa.text("'waiting'")),
        sa.Column("holder", sa.Uuid),
        sa.Column("taken_at", STAMP),
        sa.Column("lease_until", STAMP),
        sa.Column("not_before", STAMP),
        sa.Column("takes", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("strikes", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("share", sa.Double, nullable=False, server_default=sa.text("0")),
        sa.Column("result", postgresql.JSONB),
        sa.CheckConstraint("kind IN ('plan', 'sound', 'captions', 'chunk', 'finish')", name="kind"),
        sa.CheckConstraint("state IN ('waiting', 'doing', 'done')", name="state"),
        sa.CheckConstraint("(state = 'doing') = (holder IS NOT NULL)", name="holder"),
        sa.UniqueConstraint("asset_id", "kind", "number"),
    )
    op.create_index("ix_steps_open", "steps", ["asset_id"], postgresql_where=sa.text("state <> 'done'"))


def downgrade() -> None:
    """Take them away. The version before queues films again that have no job, after a minute."""
    op.drop_table("steps")
    op.drop_index("ix_assets_live", "assets")
    for column in ("worked", "fair_start", "release_at", "plan"):
        op.drop_column("assets", column)

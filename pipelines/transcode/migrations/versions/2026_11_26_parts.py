"""Masters as parts in the object store, uploads with a state and a claim, and uploads that are joined from others."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_parts"
down_revision = "2026_11_26_outbox"
branch_labels = None
depends_on = None

STAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add them; a stored master is one part, and what lies in a directory of one machine is marked as spooled."""
    op.create_table(
        "upload_parts",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("upload_id", sa.Uuid, sa.ForeignKey("uploads.id", ondelete="CASCADE"), nullable=False),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("length", sa.BigInteger, nullable=False),
        sa.CheckConstraint("start >= 0 AND length > 0", name="range"),
        sa.UniqueConstraint("upload_id", "start", deferrable=True, initially="DEFERRED"),
    )
    op.execute(
        "INSERT INTO upload_parts (key, upload_id, start, length)"
        " SELECT 'masters/' || id, id, 0, length FROM uploads WHERE stored_at IS NOT NULL AND length > 0"
    )
    op.add_column("uploads", sa.Column("state", sa.Text, nullable=False, server_default=sa.text("'receiving'")))
    op.add_column("uploads", sa.Column("spooled", sa.Boolean, nullable=False, server_default=sa.text("false")))
    op.add_column("uploads", sa.Column("concat", sa.Text))
    op.add_column("uploads", sa.Column("joined_into", sa.Uuid))
    op.add_column("uploads", sa.Column("metadata", sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column("uploads", sa.Column("claim", sa.Uuid))
    op.add_column("uploads", sa.Column("claimed_until", STAMP))
    op.add_column("uploads", sa.Column("tidied_at", STAMP))
    op.alter_column("uploads", "playable_id", nullable=True)
    op.execute("UPDATE uploads SET state = 'complete' WHERE asset_id IS NOT NULL")
    op.execute("UPDATE uploads SET spooled = true WHERE stored_at IS NULL AND received > 0")
    op.execute("UPDATE uploads SET tidied_at = stored_at WHERE asset_id IS NOT NULL AND stored_at IS NOT NULL")
    op.create_check_constraint(
        op.f("ck_uploads_state"), "uploads", "state IN ('receiving', 'complete', 'joined', 'removed')"
    )
    op.create_check_constraint(op.f("ck_uploads_complete"), "uploads", "(state = 'complete') = (asset_id IS NOT NULL)")
    op.create_check_constraint(op.f("ck_uploads_playable"), "uploads", "playable_id IS NOT NULL OR concat = 'partial'")
    op.drop_index("ix_uploads_account_id", "uploads")
    op.drop_index("ix_uploads_waiting", "uploads")
    op.create_index("ix_uploads_account_id", "uploads", ["account_id"], postgresql_where=sa.text("state = 'receiving'"))
    op.create_index("ix_uploads_waiting", "uploads", ["updated_at"], postgresql_where=sa.text("tidied_at IS NULL"))


def downgrade() -> None:
    """Take them away; uploads that the older version cannot read must be finished or given up first."""
    unreadable = op.get_bind().scalar(
        sa.text(
            "SELECT count(*) FROM uploads u WHERE u.state IN ('joined', 'removed') OR EXISTS"
            " (SELECT 1 FROM upload_parts p WHERE p.upload_id = u.id AND p.key <> 'masters/' || u.id)"
        )
    )
    if unreadable:
        raise RuntimeError(f"{unreadable} uploads are kept in parts, which the older version cannot read.")
    op.drop_index("ix_uploads_account_id", "uploads")
    op.drop_index("ix_uploads_waiting", "uploads")
    for name in ("playable", "complete", "state"):
        op.drop_constraint(op.f(f"ck_uploads_{name}"), "uploads")
    op.execute("DELETE FROM uploads WHERE playable_id IS NULL")
    op.alter_column("uploads", "playable_id", nullable=False)
    for column in ("tidied_at", "claimed_until", "claim", "metadata", "joined_into", "concat", "spooled", "state"):
        op.drop_column("uploads", column)
    op.drop_table("upload_parts")
    op.create_index("ix_uploads_account_id", "uploads", ["account_id"], postgresql_where=sa.text("asset_id IS NULL"))
    op.create_index("ix_uploads_waiting", "uploads", ["updated_at"], postgresql_where=sa.text("stored_at IS NULL"))

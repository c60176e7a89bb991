"""Revocations on a topic of their own: the recent ones are published there, older ones have nothing left to refuse."""

from alembic import op

revision = "2026_11_26_revocations"
down_revision = "2026_11_26_reach"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "DELETE FROM outbox WHERE type = 'bijou.identity.sessions.revoked.v1'"
        " AND created_at < now() - interval '25 hours'"
    )
    op.execute(
        "UPDATE outbox SET topic = 'identity.revocations', key = payload->>'account_id', published_at = NULL"
        " WHERE type = 'bijou.identity.sessions.revoked.v1' AND topic = 'identity.accounts'"
    )


def downgrade() -> None:
    op.execute(
        "UPDATE outbox SET topic = 'identity.accounts', published_at = NULL,"
        " key = (payload->>'account_id') || '/revoked/' || event_id"
        " WHERE type = 'bijou.identity.sessions.revoked.v1' AND topic = 'identity.revocations'"
    )
    op.execute("DELETE FROM outbox WHERE topic = 'identity.revocations'")

"""When a closed account is erased, and which profiles were."""

import sqlalchemy as sa
from alembic import op

from libs.chassis.data.migrations import create_index_concurrently

revision = "2026_11_27_erasure"
down_revision = "2026_11_27_consents"


def upgrade() -> None:
    # Repeated where the index was not finished.
    op.execute("ALTER TABLE accounts ADD COLUMN IF NOT EXISTS erase_at timestamptz")
    create_index_concurrently(
        "ix_accounts_erase_at", "accounts", ["erase_at"], postgresql_where=sa.text("status = 'deleting'")
    )
    op.create_table(
        "erased_profiles",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_erased_profiles_account_id", "erased_profiles", ["account_id"])
    op.create_index("ix_erased_profiles_erased_at", "erased_profiles", ["erased_at"])


def downgrade() -> None:
    op.drop_table("erased_profiles")
    op.drop_index("ix_accounts_erase_at", "accounts")
    op.drop_column("accounts", "erase_at")

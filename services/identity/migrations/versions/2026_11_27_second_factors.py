"""Authenticator apps, recovery codes, passkeys; when a sign-in proved itself, and how long a device is trusted."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_second_factors"
down_revision = "2026_11_27_mails"

STAMP = sa.DateTime(timezone=True)


def _account(**options: bool) -> sa.Column[object]:
    return sa.Column("account_id", sa.Uuid(), sa.ForeignKey("accounts.id", ondelete="CASCADE"), **options)  # type: ignore[arg-type]


def upgrade() -> None:
    op.add_column("sessions", sa.Column("proved_at", STAMP))
    op.add_column("devices", sa.Column("trusted_until", STAMP))
    op.create_table(
        "totps",
        _account(primary_key=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("created_at", STAMP, nullable=False),
        sa.Column("confirmed_at", STAMP),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        _account(nullable=False),
        sa.Column("created_at", STAMP, nullable=False),
    )
    op.create_index("ix_recovery_codes_account_id", "recovery_codes", ["account_id"])
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _account(nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("synced", sa.Boolean(), nullable=False),
        sa.Column("created_at", STAMP, nullable=False),
        sa.Column("last_used_at", STAMP),
    )
    op.create_index("ix_passkeys_account_id", "passkeys", ["account_id"])
    op.create_table(
        "challenges",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _account(nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", STAMP, nullable=False),
    )
    op.create_index("ix_challenges_account_id", "challenges", ["account_id"])
    op.create_index("ix_challenges_expires_at", "challenges", ["expires_at"])


def downgrade() -> None:
    for table in ("challenges", "passkeys", "recovery_codes", "totps"):
        op.drop_table(table)
    op.drop_column("devices", "trusted_until")
    op.drop_column("sessions", "proved_at")

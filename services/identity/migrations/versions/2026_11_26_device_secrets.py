"""What a device proves itself with when its account is being guessed at."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_device_secrets"
down_revision = "2026_11_26_lifetimes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("devices", sa.Column("secret_digest", sa.LargeBinary))


def downgrade() -> None:
    op.drop_column("devices", "secret_digest")

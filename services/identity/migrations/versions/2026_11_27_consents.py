"""What each profile has agreed to, and when it said so."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "2026_11_27_consents"
down_revision = "2026_11_27_references"


def upgrade() -> None:
    op.add_column("profiles", sa.Column("consents", ARRAY(sa.Text())))
    op.add_column("profiles", sa.Column("consents_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("profiles", "consents_at")
    op.drop_column("profiles", "consents")

"""What a sign-in reaches without a profile, and when its password was given."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_reach"
down_revision = "2026_11_20_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The defaults are the least there is: a replica of the version before, signing somebody in, says nothing of reach.
    op.add_column("sessions", sa.Column("reach_maturity", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("sessions", sa.Column("reach_kids", sa.Boolean, nullable=False, server_default=sa.text("true")))
    op.add_column("sessions", sa.Column("password_at", sa.DateTime(timezone=True)))
    # Who has a profile keeps what it allows. Who has none may have lost a limited one: the lowest of the household.
    op.execute(
        "UPDATE sessions s SET reach_maturity = p.maturity, reach_kids = p.kids"
        " FROM profiles p WHERE p.id = s.profile_id"
    )
    op.execute(
        "UPDATE sessions s SET reach_maturity = p.maturity, reach_kids = p.kids"
        " FROM (SELECT account_id, min(maturity) AS maturity, bool_or(kids) AS kids FROM profiles GROUP BY account_id) p"
        " WHERE s.profile_id IS NULL AND p.account_id = s.account_id"
    )


def downgrade() -> None:
    for column in ("password_at", "reach_kids", "reach_maturity"):
        op.drop_column("sessions", column)

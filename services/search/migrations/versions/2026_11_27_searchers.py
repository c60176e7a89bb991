"""The log of searches names who asked by a random word, which a table of its own gives to a profile: no key makes it.

Lines from before, whose names only the key of that time could tell, are left out.
"""

import sqlalchemy as sa
from alembic import op

revision = "search_0002"
down_revision = "search_0001"


def upgrade() -> None:
    op.create_table(
        "searchers",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.Uuid(), nullable=False),
    )
    op.create_index("ix_searchers_account_id", "searchers", ["account_id"])
    op.execute("DELETE FROM queries")
    op.drop_column("queries", "profile")
    op.drop_column("queries", "account")
    op.add_column("queries", sa.Column("pseudonym", sa.Uuid(), nullable=False))
    op.create_index("ix_queries_pseudonym", "queries", ["pseudonym"])


def downgrade() -> None:
    op.execute("DELETE FROM queries")
    op.drop_column("queries", "pseudonym")
    op.add_column("queries", sa.Column("profile", sa.Text(), nullable=False))
    op.add_column("queries", sa.Column("account", sa.Text(), nullable=False))
    op.create_index("ix_queries_account", "queries", ["account"])
    op.create_index("ix_queries_profile", "queries", ["profile", sa.text("asked_at DESC")])
    op.drop_table("searchers")

"""Profiles write reviews of titles; others vote on them and report them, and moderators decide.

The names that reviews are signed with come from `identity.accounts`, which the service reads again from its beginning.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_27_reviews"
down_revision = "2026_11_27_filters"

MOMENT = sa.DateTime(timezone=True)
SHOWN = sa.text("state = 'visible'")


def _of_review() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("profiles", postgresql.JSONB(), nullable=False),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("title_id", sa.Uuid(), sa.ForeignKey("titles.id", ondelete="CASCADE"), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False, index=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("spoiler", sa.Boolean(), nullable=False),
        sa.Column("stars", sa.SmallInteger()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held_for", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("notice", sa.Text()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("helpful", sa.Integer(), nullable=False),
        sa.Column("unhelpful", sa.Integer(), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("edited_at", MOMENT),
        sa.Column("waiting_since", MOMENT),
        sa.UniqueConstraint("title_id", "profile_id"),
        sa.CheckConstraint("state IN ('visible', 'held', 'removed')", name="state"),
        sa.CheckConstraint("(state = 'held') = (waiting_since IS NOT NULL)", name="waiting"),
    )
    for name, key in (
        ("newest", "written_at"),
        ("helpful", "(helpful - unhelpful)"),
        ("highest", "coalesce(stars, 0)"),
        ("lowest", "coalesce(stars, 6)"),
    ):
        op.create_index(f"ix_reviews_{name}", "reviews", ["title_id", sa.text(key), "id"], postgresql_where=SHOWN)
    waiting = sa.text("waiting_since IS NOT NULL")
    op.create_index("ix_reviews_waiting", "reviews", ["waiting_since", "id"], postgresql_where=waiting)
    op.create_table(
        "review_versions",
        sa.Column("review_id", sa.Uuid(), primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("spoiler", sa.Boolean(), nullable=False),
        sa.Column("stars", sa.SmallInteger()),
        sa.Column("replaced_at", MOMENT, nullable=False),
        _of_review(),
    )
    op.create_table(
        "review_votes",
        sa.Column("review_id", sa.Uuid(), primary_key=True),
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), nullable=False, index=True),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        _of_review(),
    )
    op.create_table(
        "review_reports",
        sa.Column("review_id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), primary_key=True, index=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("reported_at", MOMENT, nullable=False),
        _of_review(),
        sa.CheckConstraint("reason IN ('spam', 'abuse', 'spoiler', 'off_topic', 'other')", name="reason"),
    )
    op.create_table(
        "review_log",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Uuid()),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_review_log_review_id_at", "review_log", ["review_id", "at"])
    op.create_index("ix_review_log_at", "review_log", ["at"])
    op.create_table(
        "writing_rates",
        sa.Column("account_id", sa.Uuid(), primary_key=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
    )
    op.create_index("ix_writing_rates_since", "writing_rates", ["since"])


def downgrade() -> None:
    for table in (
        "writing_rates",
        "review_log",
        "review_reports",
        "review_votes",
        "review_versions",
        "reviews",
        "accounts",
    ):
        op.drop_table(table)

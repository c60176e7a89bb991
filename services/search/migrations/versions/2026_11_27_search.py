"""The first tables of search."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateSequence, DropSequence

from libs.chassis.data.migrations import create_chassis_tables, drop_chassis_tables
from libs.chassis.messaging.consumer_tables import add_projections, drop_projections
from libs.chassis.messaging.outbox_tables import outbox_by_marks, outbox_by_position

revision = "search_0001"
down_revision = None

NEXT = sa.text("nextval('changes')")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_chassis_tables()
    outbox_by_position()
    add_projections()
    op.execute(CreateSequence(sa.Sequence("changes")))
    op.create_table(
        "titles",
        sa.Column("title_id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default=NEXT, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("entry", postgresql.JSONB, nullable=False),
    )
    op.create_index("ix_titles_seq", "titles", ["seq"], unique=True)
    op.create_table(
        "people",
        sa.Column("person_id", sa.Uuid(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), server_default=NEXT, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("other_names", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_people_seq", "people", ["seq"], unique=True)
    op.create_table(
        "signals",
        sa.Column("title_id", sa.Uuid(), primary_key=True),
        sa.Column("rating", sa.Double(), nullable=True),
        sa.Column("ratings", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rated_at", TIME, nullable=True),
        sa.Column("popularity", sa.Double(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=True),
    )
    op.create_table(
        "rebuilds",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("asked_at", TIME, nullable=False),
    )
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("profiles", postgresql.JSONB, nullable=False),
    )
    op.create_table(
        "recent_searches",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("searched_at", TIME, nullable=False),
    )
    op.create_index("ix_recent_searches_order", "recent_searches", ["profile_id", sa.text("searched_at DESC")])
    op.create_index("ix_recent_searches_account_id", "recent_searches", ["account_id"])
    op.create_index("ix_recent_searches_searched_at", "recent_searches", ["searched_at"])
    op.create_index("uq_recent_searches_text", "recent_searches", ["profile_id", "folded"], unique=True)
    op.create_table(
        "queries",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("filters", postgresql.JSONB, nullable=False),
        sa.Column("results", sa.Integer(), nullable=False),
        sa.Column("clicked_title", sa.Uuid(), nullable=True),
        sa.Column("clicked_position", sa.SmallInteger(), nullable=True),
        sa.Column("asked_at", TIME, nullable=False),
    )
    op.create_index("ix_queries_asked_at", "queries", ["asked_at"])
    op.create_index("ix_queries_account", "queries", ["account"])
    op.create_index("ix_queries_profile", "queries", ["profile", sa.text("asked_at DESC")])
    op.create_index(
        "ix_queries_clicked_at", "queries", ["asked_at"], postgresql_where=sa.text("clicked_title IS NOT NULL")
    )


def downgrade() -> None:
    for table in ("queries", "recent_searches", "accounts", "rebuilds", "signals", "people", "titles"):
        op.drop_table(table)
    op.execute(DropSequence(sa.Sequence("changes")))
    drop_projections()
    outbox_by_marks()
    drop_chassis_tables()

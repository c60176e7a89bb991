"""The first tables of recommendation."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateSequence, DropSequence

from libs.chassis.data.migrations import create_chassis_tables, drop_chassis_tables
from libs.chassis.messaging.consumer_tables import add_projections, drop_projections
from libs.chassis.messaging.outbox_tables import outbox_by_marks, outbox_by_position

revision = "recommendation_0001"
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
        "accounts",
        sa.Column("account_id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("profiles", postgresql.JSONB, nullable=False),
    )
    op.create_table(
        "plays",
        *_of_a_profile(),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("first_at", TIME, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("watched", sa.Double(), nullable=True),
        sa.Column("finished", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_index("ix_plays_latest", "plays", ["profile_id", sa.text("last_at DESC")])
    op.create_index("ix_plays_account_id", "plays", ["account_id"])
    op.create_index("ix_plays_last_at", "plays", ["last_at"])
    op.create_table(
        "opinions",
        *_of_a_profile(),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("said_at", TIME, nullable=False),
    )
    op.create_index("ix_opinions_account_id", "opinions", ["account_id"])
    op.create_table(
        "stars",
        *_of_a_profile(),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.Column("rated_at", TIME, nullable=False),
    )
    op.create_table(
        "listed",
        *_of_a_profile(),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_index("ix_listed_account_id", "listed", ["account_id"])
    op.create_table(
        "resets",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_index("ix_resets_account_id", "resets", ["account_id"])
    op.create_table(
        "trending",
        sa.Column("region", sa.Text(), primary_key=True),
        sa.Column("titles", postgresql.JSONB, nullable=False),
        sa.Column("computed_at", TIME, nullable=False),
    )
    op.create_table(
        "models",
        sa.Column("version", sa.Text(), primary_key=True),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("card", postgresql.JSONB, nullable=False),
        sa.Column("chosen", sa.Integer(), nullable=True),
    )


def _of_a_profile() -> tuple[sa.Column[object], ...]:
    return (sa.Column("profile_id", sa.Uuid(), primary_key=True), sa.Column("title_id", sa.Uuid(), primary_key=True))


def downgrade() -> None:
    for table in ("models", "trending", "resets", "listed", "stars", "opinions", "plays", "accounts", "titles"):
        op.drop_table(table)
    op.execute(DropSequence(sa.Sequence("changes")))
    drop_projections()
    outbox_by_marks()
    drop_chassis_tables()

"""The tables of watchstate."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.chassis.data.migrations import create_chassis_tables, drop_chassis_tables

revision = "watchstate_0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables()
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("profiles", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_accounts")),
    )
    op.create_table(
        "clearings",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", name=op.f("pk_clearings")),
    )
    op.create_table(
        "list_items",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", "title_id", name=op.f("pk_list_items")),
    )
    op.create_index("ix_list_items_account_id", "list_items", ["account_id"], unique=False)
    op.create_index("ix_list_items_order", "list_items", ["profile_id", "rank", "title_id"], unique=False)
    op.create_table(
        "playables",
        sa.Column("playable_id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("season_number", sa.Integer(), nullable=True),
        sa.Column("episode_number", sa.Integer(), nullable=True),
        sa.Column("still_url", sa.Text(), nullable=True),
        sa.Column("duration", sa.Double(), nullable=True),
        sa.Column("credits_start", sa.Double(), nullable=True),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("playable_id", name=op.f("pk_playables")),
    )
    op.create_index("ix_playables_title_id", "playables", ["title_id", "ordinal"], unique=False)
    op.create_table(
        "positions",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("playable_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Double(), nullable=False),
        sa.Column("duration", sa.Double(), nullable=False),
        sa.Column("completed", sa.Boolean(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("writer", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", "playable_id", name=op.f("pk_positions")),
    )
    op.create_index("ix_positions_account_id", "positions", ["account_id"], unique=False)
    op.create_index(
        "ix_positions_recent", "positions", ["profile_id", sa.literal_column("occurred_at DESC")], unique=False
    )
    op.create_table(
        "removals",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", "title_id", name=op.f("pk_removals")),
    )
    op.create_table(
        "sync_heads",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_sync_heads")),
    )
    op.create_table(
        "sync_log",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_sync_log")),
    )
    op.create_table(
        "titles",
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("maturity", sa.SmallInteger(), nullable=False),
        sa.Column("poster_url", sa.Text(), nullable=True),
        sa.Column("backdrop_url", sa.Text(), nullable=True),
        sa.Column("windows", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("title_id", name=op.f("pk_titles")),
    )
    op.create_table(
        "viewings",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("playable_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Double(), nullable=False),
        sa.Column("duration", sa.Double(), nullable=False),
        sa.Column("completed", sa.Boolean(), nullable=False),
        sa.Column("watched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", "day", "playable_id", name=op.f("pk_viewings")),
    )
    op.create_index("ix_viewings_account_id", "viewings", ["account_id"], unique=False)
    op.create_index(
        "ix_viewings_recent",
        "viewings",
        ["profile_id", sa.literal_column("watched_at DESC"), sa.literal_column("playable_id DESC")],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_viewings_recent", table_name="viewings")
    op.drop_index("ix_viewings_account_id", table_name="viewings")
    op.drop_table("viewings")
    op.drop_table("titles")
    op.drop_table("sync_log")
    op.drop_table("sync_heads")
    op.drop_table("removals")
    op.drop_index("ix_positions_recent", table_name="positions")
    op.drop_index("ix_positions_account_id", table_name="positions")
    op.drop_table("positions")
    op.drop_index("ix_playables_title_id", table_name="playables")
    op.drop_table("playables")
    op.drop_index("ix_list_items_order", table_name="list_items")
    op.drop_index("ix_list_items_account_id", table_name="list_items")
    op.drop_table("list_items")
    op.drop_table("clearings")
    op.drop_table("accounts")
    drop_chassis_tables()

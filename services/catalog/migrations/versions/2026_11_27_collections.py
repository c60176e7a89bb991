"""Editors put titles together in collections, some of them rows of the home page."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_27_collections"
down_revision = "2026_11_27_languages"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "collections",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("home_place", sa.SmallInteger()),
        sa.Column("starts_at", MOMENT),
        sa.Column("ends_at", MOMENT),
        sa.Column("regions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
    )
    on_home = sa.text("home_place IS NOT NULL")
    op.create_index("ix_collections_home", "collections", ["home_place", "id"], postgresql_where=on_home)
    op.create_table(
        "collection_items",
        sa.Column("collection_id", sa.Uuid(), sa.ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("title_id", sa.Uuid(), sa.ForeignKey("titles.id", ondelete="CASCADE"), primary_key=True, index=True),
        sa.Column("position", sa.SmallInteger(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("collection_items")
    op.drop_table("collections")

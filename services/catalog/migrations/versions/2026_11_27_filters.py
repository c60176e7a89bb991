"""Indexes by which lists are filtered and sorted when there are a million titles."""

import sqlalchemy as sa
from alembic import op

from libs.chassis.data.migrations import create_index_concurrently

revision = "2026_11_27_filters"
down_revision = "2026_11_27_availability"

SHOWN = "status = 'published'"
INDEXES = {
    "ix_titles_by_year": ["coalesce(year, 0) DESC", "id DESC"],
    "ix_titles_by_country": ["country", "published_at DESC", "id DESC"],
    "ix_titles_by_language": ["language", "published_at DESC", "id DESC"],
    "ix_titles_by_availability": ["availability", "published_at DESC", "id DESC"],
    "ix_titles_by_runtime": ["runtime"],
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        create_index_concurrently(
            name, "titles", [sa.text(column) for column in columns], postgresql_where=sa.text(SHOWN)
        )


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "titles")

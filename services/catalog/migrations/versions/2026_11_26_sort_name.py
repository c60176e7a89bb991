"""Titles are sorted by a name of their own; every title gets one."""

import sqlalchemy as sa
from alembic import op

from services.catalog.collation import sort_name

revision = "2026_11_26_sort_name"
down_revision = "2026_11_26_lifetimes"
branch_labels = None
depends_on = None

BATCH = 1000


def upgrade() -> None:
    # Empty where code of before, running beside, adds a title: the list falls back to its name in lower case.
    op.add_column("titles", sa.Column("sort_name", sa.Text))
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, name, language FROM titles")).all()
    statement = sa.text("UPDATE titles SET sort_name = :sort_name WHERE id = :id")
    for start in range(0, len(rows), BATCH):
        values = [{"id": row.id, "sort_name": sort_name(row.name, row.language)} for row in rows[start : start + BATCH]]
        connection.execute(statement, values)
    op.create_index("ix_titles_sort_name", "titles", [sa.text("coalesce(sort_name, lower(name))"), "id"])
    op.drop_index("ix_titles_name", "titles")


def downgrade() -> None:
    op.create_index("ix_titles_name", "titles", [sa.text("lower(name)"), "id"])
    op.drop_index("ix_titles_sort_name", "titles")
    op.drop_column("titles", "sort_name")

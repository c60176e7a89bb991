"""Which titles an import changed, beside those that it made: so that it can be taken back whole."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_import_changes"
down_revision = "2026_11_27_trending"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("imports", sa.Column("changed", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "import_changes",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_changes_import_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["title_id"], ["titles.id"], name=op.f("fk_import_changes_title_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "title_id", name=op.f("pk_import_changes")),
    )
    op.create_index("ix_import_changes_title_id", "import_changes", ["title_id"])


def downgrade() -> None:
    op.drop_table("import_changes")
    op.drop_column("imports", "changed")

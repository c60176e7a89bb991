"""Files of titles are imported, and imports undone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_27_imports"
down_revision = "2026_11_27_collections"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("parts", "rows", "faults", "titles", "skipped")),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'queued', 'checking', 'importing', 'checked', 'refused', 'done', 'undoing', 'undone',"
            " 'failed')",
            name=op.f("ck_imports_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index("ix_imports_created_at", "imports", ["created_at"])
    op.create_table(
        "import_parts",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_parts_import_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_parts")),
    )
    op.create_index("ix_import_parts_received_at", "import_parts", ["received_at"])
    op.create_table(
        "import_faults",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column_name", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_faults_import_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_faults")),
    )
    op.create_index("ix_import_faults_found_at", "import_faults", ["found_at"])
    op.create_table(
        "import_people",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_people_import_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_import_people_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "person_id", name=op.f("pk_import_people")),
    )
    op.create_index(op.f("ix_import_people_person_id"), "import_people", ["person_id"])
    op.create_table(
        "title_sources",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["title_id"], ["titles.id"], name=op.f("fk_title_sources_title_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_title_sources_import_id")),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_title_sources")),
    )
    op.create_index(op.f("ix_title_sources_title_id"), "title_sources", ["title_id"])
    op.create_index(op.f("ix_title_sources_import_id"), "title_sources", ["import_id"])


def downgrade() -> None:
    for table in ("title_sources", "import_people", "import_faults", "import_parts", "imports"):
        op.drop_table(table)

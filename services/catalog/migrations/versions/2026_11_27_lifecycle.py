"""The path of a title from draft to archive is kept, and moments at which it goes on by itself; edits say their version."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_lifecycle"
down_revision = "2026_11_27_imports"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "lifecycle_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("came_from", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["title_id"], ["titles.id"], name=op.f("fk_lifecycle_steps_title_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lifecycle_steps")),
    )
    op.create_index("ix_lifecycle_steps_title_id_at", "lifecycle_steps", ["title_id", "at"])
    op.create_table(
        "schedules",
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("publish_at", MOMENT, nullable=True),
        sa.Column("expire_at", MOMENT, nullable=True),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["title_id"], ["titles.id"], name=op.f("fk_schedules_title_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("title_id", name=op.f("pk_schedules")),
    )
    op.create_index("ix_schedules_next_at", "schedules", ["next_at"])
    op.add_column("audit", sa.Column("version", sa.Integer(), nullable=True))
    # Each edit so far made one version and one row.
    op.execute(
        "UPDATE audit a SET version = n.version FROM (SELECT a.id, t.version + 1 - row_number() OVER (PARTITION BY a.title_id"
        " ORDER BY a.at DESC, a.id DESC) AS version FROM audit a JOIN titles t ON t.id = a.title_id) n WHERE n.id = a.id"
    )


def downgrade() -> None:
    op.drop_column("audit", "version")
    op.drop_table("schedules")
    op.drop_table("lifecycle_steps")

"""What titles say in other languages, their other names, taglines, national ratings and what these warn of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_27_languages"
down_revision = "2026_11_27_reviews"


def upgrade() -> None:
    op.add_column("titles", sa.Column("tagline", sa.Text(), nullable=False, server_default=""))
    for name in ("other_names", "descriptors"):
        op.add_column("titles", sa.Column(name, postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"))
    op.add_column("titles", sa.Column("certificates", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.create_table(
        "title_texts",
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("tagline", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["title_id"], ["titles.id"], name=op.f("fk_title_texts_title_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("title_id", "language", name=op.f("pk_title_texts")),
    )
    op.create_table(
        "title_images",
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("variants", postgresql.JSONB(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("color", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["title_id"], ["titles.id"], name=op.f("fk_title_images_title_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("title_id", "language", "kind", name=op.f("pk_title_images")),
    )


def downgrade() -> None:
    op.drop_table("title_images")
    op.drop_table("title_texts")
    for name in ("certificates", "descriptors", "other_names", "tagline"):
        op.drop_column("titles", name)

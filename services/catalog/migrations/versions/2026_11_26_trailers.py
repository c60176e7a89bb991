"""A title may have trailers.

They stand in a table of their own: what code of before, running beside, reads of playables stays what a title consists of.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_trailers"
down_revision = "2026_11_26_projections"


def upgrade() -> None:
    op.create_table(
        "trailers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("playable_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["title_id"], ["titles.id"], name=op.f("fk_trailers_title_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trailers")),
        sa.UniqueConstraint("playable_id", name=op.f("uq_trailers_playable_id")),
    )
    op.create_index(op.f("ix_trailers_title_id"), "trailers", ["title_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_trailers_title_id"), table_name="trailers")
    op.drop_table("trailers")

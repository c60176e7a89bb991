"""What titles mean, as vectors: worked out by one replica, and read by all."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateSequence, DropSequence

revision = "search_0003"
down_revision = "search_0002"


def upgrade() -> None:
    op.execute(CreateSequence(sa.Sequence("meanings_changes")))
    op.create_table(
        "meanings",
        sa.Column("title_id", sa.Uuid(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), server_default=sa.text("nextval('meanings_changes')"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_meanings_seq", "meanings", ["seq"], unique=True)


def downgrade() -> None:
    op.drop_table("meanings")
    op.execute(DropSequence(sa.Sequence("meanings_changes")))

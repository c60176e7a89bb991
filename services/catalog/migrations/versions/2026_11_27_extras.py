"""What an extra is: a trailer, a teaser, a clip or a look behind the scenes; those of before are trailers."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_extras"
down_revision = "2026_11_27_reviews_checked"

KINDS = "kind IN ('trailer', 'teaser', 'behind_the_scenes', 'clip', 'featurette')"


def upgrade() -> None:
    op.add_column("trailers", sa.Column("kind", sa.Text(), nullable=False, server_default="trailer"))
    op.create_check_constraint(op.f("ck_trailers_kind"), "trailers", KINDS)


def downgrade() -> None:
    op.drop_column("trailers", "kind")

"""Pictures have a blurhash; those that are there get one when they are put in again."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_blurhashes"
down_revision = "2026_11_28_genre_letters"

TABLES = ("images", "title_images")
# What a picture was, of which a replaced one is taken back: named in the function that notes it.
BEFORE, SINCE = "'color', OLD.color)", "'color', OLD.color, 'blurhash', OLD.blurhash)"
REWRITE = """
    DO $$ BEGIN
        EXECUTE replace(pg_get_functiondef('note_loose_objects'::regproc), {before}, {since});
    END $$
"""


def _quoted(said: str) -> str:
    return "'" + said.replace("'", "''") + "'"


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("blurhash", sa.Text()))
    op.execute(REWRITE.format(before=_quoted(BEFORE), since=_quoted(SINCE)))


def downgrade() -> None:
    op.execute(REWRITE.format(before=_quoted(SINCE), since=_quoted(BEFORE)))
    for table in TABLES:
        op.drop_column(table, "blurhash")

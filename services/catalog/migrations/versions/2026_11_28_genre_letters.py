"""The slug of a genre loses no letters of its name; the one it had before leads to it."""

import json

import sqlalchemy as sa
from alembic import op

from libs.chassis.slugs import name_id

revision = "2026_11_28_genre_letters"
down_revision = "2026_11_28_years_counted"

# All at once, for a slug of before may be what another genre has now.
RENAMED = """
    UPDATE titles t SET genres = ARRAY(
        SELECT coalesce(renamed.by ->> u.slug, u.slug) FROM unnest(t.genres) WITH ORDINALITY AS u (slug, n)
        GROUP BY 1 ORDER BY min(u.n))
    FROM (SELECT CAST(:by AS jsonb) AS by) renamed
    WHERE t.genres && ARRAY(SELECT jsonb_object_keys(renamed.by))
"""


def upgrade() -> None:
    op.add_column("genres", sa.Column("former", sa.ARRAY(sa.Text()), nullable=False, server_default="{}"))
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT slug, name FROM genres ORDER BY slug")).all()
    renamed = {row.slug: (slug, row.name) for row in rows if (slug := name_id(row.name)) and slug != row.slug}
    if not renamed:
        return
    by = {former: slug for former, (slug, _) in renamed.items()}
    connection.execute(sa.text(RENAMED), {"by": json.dumps(by)})
    connection.execute(sa.text("DELETE FROM genres WHERE slug = ANY (:slugs)"), {"slugs": list(by)})
    for former, (slug, name) in renamed.items():
        connection.execute(
            sa.text(
                "INSERT INTO genres (slug, name, former) VALUES (:slug, :name, ARRAY[:former])"
                " ON CONFLICT (slug) DO UPDATE SET former = genres.former || excluded.former"
            ),
            {"slug": slug, "name": name, "former": former},
        )


def downgrade() -> None:
    op.drop_column("genres", "former")

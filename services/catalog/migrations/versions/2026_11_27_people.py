"""People and their credits; the names that titles list become both, the same spelling being the same person.

The lists of names stay, kept with the credits: code of before, running beside, reads and writes them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.chassis.ids import new_id
from services.catalog.collation import sort_name

revision = "2026_11_27_people"
down_revision = "2026_11_26_trailers"

BATCH = 5000


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_name", sa.Text(), nullable=False),
        sa.Column("other_names", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("biography", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["merged_into"], ["people.id"], name=op.f("fk_people_merged_into")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_index("ix_people_sort_name", "people", ["sort_name", "id"])
    op.create_table(
        "person_spellings",
        sa.Column("spelling", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_person_spellings_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("spelling", name=op.f("pk_person_spellings")),
    )
    op.create_index(op.f("ix_person_spellings_person_id"), "person_spellings", ["person_id"])
    op.create_table(
        "credits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("episode_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("character", sa.Text(), nullable=True),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "role IN ('actor', 'voice', 'presenter', 'director', 'creator', 'writer', 'producer', 'composer',"
            " 'cinematographer', 'editor')",
            name=op.f("ck_credits_role"),
        ),
        sa.ForeignKeyConstraint(["title_id"], ["titles.id"], name=op.f("fk_credits_title_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["episode_id"], ["episodes.id"], name=op.f("fk_credits_episode_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_credits_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credits")),
    )
    _people_of_names()
    op.create_index("ix_credits_title_id", "credits", ["title_id", "position"])
    op.create_index("ix_credits_person_id", "credits", ["person_id", "title_id"])


def _people_of_names() -> None:
    connection = op.get_bind()
    named = "SELECT unnest(directors) AS name FROM titles UNION SELECT unnest(cast_names) FROM titles ORDER BY name"
    names = list(connection.execute(sa.text(named)).scalars())
    person = sa.text(
        "INSERT INTO people (id, name, sort_name, other_names, biography, version, created_at, changed_at)"
        " VALUES (:id, :name, :sort_name, '{}', '', 1, now(), now())"
    )
    spelling = sa.text("INSERT INTO person_spellings (spelling, person_id) VALUES (:name, :id)")
    for start in range(0, len(names), BATCH):
        rows = [
            {"id": new_id(), "name": name, "sort_name": sort_name(name, "")} for name in names[start : start + BATCH]
        ]
        connection.execute(person, rows)
        connection.execute(spelling, rows)
    op.execute(
        "INSERT INTO credits (title_id, person_id, role, position)"
        " SELECT t.id, s.person_id, 'director', u.n - 1 FROM titles t"
        " CROSS JOIN unnest(t.directors) WITH ORDINALITY AS u (name, n) JOIN person_spellings s ON s.spelling = u.name"
        " UNION ALL SELECT t.id, s.person_id, 'actor', cardinality(t.directors) + u.n - 1 FROM titles t"
        " CROSS JOIN unnest(t.cast_names) WITH ORDINALITY AS u (name, n) JOIN person_spellings s ON s.spelling = u.name"
        " ORDER BY 1, 4"
    )


def downgrade() -> None:
    op.drop_table("credits")
    op.drop_table("person_spellings")
    op.drop_table("people")
    op.execute("DELETE FROM images WHERE kind = 'portrait'")

"""Objects of pictures that were replaced or removed are noted and deleted in their time; those the log knows of too."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_27_loose_objects"
down_revision = "2026_11_27_undone"

TABLES = ("images", "title_images")
# What a title or a person that is there once showed can be taken back for a month; of what is gone itself nothing can.
NOTE = """
    CREATE FUNCTION note_loose_objects() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        owner uuid;
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            owner := coalesce(to_jsonb(OLD) ->> 'owner_id', to_jsonb(OLD) ->> 'title_id')::uuid;
            INSERT INTO loose_objects AS l (key, due_at, picture)
            SELECT o.value, now() + CASE WHEN TG_OP = 'UPDATE' OR EXISTS (SELECT FROM titles WHERE id = owner)
                OR EXISTS (SELECT FROM people WHERE id = owner) THEN interval '30 days' ELSE interval '1 minute' END,
                jsonb_build_object('variants', OLD.variants, 'width', OLD.width, 'height', OLD.height, 'color', OLD.color)
            FROM jsonb_each_text(OLD.variants) o
            WHERE TG_OP = 'DELETE' OR o.value NOT IN (SELECT n.value FROM jsonb_each_text(NEW.variants) n)
            ORDER BY o.value
            ON CONFLICT (key) DO UPDATE
            SET due_at = greatest(l.due_at, excluded.due_at), picture = excluded.picture, swept_at = NULL;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            DELETE FROM loose_objects l USING jsonb_each_text(NEW.variants) n WHERE l.key = n.value;
        END IF;
        RETURN NULL;
    END $$
"""
# The log has one size of each; those that were not made are deleted in vain.
LOGGED = """
    INSERT INTO loose_objects (key, due_at)
    SELECT DISTINCT regexp_replace(ltrim(b.value, '/'), '[0-9]+[.]webp$', w || '.webp'), now() + interval '1 day'
    FROM audit a CROSS JOIN LATERAL jsonb_each_text(a.before) b
    CROSS JOIN LATERAL unnest(ARRAY['160', '320', '640', '1280', '1920', substring(b.value FROM '([0-9]+)[.]webp$')]) w
    WHERE jsonb_typeof(a.before) = 'object' AND (b.key LIKE 'image.%' OR b.key = 'portrait')
    AND b.value ~ '^/images/[A-Za-z0-9/_-]+-[0-9]+[.]webp$'
"""
# What was replaced while the log was read.
SINCE = " AND a.at > now() - interval '1 hour' ON CONFLICT DO NOTHING"


def upgrade() -> None:
    op.create_table(
        "loose_objects",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("picture", postgresql.JSONB()),
        sa.Column("swept_at", sa.DateTime(timezone=True)),
    )
    for column, which in (("due_at", "swept_at IS NULL"), ("swept_at", "swept_at IS NOT NULL")):
        op.create_index(f"ix_loose_objects_{column}", "loose_objects", [column], postgresql_where=sa.text(which))
    # Reading the whole log takes its time: before anything is held that others need.
    op.execute(LOGGED)
    op.execute(NOTE)
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER note_loose_objects AFTER INSERT OR DELETE OR UPDATE OF variants ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION note_loose_objects()"
        )
        op.execute(f"CREATE INDEX ix_{table}_objects ON {table} USING gin (jsonb_path_query_array(variants, '$.*'))")
    op.execute(LOGGED + SINCE)


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_objects", table)
        op.execute(f"DROP TRIGGER note_loose_objects ON {table}")
    op.execute("DROP FUNCTION note_loose_objects")
    op.drop_table("loose_objects")

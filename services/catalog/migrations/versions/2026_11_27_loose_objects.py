"""Objects of pictures that were replaced or removed are noted and deleted in their time; those the log knows of too."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_loose_objects"
down_revision = "2026_11_27_undone"

TABLES = ("images", "title_images")
# What was replaced stays for a day, since somebody may have the address in a page that is open; what was removed goes.
NOTE = """
    CREATE FUNCTION note_loose_objects() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            INSERT INTO loose_objects (key, due_at)
            SELECT o.value, now() + CASE TG_OP WHEN 'UPDATE' THEN interval '1 day' ELSE interval '1 minute' END
            FROM jsonb_each_text(OLD.variants) o
            WHERE TG_OP = 'DELETE' OR o.value NOT IN (SELECT n.value FROM jsonb_each_text(NEW.variants) n)
            ORDER BY o.value
            ON CONFLICT (key) DO UPDATE SET due_at = excluded.due_at, swept_at = NULL;
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


def upgrade() -> None:
    op.create_table(
        "loose_objects",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("swept_at", sa.DateTime(timezone=True)),
    )
    for column, which in (("due_at", "swept_at IS NULL"), ("swept_at", "swept_at IS NOT NULL")):
        op.create_index(f"ix_loose_objects_{column}", "loose_objects", [column], postgresql_where=sa.text(which))
    op.execute(NOTE)
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER note_loose_objects AFTER INSERT OR DELETE OR UPDATE OF variants ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION note_loose_objects()"
        )
    op.execute(LOGGED)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER note_loose_objects ON {table}")
    op.execute("DROP FUNCTION note_loose_objects")
    op.drop_table("loose_objects")

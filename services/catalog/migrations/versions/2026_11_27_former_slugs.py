"""A title that changes its slug is still found by the ones it had, until another title takes one of them.

A trigger keeps them: a slug changes by an edit, a rollback or an import, and none of these can forget it.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_former_slugs"
down_revision = "2026_11_27_lifecycle"


def upgrade() -> None:
    op.create_table(
        "former_slugs",
        sa.Column("slug", sa.Text(), primary_key=True),
        sa.Column("title_id", sa.Uuid(), sa.ForeignKey("titles.id", ondelete="CASCADE"), nullable=False, index=True),
    )
    op.execute("""
        CREATE FUNCTION keep_former_slug() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM former_slugs WHERE slug = NEW.slug;
            IF TG_OP = 'UPDATE' THEN
                INSERT INTO former_slugs (slug, title_id) VALUES (OLD.slug, OLD.id)
                ON CONFLICT (slug) DO UPDATE SET title_id = excluded.title_id;
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER former_slug_of_new AFTER INSERT ON titles FOR EACH ROW EXECUTE FUNCTION keep_former_slug()"
    )
    op.execute("""
        CREATE TRIGGER former_slug AFTER UPDATE OF slug ON titles FOR EACH ROW
        WHEN (OLD.slug IS DISTINCT FROM NEW.slug) EXECUTE FUNCTION keep_former_slug()
    """)


def downgrade() -> None:
    op.execute("DROP TRIGGER former_slug ON titles")
    op.execute("DROP TRIGGER former_slug_of_new ON titles")
    op.execute("DROP FUNCTION keep_former_slug()")
    op.drop_table("former_slugs")

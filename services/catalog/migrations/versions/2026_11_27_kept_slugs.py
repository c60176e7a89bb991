"""A former slug goes on leading to its title until another one that has it is shown; of what nobody saw none is kept."""

from alembic import op

revision = "2026_11_27_kept_slugs"
down_revision = "2026_11_27_free_trailers"

KEPT = """
    CREATE OR REPLACE FUNCTION keep_former_slug() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM former_slugs WHERE slug = NEW.slug AND title_id = NEW.id;
        IF TG_OP = 'UPDATE' AND OLD.published_at IS NOT NULL THEN
            INSERT INTO former_slugs (slug, title_id) VALUES (OLD.slug, OLD.id)
            ON CONFLICT (slug) DO UPDATE SET title_id = excluded.title_id;
        END IF;
        RETURN NULL;
    END $$
"""
BEFORE = """
    CREATE OR REPLACE FUNCTION keep_former_slug() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM former_slugs WHERE slug = NEW.slug;
        IF TG_OP = 'UPDATE' THEN
            INSERT INTO former_slugs (slug, title_id) VALUES (OLD.slug, OLD.id)
            ON CONFLICT (slug) DO UPDATE SET title_id = excluded.title_id;
        END IF;
        RETURN NULL;
    END $$
"""


def upgrade() -> None:
    op.execute(KEPT)


def downgrade() -> None:
    op.execute("DELETE FROM former_slugs f USING titles t WHERE t.slug = f.slug")
    op.execute(BEFORE)

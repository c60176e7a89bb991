"""The tables of catalog."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.chassis.data.migrations import create_chassis_tables, drop_chassis_tables

revision = "catalog_0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables()
    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB, nullable=True),
        sa.Column("after", postgresql.JSONB, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_title_id_at", "audit", ["title_id", sa.literal_column("at DESC")], unique=False)
    op.create_table(
        "genres",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_genres")),
    )
    op.create_table(
        "images",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("variants", postgresql.JSONB, nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("color", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "kind", name=op.f("pk_images")),
    )
    op.create_table(
        "playable_assets",
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("playable_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("duration", sa.Double(), nullable=True),
        sa.Column("hls", sa.Text(), nullable=True),
        sa.Column("dash", sa.Text(), nullable=True),
        sa.Column("thumbnails", sa.Text(), nullable=True),
        sa.Column("renditions", postgresql.JSONB, nullable=False),
        sa.Column("tracks", postgresql.JSONB, nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_detail", sa.Text(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('ready', 'failed')", name=op.f("ck_playable_assets_status")),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_playable_assets")),
    )
    op.create_index("ix_playable_assets_playable_id", "playable_assets", ["playable_id", "uploaded_at"], unique=False)
    op.create_table(
        "titles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=True),
        sa.Column("genres", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("cast_names", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("directors", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("maturity", sa.SmallInteger(), nullable=False),
        sa.Column("runtime", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'review', 'approved', 'scheduled', 'published', 'archived')",
            name=op.f("ck_titles_status"),
        ),
        sa.CheckConstraint("type IN ('movie', 'series')", name=op.f("ck_titles_type")),
        sa.CheckConstraint("maturity IN (0, 7, 12, 16, 18)", name=op.f("ck_titles_maturity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_titles")),
        sa.UniqueConstraint("slug", name=op.f("uq_titles_slug")),
    )
    op.create_index("ix_titles_cast_names", "titles", ["cast_names"], unique=False, postgresql_using="gin")
    op.create_index("ix_titles_directors", "titles", ["directors"], unique=False, postgresql_using="gin")
    op.create_index("ix_titles_genres", "titles", ["genres"], unique=False, postgresql_using="gin")
    op.create_index("ix_titles_name", "titles", [sa.literal_column("lower(name)"), "id"], unique=False)
    op.create_index(
        "ix_titles_newest",
        "titles",
        [sa.literal_column("published_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_index("ix_titles_tags", "titles", ["tags"], unique=False, postgresql_using="gin")
    op.create_table(
        "playables",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=True),
        sa.Column("intro_start", sa.Double(), nullable=True),
        sa.Column("intro_end", sa.Double(), nullable=True),
        sa.Column("credits_start", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["title_id"], ["titles.id"], name=op.f("fk_playables_title_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playables")),
    )
    op.create_index(op.f("ix_playables_title_id"), "playables", ["title_id"], unique=False)
    op.create_table(
        "rating_totals",
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("sum", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["title_id"], ["titles.id"], name=op.f("fk_rating_totals_title_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("title_id", name=op.f("pk_rating_totals")),
    )
    op.create_table(
        "ratings",
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("stars", sa.SmallInteger(), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_ratings_stars")),
        sa.ForeignKeyConstraint(["title_id"], ["titles.id"], name=op.f("fk_ratings_title_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("title_id", "profile_id", name=op.f("pk_ratings")),
    )
    op.create_index(op.f("ix_ratings_account_id"), "ratings", ["account_id"], unique=False)
    op.create_table(
        "seasons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["title_id"], ["titles.id"], name=op.f("fk_seasons_title_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seasons")),
        sa.UniqueConstraint("title_id", "number", name=op.f("uq_seasons_title_id_number")),
    )
    op.create_table(
        "windows",
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("regions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["title_id"], ["titles.id"], name=op.f("fk_windows_title_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("title_id", "position", name=op.f("pk_windows")),
    )
    op.create_table(
        "episodes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("season_id", sa.Uuid(), nullable=False),
        sa.Column("playable_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("runtime", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["playable_id"], ["playables.id"], name=op.f("fk_episodes_playable_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["season_id"], ["seasons.id"], name=op.f("fk_episodes_season_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_episodes")),
        sa.UniqueConstraint("playable_id", name=op.f("uq_episodes_playable_id")),
        sa.UniqueConstraint("season_id", "number", name=op.f("uq_episodes_season_id_number")),
    )


def downgrade() -> None:
    op.drop_table("episodes")
    op.drop_table("windows")
    op.drop_table("seasons")
    op.drop_index(op.f("ix_ratings_account_id"), table_name="ratings")
    op.drop_table("ratings")
    op.drop_table("rating_totals")
    op.drop_index(op.f("ix_playables_title_id"), table_name="playables")
    op.drop_table("playables")
    op.drop_index("ix_titles_tags", table_name="titles", postgresql_using="gin")
    op.drop_index("ix_titles_newest", table_name="titles", postgresql_where=sa.text("status = 'published'"))
    op.drop_index("ix_titles_name", table_name="titles")
    op.drop_index("ix_titles_genres", table_name="titles", postgresql_using="gin")
    op.drop_index("ix_titles_directors", table_name="titles", postgresql_using="gin")
    op.drop_index("ix_titles_cast_names", table_name="titles", postgresql_using="gin")
    op.drop_table("titles")
    op.drop_index("ix_playable_assets_playable_id", table_name="playable_assets")
    op.drop_table("playable_assets")
    op.drop_table("images")
    op.drop_table("genres")
    op.drop_index("ix_audit_title_id_at", table_name="audit")
    op.drop_table("audit")
    drop_chassis_tables()

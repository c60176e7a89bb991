"""The table of projections, and what a dead letter needs to be applied again, for each service's migrations."""

from __future__ import annotations

from alembic import op


def add_projections() -> None:
    """Remember the schema of each consumer's projections; keep the key and the time of dead letters."""
    op.execute("""
        CREATE TABLE projections (
            consumer text CONSTRAINT pk_projections PRIMARY KEY, schema integer NOT NULL,
            generation integer NOT NULL DEFAULT 0, since timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("ALTER TABLE dead_letters ADD COLUMN key text, ADD COLUMN happened_at text")


def drop_projections() -> None:
    """The opposite, for `downgrade`."""
    op.execute("ALTER TABLE dead_letters DROP COLUMN happened_at, DROP COLUMN key")
    op.drop_table("projections")

"""The tables of projections and of what was done to dead letters, and what one needs to be applied again, for migrations."""

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


def add_dead_letter_acts() -> None:
    """Remember who applied, mended or dropped which dead letter; nothing of what the event said."""
    op.execute("""
        CREATE TABLE dead_letter_acts (
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_dead_letter_acts PRIMARY KEY,
            letter_id bigint NOT NULL, act text NOT NULL, actor uuid, consumer text NOT NULL, topic text NOT NULL,
            event_id text, type text, at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("CREATE INDEX ix_dead_letter_acts_letter_id ON dead_letter_acts (letter_id)")
    op.execute("CREATE INDEX ix_dead_letter_acts_at ON dead_letter_acts (at)")


def drop_dead_letter_acts() -> None:
    """The opposite, for `downgrade`."""
    op.drop_table("dead_letter_acts")

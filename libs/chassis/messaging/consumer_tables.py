"""The tables of projections, of dead letters' owners and of what was done to them, for migrations."""

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


def add_forgotten() -> None:
    """Remember who is gone, and whom dead letters name, so that both go together; find what was done to an event's letter."""
    op.execute("""
        CREATE TABLE forgotten (
            id uuid CONSTRAINT pk_forgotten PRIMARY KEY, at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("CREATE INDEX ix_forgotten_at ON forgotten (at)")
    op.execute("ALTER TABLE dead_letters ADD COLUMN names uuid[] NOT NULL DEFAULT '{}'")
    # As `forgetting.named` does it for new ones. `escape` leaves what is ASCII, whatever bytes are around it.
    op.execute("""
        UPDATE dead_letters SET names = coalesce((
            SELECT array_agg(DISTINCT CAST(found[1] AS uuid)) FROM regexp_matches(
                concat(key, ' ', encode(value, 'escape')),
                '[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}', 'gi'
            ) AS found
        ), '{}')
    """)
    op.execute("CREATE INDEX ix_dead_letters_names ON dead_letters USING gin (names)")
    op.execute("CREATE INDEX ix_dead_letter_acts_event_id ON dead_letter_acts (event_id)")


def drop_forgotten() -> None:
    """The opposite, for `downgrade`."""
    op.drop_index("ix_dead_letter_acts_event_id", "dead_letter_acts")
    op.execute("ALTER TABLE dead_letters DROP COLUMN names")
    op.drop_table("forgotten")

"""The step from an outbox whose rows are marked to one that has a position, for each service's migrations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def outbox_by_position() -> None:
    """Keep how far the outbox is published as one position, instead of a mark on every row; called by a later migration.

    Rows are then written once, with one index. What was published out of order by then is published again. From then on the
    relays of the version before publish nothing, and say so; what it writes is published by those of this one.
    """
    # Who is writing has ended before the position is read: what commits below it afterwards would never be published.
    op.execute("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
    op.execute("""
        CREATE TABLE outbox_relay (
            id integer CONSTRAINT pk_outbox_relay PRIMARY KEY DEFAULT 1 CHECK (id = 1),
            fence bigint NOT NULL DEFAULT 0, expires_at timestamptz NOT NULL DEFAULT '-infinity', epoch text,
            upto bigint NOT NULL DEFAULT 0, missing int8multirange NOT NULL DEFAULT '{}', purged bigint NOT NULL DEFAULT 0
        )
    """)
    op.execute("""
        INSERT INTO outbox_relay (epoch, upto) SELECT (SELECT epoch FROM broker_epoch), coalesce(
            (SELECT min(id) - 1 FROM outbox WHERE published_at IS NULL), (SELECT max(id) FROM outbox), 0)
    """)
    op.execute("""
        CREATE TABLE outbox_latest (
            id bigint NOT NULL CONSTRAINT uq_outbox_latest_id UNIQUE, event_id uuid NOT NULL, topic text NOT NULL,
            key text NOT NULL, type text NOT NULL, payload jsonb NOT NULL, created_at timestamptz NOT NULL,
            CONSTRAINT pk_outbox_latest PRIMARY KEY (topic, key)
        )
    """)
    op.drop_table("broker_epoch")
    op.drop_index("ix_outbox_pending", "outbox")
    op.drop_index("ix_outbox_topic_key_id", "outbox")
    op.drop_constraint("uq_outbox_event_id", "outbox")
    op.drop_column("outbox", "published_at")
    op.execute("""
        CREATE VIEW outbox_pending AS SELECT o.* FROM outbox_relay r JOIN outbox o ON o.id > r.upto
        UNION ALL SELECT o.* FROM outbox_relay r CROSS JOIN LATERAL unnest(r.missing) gap
            JOIN outbox o ON o.id >= lower(gap) AND o.id < upper(gap)
    """)
    op.create_index("ix_dead_letters_created_at", "dead_letters", ["created_at"])
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])


def outbox_by_marks() -> None:
    """The opposite, for `downgrade`."""
    op.drop_index("ix_idempotency_keys_created_at", "idempotency_keys")
    op.drop_index("ix_dead_letters_created_at", "dead_letters")
    op.execute("ALTER TABLE outbox ADD COLUMN published_at timestamptz")
    op.execute("UPDATE outbox SET published_at = now() WHERE id NOT IN (SELECT id FROM outbox_pending)")
    op.execute("DROP VIEW outbox_pending")
    # What was published again by hand is there twice, under one name.
    op.execute("DELETE FROM outbox o USING outbox n WHERE n.event_id = o.event_id AND n.id > o.id")
    op.create_unique_constraint("uq_outbox_event_id", "outbox", ["event_id"])
    op.create_index("ix_outbox_pending", "outbox", ["id"], postgresql_where=sa.text("published_at IS NULL"))
    op.create_index("ix_outbox_topic_key_id", "outbox", ["topic", "key", "id"])
    op.execute("""
        CREATE TABLE broker_epoch (
            id integer CONSTRAINT pk_broker_epoch PRIMARY KEY, epoch text NOT NULL, seen_at timestamptz NOT NULL DEFAULT now())
    """)
    op.execute("INSERT INTO broker_epoch (id, epoch) SELECT 1, epoch FROM outbox_relay WHERE epoch IS NOT NULL")
    op.execute("""
        INSERT INTO outbox (event_id, topic, key, type, payload, created_at, published_at)
        SELECT event_id, topic, key, type, payload, created_at, now() FROM outbox_latest l
        WHERE NOT EXISTS (SELECT FROM outbox o WHERE o.topic = l.topic AND o.key = l.key) ORDER BY id
    """)
    op.drop_table("outbox_latest")
    op.drop_table("outbox_relay")

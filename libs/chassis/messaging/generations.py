"""Which generation of a group's projections is being kept: a new one reads its topics from the beginning."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Only a schema that is newer begins a new generation. An older one is a replica that is being replaced, or a release that was
# taken back: it goes on where it is, and is remembered, so that the newer one rebuilds what was kept without it.
_GENERATION = text("""
INSERT INTO projections AS p (consumer, schema) VALUES (:consumer, :schema)
ON CONFLICT (consumer) DO UPDATE SET schema = excluded.schema,
    generation = p.generation + CASE WHEN excluded.schema > p.schema THEN 1 ELSE 0 END,
    since = CASE WHEN excluded.schema > p.schema THEN now() ELSE p.since END
RETURNING generation
""")


async def generation(session: AsyncSession, consumer: str, schema: int) -> int:
    """Return the generation of a consumer's projections, a new one where its schema has grown since the last time."""
    found: int = (await session.execute(_GENERATION, {"consumer": consumer, "schema": schema})).scalar_one()
    return found

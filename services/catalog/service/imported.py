"""The rows that imported titles are made of, a batch at a time, and what is told of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from asyncpg import Connection

from libs.chassis.ids import new_id
from libs.chassis.slugs import name_id
from libs.contracts.catalog import TitleChanged
from services.catalog import domain
from services.catalog.certificates import age_of_all
from services.catalog.collation import sort_name
from services.catalog.importing.mapping import ImportMapping
from services.catalog.repository import imports
from services.catalog.repository.titles import Whole
from services.catalog.schemas.admin_requests import NewTitle
from services.catalog.service import casting, snapshot
from services.catalog.service.casting import Part
from services.catalog.title_fields import FIELDS

Rows = list[dict[str, Any]]
# In the order in which they are filled.
TABLES = ("titles", "playables", "credits", "windows", "title_texts", "title_sources", "audit", "told")


async def tables(
    connection: Connection,
    import_id: UUID,
    actor: UUID,
    mapping: ImportMapping,
    wanted: Sequence[tuple[str, NewTitle]],
    now: datetime,
) -> dict[str, Rows]:
    """Return the rows of each table for titles by their keys, in the order in which tables are filled. Raises `PersonGone`."""
    bodies = [body for _, body in wanted]
    people = await casting.meant(connection, bodies)
    genres = await imports.genre_names(connection, sorted({name_id(g) for body in bodies for g in body.genres}))
    slugs = await _slugs(connection, bodies)
    made: dict[str, Rows] = {name: [] for name in TABLES}
    for n, ((key, body), slug) in enumerate(zip(wanted, slugs, strict=True)):
        if n % 25 == 0:
            await asyncio.sleep(0)  # viewers are answered meanwhile
        parts = people.all_parts(body)
        title = _title(body, slug, mapping, parts, genres, now)
        for table, rows in _parts(title["id"], body, parts).items():
            made[table] += rows
        made["titles"].append(title)
        source = {"source": mapping.source, "key": key, "title_id": title["id"], "import_id": import_id}
        made["title_sources"].append(source)
        whole = _whole(title, body, parts, genres, made["playables"][-1]["id"] if body.type == "movie" else None)
        made["audit"].append(
            {
                "id": new_id(), "title_id": title["id"], "actor": actor, "action": "import", "version": 1,
                "after": snapshot.record(whole), "at": now,
            }
        )  # fmt: skip
        if title["published_at"] is not None:
            made["told"].append(told(snapshot.event(whole)))
    return made


def told(event: TitleChanged) -> dict[str, Any]:
    """Return the row of an event that is told at the end; whether as one of a crowd is said there."""
    written = event.TOPIC.name, event.key(), event.TYPE, event.model_dump_json()
    return dict(zip(("event_id", "topic", "key", "type", "payload"), (new_id(), *written), strict=True))


async def _slugs(connection: Connection, bodies: Sequence[NewTitle]) -> list[str]:
    """Return a slug for each title, taken by nobody: as when they are made by hand."""
    wanted = [_candidates(body) for body in bodies]
    taken = await imports.taken_slugs(connection, [slug for candidates in wanted for slug in candidates])
    chosen = []
    for candidates in wanted:
        slug = next((candidate for candidate in candidates if candidate not in taken), candidates[-1])
        taken.add(slug)
        chosen.append(slug)
    return chosen


def _candidates(body: NewTitle) -> list[str]:
    return list(domain.addresses(body.slug or body.name, body.year, new_id()))


def _title(
    body: NewTitle, slug: str, mapping: ImportMapping, parts: Sequence[Part], genres: dict[str, str], now: datetime
) -> dict[str, Any]:
    """Return the row of a title: every field of its own as the body says it, but for those that are made of others."""
    listed = mapping.publish == "listed"
    said = {field.stored: getattr(body, field.name) for field in FIELDS if field.stored and field.imported != "never"}
    known = [found for name in body.genres if (found := name_id(name)) in genres]
    return {
        "id": new_id(), "version": 1, "status": "published" if listed else "draft", **said,
        "slug": slug, "sort_name": sort_name(body.name, body.language), "genres": list(dict.fromkeys(known)),
        **casting.lists(parts), "country": body.country or "",
        "maturity": body.maturity if body.maturity is not None else age_of_all(body.certificates) or 0,
        "availability": "listed" if listed else body.availability,
        "published_at": now if listed else None, "created_at": now, "changed_at": now,
    }  # fmt: skip


def _parts(title_id: UUID, body: NewTitle, parts: Sequence[Part]) -> dict[str, Rows]:
    """Return the rows of other tables that belong to a title."""
    return {
        "playables": [{"id": new_id(), "title_id": title_id}] if body.type == "movie" else [],
        "credits": [
            {"title_id": title_id, "position": n, "person_id": part.person.id, "role": part.role, "character": part.character}
            for n, part in enumerate(parts)
        ],
        "windows": [{"title_id": title_id, "position": n, **window.model_dump()} for n, window in enumerate(body.windows)],
        "title_texts": [{"title_id": title_id, "language": tag, **said.model_dump()} for tag, said in body.texts.items()],
    }  # fmt: skip


def _whole(
    title: dict[str, Any], body: NewTitle, parts: Sequence[Part], genres: dict[str, str], playable: UUID | None
) -> Whole:
    """Return a title as it would be read back, so that the log and the others are told the same of it as of any other."""
    plain: Any = SimpleNamespace
    markers = dict.fromkeys(("asset_id", "intro_start", "intro_end", "credits_start"))
    return Whole(
        title=plain(**title),
        genres=[genres[slug] for slug in title["genres"]],
        windows=cast(Any, body.windows),
        playables={playable: plain(id=playable, **markers)} if playable else {},
        credits=[
            (
                plain(role=part.role, character=part.character),
                plain(id=part.person.id, name=part.person.name, other_names=part.person.other_names),
            )
            for part in parts
        ],
        texts={tag: plain(**said.model_dump()) for tag, said in sorted(body.texts.items())},
    )

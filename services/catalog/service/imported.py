"""The rows that imported titles are made of, a batch at a time, and what is told of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Connection

from libs.chassis.ids import new_id
from libs.contracts.catalog import Credit, Playable, TitleChanged
from services.catalog import domain
from services.catalog.certificates import age_of_all
from services.catalog.collation import sort_name
from services.catalog.importing.mapping import ImportMapping
from services.catalog.repository import imports
from services.catalog.schemas.admin_requests import NewTitle

Rows = list[dict[str, Any]]


async def tables(
    connection: Connection,
    import_id: UUID,
    actor: UUID,
    mapping: ImportMapping,
    wanted: Sequence[tuple[str, NewTitle]],
    now: datetime,
) -> dict[str, Rows]:
    """Return the rows of each table for titles by their keys, in the order in which tables are filled."""
    bodies = [body for _, body in wanted]
    named = {name for body in bodies for name in (*body.directors, *body.cast)}
    people = await imports.people(connection, sorted(named))
    genres = await imports.genre_names(
        connection, sorted({domain.genre_slug(g) for body in bodies for g in body.genres})
    )
    names: dict[Any, Any] = {found[0]: found for found in people.values()}
    slugs = await _slugs(connection, bodies)
    made: dict[str, Rows] = {name: [] for name in ("titles", "playables", "credits", "title_sources", "audit", "told")}
    for n, ((key, body), slug) in enumerate(zip(wanted, slugs, strict=True)):
        if n % 25 == 0:
            await asyncio.sleep(0)  # viewers are answered meanwhile
        title = _title(body, slug, mapping, people, genres, now)
        parts: Rows = [
            {"person_id": people[name][0], "role": role, "character": None}
            for role, names in (("director", body.directors), ("actor", body.cast))
            for name in names
        ]
        parts = list({(part["person_id"], part["role"]): part for part in parts}.values())
        playable = new_id() if body.type == "movie" else None
        made["titles"].append(title)
        if playable:
            made["playables"].append({"id": playable, "title_id": title["id"]})
        made["credits"] += [{"title_id": title["id"], "position": n, **part} for n, part in enumerate(parts)]
        made["title_sources"].append(
            {"source": mapping.source, "key": key, "title_id": title["id"], "import_id": import_id}
        )
        shown = [genres[slug] for slug in title["genres"]]
        facts = _facts(title, shown, [{**part, "name": names[part["person_id"]][1]} for part in parts], playable)
        made["audit"].append(
            {
                "id": new_id(),
                "title_id": title["id"],
                "actor": actor,
                "action": "import",
                "version": 1,
                "after": facts,
                "at": now,
            }
        )
        if title["published_at"] is not None:
            credits = tuple(
                Credit(**part, name=names[part["person_id"]][1], other_names=tuple(names[part["person_id"]][2]))
                for part in parts
            )
            made["told"].append(told(_event(title, tuple(shown), credits, playable)))
    return made


def told(event: TitleChanged) -> dict[str, Any]:
    """Return the row of an event that is told at the end."""
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
    base = body.slug or domain.slugify(body.name) or "title"
    year = [f"{base[:70].rstrip('-')}-{body.year}"] if body.year else []
    return [base, *year, f"{base[:60].rstrip('-')}-{new_id().hex[-12:]}"]


def _title(
    body: NewTitle, slug: str, mapping: ImportMapping, people: dict[str, Any], genres: dict[str, str], now: datetime
) -> dict[str, Any]:
    listed = mapping.publish == "listed"
    maturity = body.maturity if body.maturity is not None else age_of_all(body.certificates) or 0
    known = [found for name in body.genres if (found := domain.genre_slug(name)) in genres]
    return {
        "id": new_id(), "slug": slug, "type": body.type, "status": "published" if listed else "draft", "version": 1,
        "name": body.name, "sort_name": sort_name(body.name, body.language), "description": body.description,
        "tagline": body.tagline, "other_names": body.other_names, "year": body.year,
        "genres": list(dict.fromkeys(known)),
        "cast_names": domain.distinct(people[name][1] for name in body.cast),
        "directors": domain.distinct(people[name][1] for name in body.directors),
        "tags": body.tags, "language": body.language, "country": body.country or "",
        "maturity": maturity, "certificates": body.certificates, "descriptors": body.descriptors,
        "runtime": body.runtime, "availability": "listed" if listed else "playable", "free_trailers": body.free_trailers,
        "published_at": now if listed else None, "created_at": now, "changed_at": now,
    }  # fmt: skip


def _facts(title: dict[str, Any], genres: list[str], parts: Rows, playable: UUID | None) -> dict[str, Any]:
    """Return what the log keeps of a title, as `snapshot.record` of it would say."""
    apart = ("id", "type", "version", "sort_name", "cast_names", "created_at", "changed_at", "directors", "genres")
    facts = {name: value for name, value in title.items() if name not in apart}
    facts |= {"genres": genres, "credits": parts, "windows": []}
    if playable:
        markers = dict.fromkeys(("asset_id", "asset_version", "intro_start", "intro_end", "credits_start"))
        facts[f"playable.{playable}"] = markers
    return facts


def _event(
    title: dict[str, Any], genres: tuple[str, ...], credits: tuple[Credit, ...], playable: UUID | None
) -> TitleChanged:
    same = (
        "version", "type", "status", "name", "slug", "description", "year", "directors", "tags", "language", "country",
        "maturity", "runtime", "published_at", "changed_at", "tagline", "other_names", "descriptors", "availability",
        "free_trailers",
    )  # fmt: skip
    return TitleChanged(
        title_id=title["id"],
        genres=genres,
        cast=title["cast_names"],
        credits=credits,
        playables=(Playable(id=playable, name=title["name"]),) if playable else (),
        **{name: title[name] for name in same},
    )

"""What viewers read: hand-written statements on the asyncpg pool, each filtered by what the viewer may see.

The statements are put together from the constants of this file only; every value travels as a parameter.
"""

# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.chassis.data.database import Database
from libs.chassis.languages import looked_up
from libs.contracts.catalog import SPECIALS
from libs.contracts.trending import WORLD
from services.catalog.title_fields import BY_NAME


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose eyes: `country` ISO 3166-1 alpha-2, `maturity` the highest age rating allowed, `now` the moment.

    `languages` are those they read, the best first.
    """

    country: str
    maturity: int
    now: datetime
    languages: tuple[str, ...] = ()


OPEN = """(w.starts_at IS NULL OR w.starts_at <= $3) AND (w.ends_at IS NULL OR w.ends_at > $3)
    AND (w.regions = '{}' OR $1 = ANY (w.regions))"""
# One look at a title's own windows. Written as EXISTS the planner would read the windows of all titles for a page of twenty.
VISIBLE = f"""
t.status = 'published' AND t.maturity <= $2
AND (SELECT count(*) = 0 OR bool_or({OPEN}) FROM windows w WHERE w.title_id = t.id)
"""
# The same for what looks at every title, where reading all windows once is right.
VISIBLE_OF_ALL = f"""
t.status = 'published' AND t.maturity <= $2 AND (
  NOT EXISTS (SELECT FROM windows w WHERE w.title_id = t.id)
  OR EXISTS (SELECT FROM windows w WHERE w.title_id = t.id AND {OPEN}))
"""
GENRES = """ARRAY(SELECT g.name FROM unnest(t.genres) WITH ORDINALITY AS u (slug, n) JOIN genres g USING (slug) ORDER BY n)"""
IMAGES = """(SELECT jsonb_object_agg(i.kind, jsonb_build_object('variants', i.variants, 'color', i.color, 'blurhash', i.blurhash))
  FROM images i WHERE i.owner_id = t.id)"""
PLAYABLE = (
    """(SELECT p.id FROM playables p WHERE t.type = 'movie' AND p.title_id = t.id AND p.asset_id IS NOT NULL LIMIT 1)"""
)
# The trailers that can be played, in the order to offer them.
TRAILERS = """(SELECT jsonb_agg(jsonb_build_object('id', r.id, 'playable_id', r.playable_id, 'kind', r.kind, 'name', r.name,
  'part_texts', r.texts, 'language', r.language, 'duration', greatest(1, round(a.duration))::int) ORDER BY r.position, r.id)
  FROM trailers r JOIN playable_assets a ON a.asset_id = r.asset_id WHERE r.title_id = t.id)"""
PORTRAIT = "(SELECT i.variants FROM images i WHERE i.owner_id = p.id AND i.kind = 'portrait')"
# Credits `c`, as they are named.
PARTS = f"""SELECT jsonb_agg(jsonb_build_object('person_id', p.id, 'name', p.name, 'role', c.role, 'character', c.character,
  'portrait', {PORTRAIT}) ORDER BY c.position, c.id) FROM credits c JOIN people p ON p.id = c.person_id"""
# What is said and shown in the languages of $4, of whatever region, by language.
LOCAL = """(SELECT jsonb_object_agg(x.language, jsonb_build_object('name', x.name, 'description', x.description,
  'tagline', x.tagline)) FROM title_texts x
  WHERE x.title_id = t.id AND split_part(x.language, '-', 1) = ANY ($4::text[])) AS texts,
(SELECT jsonb_object_agg(x.language, x.pictures) FROM (SELECT i.language,
  jsonb_object_agg(i.kind, jsonb_build_object('variants', i.variants, 'color', i.color, 'blurhash', i.blurhash)) AS pictures
  FROM title_images i WHERE i.title_id = t.id AND split_part(i.language, '-', 1) = ANY ($4::text[])
  GROUP BY i.language) x) AS local_images"""
CARD = f"""t.id AS title_id, t.name, t.tagline, t.language, t.type, t.description, {LOCAL},
t.year, t.maturity, {GENRES} AS genres, t.runtime, t.availability, {PLAYABLE} AS playable_id,
{IMAGES} AS images,
jsonb_path_query_first({TRAILERS}, '$[*] ? (@.kind == "trailer" || @.kind == "teaser")') AS trailer"""

# sort → (the key a cursor carries, its order)
SORTS = {
    "newest": ("t.published_at", "DESC"),
    "oldest": ("t.published_at", "ASC"),
    "name": ("coalesce(t.sort_name, lower(t.name))", "ASC"),
    "year": ("coalesce(t.year, 0)", "DESC"),
}
_CAST = {"newest": "timestamptz", "oldest": "timestamptz", "name": "text", "year": "bigint"}


def _args(viewer: Viewer) -> tuple[str, int, datetime]:
    return viewer.country, viewer.maturity, viewer.now


def _told(viewer: Viewer) -> tuple[str, int, datetime, list[str]]:
    return *_args(viewer), looked_up(viewer.languages)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; None is everything. Years and runtimes (seconds) from and to, both included."""

    genre: str | None = None
    kind: str | None = None
    person: UUID | None = None
    country: str | None = None
    language: str | None = None
    year: int | None = None
    year_to: int | None = None
    maturity: int | None = None
    runtime: int | None = None
    runtime_to: int | None = None
    availability: str | None = None


# What each filter asks, with its value in place of {}.
CONDITIONS = {
    "genre": "t.genres @> ARRAY[{}::text]",
    "kind": "t.type = {}",
    "person": "t.id IN (SELECT c.title_id FROM credits c WHERE c.person_id = {})",
    "country": "t.country = {}",
    "language": "t.language = {}",
    # Sorted and filtered by the same expression, so that one index does both.
    "year": "coalesce(t.year, 0) >= {}",
    "year_to": "t.year IS NOT NULL AND coalesce(t.year, 0) <= {}",
    "maturity": "t.maturity <= {}",
    "runtime": "t.runtime >= {}",
    "runtime_to": "t.runtime <= {}",
    "availability": "t.availability = {}",
}


async def titles(
    db: Database, viewer: Viewer, filters: Filters, *, sort: str, after: tuple[Any, UUID] | None, limit: int
) -> list[Any]:
    """Cards in the given order, after the cursor; each row carries its `sort_key`.

    Only what is asked stands in the statement, and it is planned each time: the planner then chooses between the order's index
    and a filter's own.
    """
    key, order = SORTS[sort]
    values: list[Any] = [*_told(viewer)]
    conditions = [VISIBLE]

    def value(of: Any) -> str:
        values.append(of)
        return f"${len(values)}"

    for name, condition in CONDITIONS.items():
        if (wanted := getattr(filters, name)) is not None:
            conditions.append(condition.format(value(wanted)))
    if after is not None:
        beyond = "<" if order == "DESC" else ">"
        conditions.append(f"({key}, t.id) {beyond} ({value(after[0])}::{_CAST[sort]}, {value(after[1])}::uuid)")
    # The page is found first and its cards are put together then, or the planner counts their cost for every title.
    listed = f"""WITH page AS MATERIALIZED (SELECT t.id, {key} AS sort_key FROM titles t WHERE {" AND ".join(conditions)}
          ORDER BY {key} {order}, t.id {order} LIMIT {value(limit)})
        SELECT {CARD}, page.sort_key FROM page JOIN titles t ON t.id = page.id ORDER BY page.sort_key {order}, t.id {order}"""
    # Without a name a statement is planned for the values it is asked with. A plan for any values takes each to be rare, and
    # reads all that have a common one.
    async with db.pool.acquire() as connection:
        statement = await connection.prepare(listed, name="")
        return await statement.fetch(*values)


# What of a title is not said by a column of its own, as files have it.
EXPORTED = {
    "genres": GENRES,
    "credits": """(SELECT jsonb_agg(jsonb_build_object('person_id', p.id, 'name', p.name, 'role', c.role, 'character',
      c.character) ORDER BY c.position, c.id) FROM credits c JOIN people p ON p.id = c.person_id
      WHERE c.title_id = t.id AND c.episode_id IS NULL)""",
    "windows": """(SELECT jsonb_agg(jsonb_build_object('starts_at', w.starts_at, 'ends_at', w.ends_at, 'regions', w.regions)
      ORDER BY w.position) FROM windows w WHERE w.title_id = t.id)""",
    "texts": """(SELECT jsonb_object_agg(x.language, jsonb_build_object('name', x.name, 'description', x.description,
      'tagline', x.tagline)) FROM title_texts x WHERE x.title_id = t.id)""",
    "artwork": """(SELECT jsonb_agg(jsonb_build_object('kind', i.kind, 'language', i.language, 'variants', i.variants)
      ORDER BY i.language NULLS FIRST, i.kind) FROM (
        SELECT kind, NULL AS language, variants FROM images WHERE owner_id = t.id
        UNION ALL SELECT kind, language, variants FROM title_images WHERE title_id = t.id) i)""",
}


async def exported(
    db: Database, fields: Sequence[str], status: str | None, after: UUID | None, limit: int
) -> list[Any]:
    """Titles with id, version and what a file says of them, in the order of ids; `fields` by their names in `title_fields`."""
    said = [f"{EXPORTED.get(name) or f't.{BY_NAME[name].stored}'} AS {name}" for name in fields]
    return await db.pool.fetch(
        f"""SELECT t.id, t.version, {", ".join(said)} FROM titles t
        WHERE ($1::text IS NULL OR t.status = $1) AND ($2::uuid IS NULL OR t.id > $2) ORDER BY t.id LIMIT $3""",
        status, after, limit,
    )  # fmt: skip


async def top_rated(db: Database, viewer: Viewer, *, at_least: int, limit: int) -> list[Any]:
    """Cards of the best rated titles with at least so many ratings."""
    return await db.pool.fetch(
        f"""SELECT {CARD} FROM titles t JOIN rating_totals r ON r.title_id = t.id WHERE {VISIBLE} AND r.count >= $5
        ORDER BY r.sum::float / r.count DESC, r.count DESC, t.id DESC LIMIT $6""",
        *_told(viewer), at_least, limit,
    )  # fmt: skip


async def trending(db: Database, viewer: Viewer, limit: int) -> list[Any]:
    """Cards of what is watched most in the viewer's country, and then of what is in the world."""
    return await db.pool.fetch(
        f"""WITH ranked AS (SELECT u.id, min(u.n + CASE r.region WHEN '{WORLD}' THEN 1000 ELSE 0 END) AS place
          FROM trending r, unnest(r.titles) WITH ORDINALITY AS u (id, n) WHERE r.region IN ($5, '{WORLD}') GROUP BY u.id)
        SELECT {CARD} FROM ranked JOIN titles t ON t.id = ranked.id WHERE {VISIBLE} ORDER BY ranked.place LIMIT $6""",
        *_told(viewer), viewer.country, limit,
    )  # fmt: skip


async def similar(db: Database, viewer: Viewer, title_id: UUID, limit: int) -> list[Any]:
    """Cards of titles that share directors, genres, cast or tags with one, the closest first."""
    shared = "cardinality(ARRAY(SELECT unnest(t.{0}) INTERSECT SELECT unnest(s.{0})))"
    score = " + ".join(
        f"{weight} * {shared.format(column)}"
        for column, weight in (("directors", 4), ("genres", 3), ("cast_names", 2), ("tags", 2))
    )
    return await db.pool.fetch(
        f"""SELECT {CARD} FROM titles t CROSS JOIN (SELECT * FROM titles WHERE id = $5) s WHERE {VISIBLE} AND t.id <> s.id
        AND (t.genres && s.genres OR t.tags && s.tags OR t.directors && s.directors OR t.cast_names && s.cast_names)
        ORDER BY {score} DESC, t.published_at DESC, t.id DESC LIMIT $6""",
        *_told(viewer), title_id, limit,
    )  # fmt: skip


async def cards(db: Database, viewer: Viewer, ids: Sequence[UUID]) -> list[Any]:
    """Cards of these titles, in this order, without those the viewer may not see."""
    return await db.pool.fetch(
        f"""SELECT {CARD} FROM unnest($5::uuid[]) WITH ORDINALITY AS u (id, n) JOIN titles t ON t.id = u.id
        WHERE {VISIBLE} ORDER BY u.n""",
        *_told(viewer), ids,
    )  # fmt: skip


async def details(db: Database, viewer: Viewer, title_id: UUID) -> Any | None:
    """One title with its rating, or None."""
    return await db.pool.fetchrow(
        f"""SELECT t.id, t.slug, t.type, t.name, t.description, t.tagline, t.other_names, t.certificates, t.descriptors,
        t.year, {GENRES} AS genres, t.cast_names, t.directors, t.tags,
        t.language, t.country, t.maturity, t.runtime, t.availability, t.published_at, {PLAYABLE} AS playable_id,
        {IMAGES} AS images, {LOCAL}, coalesce(r.count, 0) AS rating_count, coalesce(r.sum, 0) AS rating_sum,
        (SELECT count(DISTINCT e.season_id) FROM seasons s JOIN episodes e ON e.season_id = s.id
          JOIN playables p ON p.id = e.playable_id AND p.asset_id IS NOT NULL
          WHERE s.title_id = t.id AND s.number <> {SPECIALS}) AS seasons,
        {TRAILERS} AS trailers, ({PARTS} WHERE c.title_id = t.id AND c.episode_id IS NULL) AS credits
        FROM titles t LEFT JOIN rating_totals r ON r.title_id = t.id WHERE {VISIBLE} AND t.id = $5""",
        *_told(viewer), title_id,
    )  # fmt: skip


async def is_visible(db: Database, viewer: Viewer, title_id: UUID) -> bool:
    """Whether the viewer may see the title."""
    found = await db.pool.fetchval(
        f"SELECT EXISTS (SELECT FROM titles t WHERE {VISIBLE} AND t.id = $4)", *_args(viewer), title_id
    )
    return bool(found)


async def seasons(db: Database, viewer: Viewer, title_id: UUID) -> list[Any]:
    """Seasons with at least one episode that can be played, the specials last."""
    return await db.pool.fetch(
        f"""SELECT s.id, s.number, s.name, s.texts AS part_texts, t.language, count(*) AS episodes
        FROM titles t JOIN seasons s ON s.title_id = t.id
        JOIN episodes e ON e.season_id = s.id JOIN playables p ON p.id = e.playable_id AND p.asset_id IS NOT NULL
        WHERE {VISIBLE} AND t.id = $4 GROUP BY s.id, t.language ORDER BY s.number = {SPECIALS}, s.number""",
        *_args(viewer), title_id,
    )  # fmt: skip


async def episodes(db: Database, viewer: Viewer, title_id: UUID, number: int) -> list[Any]:
    """Episodes of a season that can be played."""
    return await db.pool.fetch(
        f"""SELECT e.id, e.number, e.name, e.description, e.texts AS part_texts, t.language, e.playable_id,
        coalesce(e.runtime, round(a.duration)::int) AS runtime,
        i.variants AS still, ({PARTS} WHERE c.episode_id = e.id) AS credits
        FROM titles t JOIN seasons s ON s.title_id = t.id AND s.number = $5
        JOIN episodes e ON e.season_id = s.id JOIN playables p ON p.id = e.playable_id
        JOIN playable_assets a ON a.asset_id = p.asset_id LEFT JOIN images i ON i.owner_id = e.id AND i.kind = 'still'
        WHERE {VISIBLE} AND t.id = $4 ORDER BY e.number""",
        *_args(viewer), title_id, number,
    )  # fmt: skip


async def genre(db: Database, asked: str) -> str:
    """The slug of the genre that has it, or had it before; what was asked for where none did."""
    found = await db.pool.fetchval(
        "SELECT slug FROM genres WHERE slug = $1 OR $1 = ANY (former) ORDER BY slug = $1 DESC LIMIT 1", asked
    )
    return str(found or asked)


async def genres(db: Database, viewer: Viewer) -> list[Any]:
    """Genres with the number of titles the viewer may see."""
    return await db.pool.fetch(
        f"""SELECT g.slug AS id, g.name, count(*) AS titles FROM titles t CROSS JOIN unnest(t.genres) AS u (slug)
        JOIN genres g ON g.slug = u.slug WHERE {VISIBLE_OF_ALL} GROUP BY g.slug, g.name""",
        *_args(viewer),
    )  # fmt: skip


async def person(db: Database, person_id: UUID) -> Any | None:
    """A person, or who they were merged into."""
    return await db.pool.fetchrow(
        f"""WITH RECURSIVE named AS (SELECT * FROM people WHERE id = $1
          UNION SELECT m.* FROM people m JOIN named n ON m.id = n.merged_into)
        SELECT p.id, p.name, p.other_names, p.biography, p.texts AS part_texts, {PORTRAIT} AS portrait
        FROM named p WHERE p.merged_into IS NULL""",
        person_id,
    )


async def filmography(db: Database, viewer: Viewer, person_id: UUID, limit: int) -> list[Any]:
    """Cards of the titles a person has parts in, the newest first, with these `parts`; of episodes those that can be played."""
    return await db.pool.fetch(
        f"""SELECT {CARD}, c.parts FROM (
          SELECT c.title_id, jsonb_agg(DISTINCT jsonb_build_object('role', c.role, 'character', c.character)) AS parts
          FROM credits c LEFT JOIN episodes e ON e.id = c.episode_id LEFT JOIN playables p ON p.id = e.playable_id
          WHERE c.person_id = $5 AND (c.episode_id IS NULL OR p.asset_id IS NOT NULL) GROUP BY c.title_id) c
        JOIN titles t ON t.id = c.title_id WHERE {VISIBLE} ORDER BY t.year DESC NULLS LAST, t.published_at DESC, t.id
        LIMIT $6""",
        *_told(viewer), person_id, limit,
    )  # fmt: skip

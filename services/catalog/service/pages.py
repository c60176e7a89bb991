"""Pages outside the API: a title's address, the heads of pages, the sitemap. They say what anybody may know.

The public is a viewer in one country (`BIJOU_PUBLIC_COUNTRY`) who sees what is for sixteen and younger: a title that is not
published, not open there now, or for grown-ups alone has no page for strangers, as if it did not exist; nor has a person, a
genre or a collection none of whose titles has one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote
from uuid import UUID

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.languages import LAST, base, wanted
from libs.chassis.problems import NotFound
from libs.chassis.slugs import name_id
from libs.contracts.token import Principal
from services.catalog import artwork, heads
from services.catalog.languages import Said, part_language, pictures, say, say_part
from services.catalog.repository import browse, pages
from services.catalog.repository.browse import Viewer
from services.catalog.service.browse import viewer_of
from services.catalog.service.people import PersonNotFound
from services.catalog.service.unit_of_work import TitleNotFound
from services.catalog.settings import Settings

PUBLIC_MATURITY = 16
# How long the list of sitemaps is told again. What comes meanwhile is in the last of them, whose end is open.
MAPPED_FOR = timedelta(minutes=15)
# Of a sitemap; the protocol's own limit is 50,000.
URLS = 10_000
Mapped = Literal["titles", "people", "collections", "genres"]
# How many of its titles a page that lists some names.
NAMED = 20


# What is said of a genre, by language.
GENRE = {"en": "{name}: films and series on {site}.", "de": "{name}: Filme und Serien auf {site}."}
READ = {
    "titles": (pages.titles, "title"),
    "people": (pages.people, "person"),
    "collections": (pages.collections, "collection"),
}


class Pages:
    """Use cases of who reads pages without an account, and of the app that follows their addresses."""

    def __init__(self, db: Database, clock: Clock, settings: Settings) -> None:
        self._db = db
        self._clock = clock
        self._country = settings.public_country
        self._url = settings.public_url.rstrip("/")
        self._mapping = asyncio.Lock()
        self._mapped: tuple[datetime, str] | None = None

    def _public(self, header: str = "") -> Viewer:
        return Viewer(self._country, PUBLIC_MATURITY, self._clock.now(), wanted("", header))

    async def id_of(self, who: Principal, slug: str) -> UUID:
        """Which title an address means, by its slug or by one it had before."""
        found = await pages.id_of(self._db, viewer_of(who, self._clock), slug)
        if found is None:
            raise TitleNotFound
        return found

    async def head(self, ref: str, header: str = "") -> tuple[UUID, str, str, str]:
        """A title's id, the slug that its page has now, the head of that page, and the language of its name.

        `ref` is the id or a slug of any time, `header` what is asked for as `Accept-Language`.
        """
        viewer = self._public(header)
        title_id = _uuid(ref) or await pages.id_of(self._db, viewer, ref)
        row = await pages.facts(self._db, viewer, title_id) if title_id else None
        if title_id is None or row is None:
            raise TitleNotFound
        said = say(row, viewer.languages)
        return title_id, row["slug"], heads.head(self._facts(row, said, pictures(row, viewer.languages))), said.language

    async def person_head(self, person_id: UUID, header: str = "") -> tuple[UUID, str, str | None]:
        """The id of a person, of whom they were merged into where they were, the head of their page, and its language.

        That is None where the biography is in its own, which nobody has said.
        """
        viewer = self._public(header)
        row = await browse.person(self._db, person_id)
        if row is None or not await pages.is_seen(self._db, viewer, row["id"]):
            raise PersonNotFound
        picture = artwork.url("portrait", row["portrait"])
        facts = heads.PersonFacts(
            url=f"{self._url}/person/{row['id']}",
            name=row["name"],
            other_names=row["other_names"],
            **say_part(row, viewer.languages, texts=("biography",)),
            image=f"{self._url}{picture}" if picture else None,
        )
        return row["id"], heads.person_head(facts), part_language(row, viewer.languages, "biography")

    async def genre_head(self, ref: str, header: str = "") -> tuple[str, str, str]:
        """A genre's slug, the head of its page, and the language of that; `ref` is its name or a slug of any time."""
        genre = await browse.genre(self._db, name_id(ref))
        rows = await pages.of_genre(self._db, self._public(), genre, NAMED)
        if not rows:
            raise NotFound
        spoken = next((tag for tag in map(base, wanted("", header)) if tag in GENRE), LAST)
        said = GENRE[spoken].format(name=rows[0]["name"], site=heads.NAME)
        return genre, self._list(f"{self._url}/genre/{quote(genre)}", rows, rows[0]["name"], said), spoken

    async def collection_head(self, collection_id: UUID, header: str = "") -> tuple[str, str | None]:
        """The head of a collection's page, and the language of its name; None where that is its own, which nobody has said."""
        viewer = self._public(header)
        rows = await pages.of_collection(self._db, viewer, collection_id, NAMED)
        if not rows:
            raise NotFound
        said = say_part(rows[0], viewer.languages)
        head = self._list(f"{self._url}/collection/{collection_id}", rows, **said)
        return head, part_language(rows[0], viewer.languages, "name")

    def _list(self, url: str, rows: list[Any], name: str, description: str) -> str:
        facts = heads.ListFacts(
            url=url,
            name=name,
            description=description,
            image=next(filter(None, (self._image(row) for row in rows)), None),
            titles=[self._page(row["slug"]) for row in rows],
        )
        return heads.list_head(facts)

    def _image(self, row: Any) -> str | None:
        return self._first(row["images"] or {})

    def _first(self, images: Mapping[str, Any]) -> str | None:
        kind = next((kind for kind in ("backdrop", "poster") if kind in images), None)
        picture = artwork.url(kind, images[kind]["variants"]) if kind else None
        return f"{self._url}{picture}" if picture else None

    async def sitemaps(self) -> str:
        """The list of sitemaps, each named by what it begins with; made anew a few times an hour, for it counts everything."""
        async with self._mapping:
            if self._mapped is None or self._mapped[0] <= self._clock.now():
                self._mapped = self._clock.now() + MAPPED_FOR, await self._sitemaps()
            return self._mapped[1]

    async def _sitemaps(self) -> str:
        found = []
        for what in ("titles", "people", "collections"):
            starts = await pages.starts(self._db, self._public(), what, URLS)
            found += [self._map(what, first) for first in starts or [UUID(int=0)]]
        found.append(self._map("genres", UUID(int=0)))
        return heads.sitemap_index(found)

    async def sitemap(self, what: Mapped, first: UUID) -> str:
        """One of them."""
        if what == "genres":  # which are few, and as old as their newest title
            genres = await browse.genres(self._db, self._public())
            return heads.sitemap((f"{self._url}/genre/{quote(row['id'])}", None) for row in genres)
        read, place = READ[what]
        rows = await read(self._db, self._public(), first, URLS)
        return heads.sitemap((f"{self._url}/{place}/{row['ref']}", row["changed_at"]) for row in rows)

    def _map(self, what: str, first: UUID) -> str:
        return f"{self._url}/sitemap-{what}-{first.hex}.xml"

    def robots(self) -> str:
        """What crawlers may ask for."""
        closed = ("/api/", "/media/", "/watch/", "/account", "/profiles", "/my-list", "/home", "/staff/")
        return "\n".join(
            ["User-agent: *", *(f"Disallow: {path}" for path in closed), f"Sitemap: {self._url}/sitemap.xml", ""]
        )

    def _page(self, slug: str) -> str:
        return f"{self._url}/title/{slug}"

    def _facts(self, row: Any, said: Said, images: Mapping[str, Any]) -> heads.Facts:
        return heads.Facts(
            url=self._page(row["slug"]),
            type=row["type"],
            name=said.name,
            description=said.description,
            year=row["year"],
            genres=row["genres"],
            cast=row["cast_names"],
            directors=row["directors"],
            language=row["language"],
            maturity=row["maturity"],
            runtime=row["runtime"],
            image=self._first(images),
            ratings=row["rating_count"],
            stars=row["rating_sum"],
        )


def _uuid(ref: str) -> UUID | None:
    try:
        return UUID(ref)
    except ValueError:
        return None

"""Pages outside the API: a title's address, the head of its page, the sitemap. They say what anybody may know.

The public is a viewer in one country (`BIJOU_PUBLIC_COUNTRY`) who sees what is for sixteen and younger: a title that is not
published, not open there now, or for grown-ups alone has no page for strangers, as if it did not exist.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.contracts.token import Principal
from services.catalog import artwork, heads
from services.catalog.repository import pages
from services.catalog.repository.browse import Viewer
from services.catalog.service.browse import viewer_of
from services.catalog.service.unit_of_work import TitleNotFound
from services.catalog.settings import Settings

PUBLIC_MATURITY = 16
# Of a sitemap; the protocol's own limit is 50,000.
URLS = 10_000


class Pages:
    """Use cases of who reads pages without an account, and of the app that follows their addresses."""

    def __init__(self, db: Database, clock: Clock, settings: Settings) -> None:
        self._db = db
        self._clock = clock
        self._country = settings.public_country
        self._url = settings.public_url.rstrip("/")

    def _public(self) -> Viewer:
        return Viewer(self._country, PUBLIC_MATURITY, self._clock.now())

    async def id_of(self, who: Principal, slug: str) -> UUID:
        """Which title an address means, by its slug or by one it had before."""
        found = await pages.id_of(self._db, viewer_of(who, self._clock), slug)
        if found is None:
            raise TitleNotFound
        return found

    async def head(self, ref: str) -> tuple[UUID, str, str]:
        """A title's id, the slug that its page has now, and the head of that page; `ref` is the id or a slug of any time."""
        viewer = self._public()
        title_id = _uuid(ref) or await pages.id_of(self._db, viewer, ref)
        row = await pages.facts(self._db, viewer, title_id) if title_id else None
        if title_id is None or row is None:
            raise TitleNotFound
        return title_id, row["slug"], heads.head(self._facts(row))

    async def sitemap(self, page: int | None) -> str:
        """The list of sitemaps, or one of them, counted from 1. Raises TitleNotFound after the last."""
        viewer = self._public()
        if page is None:
            count = max(1, -(-await pages.count(self._db, viewer) // URLS))
            return heads.sitemap_index(f"{self._url}/sitemap-{number}.xml" for number in range(1, count + 1))
        rows = await pages.slugs(self._db, viewer, URLS, (page - 1) * URLS)
        if not rows and page > 1:
            raise TitleNotFound
        return heads.sitemap((self._page(row["slug"]), row["changed_at"]) for row in rows)

    def robots(self) -> str:
        """What crawlers may ask for."""
        closed = ("/api/", "/media/", "/watch/", "/account", "/profiles", "/my-list", "/home")
        return "\n".join(
            ["User-agent: *", *(f"Disallow: {path}" for path in closed), f"Sitemap: {self._url}/sitemap.xml", ""]
        )

    def _page(self, slug: str) -> str:
        return f"{self._url}/title/{slug}"

    def _facts(self, row: Any) -> heads.Facts:
        images = row["images"] or {}
        kind = next((kind for kind in ("backdrop", "poster") if kind in images), None)
        picture = artwork.url(kind, images[kind]["variants"]) if kind else None
        return heads.Facts(
            url=self._page(row["slug"]),
            type=row["type"],
            name=row["name"],
            description=row["description"],
            year=row["year"],
            genres=row["genres"],
            cast=row["cast_names"],
            directors=row["directors"],
            language=row["language"],
            maturity=row["maturity"],
            runtime=row["runtime"],
            image=f"{self._url}{picture}" if picture else None,
            ratings=row["rating_count"],
            stars=row["rating_sum"],
        )


def _uuid(ref: str) -> UUID | None:
    try:
        return UUID(ref)
    except ValueError:
        return None

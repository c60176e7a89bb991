"""Catalog as it is served, on a real database and an object store in a directory, with a clock that the test moves."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from libs.chassis import telemetry
from libs.chassis.clock import FrozenClock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.contracts.media import AssetFailed, AssetReady, Rendition, Track
from services.catalog.collation import sort_name
from services.catalog.main import create_app
from services.catalog.service import assets
from services.catalog.settings import Settings
from tests.conftest import AuthHeaders, DatabaseFactory

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Catalog:
    """A running service: `client` calls it, `db` is its database, `clock` its time, `store` its object store's URL."""

    app: FastAPI
    client: httpx.AsyncClient
    db: Database
    clock: FrozenClock
    store: str
    auth_headers: AuthHeaders

    def __post_init__(self) -> None:
        self.editor_id = new_id()
        self.editor = self.auth_headers(account_id=self.editor_id, roles=["content_manager"])
        self.viewer = self.auth_headers(profile_id=new_id())

    async def edit(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Call an admin route as an editor."""
        headers = {**self.editor, **more.pop("headers", {})}
        return await self.client.request(method, f"/api/v1/admin{path}", headers=headers, **more)

    async def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """Call a route as a viewer (an adult in the US, unless headers say otherwise)."""
        return await self.client.get(f"/api/v1{path}", headers=headers or self.viewer)

    async def film(self, name: str = "The Moss Hour", *, published: bool = True, **fields: Any) -> dict[str, Any]:
        """Create a film; published means with an asset and visible."""
        answer = await self.edit("POST", "/titles", json={"type": "movie", "name": name, **fields})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        if published:
            await self.asset(made["playable_id"])
            answer = await self.edit("POST", f"/titles/{made['id']}/publish")
            assert answer.status_code == 200, answer.text
            self.clock.advance(1)
        return made

    async def series(
        self, name: str = "Signal Rock", seasons: int = 2, episodes: int = 3, *, published: bool = True
    ) -> tuple[str, list[list[dict[str, Any]]]]:
        """Create a series whose episodes all have assets; return its id and its episodes by season."""
        answer = await self.edit("POST", "/titles", json={"type": "series", "name": name})
        title_id = answer.json()["id"]
        made: list[list[dict[str, Any]]] = []
        for season in range(1, seasons + 1):
            answer = await self.edit("POST", f"/titles/{title_id}/seasons", json={"number": season})
            season_id = answer.json()["id"]
            made.append([])
            for number in range(1, episodes + 1):
                body = {"number": number, "name": f"Episode {season}.{number}"}
                answer = await self.edit("POST", f"/seasons/{season_id}/episodes", json=body)
                assert answer.status_code == 201, answer.text
                made[-1].append(answer.json())
                await self.asset(made[-1][-1]["playable_id"])
        if published:
            assert (await self.edit("POST", f"/titles/{title_id}/publish")).status_code == 200
        return title_id, made

    async def asset(
        self,
        playable_id: str,
        *,
        asset_id: UUID | None = None,
        version: int = 10,
        minutes: float = 0,
        duration: float = 30,
    ) -> UUID:
        """An asset of a playable arrives from the pipeline, uploaded so many minutes after noon; return its id."""
        found = asset_id or new_id()
        event = AssetReady(
            asset_id=found,
            playable_id=UUID(playable_id),
            version=version,
            duration=duration,
            hls=f"{found}/run/master.m3u8",
            dash=f"{found}/run/manifest.mpd",
            thumbnails=f"{found}/run/thumbnails.vtt",
            renditions=(Rendition(height=720, width=1280, codec="avc1.64001f", bitrate=3_000_000),),
            tracks=(Track(kind="audio", language="en"),),
            uploaded_at=NOON + timedelta(minutes=minutes),
            ready_at=NOON + timedelta(minutes=minutes + 1),
        )
        async with self.db.transaction() as session:
            await assets.ready(session, event, self.clock)
        return found

    async def failed_asset(self, playable_id: str, *, asset_id: UUID | None = None, version: int = 10) -> UUID:
        """An asset of a playable failed in the pipeline; return its id."""
        found = asset_id or new_id()
        event = AssetFailed(
            asset_id=found,
            playable_id=UUID(playable_id),
            version=version,
            code="not_media",
            detail="This is a text file.",
        )
        async with self.db.transaction() as session:
            await assets.failed(session, event)
        return found

    async def change(self, title_id: str, **fields: Any) -> dict[str, Any]:
        """Change fields of a title, whatever its version, and return it."""
        answer = await self.edit("PATCH", f"/titles/{title_id}", json=fields, headers={"If-Match": "*"})
        assert answer.status_code == 200, answer.text
        changed: dict[str, Any] = answer.json()
        return changed

    async def shelve(self, *items: tuple[str, int | None, datetime]) -> list[UUID]:
        """Put titles (name, year, when they were published) before the viewers, past the editors; return their ids."""
        ids = [new_id() for _ in items]
        connection = await asyncpg.connect(self.db.url)
        try:
            await connection.executemany(
                "INSERT INTO titles (id, slug, type, status, version, name, sort_name, description, year, genres,"
                " cast_names, directors, tags, language, country, maturity, published_at, created_at, changed_at)"
                " VALUES ($1::uuid, $1::uuid::text,"
                " 'movie', 'published', 1, $2, $3, '', $4, '{}', '{}', '{}', '{}', 'en', '', 0, $5, $5, $5)",
                [
                    (item, name, sort_name(name, "en"), year, moment)
                    for item, (name, year, moment) in zip(ids, items, strict=True)
                ],
            )
        finally:
            await connection.close()
        return ids

    async def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        """What the database really holds."""
        connection = await asyncpg.connect(self.db.url)
        try:
            return [dict(row) for row in await connection.fetch(query, *arguments)]
        finally:
            await connection.close()

    async def events(self, title_id: str, topic: str = "catalog.titles") -> list[dict[str, Any]]:
        """What was told to the other services of a title, oldest first."""
        query = "SELECT payload FROM outbox WHERE topic = $1 AND key = $2 ORDER BY id"
        rows = await self.rows(query, topic, title_id)
        return [json.loads(row["payload"]) for row in rows]


@pytest.fixture(autouse=True, scope="session")
def _plain_logs() -> None:
    """Tracebacks as the services write them: structlog's own, with every local variable, take minutes."""
    telemetry.configure("catalog", "warning")


@asynccontextmanager
async def served(
    url: str,
    object_store: str,
    jwks_cache: str,
    auth_headers: AuthHeaders,
    news_patience: float = 0,
) -> AsyncIterator[Catalog]:
    """The service on the database at `url`."""
    clock = FrozenClock(NOON)
    settings = Settings(
        database_url=url, object_store_url=object_store, jwks_cache=jwks_cache, kafka_bootstrap="127.0.0.1:9",
        news_patience=news_patience, kept_answers=0, review_required=False,
    )  # fmt: skip
    app = create_app(settings, clock=clock)
    db = Database(url)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://catalog") as client:
            yield Catalog(app, client, db, clock, object_store, auth_headers)
    await db.stop()


@pytest.fixture
async def catalog(
    database: DatabaseFactory, object_store: str, jwks_cache: str, auth_headers: AuthHeaders
) -> AsyncIterator[Catalog]:
    async with served(await database("services.catalog"), object_store, jwks_cache, auth_headers) as catalog:
        yield catalog


from tests.catalog.rooms import room, talking  # noqa: E402  (they stand on what is above)

__all__ = ["room", "talking"]

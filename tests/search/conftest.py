"""Search as it is served, on a real database, with an index in a folder of its own, a clock and events that a test sends."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from libs.chassis.clock import FrozenClock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging.consumers import Received
from libs.contracts.catalog import TitleChanged, TitleRated, Window
from libs.contracts.envelope import Event
from libs.contracts.identity import AccountChanged, Profile
from libs.contracts.playback import SessionStarted
from libs.contracts.trending import TrendingChanged
from services.search.main import create_app
from services.search.repository import changes
from services.search.service import projections
from services.search.service.indexes import Indexes, IndexNotReady
from services.search.settings import Settings
from tests.conftest import AuthHeaders, DatabaseFactory

E = TypeVar("E", bound=Event)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PATIENCE = 20.0


def received(event: E) -> Received[E]:
    """An event as a consumer hands it on."""
    crowd = getattr(event, "crowd", False)  # as the relay tells it in a header
    return Received(id=new_id(), type=event.TYPE, time=NOON, key=event.key(), data=event, crowd=crowd)


def changed(name: str, **fields: Any) -> TitleChanged:
    """A published film, or what the fields say."""
    told = {"title_id": new_id(), "version": 1, "type": "movie", "status": "published", "changed_at": NOON, **fields}
    return TitleChanged(name=name, **told)


def played(title_id: object, **fields: object) -> SessionStarted:
    """A play of a title, at noon."""
    return SessionStarted(
        session_id=new_id(), account_id=new_id(), profile_id=new_id(), title_id=title_id, playable_id=new_id(),
        asset_id=new_id(), position=0, started_at=NOON, **fields,
    )  # fmt: skip


@dataclass
class Search:
    """A running service: `client` calls it, `db` is its database, `clock` its time."""

    app: FastAPI
    client: httpx.AsyncClient
    db: Database
    clock: FrozenClock
    auth_headers: AuthHeaders
    folder: Path

    def __post_init__(self) -> None:
        self.viewer = self.auth_headers(profile_id=new_id())

    @property
    def indexes(self) -> Indexes:
        """Its index."""
        found: Indexes = self.app.state.searching._indexes
        return found

    @property
    def notes(self) -> int:
        """How much of the log is still being written."""
        return len(self.app.state.searching._notes)

    async def send(self, *events: Event) -> None:
        """Events arrive; return when the index holds what came of them."""
        handlers: dict[type, Callable[..., Any]] = {
            TitleChanged: projections.titles_changed,
            TitleRated: projections.titles_rated,
            SessionStarted: projections.sessions_started,
            TrendingChanged: projections.trending_changed,
        }
        for kind, handler in handlers.items():
            if chosen := [received(event) for event in events if isinstance(event, kind)]:
                async with self.db.transaction() as session:
                    await handler(session, chosen)
        await self.settled()

    async def account(self, account_id: UUID, profile_id: UUID, maturity: int = 18, version: int = 1) -> None:
        """An account with one profile arrives."""
        event = AccountChanged(
            account_id=account_id, version=version, changed_at=NOON,
            profiles=(Profile(id=profile_id, name="Ada", maturity=maturity),),
        )  # fmt: skip
        async with self.db.transaction() as session:
            await projections.accounts_changed(session, [received(event)])

    async def settled(self) -> None:
        """Return when the index has followed everything there is."""
        async with asyncio.timeout(PATIENCE):
            while True:
                wanted = await changes.last(self.db)
                with suppress(IndexNotReady):
                    if self.indexes.view.position >= wanted:
                        return
                await asyncio.sleep(0.01)

    async def film(self, name: str, **fields: Any) -> UUID:
        """A published film arrives; return its id."""
        event = changed(name, **fields)
        await self.send(event)
        return event.title_id

    async def films(self, names: Iterable[str], **fields: Any) -> list[UUID]:
        """Published films arrive together; return their ids."""
        events = [changed(name, **fields) for name in names]
        await self.send(*events)
        return [event.title_id for event in events]

    async def call(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """Call a route below /api/v1/search, as an adult in the US unless the headers say otherwise."""
        return await self.client.request(method, f"/api/v1/search{path}", headers=headers or self.viewer, **more)

    async def search(self, q: str = "", headers: dict[str, str] | None = None, **params: Any) -> dict[str, Any]:
        """What a search answers."""
        answer = await self.call("GET", "", headers, params={"q": q, **params})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def names(self, q: str = "", headers: dict[str, str] | None = None, **params: Any) -> list[str]:
        """The names of the titles a search finds, in their order."""
        return [item["name"] for item in (await self.search(q, headers, **params))["items"]]

    async def suggested(self, q: str, headers: dict[str, str] | None = None) -> list[str]:
        """The names of the titles that are suggested."""
        answer = await self.call("GET", "/suggest", headers, params={"q": q})
        assert answer.status_code == 200, answer.text
        return [item["name"] for item in answer.json()["items"]]

    async def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        """What the database really holds."""
        connection = await asyncpg.connect(self.db.url)
        try:
            return [dict(row) for row in await connection.fetch(query, *arguments)]
        finally:
            await connection.close()


def window(starts_at: datetime | None = None, ends_at: datetime | None = None, *regions: str) -> Window:
    """When and where a title may be shown."""
    return Window(starts_at=starts_at, ends_at=ends_at, regions=tuple(regions))


@pytest.fixture
async def search(
    database: DatabaseFactory, jwks_cache: str, auth_headers: AuthHeaders, tmp_path: Path
) -> AsyncIterator[Search]:
    async with serving(await database("services.search"), jwks_cache, auth_headers, tmp_path) as made:
        yield made


@asynccontextmanager
async def serving(
    url: str, jwks_cache: str, auth_headers: AuthHeaders, folder: Path, **more: Any
) -> AsyncIterator[Search]:
    """The service on a database, with its index in a folder."""
    clock = FrozenClock(NOON)
    settings = Settings(
        database_url=url, jwks_cache=jwks_cache, kafka_bootstrap="127.0.0.1:9", index_dir=folder,
        writer_memory=15, **{"by_meaning": False, **more},
    )  # fmt: skip
    app = create_app(settings, clock=clock)
    db = Database(url)
    await db.start()
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://search") as client,
    ):
        made = Search(app, client, db, clock, auth_headers, folder)
        await made.settled()
        yield made
    await db.stop()


def names_of(items: Sequence[dict[str, Any]]) -> list[str]:
    """The names of items of an answer."""
    return [item["name"] for item in items]

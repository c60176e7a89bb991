"""Watchstate as it is served, on a real database, with a clock that the test moves and events that a test sends."""

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from libs.chassis import telemetry
from libs.chassis.clock import FrozenClock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging.consumers import Received
from libs.contracts.catalog import Playable, PlayableAsset, TitleChanged, Window
from libs.contracts.envelope import Event
from libs.contracts.identity import AccountChanged, Profile
from libs.contracts.playback import ProgressUpdated
from services.watchstate.main import create_app
from services.watchstate.service import projections
from services.watchstate.settings import Settings
from tests.conftest import AuthHeaders, DatabaseFactory

E = TypeVar("E", bound=Event)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def received(event: E) -> Received[E]:
    """An event as a consumer hands it on."""
    return Received(id=new_id(), type=event.TYPE, time=NOON, key=event.key(), data=event)


@dataclass(frozen=True)
class Viewer:
    """Somebody with a profile; `headers` sign them in."""

    account_id: UUID
    profile_id: UUID
    session_id: UUID
    headers: dict[str, str] = field(hash=False)


@dataclass
class Watch:
    """A running service: `client` calls it, `db` is its database, `clock` its time, `ada` and `bob` two of its viewers."""

    app: FastAPI
    client: httpx.AsyncClient
    db: Database
    clock: FrozenClock
    auth_headers: AuthHeaders

    def __post_init__(self) -> None:
        self.ada = self.viewer()
        self.bob = self.viewer()

    def viewer(self, **claims: Any) -> Viewer:
        """Somebody new, or with the given claims."""
        account, profile, session = (
            claims.pop(name, None) or new_id() for name in ("account_id", "profile_id", "session_id")
        )
        headers = self.auth_headers(account_id=account, profile_id=profile, session_id=session, **claims)
        return Viewer(account, profile, session, headers)

    async def call(self, method: str, path: str, viewer: Viewer | None = None, **more: Any) -> httpx.Response:
        """Call a route below /api/v1/me, as Ada unless said otherwise."""
        headers = {**(viewer or self.ada).headers, **more.pop("headers", {})}
        return await self.client.request(method, f"/api/v1/me{path}", headers=headers, **more)

    async def items(self, path: str, viewer: Viewer | None = None) -> list[dict[str, Any]]:
        """The items a route answers with."""
        answer = await self.call("GET", path, viewer)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def title(
        self,
        name: str = "The Moss Hour",
        *,
        title_id: UUID | None = None,
        version: int = 1,
        status: Any = "published",
        maturity: int = 0,
        windows: tuple[Window, ...] = (),
        duration: float = 600,
        credits_start: float | None = None,
        episodes: Iterable[tuple[int, int]] = (),
        ready: Iterable[tuple[int, int]] | None = None,
        playables: list[UUID] | None = None,
        **more: Any,
    ) -> tuple[UUID, list[UUID]]:
        """A title arrives from catalog: a film, or a series with `episodes` as (season, number); return the ids."""
        places: list[tuple[int | None, int | None]] = [*episodes] or [(None, None)]
        ids = playables or [new_id() for _ in places]
        event = TitleChanged(
            title_id=title_id or new_id(), version=version, type="series" if places[0][0] else "movie", status=status,
            name=name, maturity=maturity, windows=windows, poster_url="/images/p.webp", changed_at=self.clock.now(),
            playables=tuple(
                Playable(
                    id=id_, name=f"Episode {place[0]}.{place[1]}" if place[0] else name, season_number=place[0],
                    episode_number=place[1], credits_start=credits_start,
                    asset=PlayableAsset(asset_id=new_id(), duration=duration, hls="h", dash="d")
                    if ready is None or place in list(ready)
                    else None,
                )
                for id_, place in zip(ids, places, strict=True)
            ),
            **more,
        )  # fmt: skip
        async with self.db.transaction() as session:
            await projections.titles_changed(session, [received(event)])
        return event.title_id, ids

    async def watch(
        self,
        title_id: UUID,
        playable_id: UUID,
        position: float,
        *,
        viewer: Viewer | None = None,
        at: datetime | None = None,
        seq: int = 1,
        session_id: UUID | None = None,
        duration: float = 600,
        state: Any = "playing",
    ) -> None:
        """Progress arrives from playback, now unless said otherwise."""
        who = viewer or self.ada
        event = ProgressUpdated(
            profile_id=who.profile_id, account_id=who.account_id, session_id=session_id or who.session_id, title_id=title_id,
            playable_id=playable_id, seq=seq, position=position, duration=duration, state=state,
            occurred_at=at or self.clock.now(),
        )  # fmt: skip
        async with self.db.transaction() as session:
            await projections.progressed(session, [event], self.clock)

    async def account(
        self,
        viewer: Viewer,
        version: int,
        profiles: Iterable[UUID],
        status: Any = "active",
        maturity: int = 18,
        erased: Iterable[UUID] = (),
    ) -> None:
        """An account arrives from identity."""
        event = AccountChanged(
            account_id=viewer.account_id, version=version, status=status, changed_at=self.clock.now(),
            profiles=tuple(Profile(id=profile, name="Ada", maturity=maturity) for profile in profiles),
            erased_profiles=tuple(erased),
        )  # fmt: skip
        async with self.db.transaction() as session:
            await projections.accounts_changed(session, [received(event)], self.clock)

    async def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        """What the database really holds."""
        connection = await asyncpg.connect(self.db.url)
        try:
            return [dict(row) for row in await connection.fetch(query, *arguments)]
        finally:
            await connection.close()

    async def events(self) -> list[dict[str, Any]]:
        """What was told to the other services, oldest first."""
        return [json.loads(row["payload"]) for row in await self.rows("SELECT payload FROM outbox ORDER BY id")]

    def ago(self, seconds: float) -> datetime:
        """A moment before now."""
        return self.clock.now() - timedelta(seconds=seconds)


@pytest.fixture(autouse=True, scope="session")
def _plain_logs() -> None:
    """Tracebacks as the services write them: structlog's own, with every local variable, take minutes."""
    telemetry.configure("watchstate", "warning")


@pytest.fixture
async def watch(database: DatabaseFactory, jwks_cache: str, auth_headers: AuthHeaders) -> AsyncIterator[Watch]:
    url = await database("services.watchstate")
    clock = FrozenClock(NOON)
    app = create_app(Settings(database_url=url, jwks_cache=jwks_cache, kafka_bootstrap="127.0.0.1:9"), clock=clock)
    db = Database(url)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://watchstate") as client,
    ):
        yield Watch(app, client, db, clock, auth_headers)
    await db.stop()

"""Recommendation as it is served, on a real database, with a clock and events that a test sends."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from libs.chassis.clock import FrozenClock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging.consumers import Received
from libs.contracts.catalog import TitleChanged, TitleRated
from libs.contracts.client import CardShown, Clicked
from libs.contracts.envelope import Event
from libs.contracts.identity import AccountChanged, Profile
from libs.contracts.playback import SessionStarted
from libs.contracts.trending import TrendingChanged, TrendingTitle
from libs.contracts.views import ViewClosed
from libs.contracts.watch import HistoryCleared, HistoryHidden, ListChanged
from services.recommendation.main import create_app
from services.recommendation.service import projections
from services.recommendation.service.pictures import Pictures
from services.recommendation.service.popularity import Popularity
from services.recommendation.service.shelf import Shelf
from services.recommendation.settings import Settings
from tests.conftest import AuthHeaders, Databases

E = TypeVar("E", bound=Event)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PERSONAL = frozenset({"personalisation"})
# Films of two kinds.
SPACE = [f"Space {number}" for number in range(8)]
LOVE = [f"Love {number}" for number in range(8)]
# Of profiles, and then the others but titles.
OF_PROFILES = (
    "plays", "opinions", "stars", "listed", "resets", "clearings", "row_uses", "hidden_titles", "picture_trials",
)  # fmt: skip
TABLES = (
    *OF_PROFILES, "gone_profiles", "accounts", "trending", "models", "trainings", "picture_estimates", "popularity",
    "popularity_counted",
)  # fmt: skip
HANDLERS: dict[type, Callable[..., Any]] = {
    TitleChanged: projections.titles_changed,
    TitleRated: projections.titles_rated,
    SessionStarted: projections.sessions_started,
    ViewClosed: projections.views_closed,
    ListChanged: projections.lists_changed,
    HistoryCleared: projections.histories_cleared,
    HistoryHidden: projections.titles_hidden,
    TrendingChanged: projections.trending_changed,
    AccountChanged: projections.accounts_changed,
    CardShown: projections.cards_used,
    Clicked: projections.cards_used,
}


def title(name: str, *genres: str, **fields: Any) -> TitleChanged:
    """A published film, or what the fields say."""
    told = {
        "title_id": new_id(), "version": 1, "type": "movie", "status": "published", "changed_at": NOON,
        "published_at": NOON, "genres": genres, **fields,
    }  # fmt: skip
    return TitleChanged(name=name, **told)


@dataclass(eq=False)
class Somebody:
    """A profile; `headers` are those of one that agreed to be recommended to, `country` US."""

    account_id: UUID
    profile_id: UUID
    headers: dict[str, str]

    def played(self, title_id: UUID, *, ago: timedelta = timedelta(0), **fields: Any) -> SessionStarted:
        """A play of a title begins."""
        told = {"started_at": NOON - ago, "playable_id": new_id(), **fields}
        return SessionStarted(
            session_id=new_id(), account_id=self.account_id, profile_id=self.profile_id, title_id=title_id,
            asset_id=new_id(), position=0, **told,
        )  # fmt: skip

    def viewed(self, title_id: UUID, seconds: float, exit_reason: str = "left", **fields: Any) -> ViewClosed:
        """A viewing of a title is over."""
        told = {"started_at": NOON, "ended_at": NOON, "closed_at": NOON, "playable_id": new_id(), **fields}
        return ViewClosed(
            session_id=new_id(), revision=1, account_id=self.account_id, profile_id=self.profile_id, title_id=title_id,
            end_reason="stopped", exit_reason=exit_reason, told_by="player", watched_wall=seconds,
            watched_media=seconds, **told,
        )  # fmt: skip

    def list_changed(self, change: Any, title_id: UUID | None = None, *, ago: timedelta = timedelta(0)) -> ListChanged:
        """A title enters or leaves the list, or all of them do."""
        return ListChanged(
            profile_id=self.profile_id, account_id=self.account_id, change=change, title_id=title_id, at=NOON - ago
        )

    def cleared(self, *, ago: timedelta = timedelta(0)) -> HistoryCleared:
        """The history is cleared."""
        return HistoryCleared(profile_id=self.profile_id, account_id=self.account_id, at=NOON - ago)

    def hid(self, title_id: UUID, *, ago: timedelta = timedelta(0)) -> HistoryHidden:
        """A title is hidden from the history."""
        at = NOON - ago
        return HistoryHidden(profile_id=self.profile_id, account_id=self.account_id, title_id=title_id, at=at)

    def rated(self, title_id: UUID, stars: int) -> TitleRated:
        """A title is rated."""
        return TitleRated(title_id=title_id, profile_id=self.profile_id, stars=stars, count=1, rated_at=NOON)

    def _told(self, row: str, at: datetime) -> dict[str, Any]:
        return {
            "id": new_id(), "account_id": self.account_id, "profile_id": self.profile_id, "country": "US", "app": "web",
            "app_version": "1", "consent": "personalisation", "at": at, "occurred_at": at, "received_at": at, "row": row,
            "impression_id": new_id(), "title_id": new_id(),
        }  # fmt: skip

    def saw(self, row: str, *, ago: timedelta = timedelta(0), **fields: Any) -> CardShown:
        """A card of a row is seen."""
        told = {**self._told(row, NOON - ago), **fields}
        return CardShown(type="impression", row_position=0, position=0, **told)

    def chose(self, row: str, *, ago: timedelta = timedelta(0), **fields: Any) -> Clicked:
        """A card of a row is chosen."""
        return Clicked(type="click", target="title", **{**self._told(row, NOON - ago), **fields})

    def account(self, version: int = 1, **fields: Any) -> AccountChanged:
        """The account, with this profile unless the fields say otherwise."""
        told = {"profiles": (Profile(id=self.profile_id, name="Ada", consents=("personalisation",)),), **fields}
        return AccountChanged(account_id=self.account_id, version=version, changed_at=NOON, **told)


@dataclass
class Running:
    """A running service: `client` calls it, `db` is its database, `clock` its time."""

    client: httpx.AsyncClient
    db: Database
    shelf: Shelf
    popularity: Popularity
    pictures: Pictures
    clock: FrozenClock
    auth_headers: AuthHeaders
    store: str
    ids: dict[str, UUID] = field(default_factory=dict)

    def somebody(self, **claims: Any) -> Somebody:
        """A profile that nothing is known of."""
        account_id, profile_id = new_id(), new_id()
        said = {"consents": PERSONAL, **claims}
        return Somebody(account_id, profile_id, self.auth_headers(account_id=account_id, profile_id=profile_id, **said))

    async def send(self, *events: Event) -> None:
        """Events arrive; return when answers know of them."""
        for kind, handler in HANDLERS.items():
            if chosen := [received(event) for event in events if isinstance(event, kind)]:
                async with self.db.transaction() as session:
                    await handler(session, chosen)
        self.ids.update({event.name: event.title_id for event in events if isinstance(event, TitleChanged)})
        await self.settled()

    async def settled(self) -> None:
        """Return when the service has taken in everything there is."""
        async with asyncio.timeout(20):
            await self.shelf.in_use.work()
            async with self.shelf.looking:
                await self.shelf.look()

    async def get(self, path: str, who: Somebody) -> Any:
        """What a route below /api/v1 answers."""
        answer = await self.client.get(f"/api/v1{path}", headers=who.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def reasons(self, who: Somebody) -> set[str]:
        """The titles that are named as the reason of anything that somebody is shown, or as what they said."""
        told = await self.get("/recommendations/home", who)
        said = await self.get("/me/taste", who)
        names = {row["reason"]["title"] for row in told["rows"]} | {each["title"] for each in said["said"]}
        for title_id in {each for row in told["rows"] for each in row["title_ids"]}:
            why = await self.get(f"/recommendations/titles/{title_id}/why", who)
            names |= {each["title"] for each in why["because"]}
        return names - {None}

    async def say(self, who: Somebody, title_id: UUID, verdict: str) -> None:
        """Somebody says whether they like a title."""
        path = f"/api/v1/me/taste/titles/{title_id}"
        answer = await self.client.put(path, headers=who.headers, json={"verdict": verdict})
        assert answer.status_code == 200, answer.text

    async def kept_of(self, who: Somebody) -> set[str]:
        """The tables that have anything of a profile."""
        count = "SELECT count(*) FROM {} WHERE profile_id = $1"
        return {table for table in OF_PROFILES if await self.db.pool.fetchval(count.format(table), who.profile_id)}

    async def rows(self, who: Somebody) -> dict[str, list[str]]:
        """The rows of somebody's first page: the names of the titles, by the rows' ids."""
        names = {str(title_id): name for name, title_id in self.ids.items()}
        told = await self.get("/recommendations/home", who)
        return {row["id"]: [names[title_id] for title_id in row["title_ids"]] for row in told["rows"]}


def received(event: E) -> Received[E]:
    """An event as a consumer hands it on."""
    return Received(id=new_id(), type=event.TYPE, time=NOON, key=event.key(), data=event)


def trending(region: str, ids: Sequence[UUID]) -> TrendingChanged:
    """What is watched most, the first before all others."""
    titles = tuple(TrendingTitle(title_id=each, score=100.0 - at, viewers=9) for at, each in enumerate(ids))
    return TrendingChanged(region=region, titles=titles, computed_at=NOON)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def served(
    databases: Databases, jwks_cache: str, auth_headers: AuthHeaders, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    """The service that all tests share."""
    name = await asyncio.to_thread(databases.migrated, "services.recommendation")
    url, store = databases.url(name), f"file://{tmp_path_factory.mktemp('models')}"
    clock = FrozenClock(NOON)
    settings = Settings(
        database_url=url,
        jwks_cache=jwks_cache,
        kafka_bootstrap="127.0.0.1:9",
        object_store_url=store,
        train_daily=False,
    )
    app = create_app(settings, clock=clock)
    db = Database(url)
    await db.start()
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://recommendation") as client,
    ):
        made = Running(
            client, db, app.state.choosing.shelf, app.state.choosing.shelf.popularity, app.state.choosing.pictures, clock,
            auth_headers, store,
        )  # fmt: skip
        await made.settled()
        yield made
    await db.stop()
    await asyncio.to_thread(databases.drop, name)


@pytest_asyncio.fixture(loop_scope="session")
async def running(served: Running) -> AsyncIterator[Running]:
    """The service as it is on its first day."""
    yield served
    # Titles leave the service's memory as they do in life, by being told as withdrawn.
    await served.db.pool.execute("UPDATE titles SET status = 'archived', seq = nextval('changes')")
    for table in TABLES:
        await served.db.pool.execute(f"DELETE FROM {table}")
    await served.settled()
    await served.db.pool.execute("DELETE FROM titles")
    served.popularity.counts, served.popularity._read = {}, None
    served.clock.advance((NOON - served.clock.now()).total_seconds())
    served.ids.clear()


async def catalogue(running: Running) -> None:
    """Eight films of each of two kinds."""
    await running.send(
        *(title(name, "Science Fiction", tags=("stars", "crew")) for name in SPACE),
        *(title(name, "Romance", tags=("paris", "letters")) for name in LOVE),
    )

"""The lake and the service's own plays teach the same: of the same people, the same titles, in the same order."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from libs.contracts.envelope import Event
from libs.contracts.identity import Profile
from libs.contracts.views import ViewClosed
from pipelines.analytics.engines.duck import Duck
from pipelines.analytics.service import jobs, learning
from services.recommendation.service.training import Play, Training
from tests.analytics.conftest import a_place
from tests.analytics.places import Place, record
from tests.conftest import Databases
from tests.recommendation.conftest import NOON, Running
from tests.recommendation.test_models import FILMS, training

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def place(databases: Databases, tmp_path: Path) -> Iterator[Place]:
    """An empty lake."""
    with a_place(databases, tmp_path) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def told(running: Running, place: Place) -> AsyncIterator[dict[str, UUID]]:
    """What several people watched, told to both."""
    await running.send(*FILMS)
    ids = [event.title_id for event in FILMS]
    who = {name: running.somebody() for name in ("ada", "bob", "child", "nobody", "cleared", "hid", "gone")}
    views: list[Event] = []
    for number, (name, viewer) in enumerate(who.items()):
        profile = Profile(id=viewer.profile_id, name=name, kids=name == "child", consents=("personalisation",))
        if name == "nobody":
            profile = profile.model_copy(update={"consents": ()})
        await running.send(viewer.account(profiles=(profile,)))
        # The same time twice; the first film again, later; a look; and the newest first.
        for film, hours, seconds in ((3, 2, 900.0), (1, 40, 60.0), (2, 40, 4000.0), (1, 1, 900.0), (5, 5, 59.0)):
            begun = NOON - timedelta(hours=hours)
            view = viewer.viewed(ids[(film + number) % len(ids)], seconds, started_at=begun, ended_at=begun)
            views.append(view.model_copy(update={"closed_at": begun + timedelta(seconds=seconds)}))
    await running.send(*views)
    await running.send(who["cleared"].cleared(ago=timedelta(hours=30)))
    # Watched two hours ago and never again; and 40 hours ago and again an hour ago.
    hid = list(who).index("hid")
    for film in (3, 1):
        await running.send(who["hid"].hid(ids[(film + hid) % len(ids)], ago=timedelta(minutes=90)))
    await running.send(who["gone"].account(version=2, status="erased", profiles=()))
    intake = place.intake("events.views")
    rows = [record(view, at, at=view.closed_at) for at, view in enumerate(views) if isinstance(view, ViewClosed)]
    intake.add(rows)
    assert intake.flush() == len(rows)
    lake = place.lake()
    with Duck(lake) as duck:
        jobs.run_due(lake, place.repository(), duck, NOON)
    lake.close()
    yield {name: viewer.profile_id for name, viewer in who.items()}


async def read(training: Training) -> list[Play]:
    """All that it would learn from."""
    return [play async for play in training._read()]


async def test_both_teach_the_same(running: Running, place: Place, told: dict[str, UUID]) -> None:
    own = training(running)
    lake = place.lake()
    with Duck(lake) as duck:
        newest = learning.newest(duck)

        def source(
            people: Mapping[UUID, datetime | None], hidden: Mapping[tuple[UUID, UUID], datetime]
        ) -> Iterator[Play]:
            return learning.plays(duck, place.repository(), people, hidden)

        of_lake = Training(own._db, own._store, own._clock, source)
        found = await read(of_lake)
    lake.close()
    assert newest == NOON - timedelta(hours=1)
    assert found == await read(own)
    assert {play[0] for play in found} == {told[name] for name in ("ada", "bob", "cleared", "hid")}
    # Three of each; of who cleared the history what came after; of who hid two titles the one that was watched again.
    assert [sum(play[0] == told[name] for play in found) for name in ("ada", "bob", "cleared", "hid")] == [3, 3, 2, 2]


async def test_a_lake_without_the_table_has_nothing_to_teach(place: Place) -> None:
    lake = place.lake()
    with Duck(lake) as duck:
        assert learning.newest(duck) is None
    lake.close()

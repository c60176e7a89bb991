"""How many watch each title: counted by one replica for all, and never at the cost of an answer."""

import math
from datetime import timedelta
from typing import Any

import pytest

from services.recommendation.repository import longer, trainings
from services.recommendation.repository import popularity as stored
from services.recommendation.service.popularity import EVERY, Popularity, due
from tests.recommendation.conftest import NOON, Running, catalogue, title

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_popularity_that_cannot_be_counted_stays_as_it_was(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await catalogue(running)
    people = [running.somebody() for _ in range(3)]
    for each in people:
        await running.send(each.account(), each.played(running.ids["Love 5"]))
    await running.popularity.count()
    await running.settled()
    place = running.shelf.view.catalogue.places[running.ids["Love 5"]]
    assert running.shelf.view.popular[place] == pytest.approx(math.log1p(3))

    def fails(*_: Any) -> Any:
        raise TimeoutError

    monkeypatch.setattr("services.recommendation.repository.popularity.count", fails)
    running.clock.advance(EVERY.total_seconds())
    with pytest.raises(TimeoutError):
        await running.popularity.work()
    await running.send(title("Another", "Romance"))
    assert max(running.shelf.view.popular) == pytest.approx(math.log1p(3))
    # It has the time it takes.
    async with longer.reading(running.db) as connection:
        assert await connection.fetchval("SHOW statement_timeout") == "5min"


async def test_of_two_replicas_one_counts_and_the_other_has_what_it_counted(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await catalogue(running)
    ada = running.somebody()
    await running.send(ada.account(), ada.played(running.ids["Love 5"]))
    await running.popularity.count()
    times = 0
    count = stored.count

    async def counting(*told: Any) -> None:
        nonlocal times
        times += 1
        await count(*told)

    monkeypatch.setattr("services.recommendation.repository.popularity.count", counting)
    other = Popularity(running.db, running.clock)
    await other.work()
    assert (dict(other.counts), times) == ({running.ids["Love 5"]: 1.0}, 0)
    running.clock.advance(EVERY.total_seconds())
    bob = running.somebody()
    await running.send(bob.account(), bob.played(running.ids["Love 6"]))
    async with trainings.alone(running.db, "counting") as alone:
        assert alone
        await other.work()  # somebody is at it
        assert (set(other.counts), times) == ({running.ids["Love 5"]}, 0)
    await other.work()
    await running.popularity.work()
    assert (len(other.counts), times) == (2, 1)
    assert dict(running.popularity.counts) == dict(other.counts)


async def test_counting_takes_no_more_than_a_tenth_of_the_time() -> None:
    assert due(None, NOON)
    assert not due((NOON, 2.0), NOON + timedelta(minutes=4))
    assert due((NOON, 2.0), NOON + timedelta(minutes=5))
    assert not due((NOON, 200.0), NOON + timedelta(minutes=30))
    assert due((NOON, 200.0), NOON + timedelta(minutes=34))
    # Whose clock runs ahead stops nobody for long.
    assert due((NOON + timedelta(days=400), 2.0), NOON)

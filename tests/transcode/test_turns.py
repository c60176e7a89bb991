"""The rule of domain.py on the real queue: who gets the next step, with everything that counts read from the tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from libs.chassis.data.database import Database
from pipelines.transcode.domain import SHORT, turns
from pipelines.transcode.media.planned import Part
from pipelines.transcode.repository.steps import Step, Steps
from pipelines.transcode.settings import Settings
from tests.transcode.conftest import Api, Inside


class Queue:
    """Films of nothing, and workers that take ten seconds for each step."""

    def __init__(self, api: Api, inside: Inside, steps: Steps, folder: Path) -> None:
        self.api = api
        self.inside = inside
        self.steps = steps
        self.folder = folder

    async def film(self, chunks: int, bytes_: int = 4, **metadata: Any) -> UUID:
        """A film that arrives and is planned."""
        path = self.folder / "film.bin"
        path.write_bytes(b"f" * bytes_)
        asset_id = UUID(await self.api.upload(path, **metadata))
        others = "UPDATE steps SET not_before = now() + interval '1 h' WHERE asset_id <> $1"
        await self.inside.connection.execute(others, asset_id)
        step = await self.take()
        assert step is not None
        assert (step.asset_id, step.kind) == (asset_id, "plan")
        assert await self.steps.planned(step, "plan", [Part("chunk", number, 12.0) for number in range(chunks)])
        await self.inside.connection.execute("UPDATE steps SET not_before = NULL")
        return asset_id

    async def take(self, *, spare: bool = False) -> Step | None:
        longest = SHORT if spare else None
        async with self.steps.choosing() as connection:
            films = await self.steps.waiting(connection, longest)
            for turn in turns(films, datetime.now(UTC), spare=spare):
                if step := await self.steps.take(connection, turn, 60, longest):
                    return step
        return None

    async def done(self, step: Step) -> None:
        if step.kind == "finish":
            await self.inside.connection.execute("DELETE FROM steps WHERE id = $1", step.id)
            return
        await self.inside.connection.execute(
            "UPDATE steps SET taken_at = now() - interval '10 s' WHERE id = $1", step.id
        )
        assert await self.steps.done(step, {"place": "", "files": [], "value": 1})

    async def order(self, number: int) -> list[UUID]:
        """Whose steps one worker with one slot does next."""
        found = []
        for _ in range(number):
            step = await self.take()
            assert step is not None
            found.append(step.asset_id)
            await self.done(step)
        return found


@pytest.fixture
async def queue(api: Api, inside: Inside, settings: Settings, tmp_path: Path) -> AsyncIterator[Queue]:
    db = Database(settings.database_url)
    await db.start()
    yield Queue(api, inside, Steps(db), tmp_path)
    await db.stop()


async def test_films_share_and_who_comes_later_does_not_catch_up(queue: Queue) -> None:
    first = await queue.film(100)
    assert await queue.order(10) == [first] * 10
    second = await queue.film(100)
    assert Counter(await queue.order(10)) == {first: 5, second: 5}
    third = await queue.film(100)
    assert Counter(await queue.order(12)) == {first: 4, second: 4, third: 4}


async def test_programs_of_a_film_that_has_had_its_first_half_minute_give_way(queue: Queue) -> None:
    first = await queue.film(10)
    await queue.order(4)
    second = await queue.film(10)
    steps = [await queue.take(), await queue.take()]
    assert {step.asset_id: step.gives_way for step in steps if step} == {first: True, second: False}


async def test_steps_in_hand_count(queue: Queue) -> None:
    """Two workers that come at once find two films."""
    films = {await queue.film(5), await queue.film(5)}
    held = [await queue.take(), await queue.take()]
    assert {step.asset_id for step in held if step} == films


async def test_a_release_that_is_due_comes_first(queue: Queue) -> None:
    def due(hours: float) -> str:
        return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()

    plain = await queue.film(2)
    today, soon, later = [await queue.film(2, release_at=due(hours)) for hours in (20, 2, 200)]
    # Two chunks each, and the finish.
    assert await queue.order(6) == [soon] * 3 + [today] * 3
    assert set(await queue.order(2)) == {plain, later}


async def test_a_release_nobody_can_read_is_refused(queue: Queue) -> None:
    for value in ("tomorrow", "2026-12-24T20:00:00", "0001-01-01T00:00:00+14:00"):
        assert (await queue.api.create(10, release_at=value)).status_code == 422
    assert (await queue.api.create(10, release_at="2026-12-24T20:00:00Z")).status_code == 201


async def test_the_spare_slot_is_for_the_small_that_have_had_little(queue: Queue) -> None:
    long, clip = await queue.film(100, 4000), await queue.film(2, 40)
    await queue.order(2)
    step = await queue.take(spare=True)
    assert step is not None
    assert step.asset_id == clip, "the smaller master"
    other = await queue.take(spare=True)
    assert other is not None
    assert other.asset_id == long, "one step of each at a time"
    await queue.done(other)
    await queue.order(3)
    assert await queue.take(spare=True) is None, "it has had its half minute"
    await queue.done(step)
    last = await queue.take(spare=True)
    assert last is not None
    assert (last.asset_id, last.kind) == (clip, "finish")

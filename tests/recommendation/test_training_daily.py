"""A model a day by itself: by one replica, late where the house was closed, again where it failed, in a process of its own."""

import asyncio
import sys
from datetime import timedelta

import pytest

from services.recommendation.keeper import Keeper, due, in_a_process
from services.recommendation.repository import models, trainings
from tests.recommendation.conftest import NOON, Running
from tests.recommendation.test_models import version_of, watched_in_turn

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Trainer:
    """Counts the trainings, each of which lasts until it is let go on."""

    def __init__(self, *, well: bool = True, at_once: bool = True) -> None:
        self.began, self.well = 0, well
        self.beginning, self.go_on = asyncio.Event(), asyncio.Event()
        if at_once:
            self.go_on.set()

    async def __call__(self) -> bool:
        self.began += 1
        self.beginning.set()
        await self.go_on.wait()
        return self.well


@pytest.mark.parametrize(
    ("outcome", "ago", "expected"),
    [
        ("done", timedelta(hours=23), False), ("done", timedelta(hours=24), True), ("failed", timedelta(minutes=59), False),
        ("failed", timedelta(hours=1), True), ("cut_short", timedelta(hours=23), False), ("cut_short", timedelta(days=1), True),
        ("done", timedelta(days=40), True),
    ],
)  # fmt: skip
async def test_a_training_is_due_a_day_after_one_and_an_hour_after_one_that_failed(
    outcome: str, ago: timedelta, expected: bool
) -> None:
    assert due((NOON - ago, outcome), NOON) == expected
    assert due(None, NOON)


async def test_of_two_replicas_one_trains_and_nobody_again_on_that_day(running: Running) -> None:
    slow, other = Trainer(at_once=False), Trainer()
    first = asyncio.create_task(Keeper(running.db, running.clock, slow).work())
    await slow.beginning.wait()
    await Keeper(running.db, running.clock, other).work()
    slow.go_on.set()
    await first
    await Keeper(running.db, running.clock, other).work()
    assert (slow.began, other.began) == (1, 0)
    running.clock.advance(24 * 3600)
    await Keeper(running.db, running.clock, other).work()
    assert other.began == 1


async def test_a_training_that_failed_or_was_cut_short_is_begun_again(running: Running) -> None:
    failing, cut, well = Trainer(well=False), Trainer(at_once=False), Trainer()
    await Keeper(running.db, running.clock, failing).work()
    assert await trainings.last(running.db) == (NOON, "failed")
    running.clock.advance(3600)
    killed = asyncio.create_task(Keeper(running.db, running.clock, cut).work())
    await cut.beginning.wait()
    assert await trainings.last(running.db) == (NOON + timedelta(hours=1), "cut_short")
    killed.cancel()
    await asyncio.wait([killed])
    # As it ends where this process dies with the training: nobody was left to write down what came of it.
    await running.db.pool.execute("UPDATE trainings SET outcome = 'cut_short' WHERE outcome <> 'done'")
    running.clock.advance(3600)
    await Keeper(running.db, running.clock, well).work()
    assert well.began == 0
    running.clock.advance(23 * 3600)
    await Keeper(running.db, running.clock, well).work()
    assert well.began == 1


async def test_the_process_trains_and_what_it_made_answers(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    await watched_in_turn(running)
    monkeypatch.setenv("BIJOU_DATABASE_URL", running.db.url)
    monkeypatch.setenv("BIJOU_OBJECT_STORE_URL", running.store)
    assert await in_a_process()
    (row,) = await models.every(running.db)
    assert await version_of(running) == row["version"]
    monkeypatch.delenv("BIJOU_DATABASE_URL")
    assert not await in_a_process()


async def test_the_process_does_not_outlive_who_asked_for_it() -> None:
    child = "import os, sys, time; from services.recommendation.batch import _end_with as end"
    child += "; end(int(sys.argv[1])); print('ready', flush=True); time.sleep(120)"
    parent = f"import os, subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}, str(os.getpid())])"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", parent, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"ready\n"
        process.kill()
        # The child has it open for as long as it lives.
        assert await process.stdout.read() == b""
        await process.wait()
    orphan = await asyncio.create_subprocess_exec(sys.executable, "-c", child, "1", stderr=asyncio.subprocess.PIPE)
    async with asyncio.timeout(60):
        assert b"gone" in (await orphan.communicate())[1]

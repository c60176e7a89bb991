"""Models: trained from what was watched, chosen only where they are better, exchanged while running, refused where broken."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import numpy as np
import pytest
import typer
from botocore.exceptions import ClientError

from cli.training import trainer
from libs.chassis.object_store import DirectoryStore, NoSuchObject, StoreAway, open_store
from libs.contracts.envelope import Event
from libs.contracts.identity import Profile
from services.recommendation.engine import artefact
from services.recommendation.engine import training as engine
from services.recommendation.engine.model import Model
from services.recommendation.engine.plays import Plays
from services.recommendation.engine.training import Sequences, train
from services.recommendation.repository import models, trainings
from services.recommendation.service.comparing import TooLittle
from services.recommendation.service.explaining import Explaining
from services.recommendation.service.in_use import InUse, key, read
from services.recommendation.service.shelf import Shelf
from services.recommendation.service.training import AtWork, Training
from services.recommendation.settings import Settings
from tests.recommendation.conftest import NOON, Running, title

pytestmark = pytest.mark.asyncio(loop_scope="session")

NUMBER = 24


def small(version: str = "m1") -> Model:
    """A model of viewers who watch every third title in turn."""
    random = np.random.default_rng(1)
    starts = random.integers(0, NUMBER, 60)
    titles = np.concatenate([(start + 3 * np.arange(6)) % NUMBER for start in starts])
    viewers = np.repeat(np.arange(60), 6)
    plays = Plays.of(viewers, titles, np.tile(np.arange(6.0), 60), NUMBER)
    ids = [event.title_id for event in FILMS]
    return train(version, plays, ids)


FILMS = [title(f"Film {number:02}", "Drama") for number in range(NUMBER)]


async def watched_in_turn(running: Running, viewers: int = 40) -> None:
    """Viewers who watch every third film in turn, an hour after each other."""
    await running.send(*FILMS)
    ids = [event.title_id for event in FILMS]
    events: list[Event] = []
    for number in range(viewers):
        viewer = running.somebody()
        events.append(viewer.account())
        events += [
            viewer.played(ids[(number + 3 * step) % NUMBER], ago=timedelta(hours=30 - step)) for step in range(6)
        ]
    await running.send(*events)


def training(running: Running) -> Training:
    """What trains, from the running service's database and into its store."""
    return Training(running.db, open_store(running.store), running.clock)


def file_of(running: Running, version: str) -> Path:
    """Where a model lies."""
    return Path(urlsplit(running.store).path) / key(version)


async def version_of(running: Running) -> str | None:
    """Which model answers."""
    await running.settled()
    found: str | None = (await running.get("/recommendations/home", running.somebody()))["model"]
    return found


async def test_a_model_learns_what_comes_next_is_chosen_and_answers_without_a_restart(running: Running) -> None:
    await watched_in_turn(running)
    assert await version_of(running) is None
    made = await training(running).train()
    rankings = made.card["evaluation"]["rankings"]
    assert made.chosen
    assert rankings["new"]["ndcg@10"] > rankings["popularity"]["ndcg@10"] + 0.2
    assert await version_of(running) == made.version
    ada = running.somebody()
    await running.send(ada.account(), ada.played(running.ids["Film 02"]))
    assert (await running.rows(ada))["top-picks"][0] == "Film 05"
    store = open_store(running.store)
    found = await Explaining(running.db, store, running.clock).explain(ada.profile_id, running.ids["Film 05"], "US")
    assert (found.model, found.rank) == (made.version, 1)
    assert found.score == pytest.approx(sum(found.terms.values()), rel=1e-4)
    assert {"markov, short", "ridge", "ease"} <= set(found.terms)
    # They add up also where the model knows titles that are gone.
    await running.send(*(each.model_copy(update={"version": 2, "status": "archived"}) for each in FILMS[8:]))
    found = await Explaining(running.db, store, running.clock).explain(ada.profile_id, running.ids["Film 05"], "US")
    assert found.score == pytest.approx(sum(found.terms.values()), rel=1e-4)


async def test_two_do_not_train_at_once(running: Running) -> None:
    async with trainings.alone(running.db, "training"):
        with pytest.raises(AtWork):
            await training(running).train()


async def test_a_store_that_takes_too_long_for_a_model_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.recommendation.service.in_use.READ_SECONDS", 0.01)
    with pytest.raises(StoreAway):
        await read(Refusing(None), "m1", "")


def worst_first(
    version: str,
    plays: Plays,
    titles: Sequence[UUID],
    *,
    now: float | None = None,
    sequences: Sequences | None = None,
) -> Model:
    """A model that puts last what it should put first."""
    made = train(version, plays, titles, now=now, sequences=sequences)
    return replace(made, told=-made.told)


async def test_a_model_that_is_worse_is_kept_and_not_chosen(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    await watched_in_turn(running)
    good = await training(running).train()
    # Nobody has watched anything since: nobody can say which is better, and it stays.
    running.clock.advance(60)
    assert (await training(running).train()).card["evaluation"]["verdict"] == "not_compared"
    await running.db.pool.execute("DELETE FROM models WHERE chosen IS NULL")
    running.clock.advance(60)
    monkeypatch.setattr(engine, "train", worst_first)
    bad = await training(running).train()
    assert not bad.chosen
    assert bad.card["evaluation"]["verdict"] == "no_better_than_popularity"
    assert {row["version"] for row in await models.every(running.db)} == {good.version, bad.version}
    assert await version_of(running) == good.version


async def test_of_old_models_the_last_and_the_chosen_ones_stay(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watched_in_turn(running, viewers=24)
    monkeypatch.setattr("services.recommendation.service.training.KEPT", 2)
    made = []
    for anyway in (True, False, False, False):
        monkeypatch.setattr(engine, "train", train if anyway else worst_first)
        made.append((await training(running).train(anyway=anyway)).version)
        running.clock.advance(60)
    left = {made[0], made[2], made[3]}
    assert {row["version"] for row in await models.every(running.db)} == left
    assert {version for version in made if file_of(running, version).parent.exists()} == left


async def test_nothing_is_learned_of_children_and_of_who_did_not_agree(running: Running) -> None:
    await running.send(*FILMS)
    ada, child, bob = running.somebody(), running.somebody(), running.somebody()
    people = {
        ada: Profile(id=ada.profile_id, name="Ada", consents=("personalisation",)),
        child: Profile(id=child.profile_id, name="Kid", kids=True, consents=("personalisation",)),
        bob: Profile(id=bob.profile_id, name="Bob", consents=("analytics",)),
    }
    for place, (who, profile) in enumerate(people.items()):
        await running.send(who.account(profiles=(profile,)), who.played(FILMS[place].title_id))
    nobody = running.somebody()  # whether they agreed is not known
    await running.send(nobody.played(FILMS[3].title_id))
    assert [row["profile_id"] async for row in models.plays(running.db)] == [ada.profile_id]
    await running.popularity.count()
    assert set(running.popularity.counts) == {FILMS[0].title_id}


async def test_too_little_is_said_and_nothing_is_made(running: Running) -> None:
    await watched_in_turn(running, viewers=3)
    with pytest.raises(TooLittle, match="3 profiles"):
        await training(running).train()
    assert await models.every(running.db) == []


@pytest.mark.parametrize("fault", ["cut short", "a bit flipped", "missing", "another's"])
async def test_a_broken_model_is_refused_and_the_one_before_goes_on(
    running: Running, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    await watched_in_turn(running, viewers=24)
    maker = training(running)
    good = await maker.train(anyway=True)
    assert await version_of(running) == good.version
    running.clock.advance(60)
    monkeypatch.setattr(engine, "train", worst_first)  # so that it is not in use before it is broken
    bad = await maker.train()
    file = file_of(running, bad.version)
    data = bytearray(file.read_bytes())
    if fault == "missing":
        file.unlink()
    else:
        data[len(data) // 2] ^= 1
        file.write_bytes({"cut short": bytes(data[:-100]), "a bit flipped": bytes(data)}.get(fault, packed_other()))
    # Who chooses it is told, and nothing is changed.
    with pytest.raises((artefact.BrokenModel, NoSuchObject)):
        await maker.choose(bad.version)
    assert (await models.chosen(running.db))[0]["version"] == good.version
    # Broken after it was chosen, it is passed over: by who answers, and by who comes up anew.
    async with running.db.transaction() as session:
        await models.choose(session, bad.version)
    assert await version_of(running) == good.version
    anew = InUse(running.db, open_store(running.store))
    await anew.work()
    assert anew.model is not None
    assert anew.model.version == good.version
    # Going back leaves the broken one behind for good.
    assert await maker.go_back() == bad.version
    assert (await models.chosen(running.db))[0]["version"] == good.version
    assert await maker.go_back() is None


class Refusing(DirectoryStore):
    """A store whose keys are not valid any more, or that hangs."""

    def __init__(self, error: Exception | None) -> None:
        super().__init__(Path("/nowhere"))
        self._error = error

    async def get_bytes(self, key: str) -> bytes:
        if self._error is None:
            await asyncio.Event().wait()
        raise self._error or AssertionError


@pytest.mark.parametrize(
    "error", [ClientError({"Error": {"Code": "ExpiredToken"}}, "GetObject"), None], ids=["keys", "hung"]
)
async def test_a_store_that_gives_no_model_keeps_no_title_on_the_page(
    running: Running, error: Exception | None
) -> None:
    await watched_in_turn(running, viewers=24)
    await training(running).train(anyway=True)
    in_use = InUse(running.db, Refusing(error))
    shelf = Shelf(running.db, running.popularity, in_use)
    await in_use.start()
    try:
        async with asyncio.timeout(20):
            await shelf.look()
        assert FILMS[0].title_id in shelf.view.catalogue.places
        gone = FILMS[0].model_copy(update={"version": 2, "status": "archived"})
        await running.send(gone)
        async with asyncio.timeout(20):
            await shelf.look()
        assert FILMS[0].title_id not in shelf.view.catalogue.places
        assert shelf.view.version is None
    finally:
        await in_use.stop()


def packed_other() -> bytes:
    return artefact.packed(small("other"))


async def test_a_model_of_another_catalogue_decides_nothing(running: Running) -> None:
    await running.send(*(title(f"Other {number}", "Comedy") for number in range(8)))
    data = artefact.packed(small())
    store = open_store(running.store)
    await store.put_bytes(key("m1"), data)
    async with running.db.transaction() as session:
        await models.add(session, "m1", artefact.digest(data), {"made_at": NOON.isoformat()}, NOON)
        await models.choose(session, "m1")
    assert await version_of(running) is None
    ada = running.somebody()
    await running.send(ada.played(running.ids["Other 0"]))
    assert "Film 00" not in {name for names in (await running.rows(ada)).values() for name in names}


@pytest.mark.parametrize(
    ("error", "said"),
    [(StoreAway("no route"), "The object store cannot be used"), (TimeoutError(), "did not answer in time")],
    ids=["store", "database"],
)
async def test_a_command_whose_neighbour_is_away_ends_with_a_sentence(
    running: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, said: str
) -> None:
    @asynccontextmanager
    async def opened(_: str) -> AsyncIterator[Any]:
        yield SimpleNamespace(db=running.db)

    settings = Settings(database_url=running.db.url, object_store_url=running.store)
    monkeypatch.setattr("cli.training.opened", opened)
    monkeypatch.setattr("cli.training.told", lambda _: settings)
    with pytest.raises(typer.Exit):
        async with trainer():
            raise error
    assert said in capsys.readouterr().out

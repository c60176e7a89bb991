"""Models: trained from what was watched, chosen only where they are better, exchanged while running, refused where broken."""

import io
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from libs.chassis.object_store import open_store
from services.recommendation.engine import artefact
from services.recommendation.engine.artefact import BrokenModel
from services.recommendation.engine.model import Model
from services.recommendation.engine.training import Plays, train
from services.recommendation.repository import models
from services.recommendation.service.shelf import key
from services.recommendation.service.training import TooLittle, Training
from tests.recommendation.conftest import NOON, Running, title

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
    events = []
    for number in range(viewers):
        viewer = running.somebody()
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
    await running.send(*(ada.played(running.ids[f"Film {number:02}"]) for number in (2,)))
    assert (await running.rows(ada))["top-picks"][0] == "Film 05"


async def test_a_model_that_is_no_better_is_kept_and_not_chosen(running: Running) -> None:
    await running.send(*FILMS)
    random = np.random.default_rng(3)
    events = []
    for _ in range(40):
        viewer = running.somebody()
        # The same four films, in any order: nothing is to be known but what is popular.
        for place in random.permutation(4):
            events.append(viewer.played(FILMS[place].title_id, ago=timedelta(hours=int(random.integers(1, 90)))))
        events.append(viewer.played(FILMS[int(random.integers(4, NUMBER))].title_id, ago=timedelta(hours=100)))
    await running.send(*events)
    made = await training(running).train()
    rankings = made.card["evaluation"]["rankings"]
    assert made.chosen == (rankings["new"]["ndcg@10"] > rankings["popularity"]["ndcg@10"])
    assert (await version_of(running) is not None) == made.chosen


async def test_too_little_is_said_and_nothing_is_made(running: Running) -> None:
    await watched_in_turn(running, viewers=3)
    with pytest.raises(TooLittle, match="3 profiles"):
        await training(running).train()
    assert await models.every(running.db) == []


@pytest.mark.parametrize("fault", ["cut short", "a bit flipped", "missing", "another's"])
async def test_a_broken_model_is_refused_and_the_one_before_goes_on(running: Running, fault: str) -> None:
    await watched_in_turn(running)
    maker = training(running)
    good = await maker.train(anyway=True)
    assert await version_of(running) == good.version
    running.clock.advance(60)
    bad = await maker.train()
    file = file_of(running, bad.version)
    data = bytearray(file.read_bytes())
    if fault == "missing":
        file.unlink()
    else:
        data[len(data) // 2] ^= 1
        file.write_bytes({"cut short": bytes(data[:-100]), "a bit flipped": bytes(data)}.get(fault, packed_other()))
    assert await maker.choose(bad.version)
    assert await version_of(running) == good.version
    # Going back leaves the broken one behind for good.
    assert await maker.go_back() == bad.version
    assert (await models.in_use(running.db))["version"] == good.version
    assert await maker.go_back() is None


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


def test_what_was_packed_is_what_is_unpacked_and_nothing_else_is() -> None:
    model = small()
    data = artefact.packed(model)
    again = artefact.unpacked(data, artefact.digest(data))
    assert (again.version, again.titles) == (model.version, model.titles)
    assert np.array_equal(again.scores([3, 0]), model.scores([3, 0]))
    with pytest.raises(BrokenModel, match="checksum"):
        artefact.unpacked(data, artefact.digest(b""))


@pytest.mark.parametrize("wrong", ["pickle", "link", "number", "format", "no file"])
def test_a_file_that_is_whole_and_no_model_is_refused(wrong: str) -> None:
    with np.load(io.BytesIO(artefact.packed(small()))) as file:
        arrays = {name: file[name] for name in file.files}
    if wrong == "pickle":
        arrays["titles"] = np.array([object()], dtype=object)
    if wrong == "link":
        arrays["links0"] = arrays["links0"] + np.int32(NUMBER)
    if wrong == "number":
        arrays["told"] = arrays["told"] * np.float32("nan")
    if wrong == "format":
        arrays["about"] = np.frombuffer(arrays["about"].tobytes().replace(b'"format": 1', b'"format": 9'), np.uint8)
    out = io.BytesIO()
    np.savez(out, allow_pickle=True, **arrays)
    data = b"no file" if wrong == "no file" else out.getvalue()
    with pytest.raises(BrokenModel):
        artefact.unpacked(data, artefact.digest(data))

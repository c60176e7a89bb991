"""What makes models, without a service: what is compared, and what a file must be to become a model."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from services.recommendation.engine import artefact, content, measuring
from services.recommendation.engine.artefact import BrokenModel
from services.recommendation.engine.content import Content
from services.recommendation.engine.franchises import FEW, SCREEN, apart, numbered, stem
from services.recommendation.engine.measuring import Measured
from services.recommendation.engine.plays import Plays
from services.recommendation.service.comparing import Compared, TooLittle, compared, rolled
from tests.recommendation.test_models import FILMS, NUMBER, small


def test_a_model_of_the_first_weeks_is_compared_with_one_of_today() -> None:
    day = 86_400.0
    random = np.random.default_rng(2)
    starts = random.integers(0, NUMBER, 60)
    titles = np.concatenate([(start + 3 * np.arange(8)) % NUMBER for start in starts])
    times = np.concatenate([np.sort(random.uniform(0, 59, 8)) * day for _ in starts])
    plays = Plays.of(np.repeat(np.arange(60), 8), titles, times, NUMBER)
    opened = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    plays = replace(plays, times=plays.times + opened)
    ids = [event.title_id for event in FILMS]
    first = datetime.fromtimestamp(opened + 20 * day, UTC)
    found = compared(plays, ids, datetime.fromtimestamp(opened + 60 * day, UTC), (small("first"), first))
    assert (found.split, set(found.rankings)) == ("since 2026-01-21", {"new", "popularity", "in use"})


def test_months_are_foretold_one_by_one_and_counted_together() -> None:
    day = 86_400.0
    random = np.random.default_rng(3)
    starts = random.integers(0, NUMBER, 60)
    titles = np.concatenate([(start + 3 * np.arange(8)) % NUMBER for start in starts])
    times = np.concatenate([np.sort(random.uniform(0, 112, 8)) * day for _ in starts])
    plays = Plays.of(np.repeat(np.arange(60), 8), titles, times, NUMBER)
    ids = [event.title_id for event in FILMS]
    now = datetime.fromtimestamp(112 * day, UTC)
    found = rolled(plays, ids, now, 6)
    # Of the six months two are before the first play, and of one nobody was known before.
    assert found.split == "3 of the last 6 months, trained anew for each"
    assert len(found.rankings["new"].ndcg) == len(found.rankings["popularity"].ndcg) > 60
    assert found.rankings["new"].ndcg.mean() > found.rankings["popularity"].ndcg.mean()
    # The model in use is asked of the months that began after it was made, and compared on their viewers.
    made = datetime.fromtimestamp(60 * day, UTC)
    found = rolled(plays, ids, now, 6, (small("first"), made))
    assert 0 < len(found.rankings["in use"].ndcg) < len(found.rankings["new"].ndcg)
    assert len(found.beside["in use"].ndcg) == len(found.rankings["in use"].ndcg)
    assert set(found.told()["new_over"]) == {"popularity", "in use"}
    with pytest.raises(TooLittle, match="last 2 months"):
        rolled(plays, ids, datetime.fromtimestamp(400 * day, UTC), 2)


def test_novelty_and_bias_tell_the_popular_from_the_rare() -> None:
    share = np.array([0.5, 0.25, 0.125, 0.125, 0.0])
    relevant = np.array([[False, True, False, False, False]])
    popular = measuring.measured(np.array([[0]]), relevant, share)
    rare = measuring.measured(np.array([[4]]), relevant, share)
    assert (popular.novelty.tolist(), popular.bias) == ([1.0], 2.0)
    assert (rare.novelty.tolist(), rare.bias) == ([3.0], 0.0)


def measured(*ndcg: float) -> Measured:
    """A ranking of so many viewers."""
    values = np.repeat(np.array(ndcg), 10)
    return Measured(values, values, 0.5)


@pytest.mark.parametrize(
    ("new", "popularity", "in_use", "verdict"),
    [
        ((0.5, 0.6), (0.1, 0.1), (0.5, 0.6), "better"),
        ((0.5, 0.6), (0.1, 0.1), (0.6, 0.7), "worse_than_in_use"),
        ((0.5, 0.6), (0.1, 0.1), None, "not_compared"),
        # A little more on average, of which chance may be the whole.
        ((1.0, 0.0), (0.0, 0.98), (0.5, 0.6), "no_better_than_popularity"),
        ((), (), (), "not_measured"),
    ],
)
def test_a_model_is_worth_choosing_by_more_than_chance(
    new: tuple[float, ...], popularity: tuple[float, ...], in_use: tuple[float, ...] | None, verdict: str
) -> None:
    rankings = {"new": measured(*new), "popularity": measured(*popularity)}
    if in_use is not None:
        rankings["in use"] = measured(*in_use)
    found = Compared("since then", rankings, rival=True)
    assert found.verdict == verdict
    told = found.told()
    assert all(
        isinstance(each, int | float) and each == each for row in told["rankings"].values() for each in row.values()
    )


@pytest.mark.parametrize(
    ("in_use", "verdict"),
    [((0.5, 0.6), "without_sequence"), ((0.2, 0.2), "better"), ((0.8, 0.9), "worse_than_in_use")],
)
def test_a_sequence_model_makes_way_for_none_only_where_that_is_better_beyond_chance(
    in_use: tuple[float, ...], verdict: str
) -> None:
    rankings = {"new": measured(0.5, 0.6), "popularity": measured(0.1, 0.1), "in use": measured(*in_use)}
    assert Compared("since then", rankings, rival=True, lost=True).verdict == verdict


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Tide Tables", "tide tables"), ("Tide Tables 2", "tide tables"), ("Tide Tables: Part Two", "tide tables"),
        ("The Tide Tables III", "tide tables"), ("Tide Tables, Teil 4", "tide tables"), ("2012", ""), ("It", ""), ("V 2", ""),
        ("Ocean's Eleven", "ocean's eleven"),
    ],
)  # fmt: skip
def test_parts_of_a_franchise_are_called_alike(name: str, expected: str) -> None:
    assert stem(name) == expected


def test_likeness_is_the_same_however_it_is_summed(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(5)
    entries = [
        {
            "genres": [f"genre {number % 3}"],
            "people": [f"person {at}" for at in random.integers(0, 40, 4)],
            "description": "",
        }
        for number in range(200)
    ] + [{}]
    about = Content(entries)
    few = about.among(np.array([3, 200, 7, 9]))
    assert few.like([0], [1.0]) == pytest.approx(about.like([3], [1.0])[[3, 200, 7, 9]], rel=1e-5)
    found = []
    for often in (0, 10**9):
        monkeypatch.setattr(content, "SORTED", often)
        found.append([sorted(about.nearest([place, 5], [1.0, 0.5], 6).tolist()) for place in range(60)])
    assert found[0] == found[1]
    assert about.nearest([200], [1.0], 6).tolist() == []


def test_a_screen_has_few_of_a_franchise_and_chance_makes_none() -> None:
    saga = [{"name": f"Saga {at}", "people": ["Ada"]} for at in range(6)]
    others = [{"name": f"Alone {letter}", "people": ["Ada"]} for letter in "abcdef"]
    chance = [{"name": f"Level {at}", "people": [f"Nobody {at}"]} for at in range(3)]
    nobody = [{"name": f"Unnamed {at}", "people": []} for at in range(2)]
    numbers = numbered([*saga, *others, *chance, *nobody])
    assert set(numbers[:6]) == {0}
    assert set(numbers[6:]) == {-1}
    row = apart(range(12), numbers)
    for start in range(len(row) - SCREEN + 1):
        assert sum(place < 6 for place in row[start : start + SCREEN]) <= FEW
    assert row[:3] == [0, 1, 6]
    # The order is kept but for those that had to wait, and nobody waits for ever.
    assert [place for place in row if place >= 6] == [6, 7, 8, 9, 10, 11]
    assert apart(range(6), numbers) == [0, 1]


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
        arrays["about"] = np.frombuffer(arrays["about"].tobytes().replace(b'"format": 2', b'"format": 9'), np.uint8)
    out = io.BytesIO()
    np.savez(out, allow_pickle=True, **arrays)
    data = b"no file" if wrong == "no file" else out.getvalue()
    with pytest.raises(BrokenModel):
        artefact.unpacked(data, artefact.digest(data))

"""Who gets what of flags and experiments: the same every time, in the shares that were meant, and never two of a layer."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.assignment import Subject, arm, draw, is_on
from libs.contracts.experiments import Arm, Audience, ExperimentChanged, FlagChanged

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
MANY = [UUID(int=number) for number in range(10_000)]


def flag(**fields: Any) -> FlagChanged:
    return FlagChanged(**{"name": "home.trending", "version": 1, "on": True, "changed_at": NOON, **fields})


def experiment(**fields: Any) -> ExperimentChanged:
    known = {
        "name": "larger-cards", "version": 1, "status": "running", "layer": "home", "first": 0, "last": 999, "changed_at": NOON,
        "arms": (Arm(name="control"), Arm(name="large")),
    }  # fmt: skip
    return ExperimentChanged(**{**known, **fields})


def arms(made: ExperimentChanged) -> dict[UUID, str]:
    given = {each: arm(made, Subject(each)) for each in MANY}
    return {each: name for each, name in given.items() if name}


def test_what_was_given_out_stays_as_it_is() -> None:
    # Written down once: an installation that is updated in the middle of an experiment must not deal anew.
    first = UUID("0199a4cf-1b2c-7d3e-8f40-516273849506")
    assert draw("flag:home.trending", first) == pytest.approx(0.9927202373)
    given = [arm(experiment(), Subject(UUID(int=number))) for number in range(6)]
    assert given == ["large", "large", "control", "control", "large", "control"]


def test_arms_have_the_shares_that_were_meant() -> None:
    made = experiment(arms=(Arm(name="control", weight=3), Arm(name="large", weight=1)), first=200, last=699)
    given = Counter(arms(made).values())
    assert sum(given.values()) / len(MANY) == pytest.approx(0.5, abs=0.02)
    assert given["control"] / sum(given.values()) == pytest.approx(0.75, abs=0.02)


def test_two_of_a_layer_share_nobody_and_two_of_different_layers_are_independent() -> None:
    one, other = experiment(first=0, last=499), experiment(name="rounder-cards", first=500, last=999)
    assert not arms(one).keys() & arms(other).keys()
    assert len(arms(one).keys() | arms(other).keys()) == len(MANY)
    beside = arms(experiment(name="warmer-light", layer="player"))
    together = Counter((mine, beside[who]) for who, mine in arms(one).items())
    assert max(together.values()) / min(together.values()) < 1.2


def test_who_is_held_out_is_in_no_experiment() -> None:
    one, other = experiment(holdout=0.1), experiment(name="warmer-light", layer="player", holdout=0.1)
    missing = set(MANY) - arms(one).keys()
    assert missing == set(MANY) - arms(other).keys()
    assert len(missing) / len(MANY) == pytest.approx(0.1, abs=0.01)


def test_a_share_that_grows_takes_it_from_nobody() -> None:
    had: set[UUID] = set()
    for share in (0.0, 0.01, 0.25, 0.6, 1.0):
        has = {each for each in MANY if is_on(flag(share=share), Subject(each))}
        assert had <= has
        assert len(has) / len(MANY) == pytest.approx(share, abs=0.015)
        had = has
    assert not any(is_on(flag(on=False, share=1.0), Subject(each)) for each in MANY)


@pytest.mark.parametrize(
    ("audience", "meant"),
    [({}, True), ({"countries": ("PT",)}, True), ({"countries": ("DE",)}, False),
     ({"plans": ("premium",)}, True), ({"plans": ("basic",)}, False),
     ({"devices": ("tv", "web")}, True), ({"devices": ("tv",)}, False), ({"app_version": "1.9"}, True),
     ({"app_version": "1.10.1"}, False), ({"app_version": "1.10.0"}, True), ({"countries": ("PT",), "devices": ("tv",)}, False)],
    ids=str,
)  # fmt: skip
def test_an_audience_is_who_meets_every_condition(audience: dict[str, Any], meant: bool) -> None:
    who = Subject(UUID(int=1), country="PT", plan="premium", device="web", app_version="1.10.0")
    assert is_on(flag(audience=Audience(**audience)), who) is meant
    assert (arm(experiment(audience=Audience(**audience)), who) is not None) is meant


@pytest.mark.parametrize("status", ["draft", "stopped"])
def test_nobody_is_in_what_does_not_run(status: str) -> None:
    assert arms(experiment(status=status)) == {}

"""docs/qoe.md: every worked example is what is computed."""

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from libs.chassis.ids import new_id
from libs.contracts.views import ViewClosed
from services.events import qoe
from services.events.repository import exposures, reports
from services.events.repository.exposures import Day, Met
from tests.events.conftest import NOON
from tests.events.test_views import Views, views

__all__ = ["views"]

PAGE = (Path(__file__).resolve().parents[2] / "docs/qoe.md").read_text()
EXAMPLES = [json.loads(found) for found in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


def of(kind: str) -> list[dict[str, Any]]:
    return [example for example in EXAMPLES if kind in example]


def test_every_definition_has_an_example() -> None:
    kinds = {"between": 6, "player": 6, "exit_reason": 5, "watched": 5, "live": 1, "measures": 2}
    assert {kind: len(of(kind)) for kind in kinds} == kinds
    assert sum(kinds.values()) == len(EXAMPLES)


@pytest.mark.parametrize("example", of("between"), ids=str)
def test_watch_time(example: dict[str, Any]) -> None:
    before, position, state, then, then_position = example["between"]
    wall, media = qoe.watched(
        datetime.fromisoformat(before), position, state, datetime.fromisoformat(then), then_position
    )
    assert (wall.total_seconds(), media) == (example["wall"], example["media"])


@pytest.mark.parametrize("example", of("player"), ids=str)
def test_what_a_player_tells(example: dict[str, Any]) -> None:
    lasted = qoe.longest(NOON, NOON + timedelta(seconds=example["lasted"]), "stopped")
    found = qoe.of_player(example["player"], example["media"], lasted)
    assert {name: found[name] for name in example["then"]} == example["then"]


@pytest.mark.parametrize("example", of("exit_reason"), ids=str)
def test_how_it_ended(example: dict[str, Any]) -> None:
    assert qoe.exit_reason(example["end_reason"], example["exit"]) == example["exit_reason"]


@pytest.mark.parametrize("example", of("watched"), ids=str)
def test_what_counts_as_watched(example: dict[str, Any]) -> None:
    assert qoe.is_watched(example["record"]) == example["watched"]


async def test_how_playing_goes_now(views: Views) -> None:
    (example,) = of("live")
    for told in example["players"]:
        views.session_id = new_id()
        await views.hear(views.started())
        if told:
            await views.hear(views.beacon(1, **told))
    hour = timedelta(hours=1)
    (found,) = await reports.groups(views.db, NOON - hour, NOON + hour, "everything", 1)
    assert {name: found[name] for name in example["live"]} == example["live"]


async def test_what_experiments_are_judged_by(views: Views) -> None:
    for number, example in enumerate(of("measures")):
        who, at = new_id(), datetime.fromisoformat(example["met"])
        async with views.db.background() as session:
            await exposures.expose(session, [Met(f"e{number}", who, new_id(), "large", "PT", "web", "1.4.0", at)])
            days = [Day(who, date.fromisoformat(day), new_id(), **sums) for day, sums in example["days"].items()]
            await exposures.add(session, days)
        assert example["measures"].keys() == exposures.MEASURES.keys()
        for measure, value in example["measures"].items():
            found = await exposures.sums(views.db, f"e{number}", measure, None)
            expected = [] if value is None else [(1, pytest.approx(value, abs=1e-4))]
            assert [(row["n"], row["y"]) for row in found] == expected, measure


def test_who_lost_playback_may_have_played_on_from_what_was_held() -> None:
    assert qoe.longest(NOON, NOON + timedelta(seconds=30), "expired") == 120.0
    assert qoe.longest(NOON, NOON - timedelta(seconds=30), "stopped") == 5.0


def test_every_measure_of_a_record_is_defined() -> None:
    whose = {"session_id", "account_id", "profile_id", "device_id", "title_id", "playable_id", "country", "started_at"}
    about = {"ended_at", "closed_at", "edge", "device_class", "app", "app_version"}
    assert {name for name in ViewClosed.model_fields if f"`{name}`" not in PAGE} - whose - about == {"trailer"}

"""docs/qoe.md: every worked example is what is computed."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from libs.contracts.views import ViewClosed
from services.events import qoe

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
PAGE = (Path(__file__).resolve().parents[2] / "docs/qoe.md").read_text()
EXAMPLES = [json.loads(found) for found in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


def of(kind: str) -> list[dict[str, Any]]:
    return [example for example in EXAMPLES if kind in example]


def test_every_definition_has_an_example() -> None:
    assert [len(of(kind)) for kind in ("between", "player", "exit_reason", "watched")] == [6, 6, 5, 5]
    assert sum(len(of(kind)) for kind in ("between", "player", "exit_reason", "watched")) == len(EXAMPLES)


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


def test_who_lost_playback_may_have_played_on_from_what_was_held() -> None:
    assert qoe.longest(NOON, NOON + timedelta(seconds=30), "expired") == 120.0
    assert qoe.longest(NOON, NOON - timedelta(seconds=30), "stopped") == 5.0


def test_every_measure_of_a_record_is_defined() -> None:
    whose = {"session_id", "account_id", "profile_id", "device_id", "title_id", "playable_id", "country", "started_at"}
    about = {"ended_at", "closed_at", "edge", "device_class", "app", "app_version"}
    assert {name for name in ViewClosed.model_fields if f"`{name}`" not in PAGE} - whose - about == {"trailer"}

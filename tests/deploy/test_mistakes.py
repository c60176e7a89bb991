"""A table of the platform that says what cannot be is refused, each mistake in one line that names the entry."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from deploy import mistakes, topology
from deploy.deployable import Service, queue, url
from deploy.topology import KAFKA, POSTGRES, SERVICES

CATALOG = next(service for service in SERVICES if service.name == "catalog")
NEW: dict[str, Any] = {"owns": "something", "package": "services.catalog", "port": 8099, "needs": {POSTGRES, KAFKA}}
TOPICS = frozenset(topic for service in SERVICES for topic in service.publishes)


def told(**fields: Any) -> list[str]:
    """What is said of the table with one entry more."""
    return mistakes.mistakes([*SERVICES, Service(**{"name": "rewards", **NEW, **fields})], declared=TOPICS)


def test_the_table_has_no_mistake() -> None:
    mistakes.refuse()
    assert told() == []


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"name": "Rewards"}, "'Rewards' is no name"),
        ({"name": "my_rewards"}, "'my_rewards' is no name"),
        ({"name": "rewards-"}, "'rewards-' is no name"),
        ({"name": "catalog"}, "catalog is there 2 times"),
        ({"name": "edge"}, "edge is there 2 times"),
        ({"port": 8012}, "port 8012 is there 2 times: catalog, rewards"),
        ({"port": 8080}, "port 8080 is there 2 times: rewards, edge"),
        ({"port": 80}, "rewards listens on port 80"),
        ({"port": None, "serves": ("/rewards",)}, "rewards serves /rewards and has no port"),
        ({"serves": ("/titles",)}, "prefix /titles is there 2 times: catalog, rewards"),
        ({"serves": ("rewards",)}, "rewards serves 'rewards'"),
        ({"serves": ("/rewards/",)}, "rewards serves '/rewards/'"),
        ({"serves": ("/",)}, "rewards serves '/'"),
        ({"serves": ("/Rewards",)}, "rewards serves '/Rewards'"),
        ({"serves": ("/api/v1/rewards",)}, "rewards serves /api/v1/rewards: prefixes lie below /api/v1"),
        (
            {"publishes": ("rewards.given",)},
            "rewards publishes rewards.given, which no file of libs/contracts declares",
        ),
        ({"publishes": ("catalog.titles",)}, "topic catalog.titles is there 2 times"),
        ({"consumes": ("catalog.title",)}, "rewards consumes catalog.title, which nobody publishes"),
        ({"consumes": ("catalog.titles",), "needs": {POSTGRES}}, "rewards has topics and does not need kafka"),
        ({"shares": "nobody"}, "rewards shares the database of nobody"),
        ({"shares": "transcode-worker"}, "rewards shares the database of transcode-worker"),
        ({"shares": "catalog", "needs": {KAFKA}}, "rewards shares the database of catalog"),
        ({"scale": queue("gateway", jobs=1)}, "rewards scales by the jobs of gateway"),
        ({"told": {"OTHER_URL": url("rewardz")}}, "rewards is told the address of rewardz, which answers nowhere"),
        ({"told": {"OTHER_URL": url("transcode-worker")}}, "rewards is told the address of transcode-worker"),
        ({"told": {"DATABASE_URL": "postgresql://…"}}, "rewards is told DATABASE_URL, which follows"),
        ({"told": {"BIJOU_NAME": "x"}}, "rewards is told BIJOU_NAME: a setting is in capitals"),
        ({"told": {"name": "x"}}, "rewards is told name: a setting is in capitals"),
        ({"package": "services.rewards"}, "rewards runs services.rewards.main, which is not there"),
        ({"entry": "services.catalog.worker:main"}, "rewards runs services.catalog.worker, which is not there"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_is_one_line_that_names_the_entry(fields: dict[str, Any], line: str) -> None:
    found = told(**fields)
    assert len(found) == 1, found
    assert found[0].startswith(line)
    assert "\n" not in found[0]


def test_a_topic_that_nobody_publishes_is_one() -> None:
    without = [replace(each, publishes=()) if each is CATALOG else each for each in SERVICES]
    found = mistakes.mistakes(without, declared=TOPICS)
    assert "catalog.titles is declared in libs/contracts, and nobody publishes it" in found
    assert "playback consumes catalog.titles, which nobody publishes" in found


def test_several_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Service("Rewards", **{**NEW, "port": 8012})
    monkeypatch.setattr(topology, "SERVICES", (*SERVICES, wrong))
    with pytest.raises(mistakes.WrongTable, match=r"deploy/topology\.py says what cannot be") as refused:
        mistakes.refuse()
    assert len(str(refused.value).splitlines()) == 3


WRONG = """
import sys
from dataclasses import replace
from deploy import topology
topology.SERVICES = tuple(replace(each, port=8012) if each.name == "billing" else each for each in topology.SERVICES)
"""


@pytest.mark.parametrize(
    "then",
    [
        'import cli.__main__ as it; it.app(["up", "--no-demo"])',
        'import cli.__main__ as it; it.app(["dev"])',
        "from deploy.local import generate; generate.main()",
    ],
    ids=["up", "dev", "generate"],
)
def test_nothing_is_started_or_generated_from_such_a_table(then: str, tmp_path: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WRONG + then], env={"BIJOU_DATA": str(tmp_path / "data")}, capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip
    said = (done.stdout + done.stderr).splitlines()
    assert done.returncode == 1
    assert said == ["deploy/topology.py says what cannot be:", "  port 8012 is there 2 times: catalog, billing"]
    assert not (tmp_path / "data").exists()

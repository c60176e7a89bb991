"""Experiments and flags: made, started and stopped by staff; given out; judged by who met them."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import event

from libs.chassis.ids import new_id
from libs.contracts.assignment import Subject, arm
from libs.contracts.billing import EntitlementChanged
from libs.contracts.client import ArmMet
from libs.contracts.envelope import Event
from libs.contracts.experiments import Arm, ExperimentChanged
from libs.contracts.flags import KNOWN
from libs.contracts.identity import AccountChanged
from libs.contracts.token import Principal
from services.events.main import create_app
from services.events.models.base import Base
from services.events.repository import erasures
from services.events.schemas.experiments import ExperimentBody
from services.events.service.analysis import Analysis
from services.events.service.experiments import Experiments
from services.events.settings import Settings
from services.events.sweeper import EVER, Sweeper
from tests.chassis.records import records
from tests.conftest import AuthHeaders
from tests.events.conftest import NOON
from tests.events.test_views import ACCOUNT, Views, views

__all__ = ["views"]

API = "/api/v1"
ROOT = Path(__file__).resolve().parents[2]
HALVES: dict[str, Any] = {"layer": "home", "arms": [{"name": "control"}, {"name": "large"}]}


# As it is once it has been started.
CARDS = ExperimentChanged(
    name="cards", version=2, status="running", layer="home", first=0, last=999, arms=(Arm(name="control"), Arm(name="large")),
    changed_at=NOON,
)  # fmt: skip


def theirs(profile: UUID) -> str:
    """The arm that is drawn for a profile."""
    found = arm(CARDS, Subject(profile))
    assert found is not None
    return found


def somebody(arm_name: str) -> UUID:
    """A new profile that is drawn for an arm."""
    while theirs(profile := new_id()) != arm_name:
        pass
    return profile


async def put_cards(views: Views) -> None:
    """Have the experiment run since noon."""
    await views.db.pool.execute(
        "INSERT INTO experiments (name, version, about, definition, started_at, changed_at, changed_by)"
        " VALUES ('cards', 2, '', $1, $2, $2, $3)",
        CARDS.model_dump(mode="json"), NOON, ACCOUNT,
    )  # fmt: skip


class Staffed:
    """The service on the database of `views`, called as an editor."""

    def __init__(self, client: httpx.AsyncClient, auth_headers: AuthHeaders) -> None:
        self.client = client
        self.auth_headers = auth_headers
        self.editor = auth_headers(roles=["content_manager"])

    async def ask(self, method: str, path: str, status: int = 200, body: Any = None, version: int | None = None) -> Any:
        headers = {**self.editor, "If-Match": "*" if version is None else f'"{version}"'}
        answer = await self.client.request(method, f"{API}/admin{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def given(self, query: str = "", **claims: Any) -> dict[str, Any]:
        who = self.auth_headers(**{"profile_id": new_id(), **claims})
        answer = await self.client.get(f"{API}/experiments/assignments{query}", headers=who)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def staffed(views: Views, jwks_cache: str, auth_headers: AuthHeaders) -> AsyncIterator[Staffed]:
    app = create_app(
        Settings(database_url=views.db.url, jwks_cache=jwks_cache, kafka_bootstrap="127.0.0.1:9"), clock=views.clock
    )
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://e") as client,
    ):
        yield Staffed(client, auth_headers)


def met(arm_name: str, profile: UUID, minutes: float = 0, experiment: str = "cards", **fields: Any) -> ArmMet:
    told = {
        "id": new_id(), "type": "exposure", "at": NOON, "experiment": experiment, "arm": arm_name, "account_id": ACCOUNT,
        "profile_id": profile, "country": "PT", "app": "web", "app_version": "1.4.0", "consent": "analytics",
        "occurred_at": NOON + timedelta(minutes=minutes), "received_at": NOON + timedelta(minutes=minutes),
    }  # fmt: skip
    return ArmMet(**{**told, **fields})


async def test_an_experiment_runs_from_its_start_to_its_stop(staffed: Staffed, views: Views) -> None:
    made = await staffed.ask("PUT", "/experiments/cards", body=HALVES)
    assert (made["status"], made["version"]) == ("draft", 1)
    who = new_id()
    assert (await staffed.given(profile_id=who))["experiments"] == {}
    started = await staffed.ask("POST", "/experiments/cards/start")
    assert (started["status"], started["started_at"] is None) == ("running", False)
    given = await staffed.given(profile_id=who)
    assert given["experiments"]["cards"] in ("control", "large")
    assert await staffed.given(profile_id=who) == given
    # Whoever follows the topic comes to the same answer.
    payload = await views.db.pool.fetchval(
        "SELECT payload FROM outbox WHERE topic = 'events.experiments' ORDER BY id DESC LIMIT 1"
    )
    assert arm(ExperimentChanged.model_validate(payload), Subject(who)) == given["experiments"]["cards"]
    refused = await staffed.ask("PUT", "/experiments/cards", 409, HALVES)
    assert refused["code"] == "experiment_has_run"
    stopped = await staffed.ask("POST", "/experiments/cards/stop")
    assert stopped["status"] == "stopped"
    after = await staffed.given(profile_id=who)
    assert after["experiments"] == {}
    assert after["version"] != given["version"]
    assert (await staffed.ask("POST", "/experiments/cards/start", 409))["code"] == "experiment_has_run"
    assert [item["name"] for item in (await staffed.ask("GET", "/experiments"))["items"]] == ["cards"]


async def test_two_that_run_never_share_places_of_a_layer(staffed: Staffed) -> None:
    for name, first, last in (("one", 0, 499), ("two", 499, 999), ("three", 500, 999)):
        await staffed.ask("PUT", f"/experiments/{name}", body={**HALVES, "first": first, "last": last})
    await staffed.ask("POST", "/experiments/one/start")
    assert (await staffed.ask("POST", "/experiments/two/start", 409))["code"] == "places_taken"
    await staffed.ask("POST", "/experiments/three/start")
    await staffed.ask("POST", "/experiments/three/stop")
    await staffed.ask("POST", "/experiments/one/stop")
    await staffed.ask("POST", "/experiments/two/start")


@pytest.mark.parametrize(
    "body",
    [{**HALVES, "first": 9, "last": 3}, {**HALVES, "arms": [{"name": "a"}]}, {**HALVES, "arms": [{"name": "a"}, {"name": "a"}]},
     {**HALVES, "last": 1000}, {**HALVES, "layer": ""}, {**HALVES, "audience": {"countries": ["Portugal"]}},
     {**HALVES, "more": 1}, {**HALVES, "audience": {"app_version": "new"}},
     {**HALVES, "arms": [{"name": "a", "weight": 0}, {"name": "b"}]}],
    ids=str,
)  # fmt: skip
async def test_what_is_no_experiment_is_refused(staffed: Staffed, body: dict[str, Any]) -> None:
    assert (await staffed.ask("PUT", "/experiments/cards", 422, body))["code"] == "invalid"


async def test_a_flag_is_for_whom_it_is_meant_and_off_for_all_at_once(staffed: Staffed, views: Views) -> None:
    await staffed.ask(
        "PUT", "/flags/home.trending", body={"on": True, "audience": {"countries": ["PT"], "plans": ["premium"]}}
    )
    account = new_id()
    bought = EntitlementChanged(account_id=account, version=2, plan_id="premium", status="active")
    await views.hear(bought, bought.model_copy(update={"version": 1, "plan_id": "basic"}))
    here: dict[str, Any] = {"account_id": account, "country": "PT"}
    assert (await staffed.given(**here))["flags"] == {"home.trending": True}
    assert (await staffed.given(country="PT"))["flags"] == {"home.trending": False}
    assert (await staffed.given(account_id=account, country="DE"))["flags"] == {"home.trending": False}
    await staffed.ask("PUT", "/flags/home.trending", body={"on": False})
    assert (await staffed.given(**here))["flags"] == {"home.trending": False}
    assert await made(staffed) == {"home.trending": 2}


async def made(staffed: Staffed) -> dict[str, int]:
    """The flags that staff have made, with their versions."""
    items = (await staffed.ask("GET", "/flags"))["items"]
    return {item["name"]: item["version"] for item in items if item["version"]}


async def test_staff_see_every_flag_that_code_reads_and_change_it_from_there(staffed: Staffed) -> None:
    read = {
        name: otherwise == "true"
        for path in (ROOT / "web/src").rglob("*.ts*")
        for name, otherwise in re.findall(r'useFlag\("([^"]+)", (true|false)\)', path.read_text())
    }
    assert read and all(KNOWN[name].on == on for name, on in read.items())
    before = {item["name"]: item for item in (await staffed.ask("GET", "/flags"))["items"]}
    assert before.keys() == KNOWN.keys()
    assert all((item["version"], item["changed_at"]) == (0, None) and item["about"] for item in before.values())
    off = await staffed.ask("PUT", "/flags/home.moving", body={"on": False}, version=0)
    after = {item["name"]: item for item in (await staffed.ask("GET", "/flags"))["items"]}
    assert after == {**before, "home.moving": off}


async def test_nobody_switches_a_flag_on_again_from_what_they_saw_before(staffed: Staffed) -> None:
    path = "/flags/home.moving"
    assert (await staffed.ask("PUT", path, body={"on": True}, version=0))["version"] == 1
    await staffed.ask("PUT", path, body={"on": False}, version=1)
    for seen in (0, 1):
        refused = await staffed.ask("PUT", path, 412, {"on": True, "share": 0.5}, version=seen)
        assert refused["code"] == "flag_moved_on"
    (now,) = (item for item in (await staffed.ask("GET", "/flags"))["items"] if item["name"] == "home.moving")
    assert (now["on"], now["version"]) == (False, 2)
    assert (await staffed.ask("PUT", path, body={"on": True}, version=2))["on"] is True


async def test_nobody_writes_over_an_experiment_that_they_have_not_seen(staffed: Staffed) -> None:
    path = "/experiments/cards"
    assert (await staffed.ask("PUT", path, body=HALVES, version=0))["version"] == 1
    for seen in (0, 2):
        assert (await staffed.ask("PUT", path, 412, HALVES, version=seen))["code"] == "experiment_moved_on"
    assert (await staffed.ask("PUT", path, body={**HALVES, "last": 9}, version=1))["last"] == 9


@pytest.mark.parametrize(("path", "body"), [("flags/home.moving", {"on": True}), ("experiments/cards", HALVES)])
async def test_who_does_not_say_which_version_they_change_changes_nothing(
    staffed: Staffed, path: str, body: dict[str, Any]
) -> None:
    answer = await staffed.client.put(f"{API}/admin/{path}", json=body, headers=staffed.editor)
    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")
    items = (await staffed.ask("GET", f"/{path.partition('/')[0]}"))["items"]
    assert [item for item in items if item["version"]] == []


async def test_a_name_that_several_make_at_once_is_made_once(staffed: Staffed) -> None:
    flags = [staffed.ask("PUT", "/flags/home.moving", body={"on": True}) for _ in range(4)]
    assert sorted(item["version"] for item in await asyncio.gather(*flags)) == [1, 2, 3, 4]
    arms = [{"name": "control"}, {"name": "large"}]
    made = [staffed.ask("PUT", "/experiments/cards", body={"layer": "home", "arms": arms}) for _ in range(4)]
    assert sorted(item["version"] for item in await asyncio.gather(*made)) == [1, 2, 3, 4]


async def test_a_child_is_in_no_experiment(staffed: Staffed) -> None:
    await staffed.ask("PUT", "/experiments/cards", body=HALVES)
    await staffed.ask("POST", "/experiments/cards/start")
    assert (await staffed.given(kids=True))["experiments"] == {}


async def test_what_is_not_there_is_404(staffed: Staffed) -> None:
    for method, path in (("POST", "start"), ("POST", "stop"), ("GET", "report"), ("GET", "report.svg")):
        answer = await staffed.ask(method, f"/experiments/nothing/{path}", 404)
        assert answer["code"] == "no_such_experiment"


def viewing(views: Views, profile: UUID, minutes: float, **told: Any) -> list[Event]:
    """A viewing that ends now, of so many minutes."""
    views.session_id = new_id()
    now = views.clock.now()
    return [
        views.started(started_at=now - timedelta(minutes=minutes), profile_id=profile),
        views.beacon(1, profile_id=profile, watched_ms=int(minutes * 60_000), **told),
        views.ended(0).model_copy(update={"ended_at": now, "profile_id": profile}),
    ]


async def at_once(views: Views, events: Iterable[Event]) -> None:
    """Hear events of one type together: those of a viewing may come in any order."""
    await views.consumer.apply(records(*sorted(events, key=lambda event: event.TYPE)))


def bijou(*command: str, **told: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "cli", *command]
    return subprocess.run(line, capture_output=True, text=True, env={**os.environ, **told}, check=True)


async def test_a_report_says_who_met_what_and_what_it_did(staffed: Staffed, views: Views) -> None:
    """120 profiles: those of the larger cards watch half an hour more, and their films start later."""
    await staffed.ask("PUT", "/experiments/cards", body=HALVES)
    await staffed.ask("POST", "/experiments/cards/start")
    dice = random.Random(3)
    habits = {somebody(("control", "large")[number % 2]): dice.gauss(60, 15) for number in range(120)}
    arms = {who: theirs(who) for who in habits}
    await at_once(views, [e for who, habit in habits.items() for e in viewing(views, who, max(1.0, habit), msd=400)])
    views.clock.advance(86_400)
    await views.closed()
    views.clock.advance(86_400)
    later = (views.clock.now() - NOON).total_seconds() / 60
    # Told twice, as after a crash: it changes nothing.
    for _ in range(2):
        await at_once(views, [met(name, who, later) for who, name in arms.items()])
    seen: list[Event] = []
    for who, habit in habits.items():
        more = 30 if arms[who] == "large" else 0
        seen += viewing(views, who, max(1.0, habit + more + dice.gauss(0, 5)), msd=600 if more else 400)
    await at_once(views, seen)
    views.clock.advance(86_400)
    await views.closed()
    report = await staffed.ask("GET", "/experiments/cards/report")
    assert [(row["arm"], row["profiles"], row["meant"]) for row in report["arms"]] == [
        ("control", 60, 0.5),
        ("large", 60, 0.5),
    ]
    assert report["trustworthy"] is True
    found = {row["measure"]: row for row in report["results"]}
    watched = found["watched_minutes"]
    assert watched["verdict"] == "better"
    assert watched["low"] < 30 < watched["high"]
    assert watched["reduced"] > 0.8
    assert (found["startup_ms"]["estimate"], found["startup_ms"]["verdict"]) == (pytest.approx(200), "worse")
    assert report["harm"] == ["startup_ms: large"]
    assert found["failed_share"]["verdict"] == "undecided"
    assert {row["segment"] for row in report["segments"]} == {"country=PT", "app=web"}
    assert all(row["confidence"] > 0.95 for row in report["segments"])
    # The same at a terminal.
    done = await asyncio.to_thread(bijou, "experiments", "report", "cards", "--json", BIJOU_DATABASE_URL=views.db.url)
    said = json.loads(done.stdout)
    assert (said["arms"], said["results"]) == (report["arms"], report["results"])
    answer = await staffed.client.get(f"{API}/admin/experiments/cards/report.svg", headers=staffed.editor)
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "watched_minutes · large" in answer.text and "1a7f4b" in answer.text


async def test_late_data_changes_a_day_and_never_counts_it_twice(views: Views) -> None:
    who = new_id()
    await views.hear(*viewing(views, who, 10, msd=500))
    await views.hear(views.beacon(1, profile_id=who))
    views.clock.advance(60)
    await views.closed()
    await views.hear(views.beacon(7, profile_id=who, watched_ms=603_000, msd=500, bsda=2_000, ec="3016"))
    views.clock.advance(60)
    assert (await views.closed())[-1].revision == 2
    (row,) = await views.db.pool.fetch("SELECT plays, watched, failed, startups, startup_ms, stalled FROM profile_days")
    assert tuple(row) == (1, 603, 1, 1, 500, 2)


async def test_what_comes_after_an_experiment_was_stopped_is_none_of_its_doing(staffed: Staffed, views: Views) -> None:
    """Whoever watches on does so without it, and an app that had not heard yet tells of an arm that there is no more."""
    await staffed.ask("PUT", "/experiments/cards", body=HALVES)
    await staffed.ask("POST", "/experiments/cards/start")
    people = [somebody(("control", "large")[number % 2]) for number in range(4)]
    await at_once(views, [met(theirs(who), who) for who in people])
    await at_once(views, [event for who in people for event in viewing(views, who, 20)])
    views.clock.advance(60)
    await views.closed()
    await staffed.ask("POST", "/experiments/cards/stop")
    before = await staffed.ask("GET", "/experiments/cards/report")
    assert [row["control_mean"] for row in before["results"] if row["measure"] == "watched_minutes"] == [20]
    views.clock.advance(3 * 86_400)
    await at_once(views, [met("large", somebody("large"), 3 * 1_440)])
    await at_once(views, [event for who in people[:1] for event in viewing(views, who, 300)])
    views.clock.advance(60)
    await views.closed()
    after = await staffed.ask("GET", "/experiments/cards/report")
    assert {**after, "computed_at": ""} == {**before, "computed_at": ""}


async def test_what_somebody_only_says_they_met_is_not_kept(staffed: Staffed, views: Views) -> None:
    """Anybody may tell of any experiment and arm: it fills no table, and takes nobody out who meets what is theirs."""
    await staffed.ask("PUT", "/experiments/draft", body={**HALVES, "layer": "other"})
    await staffed.ask("PUT", "/experiments/cards", body=HALVES)
    views.clock.advance(3_600)
    await staffed.ask("POST", "/experiments/cards/start")
    views.clock.advance(3_600)
    await staffed.ask("POST", "/experiments/cards/stop")
    who = somebody("large")
    told_before = NOON + timedelta(minutes=59.99)
    await views.hear(
        met("control", who, 61),
        met("no-such-arm", who, 61),
        met("large", who, 59),
        met("large", who, 60.02, received_at=told_before),
        met("large", who, 120.01),
        met("control", who, 61, "draft"),
        met("control", who, 61, "never-made"),
        met("on", who, 61, "flag:home.moving"),
    )
    assert await views.db.pool.fetchval("SELECT count(*) FROM exposures") == 0
    await views.hear(met("large", who, 63), met("large", who, 61), met("control", who, 60), met("large", who, 62))
    rows = await views.db.pool.fetch("SELECT experiment, arm, first_at FROM exposures")
    assert [tuple(row) for row in rows] == [("cards", "large", NOON + timedelta(minutes=61))]
    report = await Analysis(views.db, views.clock).report("cards")
    assert [(row.arm, row.profiles) for row in report.arms] == [("control", 0), ("large", 1)]


async def test_an_experiment_that_was_stopped_keeps_whom_it_held_out(views: Views) -> None:
    """Apps that were offline tell of it later, and are held to what was given out."""
    drafted, running, later = (Experiments(views.db, views.clock, holdout=share) for share in (0.25, 0.5, 0.0))
    staff = Principal(account_id=new_id(), session_id=new_id())
    await drafted.put_experiment(staff, "cards", ExperimentBody.model_validate(HALVES), None)
    await running.start(staff, "cards")
    await later.stop(staff, "cards")
    told = await views.db.pool.fetch("SELECT payload FROM outbox WHERE topic = 'events.experiments' ORDER BY id")
    assert [row["payload"]["holdout"] for row in told] == [0.25, 0.5, 0.5]


async def test_arms_of_the_wrong_sizes_are_said_to_be(staffed: Staffed, views: Views) -> None:
    await staffed.ask("PUT", "/experiments/cards", body=HALVES)
    await staffed.ask("POST", "/experiments/cards/start")
    people = [somebody(name) for name, many in (("control", 300), ("large", 100)) for _ in range(many)]
    await views.consumer.apply(records(*(met(theirs(who), who) for who in people)))
    report = await Analysis(views.db, views.clock).report("cards")
    assert (report.trustworthy, report.mismatch_p_value < 1e-6) == (False, True)


def test_everything_of_somebody_is_found_by_an_index() -> None:
    for column, names in (("account_id", erasures.TABLES), ("profile_id", erasures.OF_PROFILES)):
        for name in names:
            table = Base.metadata.tables[name]
            leading = [next(iter(index.columns)).name for index in table.indexes if index.columns]
            assert column in [*leading, next(iter(table.primary_key)).name], f"{name}.{column}"


async def test_where_nobody_was_erased_nothing_is_looked_for(views: Views) -> None:
    asked: list[str] = []
    async with views.db.background() as session:
        connection = (await session.connection()).sync_connection
        event.listen(connection, "before_cursor_execute", lambda *call: asked.append(call[2]))
        assert await erasures.forget(session, EVER) == 0
    assert [query for query in asked if "DELETE" in query] == []
    assert len(asked) == 2


@pytest.mark.parametrize("whole", [True, False], ids=["account", "profile"])
async def test_what_comes_after_somebody_was_erased_is_forgotten_too(views: Views, whole: bool) -> None:
    """Topics do not wait for each other: a viewing and an exposure that were on their way when they went."""
    who, other = new_id(), new_id()
    erased = AccountChanged(
        account_id=ACCOUNT, version=2, status="erased" if whole else "active", erased_profiles=(who,), changed_at=NOON
    )
    await put_cards(views)
    await views.hear(erased)
    if not whole:
        await views.hear(*viewing(views, other, 10))
    await views.hear(*viewing(views, who, 10))
    await views.hear(
        met(theirs(who), who), EntitlementChanged(account_id=ACCOUNT, version=9, plan_id="premium", status="active")
    )
    # A plan ends when it was paid until, long after anybody looks for more of theirs: it is not taken in at all.
    assert await views.db.pool.fetchval("SELECT count(*) FROM plans") == (0 if whole else 1)
    views.clock.advance(3_600)
    await Sweeper(views.db, views.clock).work()
    for table in ("viewings", "title_viewers", "exposures", "profile_days"):
        assert await views.db.pool.fetchval(f"SELECT count(*) FROM {table} WHERE profile_id = $1", who) == 0
    # Of the account's other profile everything stays.
    assert await views.db.pool.fetchval("SELECT count(*) FROM outbox WHERE topic = 'events.views'") == (
        0 if whole else 1
    )

"""The recount finds every row that the lake lacks, has twice, does not know or has otherwise, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from cli import recount
from pipelines.analytics.engines.duck import Duck
from pipelines.analytics.service import jobs
from pipelines.analytics.service.keyring import Keyring, Known
from tests.analytics.fortnight import AFTER, an_id, events
from tests.analytics.places import Place, record, started
from tests.conftest import Databases


@pytest.fixture(scope="module")
def services(databases: Databases) -> Iterator[dict[str, str]]:
    """The services' databases, holding what was told of."""
    names = {name: databases.migrated(f"services.{name}") for name in recount.NAMES}
    urls = {name: databases.url(made) for name, made in names.items()}
    told = [event for event, _ in events()]
    for event in told:
        fields = event.model_dump()
        match event.TYPE.split(".")[1:-1]:
            case ["playback", "session", "started"]:
                put(urls["playback"], "sessions", fields["session_id"], **of_session(fields))
            case ["events", "view", "closed"]:
                put(
                    urls["events"],
                    "viewings",
                    fields["session_id"],
                    **of_viewing(event.model_dump(mode="json"), fields),
                )
            case ["billing", "charge", "booked"]:
                pay(urls["billing"], fields)
    yield urls
    for name in names.values():
        databases.drop(name)


def put(url: str, table: str, session_id: Any, **fields: Any) -> None:
    columns, marks = ", ".join(fields), ", ".join(["%s"] * len(fields))
    changed = ", ".join(f"{name} = excluded.{name}" for name in fields)
    with psycopg.connect(url) as connection:
        connection.execute(
            f"INSERT INTO {table} (session_id, {columns}) VALUES (%s, {marks})"
            f" ON CONFLICT (session_id) DO UPDATE SET {changed}".encode(),
            [session_id, *fields.values()],
        )


def of_session(told: dict[str, Any]) -> dict[str, Any]:
    names = ("account_id", "profile_id", "title_id", "playable_id", "asset_id", "started_at")
    words = {"title": "", "device": "", "profile": ""}
    numbers = {"fencing": 1, "duration": 1.0, "started_from": 0.0, "position": 0.0}
    return {**{name: told[name] for name in names}, "sign_in_id": an_id("sign-in"), **words, **numbers}


def of_viewing(record: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    times = {"started_at": told["started_at"], "ended_at": told["ended_at"], "heard_at": told["ended_at"]}
    return {**times, "revision": told["revision"], "record": Jsonb(record)}


def pay(url: str, told: dict[str, Any]) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")  # what it refers to is of no interest here
        connection.execute(
            "INSERT INTO invoices (id, account_id, subscription_id, plan_id, amount, currency, description, period_start,"
            " period_end, charge, paid_at) VALUES (%(invoice_id)s, %(account_id)s, %(invoice_id)s, %(plan_id)s, %(amount)s,"
            " %(currency)s, '', %(period_start)s, %(period_end)s, %(invoice_id)s, %(paid_at)s)",
            told,
        )


def wrong(place: Place, urls: dict[str, str]) -> dict[str, list[str]]:
    with Duck(place.lake()) as duck:
        found = recount.compare(duck, urls, AFTER, Known(place.repository()).is_somebody)
        return {each.what: sorted(each.lines()) for each in found}


def test_a_lake_that_equals_the_services_is_said_to(two_weeks: Place, services: dict[str, str]) -> None:
    with Duck(two_weeks.lake()) as duck:
        found = recount.compare(duck, services, AFTER, Known(two_weeks.repository()).is_somebody)
    assert [(each.what, each.truth, each.lake, list(each.lines())) for each in found] == [
        ("plays", 7, 7, []), ("minutes", 7, 7, []), ("charges", 4, 4, []),
    ]  # fmt: skip


def test_every_difference_is_found(two_weeks: Place, services: dict[str, str]) -> None:
    play, view, invoice, more = (str(an_id(name)) for name in ("v2", "v3", "c1", "nobody told of this"))
    changes = {
        "playback": [
            f"DELETE FROM sessions WHERE session_id = '{play}'",
            f"INSERT INTO sessions SELECT (jsonb_populate_record(s, jsonb_build_object('session_id', '{more}'))).*"
            f" FROM sessions s WHERE session_id = '{an_id('v4')}'",
        ],
        "events": [f"UPDATE viewings SET record = record || '{{\"watched_media\": 301}}' WHERE session_id = '{view}'"],
        "billing": [
            "SET session_replication_role = replica",
            f"UPDATE invoices SET amount = 998 WHERE id = '{invoice}'",
        ],
    }
    for name, statements in changes.items():
        with psycopg.connect(services[name]) as connection:
            for statement in statements:
                connection.execute(statement.encode())
    assert wrong(two_weeks, services) == {
        "plays": sorted([f"plays: {more} is missing", f"plays: {play} is twice or unknown"]),
        "minutes": [f"minutes: {view} is different"],
        "charges": [f"charges: {invoice} is different"],
    }


def test_what_a_service_forgot_with_an_account_is_no_mistake_and_what_it_never_knew_is_one(
    place: Place, services: dict[str, str]
) -> None:
    """Its time is a week after that of the others, and playback knows none of the two plays."""
    lately = AFTER - timedelta(days=1)
    erased, unknown = (started(started_at=lately) for _ in range(2))
    sink = place.intake()
    sink.add([record(event, number, at=lately) for number, event in enumerate((erased, unknown))])
    sink.flush()
    Keyring(place.repository()).erase([str(erased.account_id)])
    with Duck(place.lake()) as duck:
        jobs.run_due(place.lake(), place.repository(), duck, AFTER)
        plays, _, _ = recount.compare(duck, services, AFTER, Known(place.repository()).is_somebody)
    assert list(plays.lines()) == [f"plays: {unknown.session_id} is twice or unknown"]
    assert (plays.truth, plays.lake, plays.forgotten) == (0, 1, 1)

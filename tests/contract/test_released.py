"""Events that were released go on being read: what would break them is named, and every consumer applies every version."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from importlib import import_module, util
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from deploy.local import asyncapi, event_catalogue, event_examples, released
from deploy.topology import SERVICES, owns_database
from libs.chassis.clock import SystemClock
from libs.chassis.data.database import Database
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Consumer
from libs.contracts.identity import AccountChanged
from libs.contracts.registry import EVENTS, TOPICS
from tests.chassis.records import raw, record
from tests.conftest import Databases

# It says who is gone, and hears it from nobody: tests/identity/test_closing.py.
OF_ACCOUNTS = "identity"
READERS = [
    service.name
    for service in SERVICES
    if owns_database(service) and service.consumes and util.find_spec(f"{service.package}.consumers")
]


def event(required: tuple[str, ...] = ("id", "state"), **fields: Any) -> dict[str, Any]:
    """A schema of an event, with other fields where they are given; None takes one away."""
    told = {
        "id": {"type": "string", "format": "uuid"},
        "state": {"enum": ["on", "off"], "type": "string"},
        "size": {"type": "integer", "maximum": 10, "default": 1},
        "who": {"anyOf": [{"$ref": "#/$defs/Who"}, {"type": "null"}], "default": None},
        **fields,
    }
    who = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 5}}, "required": ["name"]}
    properties = {name: schema for name, schema in told.items() if schema is not None}
    return {"type": "object", "properties": properties, "required": list(required), "$defs": {"Who": who}}


def with_who(who: dict[str, Any]) -> dict[str, Any]:
    return {**event(), "$defs": {"Who": {"type": "object", "required": ["name"], **who}}}


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (event(state=None), "e.state is gone"),
        (event(("id",)), "e.state may be missing now"),
        (event(("id", "state", "size")), "e.size is required now"),
        (event(("id", "state", "new"), new={"type": "string"}), "e.new is new and required"),
        (event(id={"type": "string"}), "e.id is string and was string uuid"),
        (event(state={"enum": ["on"], "type": "string"}), "e.state may no longer be off"),
        (event(state={"enum": ["on", "off", "broken"], "type": "string"}), "e.state may now be broken"),
        (event(size={"type": "integer", "maximum": 5}), "e.size has a maximum of 5 now"),
        (event(size={"type": "integer"}), "e.size had a maximum of 10"),
        (event(who={"$ref": "#/$defs/Who"}), "e.who may no longer be null"),
        (event(id={"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]}), "e.id may now be null"),
        (with_who({"properties": {"name": {"type": "string", "maxLength": 3}}}), "e.who.name has a maxLength of 3 now"),
        (with_who({"properties": {}, "required": []}), "e.who.name is gone"),
    ],
)
def test_what_breaks_is_named(after: dict[str, Any], said: str) -> None:
    (found,) = released.breaks("e", event(), after)
    assert found.startswith(said)


@pytest.mark.parametrize(
    "after",
    [
        event(),
        event(more={"type": "string", "default": ""}),
        event(
            size={"type": "integer", "maximum": 10, "default": 1, "description": "In metres.", "x-bijou-personal": True}
        ),
        with_who({"properties": {"name": {"type": "string", "maxLength": 5}, "age": {"type": "integer"}}}),
    ],
)
def test_optional_fields_and_words_break_nothing(after: dict[str, Any]) -> None:
    assert released.breaks("e", event(), after) == []


def test_events_break_nothing_that_was_released() -> None:
    assert released.broken(asyncapi.schemas()) == []
    assert released.broken({}) == [f"{name} is gone: events of it lie in topics" for name in released.newest()]


def test_a_release_keeps_what_changed_as_a_version_more(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, schema in enumerate((event(), event(), event(more={"type": "string", "default": ""})), 1):
        monkeypatch.setattr(asyncapi, "schemas", lambda schema=schema: {"e": schema})
        assert released.release(tmp_path) == {1: ["e/1.json"], 2: [], 3: ["e/2.json"]}[number]
    assert [version.number for version in released.versions(tmp_path)] == [1, 2]
    assert "more" in released.newest(tmp_path)["e"].sample


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_every_event_has_an_example_that_means_something(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_examples, "OTHERWISE", {})  # every field that is not thought of raises
    said = released.sample_of(kind)
    event = EVENTS[kind].model_validate(said)
    assert event.key()
    assert said.keys() == EVENTS[kind].model_fields.keys()
    # Whoever is called the same is the same in every event: examples can be joined.
    for name in said.keys() & {"account_id", "title_id", "session_id"}:
        assert said[name] == event_examples.example("", name, {"type": "string", "format": "uuid"})


def test_every_version_is_read_by_the_model_of_today() -> None:
    assert {version.type for version in released.versions()} <= set(EVENTS)
    for version in released.versions():
        EVENTS[version.type].model_validate(version.sample)


@pytest.mark.parametrize("name", READERS)
async def test_every_version_is_applied_by_every_consumer(name: str, databases: Databases) -> None:
    service = next(service for service in SERVICES if service.name == name)
    made = await asyncio.to_thread(databases.migrated, service.package)
    db, bus = Database(databases.url(made)), Bus("127.0.0.1:1", service=name)
    consumers = import_module(f"{service.package}.consumers").consumers(db, bus, SystemClock())
    await db.start()
    try:
        for consumer in consumers:
            kinds = consumer.applier.types
            told = [(v.type, v.number, v.sample) for v in released.versions() if v.type in kinds]
            # What is not released yet is applied as well.
            told += [(kind, 0, released.sample(EVENTS[kind].model_json_schema(mode="serialization"))) for kind in kinds]
            for place, (kind, number, sample) in enumerate(told):
                event = EVENTS[kind].model_validate(sample)
                event_id = UUID(int=place + 1)
                headers = {"ce_id": str(event_id), "ce_type": kind, "ce_time": event_examples.EVENING}
                value = json.dumps(sample).encode()
                await consumer.apply([raw(event.TOPIC.name, event.key(), value, headers, number)])
        connection = await asyncpg.connect(databases.url(made))
        letters = await connection.fetch("SELECT type, reason FROM dead_letters")
        await connection.close()
        assert [tuple(letter) for letter in letters] == []
        if name != OF_ACCOUNTS and any(_is_personal(kind) for each in consumers for kind in each.applier.types):
            await _forgets(name, consumers, databases.url(made))
    finally:
        await db.stop()
        await asyncio.to_thread(databases.drop, made)


def _is_personal(kind: str) -> bool:
    return any(personal for _, _, personal, _ in event_catalogue.fields(kind))


async def _forgets(name: str, consumers: list[Consumer], url: str) -> None:
    """Whoever hears of people hears that they are gone, and lets go of the dead letters that name them."""
    gone, profile, other = (UUID(int=10**9 + number) for number in range(3))
    erased = AccountChanged(
        account_id=gone, version=2, status="erased", erased_profiles=(profile,), changed_at=datetime.now(UTC)
    )
    readers = [consumer for consumer in consumers if AccountChanged.TYPE in consumer.applier.types]
    assert readers, f"{name} keeps what tells of people, and does not hear who is gone"
    connection = await asyncpg.connect(url)
    try:
        await connection.executemany(
            "INSERT INTO dead_letters (consumer, topic, partition, position, reason, names)"
            " VALUES ('c', 't', 0, 0, '', $1)",
            [([gone],), ([profile, other],), ([other],)],
        )
        for consumer in readers:
            await consumer.apply([record(erased)])
        assert [list(row["names"]) for row in await connection.fetch("SELECT names FROM dead_letters")] == [[other]]
    finally:
        await connection.close()


def test_the_catalogue_shows_every_event_with_its_owner_and_what_is_personal() -> None:
    page = event_catalogue.page()
    for name in (*EVENTS, *TOPICS):
        assert f"id='{name}'" in page
    names = {field for field, _, personal, _ in event_catalogue.fields("bijou.client.click.v1") if personal}
    assert names == {"account_id", "profile_id", "device_id"}
    # What lies deeper is shown too: names of people are.
    shown = {field: personal for field, _, personal, _ in event_catalogue.fields("bijou.identity.account.changed.v1")}
    assert (shown["profiles[].name"], shown["devices[].name"], shown["profiles[].maturity"]) == (True, True, False)

"""Dead letters through the API: seen by super admins alone, a page at a time, applied once, and every act is kept."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from deploy import topology
from gateway.prefixes import PREFIXES
from libs.chassis.data.database import Database
from libs.chassis.http import app, dead_letters
from libs.chassis.ids import new_id
from libs.chassis.messaging import dead_letters as letters
from libs.chassis.messaging import redriving
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Batch, Consumer, Received
from libs.chassis.security.tokens import Verifier
from libs.chassis.settings import ServiceSettings
from libs.contracts.catalog import TitleChanged
from libs.contracts.identity import AccountChanged, Profile, SessionsRevoked
from tests.chassis.conftest import note, title
from tests.chassis.records import raw, record, records
from tests.conftest import AuthHeaders

HERE = "/api/v1/admin/dead-letters/sample"


@dataclass
class Sample:
    """A service whose handler cannot digest the titles in `bad`."""

    db: Database
    client: httpx.AsyncClient
    admin: UUID
    consumer: Consumer
    bad: set[UUID] = field(default_factory=set)

    async def put_aside(self, *events: TitleChanged) -> list[int]:
        """Have these fail; return the ids of the letters, in order."""
        self.bad.update(event.title_id for event in events)
        await self.consumer.apply(records(*events))
        return [row["id"] for row in await self.db.pool.fetch("SELECT id FROM dead_letters ORDER BY position")]

    async def post(self, what: str, *ids: int) -> list[tuple[int, str]]:
        answer = await self.client.post(f"{HERE}/{what}", json={"ids": ids})
        assert answer.status_code == 200, answer.text
        return [(item["id"], item["outcome"]) for item in answer.json()["items"]]

    async def get(self, path: str = "", **query: Any) -> Any:
        answer = await self.client.get(HERE + path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def notes(self) -> dict[UUID, int]:
        return {row["id"]: row["applied"] for row in await self.db.pool.fetch("SELECT id, applied FROM notes")}

    async def acts(self) -> list[tuple[int, str, UUID | None]]:
        rows = await self.db.pool.fetch("SELECT letter_id, act, actor FROM dead_letter_acts ORDER BY id")
        return [tuple(row) for row in rows]


@pytest.fixture
async def sample(db: Database, verifier: Verifier, auth_headers: AuthHeaders) -> AsyncIterator[Sample]:
    bad: set[UUID] = set()

    async def handle(session: AsyncSession, events: Sequence[Received[TitleChanged]]) -> None:
        if bad & {event.data.title_id for event in events}:
            raise ValueError("this one cannot be digested")
        for event in events:
            await note(session, event)

    consumer = Consumer("sample", db, Bus("127.0.0.1:1", service="sample"), {TitleChanged: Batch(handle)})
    made = app.create(
        "sample",
        ServiceSettings(),
        routers=[dead_letters.router("sample", db, [consumer])],
        components=[db],
        verifier=verifier,
    )
    admin = new_id()
    transport = httpx.ASGITransport(made, raise_app_exceptions=False)
    headers = auth_headers(account_id=admin, profile_id=None, roles=["super_admin"])
    async with httpx.AsyncClient(transport=transport, base_url="http://sample", headers=headers) as client:
        yield Sample(db, client, admin, consumer, bad)


def test_every_service_that_consumes_has_them() -> None:
    """The lake's sink has none: what it cannot read is a row of its raw table."""
    consuming = {each.name for each in topology.OWNERS if each.consumes and topology.owns_database(each)}
    prefix = "/api/v1/admin/dead-letters/"
    assert {path.removeprefix(prefix): name for path, name in PREFIXES.items() if path.startswith(prefix)} == {
        name: name for name in consuming
    }


async def test_other_staff_see_none_and_settle_none(sample: Sample, auth_headers: AuthHeaders) -> None:
    (letter,) = await sample.put_aside(title(new_id(), 1))
    for headers, status in ((auth_headers(roles=["support", "content_manager"]), 403), ({"Authorization": ""}, 401)):
        for method, path in (
            ("GET", ""),
            ("GET", "/log"),
            ("GET", f"/{letter}"),
            ("POST", "/replay"),
            ("POST", "/drop"),
        ):
            body = {"ids": [letter]} if method == "POST" else None
            answer = await sample.client.request(method, HERE + path, headers=headers, json=body)
            assert answer.status_code == status, (method, path)
    assert await sample.db.pool.fetchval("SELECT count(*) FROM dead_letters") == 1


async def test_they_are_listed_a_page_at_a_time_and_read_whole(sample: Sample) -> None:
    events = [title(new_id(), 1, f"film {n}") for n in range(5)]
    ids = await sample.put_aside(*events)
    first = await sample.get(limit=3)
    second = await sample.get(limit=3, cursor=first["next_cursor"])
    assert [item["id"] for item in (*first["items"], *second["items"])] == ids[::-1]
    assert second["next_cursor"] is None
    assert first["items"][0] | {"created_at": "", "event_id": ""} == {
        "service": "sample", "id": ids[4], "consumer": "sample", "topic": "catalog.titles", "partition": 0, "position": 4,
        "event_id": "",
        "type": TitleChanged.TYPE, "key": str(events[4].title_id), "happened_at": "2026-11-26T12:00:00+00:00",
        "reason": "ValueError: this one cannot be digested", "created_at": "",
    }  # fmt: skip
    whole = await sample.get(f"/{ids[2]}")
    assert TitleChanged.model_validate_json(whole["value"]) == events[2]
    answer = await sample.client.get(f"{HERE}/{ids[4] + 1}")
    assert (answer.status_code, answer.json()["code"]) == (404, "dead_letter_not_found")


async def test_what_cannot_be_read_at_all_is_shown(sample: Sample) -> None:
    await sample.consumer.apply([raw("catalog.titles", "x", b"\xff\x00{", {"ce_type": TitleChanged.TYPE})])
    (letter,) = (await sample.get())["items"]
    assert letter["event_id"] is None
    assert (await sample.get(f"/{letter['id']}"))["value"] == "\N{REPLACEMENT CHARACTER}\0{"


async def test_they_are_applied_again_in_their_order_and_once(sample: Sample) -> None:
    one, other = new_id(), new_id()
    first, middle, last = await sample.put_aside(title(one, 1, "first"), title(other, 1), title(one, 2, "second"))
    # In whatever order they are named: the second of one key is not even tried.
    assert await sample.post("replay", last, middle, first) == [
        (first, "failed"),
        (middle, "failed"),
        (last, "waiting"),
    ]
    assert await sample.acts() == []
    sample.bad.discard(one)
    assert await sample.post("replay", last, middle, first) == [
        (first, "applied"),
        (middle, "failed"),
        (last, "applied"),
    ]
    assert await sample.db.pool.fetchval("SELECT text FROM notes WHERE id = $1", one) == "second"
    # An answer that was lost on its way is asked for again: nothing is applied twice, and it says what became of them.
    assert await sample.post("replay", first, last, 10**9) == [
        (first, "applied"), (last, "applied"), (10**9, "unknown"),
    ]  # fmt: skip
    assert await sample.notes() == {one: 2}
    assert await sample.acts() == [(first, "applied", sample.admin), (last, "applied", sample.admin)]
    entries = (await sample.get("/log"))["items"]
    assert [(entry["letter_id"], entry["act"], entry["actor"]) for entry in entries] == [
        (last, "applied", str(sample.admin)),
        (first, "applied", str(sample.admin)),
    ]


async def test_an_event_that_came_again_meanwhile_is_applied_once(sample: Sample) -> None:
    """The replay enters the same inbox as the consumer."""
    event = title(new_id(), 1)
    arrived = record(event)
    sample.bad.add(event.title_id)
    await sample.consumer.apply([arrived])
    (letter,) = [item["id"] for item in (await sample.get())["items"]]
    sample.bad.clear()
    await sample.consumer.apply([arrived])  # the broker was emptied, and the outbox told it again
    assert await sample.post("replay", letter) == [(letter, "applied")]
    assert await sample.notes() == {event.title_id: 1}


async def test_ten_members_of_staff_press_at_once(sample: Sample) -> None:
    events = [title(new_id(), 1) for _ in range(8)]
    ids = await sample.put_aside(*events)
    sample.bad.clear()
    answers = await asyncio.gather(*(sample.post("replay", *ids) for _ in range(10)))
    assert all(sorted(answer) == [(letter, "applied") for letter in ids] for answer in answers)
    assert await sample.notes() == {event.title_id: 1 for event in events}
    assert len(await sample.acts()) == len(ids)


async def test_what_is_dropped_is_gone_and_noted(sample: Sample) -> None:
    first, last = await sample.put_aside(title(new_id(), 1), title(new_id(), 1))
    assert await sample.post("drop", last, 10**9) == [(last, "dropped"), (10**9, "unknown")]
    assert await sample.post("drop", last) == [(last, "dropped")]
    assert await sample.post("replay", last) == [(last, "dropped")]
    assert [item["id"] for item in (await sample.get())["items"]] == [first]
    assert await sample.acts() == [(last, "dropped", sample.admin)]
    assert await sample.notes() == {}


async def test_a_process_killed_in_the_middle_leaves_the_letter_as_it_was(sample: Sample) -> None:
    event = title(new_id(), 1)
    (letter,) = await sample.put_aside(event)
    sample.bad.clear()
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chassis.redriving_process", sample.db.url, str(letter),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert killed.stdout is not None
        assert await asyncio.wait_for(killed.stdout.readline(), 60) == b"written\n"
    finally:
        killed.kill()
        await killed.wait()
    assert [item["id"] for item in (await sample.get())["items"]] == [letter]
    assert (await sample.notes(), await sample.acts()) == ({}, [])
    assert await sample.db.pool.fetchval("SELECT count(*) FROM inbox") == 0
    # The server lets the row go once it has noticed; until then this one waits for it.
    assert await sample.post("replay", letter) == [(letter, "applied")]
    assert await sample.notes() == {event.title_id: 1}


async def test_what_there_is_no_time_for_waits(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = await sample.put_aside(title(new_id(), 1), title(new_id(), 1))
    sample.bad.clear()
    monkeypatch.setattr(dead_letters, "SECONDS", -1.0)
    assert await sample.post("replay", *ids) == [(letter, "waiting") for letter in ids]
    monkeypatch.undo()
    assert await sample.post("replay", *ids) == [(letter, "applied") for letter in ids]


@pytest.mark.parametrize(
    "ids", [[], [0], ["17; DROP"], list(range(1, 102)), [2**63]], ids=["none", "zero", "text", "101", "big"]
)
async def test_numbers_that_are_none_are_refused(sample: Sample, ids: list[Any]) -> None:
    for what in ("replay", "drop"):
        answer = await sample.client.post(f"{HERE}/{what}", json={"ids": ids})
        assert answer.status_code == 422


async def test_the_command_line_is_noted_too(sample: Sample) -> None:
    (letter,) = await sample.put_aside(title(new_id(), 1))
    assert [verdict.outcome for verdict in await redriving.drop(sample.db, [letter])] == ["dropped"]
    assert await sample.acts() == [(letter, "dropped", None)]


@pytest.mark.parametrize("act", ["applied", "dropped"])
async def test_one_that_was_settled_does_not_come_back(sample: Sample, act: str) -> None:
    """Its event is in the topic as before, and is read again one day."""
    event = title(new_id(), 1)
    arrived = record(event)
    sample.bad.add(event.title_id)
    await sample.consumer.apply([arrived])
    (letter,) = [item["id"] for item in (await sample.get())["items"]]
    if act == "dropped":
        await sample.post("drop", letter)
    else:
        sample.bad.clear()
        await sample.post("replay", letter)
        await sample.db.pool.execute("DELETE FROM inbox")
        sample.bad.add(event.title_id)
    other = title(event.title_id, 2)
    await sample.consumer.apply([arrived, record(other, 1)])
    assert [item["position"] for item in (await sample.get())["items"]] == [1]
    assert sample.consumer.applier.became["settled"] == 1


NOW = datetime(2026, 11, 28, tzinfo=UTC)


def account(account_id: UUID, version: int, *profiles: UUID, **more: Any) -> AccountChanged:
    there = tuple(Profile(id=profile, name="Bo") for profile in profiles)
    return AccountChanged(account_id=account_id, version=version, profiles=there, changed_at=NOW, **more)


def revoked(account_id: UUID) -> SessionsRevoked:
    return SessionsRevoked(account_id=account_id, session_ids=(), reason="logout", revoked_at=NOW)


@dataclass
class People:
    """A consumer of accounts that can digest some versions of them, and nothing else."""

    consumer: Consumer
    db: Database
    good: set[int]

    async def hear(self, *arrived: Any) -> None:
        """Apply events, or records as they are."""
        await self.consumer.apply([each if hasattr(each, "offset") else record(each) for each in arrived])

    async def letters(self) -> list[bytes]:
        return [row["value"] for row in await self.db.pool.fetch("SELECT value FROM dead_letters ORDER BY id")]


@pytest.fixture
async def people(db: Database) -> People:
    good: set[int] = set()

    async def accounts(session: AsyncSession, events: Sequence[Received[AccountChanged]]) -> None:
        if {event.data.version for event in events} - good:
            raise ValueError("this one cannot be digested")

    async def sign_ins(session: AsyncSession, events: Sequence[Received[SessionsRevoked]]) -> None:
        raise ValueError("none of these can be digested")

    handlers: Any = {AccountChanged: Batch(accounts, repeatable=True), SessionsRevoked: Batch(sign_ins)}
    return People(Consumer("sample", db, Bus("127.0.0.1:1", service="sample"), handlers), db, good)


async def test_letters_of_who_is_erased_go_and_none_comes_later(people: People) -> None:
    gone, profile, other = new_id(), new_id(), new_id()
    broken = {"ce_type": SessionsRevoked.TYPE}
    await people.hear(
        revoked(gone),
        raw("identity.revocations", str(gone), b"\xff\x00{", broken),
        raw("identity.revocations", "x", b"\xff{'who': '" + str(gone).upper().encode() + b"'", broken),
        raw("identity.revocations", "x", b"\x00" + profile.hex.encode(), broken),
        account(gone, 1, profile),
        revoked(other),
    )
    assert len(await people.letters()) == 6
    people.good.add(3)
    await people.hear(account(gone, 3, status="erased", erased_profiles=(profile,)))
    left = [revoked(other).model_dump_json().encode()]
    assert await people.letters() == left
    await people.hear(revoked(gone), raw("identity.revocations", "x", b"{" + str(profile).encode(), broken))
    assert await people.letters() == left
    assert people.consumer.applier.became["forgotten"] == 2


async def test_the_word_that_somebody_is_gone_is_not_lost_with_them(people: People) -> None:
    """It names them, cannot be applied now, and has to be some day."""
    account_id, profile, stays = new_id(), new_id(), new_id()
    people.good.add(2)
    before, after = account(account_id, 1, profile, stays), account(account_id, 3, stays, erased_profiles=(profile,))
    await people.hear(before, after, account(account_id, 2, stays, erased_profiles=(profile,)))
    assert await people.letters() == [after.model_dump_json().encode()]
    erased = account(account_id, 4, status="erased", erased_profiles=(profile, stays))
    await people.hear(erased)
    assert len(await people.letters()) == 2
    people.good |= {3, 4}
    ids = [row["id"] for row in await people.db.pool.fetch("SELECT id FROM dead_letters")]
    verdicts = await redriving.replay(people.db, [people.consumer], ids)
    assert [verdict.outcome for verdict in verdicts] == ["applied", "applied"]
    assert await people.letters() == []


async def test_what_is_mended_names_whom_it_names_then(people: People) -> None:
    gone, other = new_id(), new_id()
    await people.hear(revoked(other))
    (letter,) = [row["id"] for row in await people.db.pool.fetch("SELECT id FROM dead_letters")]
    async with people.db.background() as session:
        await letters.mend(session, letter, revoked(gone).model_dump_json().encode())
    people.good.add(1)
    await people.hear(account(gone, 1, status="erased"))
    assert await people.letters() == []

"""Structs take no more than the contract does, and say the same: over thousands of events that no app should send."""

from typing import Any

import msgspec
import orjson
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from libs.chassis.ids import new_id
from libs.contracts.client import SAID, SaidByApps
from services.events import shapes
from services.events.service import intake
from services.events.shapes import UNFIT, NotKnown
from tests.events.conftest import Running, Start, a_batch
from tests.events.hostile import ID, hostile, usual

contract = TypeAdapter(SaidByApps)
decode, kinds = shapes.events(SAID)
ID_SAID = b'"id":"%s"' % ID.encode()


def by_struct(text: bytes) -> dict[str, Any] | None:
    """What a struct takes an event for; None where it takes it for none."""
    try:
        text.decode()
        return orjson.loads(msgspec.json.encode(decode(msgspec.Raw(text))))  # type: ignore[no-any-return]
    except UNFIT:
        return None


def by_contract(text: bytes) -> dict[str, Any] | None:
    try:
        said: BaseModel = contract.validate_python(orjson.loads(text))
    except (ValidationError, ValueError):
        return None
    return orjson.loads(said.model_dump_json(exclude_none=True))  # type: ignore[no-any-return]


def moment(said: dict[str, Any]) -> dict[str, Any]:
    """Without what lies between two microseconds, which one cuts off and the other rounds."""
    return {**said, "at": said["at"][:23]}


def test_what_apps_send_is_taken_by_structs_and_says_what_the_contract_takes_it_for() -> None:
    for text in usual():
        taken = by_struct(text)
        assert taken is not None, text
        assert taken == by_contract(text)


def test_a_struct_takes_nothing_that_the_contract_refuses_and_says_the_same() -> None:
    taken = refused = 0
    for text in hostile():
        said = by_struct(text)
        if said is None:
            refused += 1
            continue
        taken += 1
        meant = by_contract(text)
        assert meant is not None, text
        assert moment(said) == moment(meant), text
    assert (taken > 500, refused > 5_000) == (True, True), (taken, refused)


async def test_every_verdict_is_the_one_that_the_contract_alone_would_give(
    start: Start, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it twice, the second time without structs: the same verdicts in the same words, and the same events kept."""
    readable: list[bytes] = []
    broken: list[bytes] = []
    for number, text in enumerate([*usual(), *hostile()]):
        # Most have an id of their own, so that few are the repetition of another.
        own = b'"id":"%s"' % str(new_id()).encode() if number % 9 else ID_SAID
        (readable if is_json(text) else broken).append(text.replace(ID_SAID, own, 1))
    # What is no JSON can spoil the rest of its batch.
    parts = [readable[start : start + 50] for start in range(0, len(readable), 50)] + [[text] for text in broken]

    async def judged(running: Running) -> list[Any]:
        running.profile = new_id()
        found: list[Any] = []
        for part in parts:
            body = orjson.dumps(a_batch()).replace(b'"events":[]', b'"events":[' + b",".join(part) + b"]")
            answer = (await running.post(body)).json()
            found.append(answer.get("verdicts", answer.get("code")))
        left_out = {"account_id", "profile_id", "device_id", "received_at", "occurred_at"}
        found += [moment(event.data.model_dump(mode="json", exclude=left_out)) for event in await running.kept()]
        return found

    async with start(redis_url=valkey_url, events_per_minute=1_000_000) as running:
        quickly = await judged(running)
        monkeypatch.setattr(intake, "_usual", refused)
        assert quickly == await judged(running)
    verdicts = {verdict["verdict"] for part in quickly[:100] for verdict in part}
    assert {"accepted", "duplicate", "invalid"} <= verdicts
    assert len(quickly) - len(parts) > 500


def is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True


def refused(_: Any) -> Any:
    raise TypeError


class Odd(BaseModel):
    """Says something that JSON Schema has a word for, and no struct."""

    many: set[int]


def test_what_no_struct_holds_to_is_not_passed_over() -> None:
    with pytest.raises(NotKnown):
        shapes.struct(Odd, {})

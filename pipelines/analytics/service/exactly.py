"""One record looked at alone: what is wrong with it in words, or the event in it; and one event sealed, whatever shape it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from pydantic import ValidationError

from pipelines.analytics.ciphers import Cipher
from pipelines.analytics.clients import Record
from pipelines.analytics.domain import EVERY, Kind, Path
from pipelines.analytics.service.keyring import Whose

# Where an account's event lists its profiles, and those that are gone.
PROFILES, GONE = "profiles", "erased_profiles"


class Broken(ValueError):
    """This is no event that the contract knows. Says why in words that quote nothing of it."""


class Found(NamedTuple):
    """The event in a record: its envelope as the tables have it, and its data."""

    event_id: bytes
    time: bytes
    source: bytes
    key: bytes
    data: dict[str, Any]


def read(record: Record, kinds: Mapping[bytes, Kind]) -> Found:
    """Return the event in a record, held against all of its contract. Raises Broken."""
    headers = headers_of(record)
    try:
        event_id = UUID(headers["ce_id"].decode())
        time = datetime.fromisoformat(headers["ce_time"].decode())
        kind = headers["ce_type"]
    except (KeyError, ValueError):
        raise Broken("an envelope without a ce_id (a UUID), ce_type and ce_time that can be read") from None
    if kind not in kinds:
        raise Broken("a type that this topic does not carry")
    if time.tzinfo is None:
        raise Broken("an envelope whose ce_time names no zone")
    data = _data(kinds[kind], record.value() or b"")
    told = time.astimezone(UTC).isoformat().encode()
    return Found(str(event_id).encode(), told, _text(headers.get("ce_source")), _text(record.key()), data)


def headers_of(record: Record) -> dict[str, bytes]:
    """Return what a record says of itself."""
    told: list[Any] = list(record.headers() or ())
    return {name: value for name, value in told if isinstance(value, bytes)}


def _text(value: bytes | None) -> bytes:
    return (value or b"").decode(errors="replace").encode()


def _data(kind: Kind, value: bytes) -> dict[str, Any]:
    try:
        data = orjson.loads(value)
    except orjson.JSONDecodeError:
        raise Broken("no JSON") from None
    if not isinstance(data, dict) or not kind.required <= data.keys():
        raise Broken("a field is missing that every event of this type has")
    for name in ("account_id", "profile_id"):
        if not isinstance(data.get(name, ""), str | None):
            raise Broken(f"{name}: no id")
    try:
        kind.model.model_validate_json(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        # Of what is no field, but a key or a place that the event chose, there is no end, and it may say anything.
        where = ".".join(part if isinstance(part, str) and part in kind.names else EVERY for part in first["loc"])
        raise Broken(f"{where}: {first['type']}") from None
    return data


def people(event: Mapping[str, Any]) -> Iterator[Whose]:
    """Yield everybody an event is about: its account and profile, and the profiles it lists."""
    account = event.get("account_id")
    yield account, event.get("profile_id")
    yield from ((account, each["id"]) for each in event.get(PROFILES, ()))
    yield from ((account, each) for each in event.get(GONE, ()))


def seal(event: dict[str, Any], personal: Sequence[Path], cipher_of: Callable[[str | None], Cipher | None]) -> None:
    """Seal what is personal: what is a profile's with its cipher, all else with the account's; without one it becomes None."""
    account, profile = event.get("account_id"), event.get("profile_id")
    for each in event.get(PROFILES, ()):
        cipher = cipher_of(each["id"])
        for path in personal:
            if path[0] == PROFILES:
                _put(each, path[2:], cipher)
    if gone := event.get(GONE):
        event[GONE] = [cipher.seal(each) if (cipher := cipher_of(each)) else None for each in gone]
    for path in personal:
        if path[0] not in (PROFILES, GONE):
            _put(event, path, cipher_of(profile if path == ("profile_id",) or account is None else account))


def _put(data: Any, path: Path, cipher: Cipher | None) -> None:
    name, rest = path[0], path[1:]
    if name == EVERY:
        for item in data if isinstance(data, list) else ():
            _put(item, rest, cipher)
    elif isinstance(data, dict) and data.get(name) is not None:
        if rest:
            _put(data[name], rest, cipher)
        else:
            data[name] = cipher.seal(data[name]) if cipher else None

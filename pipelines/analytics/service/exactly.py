"""One record looked at alone: what is wrong with it in words, or the event in it, whatever shape that has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import orjson
from aiokafka import ConsumerRecord
from pydantic import ValidationError

from pipelines.analytics.ciphers import Cipher
from pipelines.analytics.domain import EVERY, Kind, Path

Record: TypeAlias = ConsumerRecord[bytes, bytes]


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
    headers = dict(record.headers or ())
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
    data = _data(kinds[kind], record.value or b"")
    told = time.astimezone(UTC).isoformat().encode()
    return Found(str(event_id).encode(), told, _text(headers.get("ce_source")), _text(record.key), data)


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
        raise Broken(f"{'.'.join(map(str, first['loc']))[:100]}: {first['type']}") from None
    return data


def seal(data: Any, path: Path, cipher: Cipher | None) -> None:
    """Seal what lies at a path; None stays None, and without a cipher everything becomes it."""
    name, rest = path[0], path[1:]
    if name == EVERY:
        for item in data if isinstance(data, list) else ():
            seal(item, rest, cipher)
    elif isinstance(data, dict) and data.get(name) is not None:
        if rest:
            seal(data[name], rest, cipher)
        else:
            data[name] = cipher.seal(data[name]) if cipher else None

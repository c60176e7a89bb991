"""Records become rows: read, checked against their contract, what is personal in them sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson
import pyarrow as pa
from aiokafka import ConsumerRecord
from pydantic import ValidationError
from pyiceberg.io.pyarrow import schema_to_pyarrow

from libs.contracts.envelope import Topic
from libs.contracts.identity import AccountChanged
from pipelines.analytics.ciphers import Cipher
from pipelines.analytics.domain import EVERY, Kind, Path, key_is_personal, kinds
from pipelines.analytics.service.keyring import Keyring, Whose
from pipelines.analytics.tables import RAW_SCHEMA, REJECTED_SCHEMA

# Of a large batch this many events are held against the whole contract; the others against the fields they must have.
EXAMINED = 1_000
# Without Iceberg's numbers of columns: a table that grew has others than one that was made today, and goes by their names.
ARROW = schema_to_pyarrow(RAW_SCHEMA, include_field_ids=False)
REJECTED_ARROW = schema_to_pyarrow(REJECTED_SCHEMA, include_field_ids=False)
STAMP = pa.timestamp("us", tz="UTC")


class Row(NamedTuple):
    """A record that was read; `data` is sealed in place."""

    record: ConsumerRecord[bytes, bytes]
    event_id: str
    id: bytes
    type: str
    time: datetime
    source: str
    data: dict[str, Any]
    whose: Whose


class Broken(ValueError):
    """This is no event that the contract knows. Says why in words that quote nothing of it."""


@dataclass
class Rows:
    """What a batch of records came to. `erased` are accounts that one of them says are gone."""

    good: list[Row] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    erased: set[str] = field(default_factory=set)


class Reader:
    """Reads the records of one topic."""

    def __init__(self, topic: Topic, epoch: str, keyring: Keyring) -> None:
        self._topic = topic
        self._epoch = epoch
        self._keyring = keyring
        self._kinds = kinds(topic.name)
        self._key_is_personal = key_is_personal(topic)

    def read(self, records: Sequence[ConsumerRecord[bytes, bytes]]) -> Rows:
        """Read and check records. Those without a value, by which a compacted topic forgets a key, say nothing."""
        found = Rows()
        stride = max(1, len(records) // EXAMINED)
        for place, record in enumerate(records):
            if record.value is None:
                continue
            headers = dict(record.headers or ())
            try:
                row = self._row(record, headers, whole=place % stride == 0)
            except Broken as error:
                found.rejected.append(self._rejected(record, headers, str(error)))
                continue
            found.good.append(row)
            if row.type == AccountChanged.TYPE and row.data["status"] == "erased":
                found.erased.add(row.data["account_id"])
        return found

    def _row(self, record: ConsumerRecord[bytes, bytes], headers: dict[str, bytes], *, whole: bool) -> Row:
        try:
            event_id, kind = headers["ce_id"].decode(), headers["ce_type"].decode()
            identity = bytes.fromhex(event_id.replace("-", ""))
            time = datetime.fromisoformat(headers["ce_time"].decode())
        except (KeyError, ValueError):
            raise Broken("an envelope without a ce_id, ce_type and ce_time that can be read") from None
        known = self._kinds.get(kind)
        if known is None:
            raise Broken("a type that this topic does not carry")
        if len(identity) != 16 or time.tzinfo is None:
            raise Broken("an envelope whose ce_id is no UUID, or whose ce_time names no zone")
        assert record.value is not None
        data = _data(known, record.value, whole=whole)
        account, profile = data.get("account_id"), data.get("profile_id")
        source = headers.get("ce_source", b"").decode(errors="replace")
        return Row(record, event_id, identity, kind, time, source, data, (account, profile))

    def _rejected(self, record: ConsumerRecord[bytes, bytes], headers: dict[str, bytes], reason: str) -> dict[str, Any]:
        kind, event_id = (headers.get(name, b"").decode(errors="replace")[:200] for name in ("ce_type", "ce_id"))
        return {
            "topic": record.topic, "time": record.timestamp * 1000, "type": kind, "event_id": event_id, "reason": reason,
            "partition": record.partition, "offset": record.offset, "epoch": self._epoch,
        }  # fmt: skip

    def seal(self, rows: Sequence[Row]) -> None:
        """Seal what is personal, with the keys of whose it is; of who was erased nothing is left but that it was."""
        self._keyring.prepare(row.whose for row in rows if self._kinds[row.type].personal)
        for row in rows:
            kind = self._kinds[row.type]
            if kind.personal and row.whose != (None, None):
                cipher = self._keyring.of(row.whose)
                for path in kind.personal:
                    _seal(row.data, path, cipher)

    def table(self, rows: Sequence[Row], taken_at: datetime) -> pa.Table:
        """Return sealed rows as Arrow."""
        records = [row.record for row in rows]
        columns = {
            "event_id": [row.event_id for row in rows],
            "type": [row.type for row in rows],
            "time": [row.time for row in rows],
            "key": self._sealed_keys(rows),
            "source": [row.source for row in rows],
            "partition": [record.partition for record in records],
            "offset": [record.offset for record in records],
            "epoch": [self._epoch] * len(rows),
            "published_at": pa.array([record.timestamp * 1000 for record in records], STAMP),
            "taken_at": [taken_at] * len(rows),
            "data": [orjson.dumps(row.data).decode() for row in rows],
        }
        return pa.table(columns, schema=ARROW)

    def _sealed_keys(self, rows: Sequence[Row]) -> list[str | None]:
        keys = [(row.record.key or b"").decode(errors="replace") for row in rows]
        if not self._key_is_personal:
            return list(keys)
        ciphers = [self._keyring.of(row.whose) for row in rows]
        return [cipher.seal(key) if cipher else None for cipher, key in zip(ciphers, keys, strict=True)]


def rejected_table(rejected: Sequence[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(rejected), schema=REJECTED_ARROW)


def _data(kind: Kind, value: bytes, *, whole: bool) -> dict[str, Any]:
    try:
        data = orjson.loads(value)
    except orjson.JSONDecodeError:
        raise Broken("no JSON") from None
    if not isinstance(data, dict) or not kind.required <= data.keys():
        raise Broken("a field is missing that every event of this type has")
    for name in ("account_id", "profile_id"):
        if not isinstance(data.get(name, ""), str | None):
            raise Broken(f"{name}: no id")
    if whole:
        try:
            kind.model.model_validate_json(value)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            raise Broken(f"{'.'.join(map(str, first['loc']))[:100]}: {first['type']}") from None
    return data


def _seal(data: Any, path: Path, cipher: Cipher | None) -> None:
    """Seal what lies at a path; None stays None, and without a cipher everything becomes it."""
    name, rest = path[0], path[1:]
    if name == EVERY:
        for item in data if isinstance(data, list) else ():
            _seal(item, rest, cipher)
    elif isinstance(data, dict) and data.get(name) is not None:
        if rest:
            _seal(data[name], rest, cipher)
        else:
            data[name] = cipher.seal(data[name]) if cipher else None

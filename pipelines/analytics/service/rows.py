"""Records become rows: read, checked against their contract, what is personal in them sealed.

What all of a batch have in common is done by columns, and an event is decoded by its shape. Whatever does not fit that is looked
at alone (`exactly.py`), which takes ten times as long and finds the words for what is wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress
from operator import call
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import ValidationError
from pyiceberg.io.pyarrow import schema_to_pyarrow

from libs.contracts.envelope import Topic
from libs.contracts.identity import AccountChanged
from pipelines.analytics.clients import Record
from pipelines.analytics.domain import key_is_personal, kinds
from pipelines.analytics.seen import DTYPE, Days, Ids
from pipelines.analytics.service import exactly
from pipelines.analytics.service.exactly import Broken, headers_of
from pipelines.analytics.service.keyring import Keyring, Whose
from pipelines.analytics.service.shapes import UNFIT, Shape, Values, shape
from pipelines.analytics.tables import RAW_SCHEMA, REJECTED_SCHEMA

# Of a large batch this many events are held against the whole contract; the others against the fields they must have.
EXAMINED = 1_000
# Without Iceberg's numbers of columns: a table that grew has others than one that was made today, and goes by their names.
ARROW = schema_to_pyarrow(RAW_SCHEMA, include_field_ids=False)
REJECTED_ARROW = schema_to_pyarrow(REJECTED_SCHEMA, include_field_ids=False)
STAMP = pa.timestamp("us", tz="UTC")
UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$"
DAY_US = 86_400_000_000


@dataclass
class Read:
    """What a batch of records came to, column by column. `data` are structs of a shape, or dictionaries, sealed in place."""

    records: list[Record] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)
    types: list[bytes] = field(default_factory=list)
    event_ids: list[bytes] = field(default_factory=list)
    times: list[bytes] = field(default_factory=list)
    sources: list[bytes] = field(default_factory=list)
    keys: list[Any] = field(default_factory=list)
    data: list[Any] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    # Accounts and profiles that one of the events says are gone.
    erased: set[str] = field(default_factory=set)

    def drop_broken(self) -> None:
        """Let go of the records in which nothing was found."""
        kept = [data is not None for data in self.data]
        whole: list[list[Any]] = [self.records, self.values, self.types, self.event_ids, self.times, self.sources]
        whole += [self.keys, self.data]
        for column in whole:
            column[:] = compress(column, kept)


class Reader:
    """Reads the records of one topic."""

    def __init__(self, topic: Topic, epoch: str, keyring: Keyring) -> None:
        self._epoch = epoch
        self._keyring = keyring
        self._key_is_personal, self._key_is_accounts = key_is_personal(topic), topic.key == "account"
        self._kinds = {name.encode(): kind for name, kind in kinds(topic.name).items()}
        self._shapes = {name: made for name, kind in self._kinds.items() if (made := shape(kind))}
        self._decoders = {name: made.decode for name, made in self._shapes.items()}
        self._by_struct: dict[type, Shape] = {each.struct: each for each in self._shapes.values()}

    def read(self, records: Sequence[Record]) -> Read:
        """Read and check records. Those without a value, by which a compacted topic forgets a key, say nothing."""
        values = list(map(Record.value, records))
        told = list(compress(records, (value is not None for value in values)))
        headers: list[dict[str, Any]] = [dict(record.headers() or ()) for record in told]
        found = Read(
            records=told,
            values=[value for value in values if value is not None],
            types=[each.get("ce_type", b"") for each in headers],
            event_ids=[each.get("ce_id", b"") for each in headers],
            times=[each.get("ce_time", b"") for each in headers],
            sources=[each.get("ce_source", b"") for each in headers],
            keys=[record.key() or b"" for record in told],
        )
        found.data = self._decoded(found.types, found.values)
        self._examine(found)
        for place in np.flatnonzero(~_fits(found)):
            self._look_at(found, int(place))
        if found.rejected:
            found.drop_broken()
        return found

    def _decoded(self, types: Sequence[bytes], values: Sequence[bytes]) -> list[Any]:
        """Decode what is as nearly all of it is, without a line of Python for each; where one is not, each by itself."""
        with suppress(*UNFIT, KeyError):
            if all(map(bytes.isascii, values)):
                return list(map(call, map(self._decoders.__getitem__, types), values))
        return list(map(self._shaped, types, values))

    def _shaped(self, kind: bytes, value: bytes) -> Any:
        try:
            if not value.isascii():
                value.decode()
            known = self._shapes.get(kind)
            return known.decode(value) if known else None
        except UNFIT:
            return None

    def _examine(self, found: Read) -> None:
        """Take those of which not all is as agreed for none, some of all."""
        for place in range(0, len(found.records), max(1, len(found.records) // EXAMINED)):
            if found.data[place] is not None:
                try:
                    self._kinds[found.types[place]].model.model_validate_json(found.values[place])
                except ValidationError:
                    found.data[place] = None

    def _look_at(self, found: Read, place: int) -> None:
        """Read one record alone: put in place what is in it, or note why there is nothing."""
        found.data[place] = None
        try:
            event = exactly.read(found.records[place], self._kinds)
        except Broken as error:
            found.rejected.append(self._rejected(found.records[place], str(error)))
            return
        found.event_ids[place], found.times[place], found.sources[place] = event.event_id, event.time, event.source
        found.keys[place], found.data[place] = event.key, event.data
        if self._kinds[found.types[place]].model is AccountChanged:
            found.erased.update(event.data.get(exactly.GONE, ()))
            if event.data.get("status") == "erased":
                found.erased.add(event.data["account_id"])

    def _rejected(self, record: Record, reason: str) -> dict[str, Any]:
        headers = headers_of(record)
        kind, event_id = (headers.get(name, b"").decode(errors="replace")[:200] for name in ("ce_type", "ce_id"))
        return {
            "topic": record.topic(), "time": record.timestamp()[1] * 1000, "type": kind, "event_id": event_id, "reason": reason,
            "partition": record.partition(), "offset": record.offset(), "epoch": self._epoch,
        }  # fmt: skip

    def seal(self, found: Read) -> None:
        """Seal what is personal, with the keys of whose it is; of who was erased nothing is left but that it was.

        A batch tells much of the same people: what is equal is sealed once.
        """
        alike: dict[type, list[int]] = defaultdict(list)
        for place, data in enumerate(found.data):
            alike[type(data)].append(place)
        for struct, places in alike.items():
            if struct in self._by_struct:
                self._seal_shaped(found, self._by_struct[struct], places)
            else:
                self._seal_others(found, places)

    def _seal_shaped(self, found: Read, shape: Shape, places: list[int]) -> None:
        told = [(found.keys[place], shape.values(found.data[place])) for place in places]
        distinct = set(told)
        self._keyring.prepare(shape.whose(values) for _, values in distinct)
        sealed = {(key, values): self._sealed(shape, key, values) for key, values in distinct}
        for place, each in zip(places, told, strict=True):
            found.keys[place], changes = sealed[each]
            for name, value in changes:
                setattr(found.data[place], name, value)

    def _sealed(self, shape: Shape, key: bytes, values: Values) -> tuple[bytes | None, list[tuple[str, str | None]]]:
        account, profile = shape.whose(values)
        changes = []
        for name, personal, value in zip(shape.names, shape.personal, values, strict=True):
            if personal and value:
                cipher = self._keyring.of(profile if name == "profile_id" or account is None else account)
                changes.append((name, cipher.seal(value) if cipher else None))
        return self._sealed_key(key, (account, profile)), changes

    def _seal_others(self, found: Read, places: list[int]) -> None:
        self._keyring.prepare(each for place in places for each in exactly.people(found.data[place]))
        for place in places:
            event = found.data[place]
            found.keys[place] = self._sealed_key(found.keys[place], (event.get("account_id"), event.get("profile_id")))
            exactly.seal(event, self._kinds[found.types[place]].personal, self._keyring.of)

    def _sealed_key(self, key: bytes, whose: Whose) -> bytes | None:
        if not self._key_is_personal:
            return key
        account, profile = whose
        cipher = self._keyring.of(account if self._key_is_accounts else profile)
        return cipher.seal(key.decode(errors="replace")).encode() if cipher else None

    def table(self, found: Read, taken_at: datetime) -> pa.Table:
        """Return what was read and sealed as Arrow."""
        records, count = found.records, len(found.records)
        return pa.table(
            {
                "event_id": _text(found.event_ids),
                "type": _text(found.types),
                "time": _times(found.times),
                "key": _text(found.keys),
                "source": _text(found.sources),
                "partition": list(map(Record.partition, records)),
                "offset": list(map(Record.offset, records)),
                "epoch": pa.repeat(self._epoch, count),
                "published_at": pa.array([record.timestamp()[1] * 1000 for record in records], STAMP),
                "taken_at": pa.repeat(pa.scalar(taken_at, STAMP), count),
                "data": _text(list(map(msgspec.json.encode, found.data))),
            },
            schema=ARROW,
        )


def days_and_ids(table: pa.Table) -> tuple[Days, Ids]:
    """Return the day and the id of each row, as what was seen is kept."""
    days = pc.cast(table["time"], pa.int64()).to_numpy() // DAY_US
    hexadecimal = pc.replace_substring(table["event_id"].combine_chunks(), "-", "")
    return days, np.frombuffer(bytes.fromhex("".join(hexadecimal.to_pylist())), dtype=DTYPE)


def rejected_table(rejected: Sequence[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(rejected), schema=REJECTED_ARROW)


def _fits(found: Read) -> NDArray[np.bool_]:
    """Say which rows can be taken as they are."""
    fits = np.array([data is not None for data in found.data], dtype=bool)
    ids = pc.fill_null(pc.match_substring_regex(_text(found.event_ids), UUID), False)
    valid = [pc.is_valid(texts) for texts in (_text(found.sources), _text(found.keys), _times(found.times))]
    for mask in (ids, *valid):
        fits &= mask.to_numpy(zero_copy_only=False)
    return fits


def _text(values: Sequence[bytes | None]) -> pa.StringArray:
    """Return UTF-8 as text; None for what is none."""
    try:
        return pa.array(values, pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([_decoded(value) for value in values], pa.string())


def _decoded(value: bytes | None) -> str | None:
    try:
        return value.decode() if value is not None else None
    except UnicodeDecodeError:
        return None


def _times(values: Sequence[bytes]) -> pa.TimestampArray:
    """Return moments; None for what is none, and for all of them where one is a day that there is not."""
    texts = _text(values)
    try:
        return texts.cast(STAMP)
    except pa.ArrowInvalid:
        usual = pc.match_substring_regex(texts, TIME)
    try:
        return pc.if_else(usual, texts, None).cast(STAMP)
    except pa.ArrowInvalid:
        return pa.nulls(len(texts), STAMP)

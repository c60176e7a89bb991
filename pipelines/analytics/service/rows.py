"""Records become rows: read, checked against their contract, what is personal in them sealed.

What all of a batch have in common is done by columns, and an event is decoded by its shape. Whatever does not fit that is looked
at alone (`exactly.py`), which takes ten times as long and finds the words for what is wrong.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress, repeat
from operator import call, itemgetter
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
HEADERS = ("ce_type", "ce_id", "ce_time", "ce_source")
FIRST = itemgetter(0)
ENCODER = msgspec.json.Encoder()


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
    # Columns that are Arrow's already, because that is how they were checked.
    arrow: dict[str, pa.Array] = field(default_factory=dict)
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
        told = list(records)
        values = list(map(Record.value, told))
        if None in values:
            told = list(compress(told, (value is not None for value in values)))
            values = [value for value in values if value is not None]
        types, event_ids, times, sources = _headers(told)
        found = Read(
            records=told,
            values=values,  # type: ignore[arg-type]  # none of them is None by now
            types=types,
            event_ids=event_ids,
            times=times,
            sources=sources,
            keys=[key or b"" for key in map(Record.key, told)],
        )
        found.data = self._decoded(found.types, found.values)
        self._examine(found)
        unfit = np.flatnonzero(~_fits(found))
        if unfit.size:
            found.arrow.clear()
        for place in unfit:
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
        structs = set(map(type, found.data))
        for struct in structs:
            places: Sequence[int] = range(len(found.data))
            if len(structs) > 1:
                places = [place for place, data in enumerate(found.data) if type(data) is struct]
            if struct in self._by_struct:
                self._seal_shaped(found, self._by_struct[struct], places)
            else:
                self._seal_others(found, places)

    def _seal_shaped(self, found: Read, shape: Shape, places: Sequence[int]) -> None:
        data = list(map(found.data.__getitem__, places))
        told = list(zip(map(found.keys.__getitem__, places), map(shape.values, data), strict=True))
        distinct = set(told)
        self._keyring.prepare(shape.whose(values) for _, values in distinct)
        sealed = {each: self._sealed(shape, *each) for each in distinct}
        become = list(map(sealed.__getitem__, told))
        _do(map(found.keys.__setitem__, places, map(FIRST, become)))
        for number, name in enumerate(shape.names):
            if shape.personal[number]:
                _do(map(setattr, data, repeat(name), map(itemgetter(number + 1), become)))

    def _sealed(self, shape: Shape, key: bytes, values: Values) -> tuple[Any, ...]:
        """Return the key, then the values, sealed where they are personal."""
        account, profile = shape.whose(values)
        become = []
        for name, personal, value in zip(shape.names, shape.personal, values, strict=True):
            if personal and value:
                cipher = self._keyring.of(profile if name == "profile_id" or account is None else account)
                become.append(cipher.seal(value) if cipher else None)
            else:
                become.append(value)
        return self._sealed_key(key, (account, profile)), *become

    def _seal_others(self, found: Read, places: Sequence[int]) -> None:
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
        kept = found.arrow or _checked(found)
        return pa.table(
            {
                "event_id": kept["event_id"],
                "type": _text(found.types),
                "time": kept["time"],
                "key": _text(found.keys),
                "source": kept["source"],
                "partition": list(map(Record.partition, records)),
                "offset": list(map(Record.offset, records)),
                "epoch": pa.repeat(self._epoch, count),
                "published_at": _moments([milliseconds for _, milliseconds in map(Record.timestamp, records)]),
                "taken_at": pa.repeat(pa.scalar(taken_at, STAMP), count),
                "data": _text(list(map(ENCODER.encode, found.data))),
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


def _headers(records: Sequence[Record]) -> tuple[list[bytes], ...]:
    """Return the types, ids, times and sources of records; empty where one has none.

    Who publishes writes the same headers in the same order to each: then they are columns, and none is looked up by its name.
    """
    each: list[list[tuple[str, Any]]] = [headers or [] for headers in map(Record.headers, records)]  # type: ignore[misc]
    if len(set(map(len, each))) == 1:
        columns: dict[str, list[Any]] = {}
        for number in range(len(each[0])):
            pairs = list(map(itemgetter(number), each))
            names = set(map(FIRST, pairs))
            if len(names) > 1:
                break
            columns[names.pop()] = list(map(itemgetter(1), pairs))
        else:
            return tuple(columns.get(name) or [b""] * len(each) for name in HEADERS)
    found = [dict(headers) for headers in each]
    return tuple([one.get(name, b"") for one in found] for name in HEADERS)


def _checked(found: Read) -> dict[str, pa.Array]:
    """Return those columns that are checked as Arrow."""
    return {"event_id": _text(found.event_ids), "time": _times(found.times), "source": _text(found.sources)}


def _fits(found: Read) -> NDArray[np.bool_]:
    """Say which rows can be taken as they are, and keep what was made to find out."""
    fits = np.array([data is not None for data in found.data], dtype=bool)
    found.arrow = _checked(found)
    ids = pc.fill_null(pc.match_substring_regex(found.arrow["event_id"], UUID), False)
    valid = [pc.is_valid(texts) for texts in (found.arrow["source"], _text(found.keys), found.arrow["time"])]
    for mask in (ids, *valid):
        fits &= mask.to_numpy(zero_copy_only=False)
    return fits


def _moments(milliseconds: Sequence[int]) -> pa.TimestampArray:
    return pa.array(milliseconds, pa.timestamp("ms", tz="UTC")).cast(STAMP)


def _do(calls: Iterator[Any]) -> None:
    """Make each of these calls, without a line of Python for each."""
    deque(calls, maxlen=0)


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

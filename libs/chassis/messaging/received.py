"""Events as they arrive: records read, those put aside that something newer outdates, the rest in the order of applying."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from aiokafka import ConsumerRecord
from pydantic import ValidationError

from libs.contracts.envelope import Event

E = TypeVar("E", bound=Event)
# What an event is about, and what decides between two that are about the same: the greater is the newer.
Order = Callable[[Any], tuple[Any, Any]]
T = TypeVar("T", bound=Hashable)
# More things than this that were written by one transaction are a crowd, and nobody waits for one of them.
CROWD = 50
# The header of what was written with a crowd, however many of it come together: the last of an import, or a small one.
IN_A_CROWD = "ce_crowd"


class Received(NamedTuple, Generic[E]):
    """An event as it arrived; `crowd` where it was written as one of many.

    A tuple, for it is made of every record and a frozen dataclass takes three times as long.
    """

    id: UUID
    type: str
    time: datetime
    key: str
    data: E
    crowd: bool = False


class Malformed(ValueError):
    """The record is not an event we can read."""


def parse(record: ConsumerRecord, types: Mapping[str, type[Event]]) -> Received[Any] | None:
    """Return the event in a record; None for a type nobody here asked for; raise `Malformed` for what cannot be read."""
    try:
        # Of most topics a consumer wants a few types: what it does not want is known by one header.
        kind = next(value for name, value in record.headers or () if name == "ce_type").decode()
        if kind not in types or record.value is None:
            return None
        headers = dict(record.headers)
        return Received(
            id=UUID(headers["ce_id"].decode()),
            type=kind,
            time=datetime.fromisoformat(headers["ce_time"].decode()),
            key=(record.key or b"").decode(),
            data=types[kind].model_validate_json(record.value),
            crowd=IN_A_CROWD in headers,
        )
    except StopIteration:
        raise Malformed("KeyError: 'ce_type'") from None
    except (KeyError, ValueError, ValidationError, AttributeError) as error:
        raise Malformed(f"{type(error).__name__}: {error}") from error


def time_of(record: ConsumerRecord) -> bytes | None:
    """Return when what a record tells of was committed, as the record says it."""
    return next((value for name, value in record.headers or () if name == "ce_time"), None)


def says_crowd(record: ConsumerRecord) -> bool:
    """Tell whether who wrote this said that it came with a crowd."""
    return any(name == IN_A_CROWD for name, _ in record.headers or ())


def crowds(times: Iterable[T], more: Mapping[T, int] | None = None) -> set[T]:
    """Return the times of crowds: so many events that have one time were written by one transaction. `more` have it too."""
    counted = Counter(times)
    return {time for time, count in counted.items() if count + (more.get(time, 0) if more else 0) > CROWD}


def newest(events: Iterable[Received[E]], thing: Callable[[E], Any], order: Callable[[E], Any]) -> list[E]:
    """Return what is newest of each thing, sorted by thing.

    Everything that applies batches locks its rows in this order, so that two batches never wait for each other in a ring. Of
    two that are equally new the one that came last counts.
    """
    best: dict[Any, tuple[Any, E]] = {}
    for event in events:
        data = event.data
        key, place = thing(data), order(data)
        known = best.get(key)
        if known is None or place >= known[0]:
            best[key] = place, data
    return [best[key][1] for key in sorted(best)]


_reading = 0


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no cycles while records are read: every event is kept and refers to no other, and looking through all of them
    again and again takes longer than making them. Several may read at once; the last to end lets the collector go on.
    """
    global _reading
    if not _reading and not gc.isenabled():  # somebody's own wish
        yield
        return
    _reading += 1
    gc.disable()
    try:
        yield
    finally:
        _reading -= 1
        if not _reading:
            gc.enable()


class Reading:
    """What was read of some records: `events` with their records, in their order, and what is `broken`.

    Of types that have an `Order` only the newest of each thing is kept, and the others are counted: a backlog holds many events
    of the same thing, and keeping them until one of them is applied costs more than reading them.
    """

    def __init__(self, types: Mapping[str, type[Event]], orders: Mapping[str, Order]) -> None:
        self._types = types
        self._orders = orders
        self._events: list[tuple[ConsumerRecord, Received[Any]] | None] = []
        self._newest: dict[Any, tuple[Any, int]] = {}
        self.outdated: Counter[str] = Counter()
        self.broken: list[tuple[ConsumerRecord, Malformed]] = []

    @property
    def events(self) -> list[tuple[ConsumerRecord, Received[Any]]]:
        return [item for item in self._events if item is not None]

    def add(self, record: ConsumerRecord) -> None:
        """Read one more record."""
        try:
            event = parse(record, self._types)
        except Malformed as error:
            self.broken.append((record, error))
            return
        if event is not None and (event.type not in self._orders or self._is_newest(event)):
            self._events.append((record, event))

    def _is_newest(self, event: Received[Any]) -> bool:
        try:
            thing, place = self._orders[event.type](event.data)
            before = self._newest.get((event.type, thing))
            older = before is not None and place < before[0]
        except Exception:
            return True  # it outdates nothing and is not outdated: its handler tells what is wrong with it
        if before is not None:
            self.outdated[event.type] += 1
            if older:
                return False
            self._events[before[1]] = None
        self._newest[event.type, thing] = place, len(self._events)
        return True

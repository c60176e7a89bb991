"""Events as they arrive: one record read, several put into the order in which they are applied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from aiokafka import ConsumerRecord
from pydantic import ValidationError

from libs.contracts.envelope import Event

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Received(Generic[E]):
    """An event as it arrived."""

    id: UUID
    type: str
    time: datetime
    key: str
    data: E


class Malformed(ValueError):
    """The record is not an event we can read."""


def parse(record: ConsumerRecord, types: Mapping[str, type[Event]]) -> Received[Any] | None:
    """Return the event in a record; None for a type nobody here asked for; raise `Malformed` for what cannot be read."""
    headers = dict(record.headers or ())
    try:
        kind = headers["ce_type"].decode()
        if kind not in types or record.value is None:
            return None
        return Received(
            id=UUID(headers["ce_id"].decode()),
            type=kind,
            time=datetime.fromisoformat(headers["ce_time"].decode()),
            key=(record.key or b"").decode(),
            data=types[kind].model_validate_json(record.value),
        )
    except (KeyError, ValueError, ValidationError, AttributeError) as error:
        raise Malformed(f"{type(error).__name__}: {error}") from error


def newest(events: Iterable[Received[E]], thing: Callable[[E], Any], order: Callable[[E], Any]) -> list[E]:
    """Return what is newest of each thing, sorted by thing.

    Everything that applies batches locks its rows in this order, so that two batches never wait for each other in a ring. Of
    two that are equally new the one that came last counts.
    """
    best: dict[Any, E] = {}
    for event in events:
        key = thing(event.data)
        if key not in best or order(event.data) >= order(best[key]):
            best[key] = event.data
    return [best[key] for key in sorted(best)]

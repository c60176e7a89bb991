"""What every event is made of, and the topic it travels on. This file imports no contract, so that each may import it.

An event is a frozen pydantic model. Its class says where it travels (`TOPIC`) and what it is called (`TYPE`); `key()`
says which events keep their order among themselves. Models change only by adding optional fields; anything else is a
new TYPE. An event whose field `crowd` is true was written with many others, by an import for one: it is sent with the header
`ce_crowd`, and what somebody changed alone may be applied before it.

On the wire it is CloudEvents 1.0 in Kafka binary mode: attributes as `ce_*` headers, the model's JSON as value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


@dataclass(frozen=True)
class Topic:
    """A Kafka topic, declared in its producer's file. A compacted one keeps the newest record of every key, so it can
    rebuild a projection.

    `hours`: how long the broker keeps a record, where that is not its own default.
    """

    name: str
    key: str
    about: str
    compacted: bool = False
    partitions: int = 6
    hours: int | None = None


# Marks a field that tells who somebody is, or what leads to them: `Annotated[UUID, Personal]`. The catalogue shows it.
Personal = Field(json_schema_extra={"x-bijou-personal": True})


class Event(BaseModel):
    """Base of every event. Declaring a subclass registers it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str]
    TOPIC: ClassVar[Topic]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        register(cls)

    def key(self) -> str:
        """Return the partition key: events with the same key arrive in the order they were committed."""
        raise NotImplementedError

    def forgets(self) -> frozenset[UUID]:
        """Return the accounts and profiles of whom, says this event, nothing may be kept from now on."""
        return frozenset()


class Nested(BaseModel):
    """A frozen piece of an event."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class WrongContract(TypeError):
    """An event says nothing of its type or topic, or what another one says already."""


# The events whose files have been imported, by TYPE; `libs.contracts.registry` imports them all.
DECLARED: dict[str, type[Event]] = {}


def register(kind: type[Event]) -> None:
    """Enter an event's class into the registry. Raises WrongContract."""
    missing = [name for name in ("TYPE", "TOPIC") if name not in vars(kind)]
    if missing:
        raise WrongContract(f"{kind.__name__} must say its {' and '.join(missing)}")
    if kind.TYPE in DECLARED:
        raise WrongContract(f"{kind.TYPE} is declared twice: by {_place(DECLARED[kind.TYPE])} and by {_place(kind)}")
    for other in DECLARED.values():
        if other.TOPIC.name == kind.TOPIC.name and other.TOPIC is not kind.TOPIC:
            raise WrongContract(
                f"topic {kind.TOPIC.name} is declared twice: for {_place(other)} and for {_place(kind)}"
            )
    DECLARED[kind.TYPE] = kind


def _place(kind: type[Event]) -> str:
    return f"{kind.__module__}.{kind.__name__}"

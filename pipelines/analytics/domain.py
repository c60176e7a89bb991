"""What the lake's tables are called, what is personal in an event, and what makes a record one that can be kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel

from libs.contracts.envelope import Event, Topic
from libs.contracts.registry import EVENTS, TOPICS

RAW, MODELLED = "raw", "lake"
REJECTED = "raw.rejected"
# What a commit says, in its snapshot, of what it took in and left out.
NOTES = "bijou.quality"
# Whose key seals what is personal, the first of these that an event has.
WHOSE = ("account_id", "profile_id")
# How many days a table keeps its rows, where that is not the rule.
DAYS_KEPT = {
    "raw.identity_revocations": 90,
    "raw.playback_leases": 90,
    "raw.watch_progress": 90,
    "raw.events_client": 400,
    "raw.rejected": 90,
    "raw.billing_charges": 3_660,
    "lake.charges": 3_660,
}
DAYS = 1_100
EVERY = "*"  # in a path: of each item of a list
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """What the sink has to know of a type of event: where its personal fields are, and which it cannot be without."""

    model: type[Event]
    personal: tuple[Path, ...]
    required: frozenset[str]
    names: frozenset[str]  # of all fields, also of those inside others


def raw_name(topic: str) -> str:
    """Return the table that holds a topic: `events.client` is in `raw.events_client`."""
    return f"{RAW}.{topic.replace('.', '_').replace('-', '_')}"


def topic_tables() -> dict[str, Topic]:
    """Every raw table, and the topic in it."""
    return {raw_name(name): topic for name, topic in sorted(TOPICS.items())}


def kinds(topic: str) -> dict[str, Kind]:
    """Return the types of event that a topic carries."""
    return {name: kind_of(event) for name, event in EVENTS.items() if event.TOPIC.name == topic}


def kind_of(event: type[Event]) -> Kind:
    fields = event.model_fields.items()
    required = frozenset(name for name, field in fields if field.is_required())
    return Kind(event, tuple(_personal(event)), required, frozenset(_names(event)))


def days_kept(table: str) -> int:
    """Return for how many days a table keeps its rows."""
    return DAYS_KEPT.get(table, DAYS)


def key_is_personal(topic: Topic) -> bool:
    """Whether the key of a topic's records is somebody's."""
    return topic.key in ("account", "profile")


def _personal(model: type[BaseModel], before: Path = ()) -> Iterator[Path]:
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and extra.get("x-bijou-personal"):
            yield (*before, name)
            continue
        for nested, listed in _models(field.annotation):
            yield from _personal(nested, (*before, name, *((EVERY,) if listed else ())))


def _names(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield name
        for nested, _ in _models(field.annotation):
            yield from _names(nested)


def _models(annotation: Any, listed: bool = False) -> Iterator[tuple[type[BaseModel], bool]]:
    """Every model inside a type, and whether it is in a list there."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, listed
    for inside in get_args(annotation):
        yield from _models(inside, listed or getattr(annotation, "__origin__", None) in (tuple, list))

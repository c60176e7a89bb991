"""The event base class and the topics of the platform.

An event is a frozen pydantic model. Its class says where it travels (`TOPIC`) and what it is called (`TYPE`); `key()`
says which events keep their order among themselves. Models change only by adding optional fields; anything else is a
new TYPE. On the wire it is CloudEvents 1.0 in Kafka binary mode: attributes as `ce_*` headers, the model's JSON as value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True)
class Topic:
    """A Kafka topic. A compacted one keeps the newest record of every key, so it can rebuild a projection.

    `hours`: how long the broker keeps a record, where that is not its own default.
    """

    name: str
    key: str
    about: str
    compacted: bool = False
    partitions: int = 6
    hours: int | None = None


TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        Topic("identity.accounts", "account", "accounts, profiles, devices", compacted=True),
        # Longer than any access token is good for: an older revocation has nothing left to refuse.
        Topic("identity.revocations", "account", "sign-ins and tokens that are no longer honoured", hours=25),
        Topic("billing.entitlements", "account", "what an account's plan allows, until when", compacted=True),
        Topic("catalog.titles", "title", "the whole title as published", compacted=True),
        Topic("media.assets", "asset", "transcoding progress, readiness, failure", compacted=True),
        Topic("playback.sessions", "account", "playback started, ended, failed"),
        Topic("playback.leases", "account", "stream slots acquired, released, expired, revoked, denied"),
        Topic("watch.progress", "profile", "position updates while playing"),
        Topic("watch.lists", "profile", "My List and viewing history changes"),
    )
}


class Event(BaseModel):
    """Base of every event."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str] = ""
    TOPIC: ClassVar[str] = ""

    def key(self) -> str:
        """Return the partition key: events with the same key arrive in the order they were committed."""
        raise NotImplementedError


class Part(BaseModel):
    """A frozen piece of an event."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def event_types() -> dict[str, type[Event]]:
    """Return every event class by its TYPE."""
    from libs.contracts import billing, catalog, identity, media, playback, watch

    found: dict[str, type[Event]] = {}
    for module in (billing, catalog, identity, media, playback, watch):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Event) and value.TYPE:
                found[value.TYPE] = value
    return found

"""Where a lake is, and records for it as a broker would hand them over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from confluent_kafka import TIMESTAMP_CREATE_TIME

from libs.chassis.ids import new_id
from libs.contracts.envelope import Event
from libs.contracts.playback import SessionEnded, SessionStarted
from libs.contracts.registry import TOPICS
from pipelines.analytics.clients import Record
from pipelines.analytics.repository import Repository
from pipelines.analytics.seen import Kept
from pipelines.analytics.service.intake import Intake
from pipelines.analytics.service.keyring import Keyring
from pipelines.analytics.tables import Lake

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SESSIONS = "playback.sessions"


def raw(topic: str, key: str, value: bytes, headers: dict[str, str], place: int = 0) -> Record:
    """Anything at all."""
    told: list[tuple[str, str | bytes | None]] = [(name, item.encode()) for name, item in headers.items()]
    moment = TIMESTAMP_CREATE_TIME, 0
    return Record(topic=topic, partition=0, offset=place, key=key.encode(), value=value, headers=told, timestamp=moment)


def record(event: Event, place: int, *, at: datetime = NOON, event_id: UUID | None = None) -> Record:
    """An event as it lies in its topic, told at a time."""
    headers = {
        "ce_id": str(event_id or new_id()),
        "ce_type": event.TYPE,
        "ce_time": at.isoformat(),
        "ce_source": "/bijou/test",
    }
    return raw(event.TOPIC.name, event.key(), event.model_dump_json().encode(), headers, place)


def started(**fields: Any) -> SessionStarted:
    told = {"title_id": new_id(), "playable_id": new_id(), "asset_id": new_id(), "position": 0.0, "started_at": NOON}
    ids = {name: new_id() for name in ("session_id", "account_id", "profile_id")}
    return SessionStarted(**{**told, **ids, **fields})


def ended(start: SessionStarted, seconds: float, **fields: Any) -> SessionEnded:
    told = {
        "session_id": start.session_id, "account_id": start.account_id, "profile_id": start.profile_id,
        "playable_id": start.playable_id, "reason": "ended", "position": start.position + seconds,
        "ended_at": start.started_at + timedelta(seconds=seconds),
    }  # fmt: skip
    return SessionEnded(**{**told, **fields})


@dataclass
class Place:
    """Where a lake is, and what a process of it needs."""

    database_url: str
    store_url: str
    root: Path

    def lake(self) -> Lake:
        return Lake(self.database_url, self.store_url)

    def repository(self) -> Repository:
        return Repository(self.database_url)

    def intake(self, topic: str = SESSIONS, epoch: str = "first", most_ids: int = 1_000_000) -> Intake:
        """A sink's work on one topic, as a process of its own would begin it."""
        made = Intake(self.lake(), TOPICS[topic], epoch, Keyring(self.repository()), Kept(most_ids))
        made.open()
        return made

    def rows(self, name: str) -> list[dict[str, Any]]:
        table = self.lake().find(name)
        found: list[dict[str, Any]] = table.scan().to_arrow().to_pylist() if table else []
        return sorted(found, key=lambda row: str(row.get("event_id")))

"""Taking events in: each is judged by itself, and what is accepted has been acknowledged by the broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
import orjson
from prometheus_client import Counter
from pydantic import BaseModel, TypeAdapter, ValidationError

from libs.chassis import faults, telemetry
from libs.chassis.clock import Clock
from libs.chassis.messaging.bus import BusUnavailable
from libs.chassis.messaging.publishing import Publisher, Told
from libs.chassis.problems import TooMany, Unavailable
from libs.contracts.client import CLIENT_EVENTS, SAID, Said, SaidByApps
from libs.contracts.token import Principal
from services.events import domain, reading, shapes
from services.events.clients.seen import Seen
from services.events.reading import BROKEN
from services.events.schemas.batches import EventBatch
from services.events.service.meetings import Meeting, Meetings
from services.events.shapes import UNFIT

log = telemetry.logger(__name__)

TAKEN = Counter("bijou_client_events_total", "Client events by what became of them", ["type", "verdict"])
_said = TypeAdapter(SaidByApps)
_usual, _structs = shapes.events(SAID)
_written = msgspec.json.Encoder().encode
# Kind → its type on the wire, and what a viewer must have agreed to.
KINDS: dict[str, tuple[bytes, str]] = {name: (kind.TYPE.encode(), kind.CONSENT) for name, kind in CLIENT_EVENTS.items()}  # type: ignore[attr-defined]
Verdict = dict[str, Any]


class TooManyEvents(TooMany):
    """This profile sends more events than are taken. Keep them, and send them in a minute."""

    code = "too_many_events"


class NotTaken(Unavailable):
    """None of these events is known to be kept, for the event log cannot be reached. Keep them, and send them again."""

    code = "events_not_taken"


@dataclass(slots=True)
class _Candidate:
    """An event that may be kept, and its verdict, which is written when that is known."""

    verdict: Verdict
    kind: str
    event_id: bytes
    id_bytes: bytes
    occurred_at: bytes
    value: bytes
    met: Meeting | None = None


@dataclass(slots=True)
class _Judging:
    """A batch while its events are judged."""

    who: Principal
    batch: EventBatch
    clocks: domain.Clocks
    allowed: frozenset[str]
    sampling: Mapping[str, float]
    verdicts: list[Verdict] = field(default_factory=list)
    candidates: list[_Candidate] = field(default_factory=list)
    _stamps: dict[str, bytes] = field(default_factory=dict)

    def judge(self, raw: Any) -> None:
        """Give an event its verdict, or make a candidate of it."""
        verdict: Verdict = {"id": None, "verdict": "invalid"}
        self.verdicts.append(verdict)
        try:
            said = _usual(raw)
        except (*UNFIT, TypeError):
            self._hold_against_the_contract(raw, verdict)
        else:
            verdict["id"] = said.id
            self._weigh(verdict, _structs[type(said)], said.id, said.at, said, _written)

    def _hold_against_the_contract(self, raw: Any, verdict: Verdict) -> None:
        """Judge what is not as nearly all events are, or say why it says nothing."""
        told = reading.event(raw)
        said = self._read(told, verdict)
        if said is not None:
            self._weigh(verdict, told["type"], str(said.id), said.at, said, _json)

    def _weigh(
        self, verdict: Verdict, kind: str, event_id: str, at: datetime, said: Any, write: Callable[[Any], bytes]
    ) -> None:
        """Decide what becomes of an event that is as its contract says."""
        consent = KINDS[kind][1]
        when = self.clocks.occurred(at)
        if isinstance(when, str):
            verdict["reason"] = when
        elif consent not in self.allowed:
            reason = domain.unconsented(consent, self.batch.consents, kids=self.who.kids)
            verdict |= {"verdict": "not_consented", "reason": reason, "detail": consent}
        elif not domain.keeps(kind, self.who.profile, self.sampling.get(kind, 1.0)):
            verdict["verdict"] = "sampled_out"
        else:
            time = orjson.dumps(when)
            value = b"".join((self._stamp(kind), time, b",", write(said)[1:]))
            id_bytes = bytes.fromhex(event_id.replace("-", ""))
            met = Meeting(said.experiment, said.arm, when) if kind == "exposure" else None
            self.candidates.append(_Candidate(verdict, kind, event_id.encode(), id_bytes, time[1:-1], value, met))

    def _read(self, raw: Any, verdict: Verdict) -> Said | None:
        """Return what an event says, or write why it says nothing."""
        if not isinstance(raw, dict):
            verdict["reason"] = "malformed"
            if raw is BROKEN:
                verdict["detail"] = "it is not JSON, or nested too deeply to be read"
            return None
        given = raw.get("id")
        if isinstance(given, str) and len(given) <= 64:
            verdict["id"] = given
        if not isinstance(raw.get("type"), str) or raw["type"] not in KINDS:
            verdict["reason"] = "unknown_type"
        elif len(orjson.dumps(raw)) > domain.EVENT_BYTES:
            verdict["reason"] = "too_large"
        elif domain.depth(raw) > domain.DEEPEST:
            verdict["reason"] = "too_deep"
        else:
            try:
                said: Said = _said.validate_python(raw)
            except ValidationError as error:
                verdict |= {"reason": "field", "detail": _first(error)}
            else:
                return said
        return None

    def _stamp(self, kind: str) -> bytes:
        """Return what `Stamp` says of the events of this kind and batch, as the beginning of their JSON up to the time."""
        found = self._stamps.get(kind)
        if found is None:
            common = orjson.dumps({
                "account_id": self.who.account_id, "profile_id": self.who.profile, "device_id": self.who.device_id,
                "country": self.who.country, "app": self.batch.app, "app_version": self.batch.app_version,
                "consent": KINDS[kind][1], "received_at": self.clocks.received_at, "sampled": self.sampling.get(kind, 1.0),
            })  # fmt: skip
            found = self._stamps[kind] = common[:-1] + b',"occurred_at":'
        return found


class Intake:
    """The use case of taking a batch in."""

    def __init__(
        self,
        publisher: Publisher,
        seen: Seen,
        meetings: Meetings,
        clock: Clock,
        *,
        per_minute: int,
        sampling: Mapping[str, float],
    ) -> None:
        self._publisher = publisher
        self._meetings = meetings
        self._seen = seen
        self._clock = clock
        self._per_minute = per_minute
        self._sampling = sampling
        # Who sends, and how many of its batches are here.
        self._turns: dict[UUID, tuple[asyncio.Lock, int]] = {}

    async def take(self, who: Principal, batch: EventBatch) -> dict[str, Any]:
        """Judge a batch and publish what is accepted. Raises TooManyEvents and NotTaken, of the whole batch."""
        received_at = self._clock.now()
        judging = _Judging(
            who, batch, domain.Clocks(domain.skew(batch.sent_at, received_at), received_at),
            domain.consented(batch.consents, who.consents, kids=who.kids), self._sampling,
        )  # fmt: skip
        for raw in batch.events:
            judging.judge(raw)
        if any(item.met for item in judging.candidates):
            judging.candidates = await self._possible(who, judging.candidates, received_at)
        remembered = await self._in_turn(who, judging.candidates)
        counted: dict[tuple[str, str], int] = {}
        for item in judging.candidates:
            what = item.kind, item.verdict["verdict"]
            counted[what] = counted.get(what, 0) + 1
        if len(judging.verdicts) > len(judging.candidates):
            for verdict in judging.verdicts:
                if verdict["verdict"] not in ("accepted", "duplicate"):
                    what = "none", verdict["verdict"]
                    counted[what] = counted.get(what, 0) + 1
        for what, count in counted.items():
            _counter(*what).inc(count)
        return {
            "received_at": received_at,
            "skew_ms": round(judging.clocks.correction.total_seconds() * 1000),
            "deduplicated": remembered,
            "verdicts": judging.verdicts,
        }

    async def _possible(self, who: Principal, candidates: list[_Candidate], now: datetime) -> list[_Candidate]:
        """Return the candidates without the exposures that cannot have been, whose verdicts say why."""
        told = [item for item in candidates if item.met]
        reasons = await self._meetings.refused(who.profile, [item.met for item in told if item.met], now)
        for item, reason in zip(told, reasons, strict=True):
            if reason is not None:
                item.verdict["reason"] = reason
        return [item for item in candidates if "reason" not in item.verdict]

    async def _in_turn(self, who: Principal, candidates: list[_Candidate]) -> bool:
        """One batch of a profile after the other: a page that closes and the one that follows it often send the same at once."""
        lock, waiting = self._turns.get(who.profile) or (asyncio.Lock(), 0)
        self._turns[who.profile] = lock, waiting + 1
        try:
            async with lock:
                return await self._publish(who, candidates)
        finally:
            lock, waiting = self._turns.pop(who.profile)
            if waiting > 1:
                self._turns[who.profile] = lock, waiting - 1

    async def _publish(self, who: Principal, candidates: list[_Candidate]) -> bool:
        """Publish what is new, and write the verdicts; whether anybody remembers what came before."""
        if not candidates:
            return True
        known = await self._seen.look(who.profile, [item.id_bytes for item in candidates])
        if known is not None and known.sent > self._per_minute:
            raise TooManyEvents(retry_after=60)
        taken: set[bytes] = set()
        fresh = []
        for place, item in enumerate(candidates):
            if (known is not None and known.before[place]) or item.id_bytes in taken:
                item.verdict["verdict"] = "duplicate"
            else:
                taken.add(item.id_bytes)
                fresh.append(item)
        if fresh:
            records = [(item.event_id, KINDS[item.kind][0], item.occurred_at, item.value) for item in fresh]
            try:
                await self._publisher.publish(Told(str(who.profile), records))
            except BusUnavailable as error:
                log.warning("events_not_taken", events=len(fresh), reason=str(error))
                raise NotTaken(retry_after=5) from None
            for item in fresh:
                item.verdict["verdict"] = "accepted"
            self._seen.note(who.profile, [item.id_bytes for item in fresh])
        return known is not None


@lru_cache(maxsize=64)
def _counter(kind: str, verdict: str) -> Counter:
    """Return the counter of these labels, which are slow to look up. Callers choose neither."""
    return TAKEN.labels(kind, verdict)


def _json(said: BaseModel) -> bytes:
    return said.__pydantic_serializer__.to_json(said, exclude_none=True)


def _first(error: ValidationError) -> str:
    """Name the first field that is wrong, and how, without what it held."""
    item = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part)[:100] for part in item["loc"][1:])
    what = faults.said(item)
    return f"{where}: {what}"[:300] if where else what[:300]

"""Dead letters applied again or dropped, by whoever decides it: staff through the API, an operator at a terminal."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from libs.chassis import telemetry
from libs.chassis.data.database import Database
from libs.chassis.messaging import dead_letters
from libs.chassis.messaging.consumers import Consumer
from libs.chassis.messaging.dead_letters import Letter

log = telemetry.logger(__name__)

Outcome = Literal["applied", "dropped", "failed", "waiting", "unknown"]


class ConsumerGone(LookupError):
    """The service has no consumer of this name any more."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one letter. Of one that was applied or dropped before: that. `reason` says why it failed or waits."""

    id: int
    outcome: Outcome
    reason: str | None = None


async def replay(
    db: Database,
    consumers: Sequence[Consumer],
    ids: Sequence[int],
    *,
    actor: UUID | None = None,
    seconds: float | None = None,
) -> list[Verdict]:
    """Apply letters through the handlers they were meant for, in the order they had; return a verdict for each.

    Each is a transaction of its own that takes the letter away, enters the inbox and applies the event: whatever ends this in the
    middle, a letter is applied and gone or as it was, and asking again does the rest. Behind one that fails, those of its key
    wait. None is begun after `seconds`.
    """
    groups = {consumer.group: consumer for consumer in consumers}
    until = None if seconds is None else time.monotonic() + seconds
    stuck: set[tuple[str, str, str | None]] = set()
    found: list[Verdict] = []
    for letter_id in await _in_order(db, ids):
        async with db.background() as session:
            letter = await dead_letters.get(session, letter_id)
        if letter is None:
            continue
        place = letter.consumer, letter.topic, letter.key
        if place in stuck:
            found.append(Verdict(letter_id, "waiting", "one of its key before it failed"))
        elif until is not None and time.monotonic() > until:
            stuck.add(place)
            found.append(Verdict(letter_id, "waiting", "there was no time left for it"))
        else:
            verdict = await _apply(groups, letter, actor)
            if verdict is not None:
                found.append(verdict)
                if verdict.outcome == "failed":
                    stuck.add(place)
    return await _with_others(db, ids, found)


async def drop(db: Database, ids: Sequence[int], *, actor: UUID | None = None) -> list[Verdict]:
    """Let letters go, all of them or none: what they say will never be applied. Return a verdict for each."""
    async with db.background() as session:
        found = [
            Verdict(letter_id, "dropped")
            for letter_id in sorted(set(ids))
            if await dead_letters.take(session, letter_id, "dropped", actor)
        ]
    for verdict in found:
        log.info("dead_letter_dropped", letter=verdict.id, actor=actor)
    return await _with_others(db, ids, found)


async def _in_order(db: Database, ids: Sequence[int]) -> list[int]:
    async with db.background() as session:
        return await dead_letters.in_order(session, ids) if ids else []


async def _apply(groups: Mapping[str, Consumer], letter: Letter, actor: UUID | None) -> Verdict | None:
    """Return what became of it; None where somebody else took it meanwhile."""
    try:
        if letter.consumer not in groups:
            raise ConsumerGone(f"there is no consumer {letter.consumer} here any more")
        if not await groups[letter.consumer].applier.apply_letter(letter, actor):
            return None
    except Exception as error:
        log.warning("dead_letter_failed_again", letter=letter.id, actor=actor, reason=type(error).__name__)
        return Verdict(letter.id, "failed", dead_letters.said(error))
    log.info("dead_letter_applied", letter=letter.id, actor=actor)
    return Verdict(letter.id, "applied")


async def _with_others(db: Database, ids: Sequence[int], found: Sequence[Verdict]) -> list[Verdict]:
    """Add what was asked for and is no more, or never was."""
    missing = sorted(set(ids) - {verdict.id for verdict in found})
    if not missing:
        return list(found)
    async with db.background() as session:
        ends = await dead_letters.ends(session, missing)
    return [*found, *(Verdict(letter_id, ends.get(letter_id, "unknown")) for letter_id in missing)]

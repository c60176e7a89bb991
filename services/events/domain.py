"""The rules of intake: which clock is right, what is too late, too large or not agreed to, and whose events are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from libs.contracts.assignment import drawn
from libs.contracts.experiments import ExperimentChanged

# What a request takes on its way is no difference between clocks.
NOISE = timedelta(seconds=2)
FUTURE = timedelta(minutes=5)
OLDEST = timedelta(days=7)
EVENT_BYTES = 8_192
DEEPEST = 4
OPTIONAL = frozenset({"analytics", "personalisation"})


def skew(sent_at: datetime | None, received_at: datetime) -> timedelta:
    """Return what must be added to the device's clock to make it ours."""
    if sent_at is None:
        return timedelta(0)
    found = received_at - sent_at
    return found if abs(found) > NOISE else timedelta(0)


class Clocks:
    """What is needed to say when something was, from what the device's clock said and what that is off by."""

    def __init__(self, correction: timedelta, received_at: datetime) -> None:
        self.correction = correction
        self.received_at = received_at
        self._latest, self._earliest = received_at + FUTURE, received_at - OLDEST

    def occurred(self, at: datetime) -> datetime | str:
        """Return when it was by our clock, or the reason why that cannot be."""
        try:
            when = at + self.correction if self.correction else at
        except OverflowError:
            return "too_old" if self.correction < timedelta(0) else "in_the_future"
        if when > self._latest:
            return "in_the_future"
        if when < self._earliest:
            return "too_old"
        return when if when < self.received_at else self.received_at


def consented(given: Collection[str], known: frozenset[str] | None, *, kids: bool) -> frozenset[str]:
    """Return the classes of events that may be kept: what the app says that its viewer agreed to, as far as that is known.

    `known` is what identity says of the profile, None where it says nothing. Of a child only what runs the service is kept.
    """
    if kids:
        return frozenset({"necessary"})
    agreed = OPTIONAL.intersection(given)
    return (agreed if known is None else agreed & known) | {"necessary"}


def unconsented(needed: str, given: Collection[str], *, kids: bool) -> str:
    """Return whose word it is that something is not agreed to: a child can agree to nothing, then the app's, then the token's."""
    if kids:
        return "kids"
    return "not_in_token" if needed in given else "not_in_batch"


@dataclass(frozen=True, slots=True)
class Run:
    """An experiment, and when it ran: not yet, where `started_at` is None, and still, where `stopped_at` is."""

    experiment: ExperimentChanged
    started_at: datetime | None
    stopped_at: datetime | None = None


def unmet(run: Run | None, profile_id: UUID, arm: str, occurred_at: datetime, received_at: datetime) -> str | None:
    """Return the reason why a profile cannot have met this arm then; None where it can have.

    Whom the experiment is meant for is not asked: where a profile was, and with what, when its arm was given out is not known.
    `received_at` is by our clock, `occurred_at` by a device's, corrected but for `NOISE`.
    """
    if run is None or run.started_at is None:
        return "not_running"
    if received_at < run.started_at or occurred_at < run.started_at - NOISE:
        return "not_running"
    if run.stopped_at is not None and occurred_at > run.stopped_at:
        return "not_running"
    return None if drawn(run.experiment, profile_id) == arm else "not_drawn"


def depth(value: Any, limit: int = DEEPEST) -> int:
    """Return how deeply objects and lists are nested in `value`; `limit` + 1 for all that is deeper."""
    inner = value.values() if type(value) is dict else value if type(value) is list else None
    if inner is None:
        return 0
    deepest = 0
    for each in inner:
        # Most hold nothing: the question comes before the call.
        if type(each) is dict or type(each) is list:
            deepest = max(deepest, depth(each, limit - 1) if limit else 1)
    return 1 + deepest


def keeps(kind: str, profile_id: UUID, share: float) -> bool:
    """Tell whether events of a kind are kept of this profile: the same answer each time, so that what is kept of it is whole."""
    if share >= 1:
        return True
    drawn = hashlib.blake2b(kind.encode() + profile_id.bytes, digest_size=8).digest()
    return int.from_bytes(drawn) / 2**64 < share

"""The rules of watching: when something counts as started and as watched, whose update wins, what to continue with.

All positions and durations are seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.chassis import languages
from libs.contracts.catalog import SPECIALS, following

COMPLETED_AT = 0.95
STARTED_AFTER = 30.0
# What a title has for languages, of what is shown of it here.
LOCAL = ("name", "poster_url", "backdrop_url")
STARTED_SHARE = 0.05


def is_completed(position: float, duration: float, credits_start: float | None, *, ended: bool = False) -> bool:
    """Whether the viewer has seen it: the player reached the end, 95 % of it, or its credits."""
    if ended or (credits_start is not None and position >= credits_start):
        return True
    return duration > 0 and position >= duration * COMPLETED_AT


def is_started(position: float, duration: float) -> bool:
    """Whether enough was seen to offer to continue: 30 seconds, or 5 % of what is shorter than ten minutes."""
    return position > (min(STARTED_AFTER, duration * STARTED_SHARE) if duration > 0 else STARTED_AFTER)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a profile is in a playable, since when, and how often it has been seen to its end."""

    title_id: UUID
    playable_id: UUID
    position: float
    duration: float
    completed: bool
    occurred_at: datetime
    completions: int = 0

    @property
    def times_seen(self) -> int:
        """At least once where it is completed now: rows from before the count say 0."""
        return max(self.completions, int(self.completed))

    @property
    def counts(self) -> bool:
        """Whether this is more than a glance."""
        return self.completed or is_started(self.position, self.duration)


@dataclass(frozen=True, slots=True)
class Playable:
    """A film or an episode that can be played."""

    id: UUID
    name: str
    season_number: int | None = None
    episode_number: int | None = None
    duration: float | None = None
    still_url: str | None = None


@dataclass(frozen=True, slots=True)
class Title:
    """A title with its playables in viewing order."""

    id: UUID
    type: str
    name: str
    status: str = "published"
    year: int | None = None
    maturity: int = 0
    poster_url: str | None = None
    backdrop_url: str | None = None
    windows: tuple[Mapping[str, Any], ...] = ()
    playables: tuple[Playable, ...] = ()

    def said(self, viewers: Sequence[str], own: str, others: Sequence[Mapping[str, Any]]) -> Title:
        """Return it as it speaks to somebody with these languages: `own` is the title's, `others` what it says in others."""
        if not others:
            return self
        known = {each["language"]: each for each in others}
        itself = {name: getattr(self, name) for name in LOCAL}
        return replace(self, **languages.said(languages.chain(viewers, own), itself, known, LOCAL))

    def visible(self, country: str, maturity: int, now: datetime) -> bool:
        """Whether a viewer of that country and age rating may see it now; no windows means always and everywhere."""
        if self.status != "published" or self.maturity > maturity:
            return False
        return not self.windows or any(
            (not window["regions"] or country in window["regions"])
            and (window["starts_at"] is None or datetime.fromisoformat(window["starts_at"]) <= now)
            and (window["ends_at"] is None or datetime.fromisoformat(window["ends_at"]) > now)
            for window in self.windows
        )


@dataclass(frozen=True, slots=True)
class Step:
    """What playing a title would start with. `completed`: all of it has been seen, so this is the beginning again."""

    title: Title
    playable: Playable
    position: float
    duration: float
    updated_at: datetime
    completed: bool = False


def next_step(title: Title, positions: Iterable[Position], *, glances: bool = True) -> Step | None:
    """Return where to go on in a title: the playable watched last or, after an episode's end, the next one.

    The next one is the first that was seen less often than the one that ended: whoever watches a series again goes on in order.
    After the last special it goes on where the series itself is. A glance at something counts only where there is nothing
    else, and not at all without `glances`.
    """
    places = {item.id: place for place, item in enumerate(title.playables)}
    known = {item.playable_id: item for item in positions if item.playable_id in places}
    candidates = [item for item in known.values() if item.counts] or (list(known.values()) if glances else [])
    if not candidates:
        return None
    in_order = sorted(candidates, key=lambda item: (item.occurred_at, places[item.playable_id]))
    latest = in_order[-1]
    series = [item for item in in_order if title.playables[places[item.playable_id]].season_number != SPECIALS]
    for last in dict.fromkeys((latest, *series[-1:])):
        if (step := _step_from(title, places[last.playable_id], last, known)) is not None:
            return replace(step, updated_at=latest.occurred_at)
    first = next((item for item in title.playables if item.season_number != SPECIALS), title.playables[0])
    return Step(title, first, 0, first.duration or 0, latest.occurred_at, completed=True)


def _step_from(title: Title, place: int, last: Position, known: Mapping[UUID, Position]) -> Step | None:
    """Where to go on from the playable at `place`; None where nothing follows it."""
    if not last.completed:
        return Step(title, title.playables[place], last.position, last.duration, last.occurred_at)
    for item in following(title.playables, place):
        seen = known.get(item.id)
        if seen is None or not seen.completed:
            duration = seen.duration if seen else item.duration or 0
            return Step(title, item, seen.position if seen else 0, duration, last.occurred_at)
        if seen.times_seen < last.times_seen:
            return Step(title, item, 0, seen.duration, last.occurred_at)
    return None


def continue_watching(
    titles: Mapping[UUID, Title], positions: Iterable[Position], removed: Mapping[UUID, datetime]
) -> list[Step]:
    """Return what a viewer is in the middle of, the newest first, without titles removed since they were last watched."""
    by_title: dict[UUID, list[Position]] = {}
    for item in positions:
        by_title.setdefault(item.title_id, []).append(item)
    steps = []
    for title_id, group in by_title.items():
        step = next_step(titles[title_id], group, glances=False) if title_id in titles else None
        if step is None or step.completed:
            continue
        if title_id in removed and removed[title_id] >= step.updated_at:
            continue
        steps.append(step)
    return sorted(steps, key=lambda step: (step.updated_at, step.title.id), reverse=True)


@dataclass(frozen=True, slots=True)
class Update:
    """A position as it was reported; the greatest `(occurred_at, writer, seq)` wins."""

    profile_id: UUID
    account_id: UUID
    title_id: UUID
    playable_id: UUID
    position: float
    duration: float
    occurred_at: datetime
    writer: UUID
    seq: int
    ended: bool = False

    @property
    def order(self) -> tuple[datetime, UUID, int]:
        """What decides between two updates."""
        return self.occurred_at, self.writer, self.seq


def on_our_clock(told: Sequence[tuple[int, datetime]], sent_at: datetime | None, now: datetime) -> list[datetime]:
    """Return when by our clock something happened that a device tells as `(sequence number, moment by its clock)`.

    What its clock said at sending is now; nothing happened after that, and nothing later in its sequence happened earlier:
    a clock may be set while a device is away.
    """
    said_now = sent_at or now
    ours = [min(moment, said_now) + (now - said_now) for _, moment in told]
    latest = datetime.min.replace(tzinfo=now.tzinfo)
    for place in sorted(range(len(told)), key=lambda place: told[place][0]):
        ours[place] = latest = max(latest, ours[place])
    return ours


def newest(updates: Iterable[Update]) -> list[Update]:
    """Return of each profile's playable the update that wins among these, in a stable order."""
    best: dict[tuple[UUID, UUID], Update] = {}
    for update in updates:
        key = (update.profile_id, update.playable_id)
        if key not in best or update.order > best[key].order:
            best[key] = update
    return [best[key] for key in sorted(best)]


def reordered(present: Sequence[UUID], wanted: Sequence[UUID]) -> list[UUID]:
    """Return a list in the wanted order; what was not named follows in the order it had, what is not in it is ignored."""
    named = [item for item in dict.fromkeys(wanted) if item in set(present)]
    rest = set(named)
    return [*named, *(item for item in present if item not in rest)]

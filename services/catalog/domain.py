"""The rules of the catalogue: lifecycle, what publishing needs, slugs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from libs.chassis.slugs import LONGEST, slug
from libs.contracts.catalog import SPECIALS

# From which status an editor's action may start, and where it leads.
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "publish": (frozenset({"draft", "approved", "scheduled", "published"}), "published"),
    "unpublish": (frozenset({"draft", "scheduled", "published"}), "draft"),
    "archive": (frozenset({"draft", "review", "approved", "scheduled", "published", "archived"}), "archived"),
    "restore": (frozenset({"draft", "archived"}), "draft"),
    "submit": (frozenset({"draft", "review"}), "review"),
    "approve": (frozenset({"review", "approved"}), "approved"),
    "reject": (frozenset({"review", "approved"}), "draft"),
    "schedule": (frozenset({"draft", "approved", "scheduled"}), "scheduled"),
    "expire": (frozenset({"review", "approved", "scheduled", "published"}), "archived"),
}


def after(action: str, status: str) -> str | None:
    """Return the status that `action` leads to, or None where it is not allowed from `status`."""
    allowed, target = TRANSITIONS[action]
    return target if status in allowed else None


@dataclass(frozen=True)
class PlayableState:
    """As much of a playable as publishing asks about; `season` is None for a film."""

    season: int | None
    ready: bool


def missing_for_publication(kind: str, seasons: int, playables: Sequence[PlayableState]) -> list[str]:
    """Return what stands between a title and its viewers; empty when it can be published."""
    if kind == "movie":
        return [] if any(playable.ready for playable in playables) else ["asset"]
    missing = [] if seasons else ["season"]
    if not playables:
        missing.append("episode")
    if not any(playable.ready for playable in playables):
        missing.append("asset")
    return missing


def season_name(number: int) -> str:
    """Return what a season without a name of its own is called."""
    return "Specials" if number == SPECIALS else f"Season {number}"


_ID = re.compile("[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")


def looks_like_id(address: str) -> bool:
    """Say whether an address could be an id: titles are found by either, so that none may be called as another is numbered."""
    return _ID.fullmatch(address) is not None


def addresses(name: str, year: int | None, title_id: UUID) -> Iterator[str]:
    """Yield slugs that a title may have, the best first: its name, its name with the year, and one that no other title has."""
    base = slug(name) or "title"
    if looks_like_id(base):
        base = f"title-{base}"
    yield base
    if year:
        yield _with(base, str(year))
    yield _with(base, title_id.hex[-12:])


def _with(base: str, more: str) -> str:
    return f"{base[: LONGEST - len(more) - 1].rstrip('-')}-{more}"


def distinct(values: Iterable[str]) -> list[str]:
    """Return the values trimmed, without blanks and repetitions, in their order."""
    return [word for word in dict.fromkeys([" ".join(value.split()) for value in values]) if word]


AS_WHOLE = 0.99


def as_whole(duration: float | None, than: float | None) -> bool:
    """Say whether a film of `duration` seconds is all of one that has `than`, give or take what encoding rounds."""
    return than is None or (duration is not None and duration >= AS_WHOLE * than)

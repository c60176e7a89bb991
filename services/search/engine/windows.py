"""When and where a title may be shown, in the form the index can look into, and in the form it cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.search.engine.fields import EVERYWHERE, FOREVER, SLOTS, instant


@dataclass(frozen=True, slots=True)
class Window:
    """Open from `start` on, up to and without `end` (microseconds), in `regions`."""

    start: int
    end: int
    regions: frozenset[str]

    def open(self, country: str, now: int) -> bool:
        """Tell whether it is open there and then."""
        return self.start <= now < self.end and (EVERYWHERE in self.regions or country in self.regions)


def windows_of(told: Sequence[Mapping[str, Any]]) -> list[Window]:
    """The windows of a title, those of the same time put together."""
    regions: dict[tuple[int, int], set[str]] = {}
    for item in told:
        time = (_moment(item.get("starts_at"), 0), _moment(item.get("ends_at"), FOREVER))
        regions.setdefault(time, set()).update(item.get("regions") or (EVERYWHERE,))
    return [Window(start, end, frozenset(where)) for (start, end), where in sorted(regions.items())]


def fits(windows: Sequence[Window]) -> bool:
    """Tell whether a document has a slot for each of them."""
    return len(windows) <= SLOTS


def _moment(value: str | None, otherwise: int) -> int:
    return instant(datetime.fromisoformat(value)) if value else otherwise

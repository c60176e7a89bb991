"""When and where a title may be shown, in the form the index can look into, and in the form it cannot."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
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


class Windowed:
    """The windows of many titles, by their ids, as they stood after a commit: what is open is worked out when that changes."""

    def __init__(self, windows: Mapping[str, Sequence[Window]]) -> None:
        self._windows = windows
        # By country: the last moment at which something changed before, and what has been open since.
        self._open: dict[str, tuple[int, list[str]]] = {}

    def __bool__(self) -> bool:
        return bool(self._windows)

    @cached_property
    def _moments(self) -> list[int]:
        """When any of them opens or closes, in order."""
        return sorted({at for each in self._windows.values() for window in each for at in (window.start, window.end)})

    def open(self, country: str, now: int) -> list[str]:
        """The titles that may be shown there and then."""
        since = bisect_right(self._moments, now)
        known = self._open.get(country)
        if known is None or known[0] != since:
            shown = [id_ for id_, windows in self._windows.items() if any(each.open(country, now) for each in windows)]
            known = self._open[country] = since, shown
        return known[1]

    def next_change(self, now: int) -> int:
        """When the next of them opens or closes; `FOREVER` where none does."""
        later = bisect_right(self._moments, now)
        return self._moments[later] if later < len(self._moments) else FOREVER


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

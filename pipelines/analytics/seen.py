"""Which events of which day a table holds already, as sorted ids of 16 bytes: what makes taking one in twice change nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[Any]  # of dtype S16, which compares as bytes do
Days = NDArray[np.int64]  # counted since 1970
DTYPE = "S16"
Load = Callable[[int], Ids]


def as_ids(event_ids: list[str]) -> Ids:
    """Return UUIDs as an array. Raises ValueError for what is none."""
    return np.frombuffer(bytes.fromhex("".join(event_ids).replace("-", "")), dtype=DTYPE)


class Day:
    """The ids of one day in a few sorted arrays, each much longer than the next: adding is cheap and so is looking."""

    def __init__(self, ids: Ids) -> None:
        self.runs: list[Ids] = [np.sort(ids)]

    def __len__(self) -> int:
        return sum(map(len, self.runs))

    def has(self, ids: Ids) -> NDArray[np.bool_]:
        found = np.zeros(len(ids), dtype=bool)
        for run in self.runs:
            if len(run):
                place = np.searchsorted(run, ids)
                place[place == len(run)] = 0
                found |= run[place] == ids
        return found

    def add(self, ids: Ids) -> None:
        run = np.sort(ids)
        while self.runs and len(self.runs[-1]) < 2 * len(run):
            run = np.sort(np.concatenate([self.runs.pop(), run]), kind="stable")
        self.runs.append(run)


class Kept:
    """The days of all topics that were asked for lately, `most` ids together; the day at hand is kept however long it is.

    One thread at a time may use it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._days: OrderedDict[tuple[str, int], Day] = OrderedDict()

    def of(self, topic: str, day: int, load: Load) -> Day:
        """Return a day, loaded where it is not here."""
        place = topic, day
        if place not in self._days:
            self._days[place] = Day(load(day))
        self._days.move_to_end(place)
        while len(self._days) > 1 and sum(map(len, self._days.values())) > self._most:
            self._days.popitem(last=False)
        return self._days[place]

    def forget(self, topic: str) -> None:
        for place in [each for each in self._days if each[0] == topic]:
            del self._days[place]


class Seen:
    """Of one topic. `load` returns the ids of a day that its table holds."""

    def __init__(self, topic: str, load: Load, kept: Kept) -> None:
        self._topic = topic
        self._load = load
        self._kept = kept

    def new(self, days: Days, ids: Ids) -> NDArray[np.bool_]:
        """Say which of these are neither in the table nor twice among these; of those that are, the first is the new one."""
        fresh = np.zeros(len(ids), dtype=bool)
        fresh[np.unique(ids, return_index=True)[1]] = True
        for day in np.unique(days):
            here = days == day
            fresh[here] &= ~self._of(int(day)).has(ids[here])
        return fresh

    def add(self, days: Days, ids: Ids) -> None:
        """Remember what the table holds by now."""
        for day in np.unique(days):
            self._of(int(day)).add(ids[days == day])

    def forget(self) -> None:
        self._kept.forget(self._topic)

    def _of(self, day: int) -> Day:
        return self._kept.of(self._topic, day, self._load)

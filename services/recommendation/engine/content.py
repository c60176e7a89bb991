"""What titles are about, as weights of genres, people, tags and words, and how alike two of them are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# How much each kind of feature says, beside how rare it is: who acts says more than a word of the plot.
WEIGHTS = {"genre": 2.0, "person": 1.5, "tag": 1.5, "type": 0.5, "country": 0.5, "word": 0.5}
# Of words, those that at least two titles have and at most so many of a hundred.
COMMON = 10
# Among many titles those like some are looked for by so many features, which no more than this share of all titles has.
STRONGEST, TELLING = 96, 0.01
SORTED = 4
_WORD = re.compile(r"[^\W\d_]{4,}")


class Content:
    """A row of weights for each title, of the length 1 together, kept by title and by feature."""

    def __init__(self, entries: Sequence[Mapping[str, Any]]) -> None:
        size = len(entries)
        counts: Counter[tuple[str, str]] = Counter()
        told = [set(_features(entry)) for entry in entries]
        for features in told:
            counts.update(features)
        most = max(2.0, size * COMMON / 100)
        # What one title alone has, or every title, makes none like another.
        kept = [each for each, count in counts.items() if 1 < count < size and (each[0] != "word" or count <= most)]
        numbers = {feature: number for number, feature in enumerate(kept)}
        weights = np.array([WEIGHTS[kind] * np.log(size / counts[kind, name]) for kind, name in kept], np.float32)
        pairs = [(place, numbers[each]) for place, features in enumerate(told) for each in features if each in numbers]
        rows = np.array([place for place, _ in pairs], np.int64)
        columns = np.array([number for _, number in pairs], np.int64)
        values = weights[columns] if len(columns) else np.zeros(0, np.float32)
        length = np.sqrt(np.bincount(rows, values.astype(np.float64) ** 2, size))
        values = (values / np.maximum(length, 1e-9)[rows]).astype(np.float32) if len(rows) else values
        self._size = size
        # Of few titles it is quicker to go through them than through what they have in common with all others.
        self._few = False
        self._by_title = _Postings(rows, columns, values, size)
        self._by_feature = _Postings(columns, rows, values, len(kept))
        self._telling = self._by_feature.lengths <= max(COMMON, size * TELLING)

    def among(self, places: NDArray[np.int64]) -> Content:
        """The same of these titles alone, by their order: what they are about weighs what it weighs among all."""
        found = object.__new__(Content)
        found._size = len(places)
        found._by_title = self._by_title.among(places)
        found._by_feature, found._telling = self._by_feature, self._telling
        found._few = True
        return found

    def nearest(
        self, places: Sequence[int], weights: Sequence[float] | NDArray[np.float64], most: int
    ) -> NDArray[np.int64]:
        """Places of titles that are much like some titles, in no order: by what few titles have, which tells most."""
        told, weighing = self._by_title.parts(np.asarray(places, np.int64), np.asarray(weights, np.float64))
        tells = self._telling[told]
        features, taste = _summed(told[tells], weighing[tells], self._by_feature.size)
        if len(features) > STRONGEST:
            chosen = np.argpartition(-taste, STRONGEST)[:STRONGEST]
            features, taste = features[chosen], taste[chosen]
        found, sums = _summed(*self._by_feature.parts(features, taste), self._size)
        if len(found) > most:
            found = found[np.argpartition(-sums, most)[:most]]
        return found.astype(np.int64)

    def like(self, places: Sequence[int], weights: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
        """How like each title is to some titles, the weighted mean of the cosines."""
        told, values = self._by_title.parts(np.asarray(places, np.int64), np.asarray(weights, np.float64))
        if self._few:
            taste = np.zeros(self._by_feature.size, np.float32)
            np.add.at(taste, told, values.astype(np.float32))
            found = self._by_title.times(taste)
        else:
            features, counts = _summed(told, values, self._by_feature.size)
            found = self._by_feature.sum(features, counts, self._size)
        total = float(np.sum(np.abs(weights)))
        return found / total if total else found


class _Postings:
    """A sparse matrix by rows, of which only weighted sums of rows are asked."""

    def __init__(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], values: NDArray[np.float32], size: int
    ) -> None:
        order = np.argsort(rows, kind="stable")
        self.size = size
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))])
        self._columns = columns[order].astype(np.int32)
        self._values = values[order]
        # The rows that have entries, once all rows were asked for.
        self._full: NDArray[np.int64] | None = None

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many entries each row has."""
        return np.diff(self._starts)

    def among(self, rows: NDArray[np.int64]) -> _Postings:
        """Some of the rows alone, in this order."""
        found = object.__new__(_Postings)
        at, lengths = self._entries(rows)
        found.size = len(rows)
        found._starts = np.concatenate([[0], np.cumsum(lengths)])
        found._columns, found._values = self._columns[at], self._values[at]
        found._full = None
        return found

    def times(self, weights: NDArray[np.float32]) -> NDArray[np.float64]:
        """The sum of each row, its entries times the weights of their columns."""
        if self._full is None:
            self._full = np.flatnonzero(self.lengths)
        found = np.zeros(self.size)
        if len(self._full):
            terms = self._values * weights[self._columns]
            found[self._full] = np.add.reduceat(terms, self._starts[self._full], dtype=np.float64)
        return found

    def parts(
        self, rows: NDArray[np.int64], weights: NDArray[np.float64]
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """The columns of some rows, and their values times the rows' weights, not summed up."""
        at, lengths = self._entries(rows)
        return self._columns[at], (self._values[at] * np.repeat(weights, lengths)).astype(np.float64)

    def _entries(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the entries of these rows are, and how many each has."""
        return spans(self._starts, rows)

    def sum(
        self, rows: Sequence[int] | NDArray[np.int64], weights: NDArray[np.float64], width: int
    ) -> NDArray[np.float64]:
        if not len(rows) or not width:
            return np.zeros(width)
        spans = [(self._starts[row], self._starts[row + 1]) for row in rows]
        columns = np.concatenate([self._columns[start:end] for start, end in spans])
        lengths = np.array([end - start for start, end in spans])
        values = np.concatenate([self._values[start:end] for start, end in spans]) * np.repeat(weights, lengths)
        return np.bincount(columns, values, width).astype(np.float64)


def _summed(
    numbers: NDArray[np.integer[Any]], values: NDArray[np.float64], size: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Which numbers there are, each once, and the sum of its values; all of them below `size`."""
    # Few are sorted sooner than as many are gone through as there could be.
    if len(numbers) * SORTED < size:
        found, at = np.unique(numbers, return_inverse=True)
        return found.astype(np.int64), np.bincount(at, values, len(found)).astype(np.float64)
    sums = np.bincount(numbers, values, size).astype(np.float64)
    there = np.flatnonzero(sums)
    return there, sums[there]


def spans(starts: NDArray[np.int64], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the entries of some rows are, one after the other, and how many each has.

    `starts`: where each row begins, and where the last one ends.
    """
    at = starts[rows]
    lengths = starts[rows + 1] - at
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(at - (ends - lengths), lengths), lengths


def _features(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "type", entry.get("type", "")
    yield "country", entry.get("country", "")
    for kind, field in (("genre", "genres"), ("person", "people"), ("tag", "tags")):
        for name in entry.get(field, ()):
            yield kind, name.casefold()
    for word in _WORD.findall(entry.get("description", "")):
        yield "word", word.casefold()

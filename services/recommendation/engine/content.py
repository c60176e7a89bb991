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
        self._by_title = _Postings(rows, columns, values, size)
        self._by_feature = _Postings(columns, rows, values, len(kept))

    def like(self, places: Sequence[int], weights: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
        """How like each title is to some titles, the weighted mean of the cosines."""
        taste = self._by_title.sum(places, np.asarray(weights, np.float64), self._by_feature.size)
        features = np.flatnonzero(taste)
        found = self._by_feature.sum(features, taste[features], self._size)
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


def _features(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "type", entry.get("type", "")
    yield "country", entry.get("country", "")
    for kind, field in (("genre", "genres"), ("person", "people"), ("tag", "tags")):
        for name in entry.get(field, ()):
            yield kind, name.casefold()
    for word in _WORD.findall(entry.get("description", "")):
        yield "word", word.casefold()

"""The meanings of all titles, in a file that memory only maps, and those nearest to a question. It needs the extra `meaning`."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tantivy import Query

from services.search.engine.index import View
from services.search.engine.model import SIZE, STEP, Model

# So many titles that fit the limits are compared at most, those that are played most.
AMONG = 20_000
NEAREST = 100
# Texts that have nothing to do with each other are about so much alike.
UNLIKE = 0.22
_FIRST_ROOM = 4096


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody means, and all titles to compare it with, as they were when it was asked."""

    vector: NDArray[np.float32]
    keys: NDArray[np.int64]
    rows: NDArray[np.int64]
    matrix: NDArray[np.int8]

    def nearest(self, view: View, query: Query) -> list[tuple[Any, float]]:
        """Addresses of titles that match a query and mean the most alike, with how alike from 0 to 1, the nearest first."""
        hits = view.searcher.search(query, AMONG, count=False, order_by_field="popularity").hits
        addresses = [address for _, address in hits]
        if not addresses or not len(self.keys):
            return []
        keys = np.array(view.searcher.fast_field_values("key", addresses), np.int64)
        # The last of equal keys is the newest.
        places = np.maximum(np.searchsorted(self.keys, keys, side="right") - 1, 0)
        known = np.flatnonzero(self.keys[places] == keys)
        alike = self.matrix[self.rows[places[known]]].astype(np.float32) @ self.vector * (STEP * STEP)
        order = np.argsort(-alike)[:NEAREST]
        return [(addresses[known[at]], float(alike[at])) for at in order if alike[at] >= UNLIKE]


class Meanings:
    """The vectors of titles by their keys. One thread adds; questions, by any thread, look at what was there."""

    def __init__(self, folder: Path, model: Model) -> None:
        # Nameless: it is made again from the database, and is gone with the process.
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self._model = model
        self._count = 0
        self._matrix = self._room(_FIRST_ROOM)
        self._keys = np.zeros(_FIRST_ROOM, np.int64)
        self._sorted = np.zeros(0, np.int64), np.zeros(0, np.int64)

    def _room(self, rows: int) -> NDArray[np.int8]:
        self._file.truncate(rows * SIZE)
        return np.memmap(self._file, np.int8, "r+", shape=(rows, SIZE))

    def add(self, keys: Sequence[int], vectors: Sequence[bytes]) -> None:
        """Put vectors in the place of older ones of their keys, or add them. Questions see those that are added after `ready`."""
        put, named = np.frombuffer(b"".join(vectors), np.int8).reshape(-1, SIZE), np.array(keys, np.int64)
        known, rows = self._sorted
        places = np.searchsorted(known, named, side="right") - 1
        there = (places >= 0) & (known[places] == named) if len(known) else np.zeros(len(named), bool)
        self._matrix[rows[places[there]]] = put[there]
        self._append(named[~there], put[~there])

    def _append(self, keys: NDArray[np.int64], vectors: NDArray[np.int8]) -> None:
        end = self._count + len(keys)
        if end > len(self._keys):
            room = max(end, 2 * len(self._keys))
            self._matrix, self._keys = self._room(room), np.resize(self._keys, room)
        self._matrix[self._count : end] = vectors
        self._keys[self._count : end] = keys
        self._count = end

    def ready(self) -> None:
        """Let questions see what was added."""
        keys = self._keys[: self._count]
        order = np.argsort(keys, kind="stable")
        self._sorted = keys[order], order

    def question(self, text: str) -> Question:
        """What a text means, to be compared."""
        keys, rows = self._sorted
        return Question(self._model.vectors([text])[0].astype(np.float32), keys, rows, self._matrix)

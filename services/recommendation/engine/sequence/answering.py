"""A sequence model that answers: an ONNX file, run on one processor by onnxruntime (the extra `sequence`)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 200_000_000


class BrokenNetwork(ValueError):
    """This is no sequence model, or one of other titles."""


class Unable(RuntimeError):
    """onnxruntime is not installed here."""


def able() -> bool:
    """Whether onnxruntime is installed."""
    return find_spec("onnxruntime") is not None


class Follows(Protocol):
    """What says what comes after a history."""

    def scores(self, history: Sequence[int]) -> NDArray[np.float64]: ...

    def of_many(self, histories: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]: ...


class Moved:
    """A sequence model over another list of titles: `moved` says where each of its own titles is there, -1 where nowhere."""

    def __init__(self, network: Follows, moved: NDArray[np.int64], titles: int) -> None:
        self._network, self._titles = network, titles
        self._ours = np.flatnonzero(moved >= 0)
        self._theirs = moved[self._ours]
        self._back = np.full(titles, -1, np.int64)
        self._back[self._theirs] = self._ours

    def scores(self, history: Sequence[int]) -> NDArray[np.float64]:
        """As `Network.scores`; what the model does not know is as likely as the least likely that it knows."""
        return self.of_many([np.asarray(history, np.int64)[::-1]])[0].astype(np.float64)

    def of_many(self, histories: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
        """As `Network.of_many`; after a history of which nothing is known all are alike."""
        found = np.zeros((len(histories), self._titles), np.float32)
        known = [moved[moved >= 0] for moved in (self._back[history] for history in histories)]
        rows = np.array([row for row, history in enumerate(known) if len(history)], np.int64)
        if len(rows):
            told = self._network.of_many([known[row] for row in rows.tolist()])
            found[rows] = told.min(axis=1, keepdims=True)
            found[rows[:, None], self._theirs[None, :]] = told[:, self._ours]
        return found


class Network:
    """What speaks for each title after a history, in units of logarithms. One thread, for other answers want the others."""

    def __init__(self, data: bytes, titles: int) -> None:
        """Read a file. Raises `BrokenNetwork` where it is damaged or of other titles, and `Unable` without onnxruntime."""
        if not able():
            raise Unable("onnxruntime is not installed: the extra `sequence` brings it")
        import onnxruntime

        if len(data) > MOST_BYTES:
            raise BrokenNetwork(f"it has {len(data):,} bytes, and {MOST_BYTES:,} is the most")
        self.data, self.titles = data, titles
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        # Kept between runs, memory for the longest history would stay taken for ever.
        options.enable_cpu_mem_arena = False
        try:
            self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
            self.longest = int(self._session.get_modelmeta().custom_metadata_map["longest"])
        except Exception as error:  # onnxruntime's own have no common kind
            raise BrokenNetwork(f"it cannot be read: {error}") from error
        if not 1 <= self.longest <= 10_000:
            raise BrokenNetwork(f"its longest history is {self.longest}")
        probe = self.scores([0, titles - 1])
        if not np.isfinite(probe).all():
            raise BrokenNetwork("its answers are no numbers")

    def scores(self, history: Sequence[int]) -> NDArray[np.float64]:
        """A number for each title, after these places (the newest first; there must be one)."""
        recent = np.asarray(history[: self.longest], np.int64)[::-1]
        found: NDArray[np.float64] = self._run(recent[None])[0].astype(np.float64)
        return found

    def of_many(self, histories: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
        """A row for each of several histories (the newest last; each at least one place)."""
        found = np.zeros((len(histories), self.titles), np.float32)
        cut = [history[-self.longest :] for history in histories]
        lengths = np.array([len(history) for history in cut])
        # Alike in length, so that little is empty.
        for rows in np.array_split(np.argsort(lengths, kind="stable"), -(-len(cut) // 32)) if len(cut) else ():
            wide = int(lengths[rows].max())
            told = np.full((len(rows), wide), self.titles, np.int64)
            for at, row in enumerate(rows.tolist()):
                told[at, wide - lengths[row] :] = cut[row]
            found[rows] = self._run(told)
        return found

    def _run(self, histories: NDArray[np.int64]) -> NDArray[np.float32]:
        try:
            found: Any = self._session.run(["scores"], {"histories": histories})[0]
        except Exception as error:  # onnxruntime's own have no common kind
            raise BrokenNetwork(f"it does not answer: {error}") from error
        if found.shape != (len(histories), self.titles):
            raise BrokenNetwork(f"it answers {found.shape} numbers for {self.titles} titles")
        result: NDArray[np.float32] = found
        return result

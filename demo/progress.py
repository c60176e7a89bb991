"""Owns `demo/progress.json`, from which the launcher shows how far the demo catalogue is."""

from __future__ import annotations

import json
import threading
from pathlib import Path


class Progress:
    """Counts titles: `total`, how many are `ready`, which is `current` and a `detail` in words. Written whole or not."""

    def __init__(self, file: Path, total: int) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._ready: set[str] = set()
        self._state: dict[str, object] = {"total": total, "ready": 0, "current": "", "detail": ""}
        file.parent.mkdir(parents=True, exist_ok=True)
        self._write()

    def ready(self, slug: str) -> None:
        """A title is published with all its films."""
        with self._lock:
            self._ready.add(slug)
            self._state["ready"] = len(self._ready)
            if self._state["ready"] == self._state["total"]:
                self._state["current"] = self._state["detail"] = ""
            self._write()

    def now(self, current: str, detail: str) -> None:
        """What is being done."""
        with self._lock:
            if (current, detail) != (self._state["current"], self._state["detail"]):
                self._state |= {"current": current, "detail": detail}
                self._write()

    def _write(self) -> None:
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(self._state, ensure_ascii=False), encoding="utf-8")
        part.replace(self._file)

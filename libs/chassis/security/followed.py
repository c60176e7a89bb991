"""A file with a secret that may change while a service runs: it is read again, and what it held before goes on until then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from libs.chassis import telemetry
from libs.chassis.components import Loop

log = telemetry.logger(__name__)


class Followed(Loop):
    """A component: hands the content of a file over whenever it has changed. `take` raises ValueError for one that is no good.

    The file is replaced whole, as a volume of Kubernetes and `bijou keys` do it. What cannot be read, or is no good, is said
    once and tried again; nothing changes meanwhile.
    """

    every = 2.0

    def __init__(self, name: str, path: Path, take: Callable[[str], None]) -> None:
        super().__init__()
        self.name = f"followed:{name}"
        self._path = path
        self._take = take
        self._held: str | None = None

    async def start(self) -> None:
        # What it holds now was read with the settings.
        self._held = self._path.read_text()
        await super().start()

    async def work(self) -> None:
        # A page of memory, or of a small local file: not worth a thread.
        found = self._path.read_text()
        if found != self._held:
            self._take(found)
            self._held = found
            log.info("secret_changed", component=self.name)

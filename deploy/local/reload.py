"""Which services a change of the code touches, and a thread that hears of changes."""

import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from watchfiles import Change, DefaultFilter, watch

from deploy.deployable import Service

# What every service stands on.
SHARED = "libs"


def folder(service: Service, source: Path) -> Path:
    """Where the service's own code lies."""
    return source / service.package.replace(".", "/")


def touched(paths: Iterable[Path], services: Sequence[Service], source: Path) -> list[str]:
    """The names of the services that run some of these files."""
    folders = {parent for path in paths for parent in path.parents}
    if source / SHARED in folders:
        return [service.name for service in services]
    return [service.name for service in services if folder(service, source) in folders]


class Code(DefaultFilter):
    """Passes over what editors and caches leave beside the code, and what only people read."""

    def __call__(self, change: Change, path: str) -> bool:
        # What has no suffix is a file that an editor writes first and then renames.
        return super().__call__(change, path) and Path(path).suffix != "" and Path(path).name != "README.md"


class CodeWatcher:
    """Hears in a thread which files change; `wake` is called in it.

    While its thread lives no program is forked from this process (see `Program.spawn`): each one starts afresh, with
    nothing of the code that was loaded before.
    """

    def __init__(self, services: Sequence[Service], source: Path, wake: Callable[[], None]) -> None:
        wanted = {source / SHARED, *(folder(service, source) for service in services)}
        self._folders = [path for path in wanted if path.exists()]
        self._wake = wake
        self._heard: queue.SimpleQueue[set[Path] | str] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="code-watcher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def changes(self) -> tuple[set[Path], str]:
        """Files that have changed since the last call, and why no more will be heard of (empty: they will)."""
        paths, trouble = set[Path](), ""
        while not self._heard.empty():
            heard = self._heard.get()
            if isinstance(heard, str):
                trouble = heard
            else:
                paths |= heard
        return paths, trouble

    def _follow(self) -> None:
        try:
            for changes in watch(*self._folders, watch_filter=Code(), stop_event=self._stop, raise_interrupt=False):
                self._heard.put({Path(path) for _, path in changes})
                self._wake()
        except (OSError, RuntimeError) as error:
            self._heard.put(f"The code is no longer watched, restart `make dev`: {error}")
            self._wake()

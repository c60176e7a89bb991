"""All logs as one: every part's lines, coloured by part, JSON lines made readable."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.text import Text

_PALETTE = ("cyan", "magenta", "green", "yellow", "blue", "bright_red", "bright_cyan", "bright_magenta", "bright_green")
_LEVELS = {"warning": "yellow", "error": "red", "critical": "red bold", "debug": "dim"}
_KNOWN = ("timestamp", "level", "event", "service", "logger", "exception")


def readable(line: str) -> Text:
    """One line as people read it: time, event and fields of a JSON line, anything else as it is."""
    fields = _parse(line)
    if fields is None:
        return Text(line)
    level = str(fields.get("level", "info"))
    text = Text(str(fields.get("timestamp", ""))[11:23] + " ", style="dim")
    text.append(str(fields.get("event", "")), style=_LEVELS.get(level, ""))
    for name, value in fields.items():
        if name not in _KNOWN:
            text.append(f" {name}=", style="dim").append(str(value))
    if fields.get("exception"):
        text.append("\n" + str(fields["exception"]), style="red")
    return text


def _parse(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        found = orjson.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "event" in found else None


def last_words(tail: str) -> str:
    """What a program's log ends with, as a sentence: the reason it gave, else its last line."""
    line = next((line for line in reversed(tail.splitlines()) if line.strip()), "")
    fields = _parse(line)
    if fields is None:
        return line.strip()
    why = fields.get("reason") or str(fields.get("exception", "")).strip().rpartition("\n")[2]
    return f"{fields['event']}: {why}" if why else str(fields["event"])


def part_of(log: Path) -> str:
    """The part whose log it is: the edge has several."""
    return log.stem.partition(".")[0]


class Follower:
    """Reads what is new in a set of files that may appear, grow and be replaced."""

    def __init__(self, folders: list[Path], only: frozenset[str]) -> None:
        self._folders = folders
        self._only = only
        self._places: dict[Path, tuple[int, int]] = {}

    def files(self) -> list[Path]:
        found = [path for folder in self._folders for path in sorted(folder.glob("*.log"))]
        return [path for path in found if not self._only or path.stem in self._only or part_of(path) in self._only]

    def last(self, lines: int) -> Iterator[tuple[str, str]]:
        """The last lines of each file, as (part, line)."""
        for path in self.files():
            content = path.read_bytes()
            self._places[path] = (path.stat().st_ino, len(content))
            for line in content.decode(errors="replace").splitlines()[-lines:]:
                yield path.stem, line

    def new(self) -> Iterator[tuple[str, str]]:
        """What has been written since the last look, whole lines only."""
        for path in self.files():
            info = path.stat()
            inode, offset = self._places.get(path, (info.st_ino, 0))
            if inode != info.st_ino or info.st_size < offset:
                offset = 0
            with path.open("rb") as file:
                file.seek(offset)
                chunk = file.read()
            whole = chunk[: chunk.rfind(b"\n") + 1]
            self._places[path] = (info.st_ino, offset + len(whole))
            for line in whole.decode(errors="replace").splitlines():
                yield path.stem, line


def parts(folders: list[Path]) -> list[str]:
    """Every part that has a log."""
    return sorted({part_of(path) for path in Follower(folders, frozenset()).files()})


def unknown(folders: list[Path], asked: Iterable[str]) -> list[str]:
    """Those asked for that have no log."""
    logs = Follower(folders, frozenset()).files()
    return sorted(set(asked) - {path.stem for path in logs} - {part_of(path) for path in logs})


def show(console: Console, folders: list[Path], only: frozenset[str], lines: int, follow: bool) -> None:
    """Print the last lines of every log, then what comes (until interrupted)."""
    follower = Follower(folders, only)
    width = max((len(path.stem) for path in follower.files()), default=8)
    colours: dict[str, str] = {}

    def put(part: str, line: str) -> None:
        colour = colours.setdefault(part, _PALETTE[len(colours) % len(_PALETTE)])
        console.print(Text(f"{part:>{width}} │ ", style=colour).append_text(readable(line)), soft_wrap=True)

    for part, line in follower.last(lines):
        put(part, line)
    while follow:
        for part, line in follower.new():
            put(part, line)
        time.sleep(0.2)

"""What runs right now: the launcher's state file, completed with each process's memory."""

import json
import time
from contextlib import suppress
from typing import Any

import psutil
from rich.console import RenderableType
from rich.table import Table

from deploy.local.data import Data
from deploy.local.display import dot


def read(data: Data) -> dict[str, Any] | None:
    """The launcher's last word, or None where none runs."""
    pid = data.launcher()
    if pid is None:
        return None
    with suppress(OSError, ValueError, KeyError):
        found: dict[str, Any] = json.loads(data.state.read_text())
        # One that has just begun has said nothing yet; what an earlier one said last is not about it.
        return found if found["launcher"] == pid else None
    return None


def demo(data: Data) -> dict[str, Any]:
    """How far the demo films are, by their own word: total, ready, current, detail; empty before they are begun."""
    with suppress(OSError, ValueError):
        found: dict[str, Any] = json.loads((data.demo / "progress.json").read_text())
        return found
    return {}


def memory(pid: int) -> int:
    """Bytes of a process and all below it; pages shared with others count by their share (PSS), so they add up."""
    total = 0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for each in [process, *process.children(recursive=True)]:
            with suppress(psutil.Error):
                info = each.memory_full_info()
                total += getattr(info, "pss", info.uss)
    return total


def table(state: dict[str, Any], launcher: int) -> RenderableType:
    """One row for each part. Uptimes are corrected for the age of the state file."""
    age = max(0.0, time.time() - float(state["written"]))
    shown = Table(box=None, padding=(0, 2), header_style="dim")
    for heading, justify in (
        ("part", "left"), ("state", "left"), ("pid", "right"), ("port", "right"), ("restarts", "right"),
        ("memory", "right"), ("up", "right"),
    ):  # fmt: skip
        shown.add_column(heading, justify=justify)  # type: ignore[arg-type]
    total = own = own_memory(launcher)
    shown.add_row("launcher", dot(str(state["phase"])), str(launcher), "", "", _megabytes(own), "")
    for part in state["parts"]:
        used = memory(part["pid"]) if part["pid"] else 0
        total += used
        shown.add_row(
            part["name"],
            dot(part["state"]),
            str(part["pid"] or ""),
            str(part["port"] or ""),
            str(part["restarts"] or ""),
            _megabytes(used),
            duration(part["seconds"] + age) if part["pid"] else "",
        )
    shown.add_row("", "", "", "", "", f"[bold]{_megabytes(total)}[/]", "")
    return shown


def own_memory(pid: int) -> int:
    """Bytes (PSS) of one process without its children."""
    with suppress(psutil.Error):
        info = psutil.Process(pid).memory_full_info()
        return int(getattr(info, "pss", info.uss))
    return 0


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB" if size else ""


def duration(seconds: float) -> str:
    """Short and for people: 42 s, 3 min, 5 h 20 min, 2 d 4 h."""
    minutes = int(seconds) // 60
    if minutes < 1:
        return f"{int(seconds)} s"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440} d {minutes // 60 % 24} h"

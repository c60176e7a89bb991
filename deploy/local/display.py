"""What a person sees while the platform starts and runs: live on a terminal, line by line elsewhere."""

import time
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from deploy.local.data import Account

COLOURS = {
    "ready": "green",
    "done": "green",
    "starting": "yellow",
    "restarting": "red",
    "waiting": "dim",
    "stopped": "dim",
    "failed": "red",
    "stopping": "yellow",
    "draining": "yellow",
    "drained": "dim",
}


def dot(state: str) -> Text:
    return Text("● ", style=COLOURS.get(state, "dim")).append(state, style="dim")


def welcome(url: str, admin: Account, demo: Account, ready_after: float | None = None) -> RenderableType:
    """The address, and who can sign in."""
    table = Table.grid(padding=(0, 3))
    table.add_row("[bold]Watch[/]", f"[bold cyan link={url}]{url}[/]")
    table.add_row("Viewer", f"{demo.email}   [bold]{demo.password}[/]")
    table.add_row("Admin", f"{admin.email}   [bold]{admin.password}[/]")
    took = f"[dim]ready in {ready_after:.1f} s[/]" if ready_after else None
    return Panel(table, title="[bold]Bijou[/]", title_align="left", subtitle=took, subtitle_align="right", expand=False)


def hints() -> Text:
    return Text("make status · make logs · make down     Ctrl-C stops everything", style="dim")


def parts_line(parts: list[dict[str, Any]]) -> Text:
    """Every part in one paragraph, coloured by its state."""
    line = Text()
    for part in parts:
        line.append(f"●\u00a0{part['name']}  ", style=COLOURS.get(part["state"], "dim"))
    return line


def troubles(parts: list[dict[str, Any]]) -> list[Text]:
    """A line for each part that ends again and again, with its last words."""
    return [
        Text(f"{part['name']} ended by itself: ", style="red").append(f"{part['trouble']}  ", style="default")
        + Text(f"make logs PARTS={part['name']}", style="dim")
        for part in parts
        if part.get("trouble")
    ]


def demo_line(progress: dict[str, Any]) -> Text:
    """How far the demo catalogue is; empty once it is complete or before it has begun."""
    total, ready = int(progress.get("total") or 0), int(progress.get("ready") or 0)
    if not total or ready >= total:
        return Text()
    width = 24
    filled = width * ready // total
    line = Text("Demo films  ").append("━" * filled, style="cyan").append("━" * (width - filled), style="dim")
    line.append(f"  {ready}/{total}")
    now = " ".join(str(progress[key]) for key in ("current", "detail") if progress.get(key))
    return line.append(f"  {now}", style="dim")


class Display:
    """Shows the state of a launch; `show` may be called as often as one likes."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console()
        self._live: Live | None = None
        self._last_step = ""
        self._last_demo = ""
        self._told: set[str] = set()
        self._shown = 0.0

    def __enter__(self) -> "Display":
        if self.console.is_terminal:
            # Refreshed by hand: a refreshing thread would end up, half alive, in every forked child.
            self._live = Live(console=self.console, auto_refresh=False, transient=True)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def print(self, *what: RenderableType) -> None:
        self.console.print(*what)

    def show(self, phase: str, step: str, parts: list[dict[str, Any]], progress: dict[str, Any]) -> None:
        changed = step != self._last_step
        self._last_step = step
        if self._live is None:
            if changed:
                self.console.print(f"{step} …" if phase == "starting" else step, highlight=False)
            self._demo_in_lines(progress)
            self._tell(troubles(parts))
            return
        if not changed and time.monotonic() - self._shown < 0.1:
            return
        self._shown = time.monotonic()
        head = Text(step, style="bold " + COLOURS.get(phase, "")) if phase != "ready" else hints()
        lines = [line for line in (parts_line(parts), *troubles(parts), demo_line(progress), head) if line]
        self._live.update(Group(*lines), refresh=True)

    def _tell(self, lines: list[Text]) -> None:
        """Each once."""
        for line in lines:
            if line.plain not in self._told:
                self._told.add(line.plain)
                self.console.print(line)

    def _demo_in_lines(self, progress: dict[str, Any]) -> None:
        text = f"demo films: {progress.get('ready')}/{progress.get('total')}" if progress else ""
        if text and text != self._last_demo:
            self._last_demo = text
            self.console.print(text, highlight=False)

"""`bijou status`, `logs` and `accounts`: what runs, what it says, and who can sign in."""

import time
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console

from deploy.local import display, logs, status
from deploy.local.data import Data

app = typer.Typer()
console = Console()


@app.command(name="status")
def show_status() -> None:
    """What runs, since when, and how much memory it takes."""
    data = Data.from_environment()
    pid = data.launcher()
    state = status.read(data)
    if pid is None or state is None:
        console.print("The platform is not running. [bold]make up[/] starts it.")
        raise typer.Exit(3)
    console.print(status.table(state, pid))
    for trouble in display.troubles(state["parts"]):
        console.print(trouble)
    if line := display.demo_line(status.demo(data)):
        console.print(line)
    if state["url"]:
        console.print(f"{state['url']}   up {status.duration(time.time() - float(state['began']))}")


@app.command(name="logs")
def show_logs(
    parts: Annotated[list[str] | None, typer.Argument(help="Only these parts.")] = None,
    lines: Annotated[int, typer.Option("-n", help="Lines of each part to begin with.")] = 10,
    follow: Annotated[bool, typer.Option(help="Go on with what comes.")] = True,
) -> None:
    """Every part's log in one view."""
    data = Data.from_environment()
    folders = [data.log, data.edge / "log"]
    if unknown := logs.unknown(folders, parts or ()):
        known = ", ".join(logs.parts(folders)) or "none yet; `make up` makes them"
        console.print(f"There is no log of {', '.join(unknown)}. There are: {known}.", markup=False, highlight=False)
        raise typer.Exit(1)
    with suppress(KeyboardInterrupt):
        logs.show(console, folders, frozenset(parts or ()), lines, follow)


@app.command()
def accounts() -> None:
    """Who can sign in from the first minute, and with which password."""
    data = Data.from_environment()
    state = status.read(data)
    if data.secrets_if_any() is None:
        console.print("There are no accounts yet. [bold]make up[/] makes them.")
        raise typer.Exit(1)
    welcome(data, str(state["url"]) if state else "not running")


def welcome(data: Data, url: str, ready_after: float | None = None) -> None:
    """Show the address and the first accounts again."""
    secrets = data.secrets_if_any()
    if secrets:
        console.print(display.welcome(url, secrets.admin, secrets.demo, ready_after))

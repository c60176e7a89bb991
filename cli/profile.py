"""`bijou profile`: where a running service spends its time."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.table import Table

from cli.console import console, stop
from deploy import topology
from deploy.local import profiling, status
from deploy.local.data import Data

app = typer.Typer()


@app.command()
def profile(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="Which one; `bijou status` lists them.")],
    seconds: Annotated[int, typer.Argument(min=1, help="How long to look.")] = 30,
    top: Annotated[int, typer.Option(min=1, help="How many functions to list.")] = 20,
) -> None:
    """Sample a running service and list the functions that took its time."""
    data = Data.from_environment()
    pid = _process(data, service)
    path = data.profiles / f"{service}-{time.strftime('%Y%m%d-%H%M%S')}.speedscope.json"
    console.print(f"Sampling {service} (process {pid}) for {seconds} s. Only what happens meanwhile is seen.")
    try:
        profiling.record(pid, seconds, path)
    except profiling.NotProfiled as refused:
        stop(str(refused))
    busy, found = profiling.read(path)
    if not found:
        console.print(f"{service} was idle the whole time. Give it something to do, and look again.")
        return
    console.print(f"Busy for {busy:.1f} s, of which:")
    console.print(_table(found[:top]))
    console.print("The whole picture, to be opened at https://www.speedscope.app (nothing is uploaded):")
    console.print(str(path), highlight=False)


def _process(data: Data, service: str) -> int:
    """The service's process. Ends the command where there is none."""
    state = status.read(data)
    if state is None:
        stop("The platform is not running. `make up` starts it.")
    names = [each.name for each in topology.SERVICES]
    if service not in names:
        stop(f"There is no service {service}. There are: {', '.join(names)}.")
    part = next((part for part in state["parts"] if part["name"] == service), None)
    if part is None or part["pid"] is None:
        stop(f"{service} does not run at the moment. `make status` and `make logs PARTS={service}` say more.")
    return int(part["pid"])


def _table(functions: list[profiling.Function]) -> Table:
    shown = Table(box=None, padding=(0, 2), header_style="dim")
    for heading in ("itself", "with what it calls"):
        shown.add_column(heading, justify="right")
    shown.add_column("function")
    shown.add_column("file", overflow="fold", style="dim")
    for each in functions:
        shown.add_row(f"{each.own:.1%}", f"{each.total:.1%}", each.name, each.place)
    return shown

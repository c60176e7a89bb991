"""`bijou drain`: a part, or the whole platform on this machine, ends with what it has in hand and takes nothing new."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from typing import Annotated, Any

import typer

from cli.console import console, stop
from cli.up import down
from deploy import topology
from deploy.deployable import Queue
from deploy.local import draining, status
from deploy.local.data import Data
from deploy.local.environment import parts

app = typer.Typer()
EDGE = "nginx"
SLACK_SECONDS = 15.0  # for the launcher, which looks once a second and may have to end something by force


@app.command()
def drain(
    names: Annotated[list[str] | None, typer.Argument(metavar="[PART]…", help="Which; everything by itself.")] = None,
    within: Annotated[
        float, typer.Option(min=1, help="Seconds after which what has not ended is ended by force.")
    ] = 120,
    back: Annotated[bool, typer.Option(help="Start these again, which were drained.")] = False,
) -> None:
    """Have parts take nothing new, finish what they have in hand, hand their leases over, and end; they stay ended.

    Without a name the whole platform: the edge, then the gateway, then all services and workers, then the servers.
    """
    data = Data.from_environment()
    state = status.read(data)
    if state is None:
        stop(
            "The platform is not running. On Kubernetes pods are drained by what deletes them: docs/runbooks/drain.md."
        )
    there = [str(part["name"]) for part in state["parts"]]
    if back:
        _back(data, _wanted(names or list(draining.read(data)), there), within)
        return
    if names:
        _drain(data, _wanted(names, there), within)
        return
    for stage in _stages(there):
        _drain(data, stage, within)
    down()


def _stages(there: Sequence[str]) -> list[list[str]]:
    """What goes at once: whoever asks before whom it asks."""
    ours = [part for service in topology.SERVICES for part in _parts(service.name) if part in there]
    gateway = topology.GATEWAY.name
    return [[EDGE], [gateway], [part for part in ours if part != gateway]]


def _parts(name: str) -> list[str]:
    service = next(service for service in topology.SERVICES if service.name == name)
    return parts(service) if isinstance(service.scale, Queue) else [service.name]


def _wanted(names: Iterable[str], there: Sequence[str]) -> list[str]:
    known = [EDGE, *(service.name for service in topology.SERVICES)]
    found = []
    for name in names:
        if name not in known and name not in there:
            stop(f"There is no part {name} that can be drained. There are: {', '.join(known)}.")
        found += [part for part in (_parts(name) if name in known and name != EDGE else [name]) if part in there]
    return list(dict.fromkeys(found))


def _drain(data: Data, names: Collection[str], within: float) -> None:
    draining.write(data, {**draining.read(data), **dict.fromkeys(names, within)})
    states = _wait(data, names, {"drained", "done", "stopped"}, within + SLACK_SECONDS)
    forced = sorted(name for name in names if states[name]["trouble"])
    for name in names:
        how = "ended by force" if name in forced else "drained"
        console.print(f"{name}: {how}", highlight=False)
    if forced:
        told = "what they had in hand is taken up by others, or by their callers"
        stop(f"{', '.join(forced)} did not end within {within:g} s: {told}.")


def _back(data: Data, names: Collection[str], within: float) -> None:
    left = {name: seconds for name, seconds in draining.read(data).items() if name not in names}
    draining.write(data, left)
    _wait(data, names, {"ready"}, within)
    console.print(f"{', '.join(names)}: back", highlight=False)


def _wait(data: Data, names: Collection[str], states: Collection[str], seconds: float) -> dict[str, dict[str, Any]]:
    deadline = time.monotonic() + seconds
    while True:
        state = status.read(data)
        if state is None:
            stop("The platform has ended meanwhile.")
        found = {part["name"]: part for part in state["parts"] if part["name"] in names}
        if all(part["state"] in states for part in found.values()):
            return found
        if time.monotonic() > deadline:
            late = sorted(name for name, part in found.items() if part["state"] not in states)
            stop(f"{', '.join(late)} did not get so far within {seconds:g} s. `bijou status` shows how they fare.")
        time.sleep(0.1)

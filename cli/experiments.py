"""`bijou experiments`: what was tried out, and what came of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli.console import console, stop
from cli.service import opened
from libs.chassis.clock import SystemClock
from services.events import picture
from services.events.schemas.experiments import ExperimentReport
from services.events.service.analysis import Analysis
from services.events.service.experiments import NoSuchExperiment

app = typer.Typer(help="What is tried out.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="As staff called it.")]
AsJson = Annotated[bool, typer.Option("--json", help="All of it, for programs.")]
Picture = Annotated[Path | None, typer.Option("--picture", help="Write it as SVG, too.")]


@app.callback()
def _group() -> None:
    """Keep `report` a command of its own, alone as it is."""


@app.command()
def report(name: Name, json: AsJson = False, picture_file: Picture = None) -> None:
    """Judge an experiment by all that is known now. Look as often as you like."""
    found = asyncio.run(_report(name))
    if picture_file is not None:
        picture_file.write_text(picture.svg(found))
    if json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        _show(found)


async def _report(name: str) -> ExperimentReport:
    async with opened("events") as service:
        try:
            return await Analysis(service.db, SystemClock()).report(name)
        except NoSuchExperiment:
            stop(f"There is no experiment {name}.")


def _show(found: ExperimentReport) -> None:
    arms = ", ".join(f"{arm.arm} {arm.profiles}" for arm in found.arms)
    console.print(f"{found.name} ({found.status}); profiles: {arms}", highlight=False)
    if not found.trustworthy:
        console.print(f"{picture.MISTRUSTED} (p = {found.mismatch_p_value:.2g})", highlight=False)
    table = Table("measure", "arm", "part", "control", "arm's", "difference", "from", "to", "verdict", box=None)
    for row in (*found.results, *found.segments):
        numbers = [row.control_mean, row.mean, row.estimate, row.low, row.high]
        shown = ["-" if number is None else f"{number:.4g}" for number in numbers]
        table.add_row(row.measure, row.arm, row.segment or "", *shown, row.verdict)
    console.print(table)

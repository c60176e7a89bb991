"""`bijou doctor`: what is wrong with the platform, why it matters, and what to do."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.console import console, stop
from deploy.local.data import Damaged
from deploy.operations import places
from deploy.operations.doctor import whole
from deploy.operations.doctor.findings import Looked, examine

app = typer.Typer()
PATIENCE = 15.0


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print what was looked at and found as JSON.")] = False,
    patience: Annotated[
        float, typer.Option(min=1, help="Seconds after which nobody is waited for any more.")
    ] = PATIENCE,
) -> None:
    """Look at everything and say what is wrong: settings, databases, broker, objects, clocks, secrets, disks, programs.

    Ends with 1 where there is a problem, with 0 where there is none or nothing but warnings.
    """
    try:
        looked = examine(whole.checks(places.find(), lambda: datetime.now(UTC)), patience)
    except (places.NoPlatform, Damaged) as trouble:
        stop(str(trouble))
    if as_json:
        print(json.dumps([_as_json(each) for each in looked], indent=1))  # noqa: T201
    else:
        _show(looked)
    sys.stdout.flush()
    problems = any(finding.level == "problem" for each in looked for finding in each.findings)
    # Not by returning: what did not answer may hold a lock that the interpreter's end waits for.
    os._exit(1 if problems else 0)


def _as_json(each: Looked) -> dict[str, object]:
    findings = [asdict(finding) for finding in each.findings]
    return {"check": each.check.name, "seconds": round(each.seconds, 3), "ended": each.done, "findings": findings}


def _show(looked: list[Looked]) -> None:
    for each in looked:
        for finding in each.findings:
            console.print(f"{finding.level}: {finding.what}", style="red" if finding.level == "problem" else "yellow")
            console.print(f"  why:  {finding.why}", highlight=False)
            console.print(f"  do:   {finding.do}", highlight=False)
    found = [finding for each in looked for finding in each.findings]
    problems = sum(finding.level == "problem" for finding in found)
    console.print(
        f"Looked at {len(looked)} things: {problems} problems, {len(found) - problems} warnings.", highlight=False
    )

"""`bijou new-service`: an empty but running service, to be filled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.console import console, stop
from deploy.scaffold.service import NotThatName, write

ROOT = Path(__file__).resolve().parents[1]

app = typer.Typer()


@app.command()
def new_service(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="One word: it names the folder, the database and the path.")
    ],
) -> None:
    """Write a new service: folder, contracts, tests, and its entry in deploy/topology.py."""
    try:
        written = write(name, ROOT)
    except NotThatName as refused:
        stop(str(refused))
    code = [path for path in written if path.endswith(".py")]
    for options in (["check", "--fix-only", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *options, *code], cwd=ROOT, check=True)
    for path in written:
        console.print(path, highlight=False)
    # `make new-service` goes on by itself.
    console.print("What is made from these: make generate.")

"""`bijou recommend`: which models there are, and which one answers."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.table import Table

from cli.console import console, stop
from cli.service import opened
from cli.training import trainer
from libs.chassis.object_store import NoSuchObject
from services.recommendation.engine.artefact import BrokenModel
from services.recommendation.repository import models as stored

app = typer.Typer(help="The models that recommend.", no_args_is_help=True)
Version = Annotated[str, typer.Argument(metavar="VERSION", help="As `bijou recommend models` names it.")]


@app.command()
def models() -> None:
    """List all models, the newest first."""
    asyncio.run(_models())


@app.command()
def use(version: Version) -> None:
    """Answer with this model from now on, everywhere and at once."""
    asyncio.run(_use(version))


@app.command()
def back() -> None:
    """Answer with the model before."""
    asyncio.run(_back())


async def _models() -> None:
    async with opened("recommendation") as service:
        rows = await stored.every(service.db)
    highest = max((row["chosen"] for row in rows if row["chosen"] is not None), default=None)
    table = Table("version", "made", "NDCG@10", "popularity's", "", box=None)
    for row in rows:
        rankings = row["card"]["evaluation"]["rankings"]
        state = "in use" if row["chosen"] is not None and row["chosen"] == highest else ""
        scores = [f"{rankings[name]['ndcg@10']:.4f}" for name in ("new", "popularity")]
        table.add_row(row["version"], f"{row['made_at']:%Y-%m-%d %H:%M}", *scores, state)
    console.print(table)


async def _use(version: str) -> None:
    async with trainer() as training:
        try:
            found = await training.choose(version)
        except (BrokenModel, NoSuchObject) as error:
            stop(f"{version} cannot be read, so nothing was changed: {error}")
        if not found:
            stop(f"There is no model {version}.")
    console.print(f"{version} is in use.", highlight=False)


async def _back() -> None:
    async with trainer() as training:
        left = await training.go_back()
    if left is None:
        stop("There is no model to go back to.")
    console.print(f"{left} is not used any more; the one before it is.", highlight=False)

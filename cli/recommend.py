"""`bijou recommend`: which models there are, and which one answers."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from cli.console import console, stop
from cli.service import opened, told
from cli.training import trainer
from libs.chassis.clock import SystemClock
from libs.chassis.object_store import NoSuchObject, open_store
from services.recommendation.engine.artefact import BrokenModel
from services.recommendation.engine.pictures import Comparison
from services.recommendation.repository import models as stored
from services.recommendation.service.explaining import Explained, Explaining, NotKnown
from services.recommendation.service.in_use import PRIVATE
from services.recommendation.service.pictures import NotBetter, TooFew, estimate
from services.recommendation.settings import Settings

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


@app.command()
def explain(
    profile: Annotated[UUID, typer.Argument(metavar="PROFILE", help="The profile's id.")],
    title: Annotated[UUID, typer.Argument(metavar="TITLE", help="The title's id.")],
    country: Annotated[str, typer.Option(help="Where the profile watches, as in US.")] = "US",
) -> None:
    """Say why a title stands where it does for a profile, or why it is not shown."""
    asyncio.run(_explain(profile, title, country))


@app.command()
def pictures(
    accept: Annotated[
        bool, typer.Option(help="Let posters be chosen for viewers from now on, if that is better.")
    ] = False,
) -> None:
    """Say what choosing posters for viewers would bring, by what was shown and chosen in the arms of `home.artwork`."""
    asyncio.run(_pictures(accept=accept))


async def _pictures(*, accept: bool) -> None:
    async with opened("recommendation") as service:
        try:
            found = await estimate(service.db, SystemClock(), accept=accept)
        except (TooFew, NotBetter) as error:
            stop(str(error))
    show_pictures(found)
    if accept:
        console.print("Posters are chosen from now on where the flag or the experiment `home.artwork` says so.")


def show_pictures(found: Comparison) -> None:
    """Print what titles' own posters bring, and those that are chosen."""
    table = Table(
        "of a hundred showings are chosen", "inverse propensity", "self-normalised", "doubly robust", box=None
    )
    for name, each in (("titles' own", found.usual), ("chosen", found.chosen)):
        table.add_row(name, *(f"{value:.2f} ({low:.2f} to {high:.2f})" for value, low, high in each))
    console.print(table)
    value, low, high = found.better
    said = "better" if low > 0 else "worse" if high < 0 else "neither better nor worse beyond chance"
    console.print(
        f"Chosen, {value:+.2f} ({low:+.2f} to {high:+.2f}): {said}. By {found.trials} showings to {found.profiles} viewers.",
        highlight=False,
    )


async def _explain(profile_id: UUID, title_id: UUID, country: str) -> None:
    settings = told("recommendation")
    assert isinstance(settings, Settings)
    async with opened("recommendation") as service:
        store = open_store(settings.object_store_url, PRIVATE)
        try:
            found = await Explaining(service.db, store, SystemClock()).explain(profile_id, title_id, country.upper())
        except NotKnown as error:
            stop(str(error))
    show(found)


def show(found: Explained) -> None:
    """Print why a title stands where it does."""
    console.print(f"{found.title}, by {found.model or 'what titles are about'}", highlight=False)
    if not found.personal:
        console.print("What this profile likes decides nothing: it has not agreed to that, or is a child's.")
    for said in found.against:
        console.print(f"Not picked: {said}.", highlight=False)
    if found.score is not None:
        table = Table("what speaks for it", "spreads", box=None)
        for name, value in sorted(found.terms.items(), key=lambda each: -abs(each[1])):
            table.add_row(name, f"{value:+.3f}")
        table.add_row("together", f"{found.score:+.3f}")
        console.print(table)
    if found.rank is not None:
        console.print(f"Place {found.rank} of {found.of} that may be picked.", highlight=False)
    if found.because:
        console.print(f"It goes with: {', '.join(found.because)}.", highlight=False)
    console.print(f"On the first page: {', '.join(found.rows) or 'nowhere'}.", highlight=False)


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

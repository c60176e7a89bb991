"""`bijou train` and `bijou evaluate`: the model that recommends, made from what was watched here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import util
from typing import Annotated, Any, Literal

import typer
from rich.table import Table

from cli.console import console, stop
from cli.lake_plays import lake
from cli.service import opened, told
from deploy.local.data import Data
from libs.chassis.clock import SystemClock
from libs.chassis.data.database import is_transient
from libs.chassis.object_store import StoreAway, open_store
from services.recommendation.engine.training import Sequences
from services.recommendation.service.comparing import TooLittle, Verdict
from services.recommendation.service.in_use import PRIVATE
from services.recommendation.service.training import AtWork, Training
from services.recommendation.settings import Settings

app = typer.Typer(help="The model that recommends.", no_args_is_help=True)
WHY_NOT: dict[Verdict, str] = {
    "better": "",
    "no_better_than_popularity": "It is no better than popularity beyond chance, so what answered before goes on.",
    "worse_than_in_use": "It is worse than the model in use, so that one goes on.",
    "without_sequence": "The model in use has a sequence model, and this one, which has none, is not better beyond chance, so "
    "that one goes on. `--sequence` trains one with it.",
    "not_compared": "Too few watched anything since the model in use was made to say which is better, so that one goes on. "
    "`--anyway` chooses the new one.",
    "not_measured": "Nobody watched anything by which it could be measured, so what answered before goes on.",
}
SEQUENCE_PACKAGES = ("torch", "onnx", "onnxscript", "onnxruntime")
Sequence = Annotated[
    bool,
    typer.Option(
        "--sequence", help="Train a sequence model too, kept where it helps; `make train-sequence` brings PyTorch."
    ),
]
LearnFrom = Annotated[
    Literal["auto", "lake", "service"],
    typer.Option(
        "--plays", help="Whose plays teach: the lake's where it has any, always the lake's, or the service's own."
    ),
]
Anyway = Annotated[bool, typer.Option("--anyway", help="Choose it even where it is no better.")]


@app.command()
def train(anyway: Anyway = False, sequence: Sequence = False, plays: LearnFrom = "auto") -> None:
    """Train a model from what was watched, keep it, and answer with it where it is better."""
    sequences = fitting() if sequence else None
    asyncio.run(_train(anyway, sequences, plays))


@app.command()
def evaluate(
    months: Annotated[
        int, typer.Option(min=0, max=24, help="Train anew for each of so many months, and put them together.")
    ] = 0,
    plays: LearnFrom = "auto",
) -> None:
    """Say how well a model trained now would foretell what was watched, beside popularity and the model in use."""
    asyncio.run(_evaluate(months, plays))


@asynccontextmanager
async def trainer(plays: str = "service") -> AsyncIterator[Training]:
    """What trains, from recommendation's own settings, and from the plays that are wanted."""
    settings = told("recommendation")
    assert isinstance(settings, Settings)
    async with opened("recommendation") as service:
        try:
            with lake(settings.object_store_url, plays) as source:
                yield Training(service.db, open_store(settings.object_store_url, PRIVATE), SystemClock(), source)
        except StoreAway as error:
            stop(f"The object store cannot be used, so nothing was changed: {error.__cause__ or error}")
        except Exception as error:
            if not is_transient(error):
                raise
            stop(f"The database of recommendation did not answer in time, so nothing was changed: {error}")


def fitting() -> Sequences:
    """What trains sequence models. One that is cut short goes on where it was, the next time."""
    missing = [name for name in SEQUENCE_PACKAGES if util.find_spec(name) is None]
    if missing:
        stop(f"A sequence model needs {', '.join(missing)}, which is not installed: `make train-sequence` fetches it.")
    from services.recommendation.engine.sequence.fitting import Fitting

    return Fitting(folder=Data.from_environment().root / "sequence")


async def _train(anyway: bool, sequences: Sequences | None, plays: str) -> None:
    async with trainer(plays) as training:
        try:
            made = await training.train(anyway=anyway, sequences=sequences)
        except (TooLittle, AtWork) as error:
            stop(str(error))
    _show(made.card["evaluation"])
    if sequences is not None:
        kept = made.card["sequence"] is not None
        console.print(
            "The sequence model is kept." if kept else "The sequence model did not help beyond chance and is left out."
        )
    then = "Answers come from it now." if made.chosen else WHY_NOT[made.card["evaluation"]["verdict"]]
    console.print(f"{made.version}: {then}", highlight=False)


async def _evaluate(months: int, plays: str) -> None:
    async with trainer(plays) as training:
        try:
            comparison = await training.evaluate(months)
        except TooLittle as error:
            stop(str(error))
    _show(comparison.told())


def _show(told: dict[str, Any]) -> None:
    columns = (
        "NDCG@10",
        "hits@10",
        "coverage@10",
        "novelty@10 (bits)",
        "popularity bias",
        "genres off (bits)",
        "viewers",
    )
    table = Table("foretelling " + told["split"], *columns, box=None)
    for name, row in told["rankings"].items():
        measures = ("ndcg@10", "hit@10", "coverage@10", "novelty@10", "popularity_bias", "genres_off")
        shown = [f"{row[measure]:.4f}" for measure in measures]
        table.add_row(name, *shown, str(row["viewers"]))
    console.print(table)
    for name, over in told["new_over"].items():
        console.print(f"New over {name}: {over['low']:+.4f} to {over['high']:+.4f} (95 %)", highlight=False)

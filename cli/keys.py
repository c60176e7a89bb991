"""`bijou keys`: the keys that sign tokens and grants, changed without anybody noticing."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import console, stop
from deploy.local.data import Damaged
from deploy.operations import places
from deploy.operations.keys import KINDS, Keys, Kind, NotOurs, UnderWay
from libs.chassis.settings import WrongSettings

app = typer.Typer(no_args_is_help=True, help="Look at the keys that sign tokens and grants, and change them.")
Only = Annotated[str, typer.Option(help=f"Only this one: {' or '.join(KINDS)}.")]


@app.command()
def show() -> None:
    """Say since when each key is there, and whether an old one is still beside it."""
    keys = _keys()
    for kind in KINDS:
        key = keys.look(kind)
        since = f"since {key.since:%Y-%m-%d %H:%M:%S} UTC" if key.since else "since the first start"
        console.print(f"{kind}: {since}", highlight=False)
        if key.over:
            console.print(
                f"  the new one signs from {key.signs:%H:%M:%S} on; the old may go {key.over:%Y-%m-%d %H:%M:%S} UTC"
            )


@app.command()
def rotate(only: Only = "") -> None:
    """Make a new key of each kind, which signs once everybody knows it; the old one goes on being believed."""
    keys = _keys()
    for kind in _kinds(only):
        try:
            key = keys.rotate(kind)
        except UnderWay as why:
            stop(str(why))
        console.print(
            f"{kind}: a new key is there, and signs from {key.signs:%H:%M:%S} UTC on. Retire the old one after"
            f" {key.over:%Y-%m-%d %H:%M:%S} UTC: bijou keys retire",
            highlight=False,
        )


@app.command()
def retire(only: Only = "") -> None:
    """Drop each old key of which nothing that it signed can live any more; ends with 1 while one has to stay."""
    keys, waiting = _keys(), []
    for kind in _kinds(only):
        try:
            gone = keys.retire(kind)
            console.print(f"{kind}: {'the old key is gone' if gone else 'there is no old key'}.", highlight=False)
        except UnderWay as why:
            waiting.append(str(why))
    if waiting:
        stop("\n".join(waiting))


def _keys() -> Keys:
    try:
        return Keys(places.find())
    except (places.NoPlatform, NotOurs, WrongSettings, Damaged) as trouble:
        stop(str(trouble))


def _kinds(only: str) -> tuple[Kind, ...]:
    if only and only not in KINDS:
        stop(f"There is no key {only}. There are: {', '.join(KINDS)}.")
    return (only,) if only else KINDS

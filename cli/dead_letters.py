"""`bijou dead-letters`: look at events that could not be applied, try them again, or let them go."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.table import Table
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncSession

from cli.console import console, stop
from cli.service import opened, owners
from libs.chassis.messaging import dead_letters, redriving
from libs.chassis.messaging.dead_letters import Letter
from libs.chassis.messaging.redriving import Verdict
from libs.contracts.registry import EVENTS

app = typer.Typer(help="Events that could not be applied.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="SERVICE", help=", ".join(owners()))]
Id = Annotated[int, typer.Argument(metavar="ID", help="As `list` shows it.")]
Ids = Annotated[list[int] | None, typer.Argument(metavar="ID…", help="As `list` shows them.")]
File = Annotated[typer.FileText, typer.Option("--file", help="The whole event's data; - reads what is typed.")]
All = Annotated[bool, typer.Option("--all", help="All of them.")]


Limit = Annotated[int, typer.Option("--limit", min=1, max=1_000, help="How many at most.")]
Before = Annotated[int | None, typer.Option("--before", metavar="ID", help="Only those put aside before this one.")]


@app.command(name="list")
def list_(service: Name, limit: Limit = 50, before: Before = None) -> None:
    """What was put aside, the newest first."""
    letters = asyncio.run(_page(service, limit + 1, before))
    if not letters:
        console.print("There are no dead letters." if before is None else f"There are none before {before}.")
        return
    table = Table("id", "since", "consumer", "topic", "key", "type", "reason", box=None)
    for letter in letters[:limit]:
        since = f"{letter.created_at:%Y-%m-%d %H:%M:%S}"
        reason = letter.reason.partition("\n")[0][:100]
        cells = str(letter.id), since, letter.consumer, letter.topic, letter.key or "", letter.type or "?", reason
        table.add_row(*map(Text, cells))
    console.print(table)
    if len(letters) > limit:
        last = letters[limit - 1].id
        console.print(f"Older ones: bijou dead-letters list {service} --before {last}", highlight=False)


@app.command()
def show(service: Name, letter: Id) -> None:
    """All that is known of one: where it lay, why it was put aside, what it says."""
    found = asyncio.run(_get(service, letter))
    if found is None:
        stop(f"There is no dead letter {letter} in {service}.")
    for name in Letter.__slots__:
        value = getattr(found, name)
        text = value.decode(errors="replace") if isinstance(value, bytes) else value
        console.print(f"{name:>12}  {text}", highlight=False)


@app.command()
def retry(service: Name, ids: Ids = None, everything: All = False) -> None:
    """Apply them again, in their order. One that is applied is gone; behind one that fails again, those of its key wait."""
    _some(ids, everything)
    became = asyncio.run(_retry(service, ids or []))
    console.print(
        f"Applied {became['applied']}, failed again {became['failed']},"
        f" left because one before them failed {became['waiting']}.",
        highlight=False,
    )
    if became["failed"]:
        raise typer.Exit(1)


@app.command()
def mend(service: Name, letter: Id, file: File) -> None:
    """Put another content in its place, from a file of JSON that fits its type, and apply it."""
    found = asyncio.run(_get(service, letter))
    if found is None:
        stop(f"There is no dead letter {letter} in {service}.")
    kind = EVENTS.get(found.type or "")
    if kind is None:
        stop(f"Nobody knows events of the type {found.type}: letter {letter} can only be dropped.")
    content = file.read().encode()
    try:
        said = kind.model_validate_json(content)
    except ValidationError as error:
        stop(f"That is no {found.type}: {error}")
    if said.key() != found.key:
        stop(f"That is an event of {said.key()}, and letter {letter} is of {found.key}: its order would be lost.")
    became = asyncio.run(_mend(service, letter, content))
    console.print(f"Mended {letter}; applied {became['applied']}, failed again {became['failed']}.", highlight=False)
    if became["failed"]:
        raise typer.Exit(1)


@app.command()
def drop(service: Name, ids: Ids = None, everything: All = False) -> None:
    """Let them go: what they say will never be applied."""
    _some(ids, everything)
    console.print(f"Dropped {asyncio.run(_drop(service, ids or []))}.", highlight=False)


def _some(ids: list[int] | None, everything: bool) -> None:
    if bool(ids) == everything:
        stop("Say which (their ids), or --all.")


async def _page(name: str, limit: int, before: int | None) -> list[Letter]:
    async with opened(name) as service, service.db.background() as session:
        return await dead_letters.newest(session, limit, before)


async def _get(name: str, letter_id: int) -> Letter | None:
    async with opened(name) as service, service.db.background() as session:
        return await dead_letters.get(session, letter_id)


async def _retry(name: str, ids: list[int]) -> Counter[str]:
    async with opened(name) as service:
        async with service.db.background() as session:
            known = await _known(session, name, ids)
        return _tell(await redriving.replay(service.db, service.consumers, known))


def _tell(verdicts: Sequence[Verdict]) -> Counter[str]:
    """Say why those that failed did; return how many letters there are of each outcome."""
    for verdict in verdicts:
        if verdict.outcome == "failed":
            console.print(f"{verdict.id}: {verdict.reason}", highlight=False, markup=False)
    return Counter(verdict.outcome for verdict in verdicts)


async def _known(session: AsyncSession, name: str, ids: list[int]) -> list[int]:
    """Return the ids of all letters, or of those named, in their order; end the command where one that is named is not there."""
    known = await dead_letters.in_order(session, ids)
    if unknown := sorted(set(ids) - set(known)):
        which = ", ".join(map(str, unknown))
        stop(
            f"There is no dead letter {which} in {name}. Nothing was done; `bijou dead-letters list {name}` shows them."
        )
    return known


async def _mend(name: str, letter_id: int, content: bytes) -> Counter[str]:
    async with opened(name) as service:
        async with service.db.background() as session:
            await dead_letters.mend(session, letter_id, content)
        return _tell(await redriving.replay(service.db, service.consumers, [letter_id]))


async def _drop(name: str, ids: list[int]) -> int:
    async with opened(name) as service:
        async with service.db.background() as session:
            known = await _known(session, name, ids)
        return sum(verdict.outcome == "dropped" for verdict in await redriving.drop(service.db, known))

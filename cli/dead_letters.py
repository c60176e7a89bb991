"""`bijou dead-letters`: look at events that could not be applied, try them again, or let them go."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.table import Table
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncSession

from cli.console import console, stop
from cli.service import Service, opened, owners
from libs.chassis.messaging import dead_letters
from libs.chassis.messaging.dead_letters import Letter
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
    applied, failed, waiting = asyncio.run(_retry(service, ids or []))
    console.print(
        f"Applied {applied}, failed again {failed}, left because one before them failed {waiting}.", highlight=False
    )
    if failed:
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
    applied, failed, _ = asyncio.run(_mend(service, letter, content))
    console.print(f"Mended {letter}; applied {applied}, failed again {failed}.", highlight=False)
    if failed:
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


async def _retry(name: str, ids: list[int]) -> tuple[int, int, int]:
    async with opened(name) as service:
        async with service.db.background() as session:
            known = await _known(session, name, ids)
        return await retry_in_order(service, known)


async def _known(session: AsyncSession, name: str, ids: list[int]) -> list[int]:
    """Return the ids of all letters, or of those named, in their order; end the command where one that is named is not there."""
    known = await dead_letters.in_order(session, ids)
    if unknown := sorted(set(ids) - set(known)):
        which = ", ".join(map(str, unknown))
        stop(
            f"There is no dead letter {which} in {name}. Nothing was done; `bijou dead-letters list {name}` shows them."
        )
    return known


async def retry_in_order(service: Service, ids: Sequence[int]) -> tuple[int, int, int]:
    """Return how many were applied, failed again, and were left because one of their key failed before them."""
    applied = waiting = 0
    stuck: set[tuple[str, str, str | None]] = set()
    failed = 0
    for letter_id in ids:
        async with service.db.background() as session:
            letter = await dead_letters.get(session, letter_id)
        if letter is None:
            continue
        place = letter.consumer, letter.topic, letter.key
        consumer = service.consumer(letter.consumer)
        if place in stuck:
            waiting += 1
            continue
        try:
            if consumer is None:
                raise LookupError(f"{service.name} has no consumer {letter.consumer} any more")
            applied += await consumer.applier.apply_letter(letter)
        except Exception as error:
            failed += 1
            stuck.add(place)
            console.print(f"{letter.id}: {type(error).__name__}: {error}", highlight=False)
    return applied, failed, waiting


async def _mend(name: str, letter_id: int, content: bytes) -> tuple[int, int, int]:
    async with opened(name) as service:
        async with service.db.background() as session:
            await dead_letters.mend(session, letter_id, content)
        return await retry_in_order(service, [letter_id])


async def _drop(name: str, ids: list[int]) -> int:
    async with opened(name) as service, service.db.background() as session:
        known = await _known(session, name, ids)
        return sum([await dead_letters.take(session, letter_id) for letter_id in known])

"""`bijou search`: what an operator does with the search index."""

from __future__ import annotations

import asyncio

import typer

from cli.console import console
from cli.service import opened
from services.search.repository import changes

app = typer.Typer(help="The search index.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `rebuild` a command of its own, alone as it is."""


@app.command()
def rebuild() -> None:
    """Have every replica build its index anew, beside the one that goes on answering, and switch."""
    number = asyncio.run(_rebuild())
    console.print(f"Rebuild {number} is asked for. Each replica begins at once, and says in its log when it is done.")


async def _rebuild() -> int:
    async with opened("search") as service:
        return await changes.ask_for_rebuild(service.db)

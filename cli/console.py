"""How a command speaks where what it says may go into a file, and how it ends when it cannot go on."""

import sys
from typing import NoReturn

import typer
from rich.console import Console

# Into a file or a pipe nothing is broken into lines: an id must stay one word.
console = Console(width=None if sys.stdout.isatty() else 400, markup=False, emoji=False)


def stop(reason: str) -> NoReturn:
    """End the command, saying why."""
    console.print(reason, highlight=False)
    raise typer.Exit(1)

"""`bijou mail`: what the platform on this machine has mailed, and to whom."""

from email.message import EmailMessage
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.local import status
from deploy.local.data import Data
from services.identity.api.mailbox import kept

app = typer.Typer()
console = Console()


@app.command()
def mail(
    number: Annotated[int, typer.Argument(help="Show one of them: 1 is the newest.", min=0)] = 0,
    to: Annotated[str, typer.Option(help="Only those to addresses with this in them.")] = "",
) -> None:
    """What was mailed, the newest first; with a number, what one of them says."""
    data = Data.from_environment()
    found = [message for _, message in kept(data.mail) if to.casefold() in str(message["To"]).casefold()]
    if number == 0:
        console.print(_table(found) if found else "Nothing was mailed yet.")
        state = status.read(data)
        port = next((part["port"] for part in state["parts"] if part["name"] == "identity"), None) if state else None
        if port:
            console.print(f"As they look: http://127.0.0.1:{port}/mail")
        return
    if number > len(found):
        console.print(f"There are {len(found)} mails.")
        raise typer.Exit(1)
    message = found[number - 1]
    part = message.get_body(("plain",))
    for header in ("To", "Subject", "Date"):
        console.print(f"[bold]{header}:[/] ", end="")
        console.print(str(message[header]), markup=False, highlight=False)
    # Links may be longer than the window is wide, and are to be copied whole.
    typer.echo("\n" + (part.get_content() if part else ""))


def _table(messages: list[EmailMessage]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("", "To", "Subject", "Date"):
        table.add_column(heading, overflow="fold")
    for place, message in enumerate(messages, 1):
        table.add_row(str(place), str(message["To"]), str(message["Subject"]), str(message["Date"]))
    return table

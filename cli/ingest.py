"""`bijou ingest`: a film of one's own."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from demo import ingest as films
from deploy.local import status
from deploy.local.data import Data

app = typer.Typer()
console = Console()


@app.command()
def ingest(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A video file.")],
    title: Annotated[str, typer.Option(help="The film's name; the file's name if left out.")] = "",
    trailer_of: Annotated[str, typer.Option(help="The slug of the title that the file is a trailer of.")] = "",
    release_at: Annotated[
        str, typer.Option(help="When it is to be out, such as 2026-12-24T20:00:00Z: within a day, it is encoded first.")
    ] = "",
) -> None:
    """Add a film: upload, transcode, publish, through the public API."""
    data = Data.from_environment()
    state, secrets = status.read(data), data.secrets_if_any()
    if state is None or secrets is None or not state["url"]:
        console.print("The platform is not running. [bold]make up[/] starts it.")
        raise typer.Exit(3)
    os.environ["BIJOU_PUBLIC_URL"] = str(state["url"])
    os.environ["BIJOU_ADMIN_EMAIL"] = secrets.admin.email
    os.environ["BIJOU_ADMIN_PASSWORD"] = secrets.admin.password
    films.ingest(file, title if trailer_of else title or file.stem, trailer_of=trailer_of, release_at=release_at)

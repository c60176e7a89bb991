"""`bijou dev`: the platform while one works on it."""

from typing import Annotated

import typer
from rich.text import Text

from cli.up import console, in_foreground, stop_where_the_table_is_wrong
from deploy.local.data import Data
from deploy.local.dev import DevLaunch
from deploy.local.environment import HOST

app = typer.Typer()


@app.command()
def dev(
    demo: Annotated[bool, typer.Option(help="Fill an empty platform with the demo films.")] = True,
    host: Annotated[str, typer.Option(envvar="BIJOU_LISTEN", help="Address to listen on.")] = HOST,
    port: Annotated[
        int | None, typer.Option(envvar="BIJOU_PUBLIC_PORT", min=1, max=65535, help="Port to listen on.")
    ] = None,
) -> None:
    """Start the platform as `up` does, restart services and replace the web app as their code changes."""
    data = Data.from_environment()
    stop_where_the_table_is_wrong()
    if (pid := data.launcher()) is not None:
        console.print(f"The platform is already running (process {pid}). [bold]make down[/] stops it.")
        raise typer.Exit(1)
    in_foreground(
        DevLaunch(data, host=host, port=port, demo=demo, tell=lambda text: console.print(Text(text), soft_wrap=True))
    )

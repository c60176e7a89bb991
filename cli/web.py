"""`bijou web`: the web app built, and scripts of its package.json."""

from typing import Annotated

import typer
from rich.console import Console

from deploy.local import web as building

app = typer.Typer()
console = Console()


@app.command()
def web(
    scripts: Annotated[list[str] | None, typer.Argument(help="Then run these scripts of package.json.")] = None,
) -> None:
    """Build the web app, if anything it is made of has changed."""
    code = building.build(console)
    for script in scripts or ():
        code = code or building.run(building.WEB, "run", script, "--silent")
    raise typer.Exit(code)

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
    build: Annotated[bool, typer.Option(help="Build it before.")] = True,
) -> None:
    """Build the web app, if anything it is made of has changed."""
    if not build and not (building.WEB / "node_modules").exists():
        console.print("The web app's packages are not installed yet: [bold]make web[/] does it.")
        raise typer.Exit(1)
    code = building.build(console) if build else 0
    for script in scripts or ():
        code = code or building.run(building.WEB, "run", script, "--silent")
    raise typer.Exit(code)

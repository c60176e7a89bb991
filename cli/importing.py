"""`bijou import`: a file of titles, by a mapping, through the public API."""

import gzip
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO, cast

import typer
from rich.console import Console
from rich.table import Table

from cli.console import stop
from demo.studio import Refused, Studio, StudioSettings
from deploy.local import status
from deploy.local.data import Data

app = typer.Typer()
console = Console()

PART = 8 * 1024 * 1024
SHOWN = 100  # faults that are printed; all of them stay with the import
RUNNING = ("queued", "checking", "importing", "undoing")


@app.command("import")
def import_titles(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV or JSON Lines; .gz too.")
    ],
    mapping: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Which column becomes what.")],
    dry_run: Annotated[bool, typer.Option(help="Only check every row.")] = False,
) -> None:
    """Import titles: all of a file, or nothing where a row is at fault."""
    _as_staff()
    with Studio(StudioSettings()) as studio:
        try:
            wanted = json.loads(mapping.read_text())
            made = studio.call("POST", "/imports", json={"file_name": file.name, "mapping": wanted})
            path, parts = f"/imports/{made['id']}", 0
            for parts, data in enumerate(_parts(file), 1):
                studio.call("PUT", f"{path}/parts/{parts}", content=data)
            studio.call("POST", f"{path}/start", json={"parts": max(parts, 1), "dry_run": dry_run})
            _tell(studio, path, _watch(studio, path))
        except (Refused, ValueError) as error:
            stop(str(error))


@app.command("undo-import")
def undo_import(
    import_id: Annotated[str, typer.Argument(help="As `bijou import` said it.")],
    force: Annotated[bool, typer.Option(help="Also where titles have been edited since.")] = False,
) -> None:
    """Remove everything that an import has made."""
    _as_staff()
    with Studio(StudioSettings()) as studio:
        try:
            studio.call("POST", f"/imports/{import_id}/undo", json={"force": force})
            _tell(studio, f"/imports/{import_id}", _watch(studio, f"/imports/{import_id}"))
        except Refused as error:
            stop(str(error))


def _as_staff() -> None:
    data = Data.from_environment()
    state, secrets = status.read(data), data.secrets_if_any()
    if state is None or secrets is None or not state["url"]:
        stop("The platform is not running. [bold]make up[/] starts it.")
        return
    os.environ["BIJOU_PUBLIC_URL"] = str(state["url"])
    os.environ["BIJOU_ADMIN_EMAIL"] = secrets.admin.email
    os.environ["BIJOU_ADMIN_PASSWORD"] = secrets.admin.password


def _parts(file: Path) -> Iterator[bytes]:
    with cast(BinaryIO, gzip.open(file) if file.suffix == ".gz" else file.open("rb")) as source:
        while data := source.read(PART):
            yield data


def _watch(studio: Studio, path: str) -> dict[str, Any]:
    with console.status("Waiting …") as shown:
        while (found := studio.call("GET", path))["status"] in RUNNING:
            shown.update(f"{found['status']}: {found['rows']:,} rows, {found['faults']:,} faults")
            time.sleep(0.5)
    return found


def _tell(studio: Studio, path: str, found: dict[str, Any]) -> None:
    if found["status"] == "refused":
        listed = Table("line", "column", "what is wrong")
        for item in studio.call("GET", f"{path}/faults?limit={SHOWN}")["items"]:
            listed.add_row(str(item["line"]), item["column"] or "", item["message"])
        console.print(listed)
        console.print(f"Nothing was imported: {found['faults']:,} faults in {found['rows']:,} rows.")
        raise typer.Exit(1)
    if found["status"] == "failed":
        stop(f"The import failed, and nothing was imported: {found['detail']}")
    said = {
        "checked": f"All {found['rows']:,} rows can be imported.",
        "done": f"Imported {found['titles']:,} titles; {found['skipped']:,} were here. Undo: bijou undo-import {found['id']}",
        "undone": "Everything it made is gone.",
    }
    console.print(said.get(found["status"], found["status"]))

"""`bijou import`: a file of titles, by a mapping, through the public API."""

import gzip
import json
import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NoReturn, cast

import typer
from rich.table import Table

from cli.console import console, stop
from demo.studio import Refused, Studio, StudioSettings
from deploy.local import status
from deploy.local.data import Data

app = typer.Typer()

PART = 8 * 1024 * 1024
SHOWN = 100  # faults that are printed; all of them stay with the import
GZIP = b"\x1f\x8b"
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
    wanted = _mapping(mapping)
    first = next(_parts(file), b"")
    if not first.strip():
        stop(f"{file} is empty: there is nothing to import.")
    _as_staff()
    with Studio(StudioSettings()) as studio:
        try:
            made = studio.call("POST", "/imports", json={"file_name": file.name, "mapping": wanted})
        except Refused as error:
            if error.status != 422:
                stop(str(error))
            _refuse(mapping, _reasons(error))
        try:
            path, parts = f"/imports/{made['id']}", 0
            for parts, data in enumerate(_parts(file), 1):
                studio.call("PUT", f"{path}/parts/{parts}", content=data)
            studio.call("POST", f"{path}/start", json={"parts": max(parts, 1), "dry_run": dry_run})
            _tell(studio, path, _watch(studio, path))
        except Refused as error:
            stop(str(error))


@app.command("undo-import")
def undo_import(
    import_id: Annotated[str, typer.Argument(help="As `bijou import` said it.")],
    force: Annotated[bool, typer.Option(help="Also where titles have been edited since.")] = False,
) -> None:
    """Remove everything that an import has made, and give back what it has changed."""
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
        stop("The platform is not running. make up starts it.")
        return
    os.environ["BIJOU_DATA"] = str(data.root)
    os.environ["BIJOU_PUBLIC_URL"] = str(state["url"])
    os.environ["BIJOU_ADMIN_EMAIL"] = secrets.admin.email
    os.environ["BIJOU_ADMIN_PASSWORD"] = secrets.admin.password


def _mapping(file: Path) -> Any:
    wanted = None
    try:
        wanted = json.loads(file.read_text("utf-8"))
    except UnicodeDecodeError:
        _refuse(file, "it is no text in UTF-8")
    except json.JSONDecodeError as error:
        _refuse(file, f"line {error.lineno}, column {error.colno}: {error.msg}")
    return wanted


def _refuse(mapping: Path, reason: str) -> NoReturn:
    stop(f"{mapping} is no mapping ({reason}). A mapping is JSON; docs/imports.md says what goes into one.")


def _parts(file: Path) -> Iterator[bytes]:
    """Return the bytes of a file in parts; of a compressed one, whatever it is called, what is in it."""
    with file.open("rb") as raw:
        packed = raw.peek(2)[:2] == GZIP
        if file.suffix == ".gz" and not packed:
            stop(f"{file} is called .gz and is not compressed by gzip. If it is a plain file, name it without .gz.")
        with cast(BinaryIO, gzip.open(raw)) if packed else raw as source:
            try:
                while data := source.read(PART):
                    yield data
            except (EOFError, OSError, zlib.error) as error:
                stop(f"{file} cannot be unpacked to its end ({error}): was it copied whole?")


def _reasons(error: Refused) -> str:
    """Return what was wrong with what was sent, each with its place."""
    said = [": ".join([*map(str, item["loc"][2:]), item["msg"]]) for item in error.body.get("errors", ())]
    return "; ".join(said[:5]) or str(error)


def _watch(studio: Studio, path: str) -> dict[str, Any]:
    with console.status("Waiting …") as shown:
        told = ""
        while (found := studio.call("GET", path))["status"] in RUNNING:
            shown.update(f"{found['status']}: {found['rows']:,} rows, {found['faults']:,} faults")
            if found["status"] != told and not console.is_terminal:
                told = found["status"]
                console.print(f"{told} …")
            time.sleep(0.5)
    return found


def _tell(studio: Studio, path: str, found: dict[str, Any]) -> None:
    if found["status"] == "refused":
        listed = Table("line", "column", "what is wrong")
        for item in studio.call("GET", f"{path}/faults?limit={SHOWN}")["items"]:
            listed.add_row(str(item["line"]), item["column"] or "", item["message"])
        console.print(listed)
        more = f" The first {SHOWN} are shown." if found["faults"] > SHOWN else ""
        console.print(f"Nothing was imported: {found['faults']:,} faults in {found['rows']:,} rows.{more}")
        raise typer.Exit(1)
    if found["status"] == "failed":
        stop(f"The import failed, and nothing was imported: {found['detail']}")
    said = {
        "checked": f"All {found['rows']:,} rows can be imported: it would {_becomes(found, dry=True)}.",
        "done": f"Of {found['rows']:,} rows it has {_becomes(found, dry=False)}."
        f" Undo: .venv/bin/bijou undo-import {found['id']}",
        "undone": "Everything it made is gone, and what it changed is as it was.",
    }
    console.print(said.get(found["status"], found["status"]), soft_wrap=True)


def _becomes(found: dict[str, Any], *, dry: bool) -> str:
    """Return what an import has done to the catalogue; of a dry one, what it would do."""
    made, changed, left, skipped = (
        ("make", "change", "leave", "skip") if dry else ("made", "changed", "left", "skipped")
    )
    again = f" ({found['to_review']:,} of them to be approved again)" if found["to_review"] else ""
    told = [f"{made} {found['titles']:,} titles", f"{changed} {found['changed']:,}{again}"]
    told.append(f"{left} {found['unchanged']:,} that say all of it already")
    return f"{', '.join(told)}, and {skipped} {found['skipped']:,} that were here"

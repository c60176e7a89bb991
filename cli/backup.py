"""`bijou backup`, `backups` and `restore`: a platform copied while it runs, and put back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.console import console, stop
from deploy.local.data import AlreadyRunning, Data
from deploy.local.nodes.base import NodeFailed
from deploy.operations import backup as backing
from deploy.operations import databases, places, restore
from deploy.operations.archive import AnotherBackup, Archive, BackupDamaged, NoBackup
from deploy.operations.topics import BrokerFailed
from libs.chassis.object_store import StoreAway
from libs.chassis.settings import WrongSettings

app = typer.Typer()
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the backups are.", resolve_path=True)]

# What an operator can do something about, each with a sentence of its own.
TOLD = (
    AlreadyRunning, AnotherBackup, BackupDamaged, BrokerFailed, NoBackup, NodeFailed, StoreAway, WrongSettings,
    backing.NothingSecretHere, backing.NoLog, backing.NotOurServer, databases.DatabaseFailed, databases.RowsDiffer,
    databases.ServerAway, places.NoPlatform, restore.NoRoom, restore.NotInBackup, restore.SomethingThere, restore.StillRunning,
)  # fmt: skip


@app.command()
def backup(
    folder: Folder,
    secrets: Annotated[
        bool, typer.Option(help="Copy passwords and keys too: who reads it then has the platform.")
    ] = False,
    files: Annotated[
        bool, typer.Option(help="Copy PostgreSQL's own files too, so that `restore --until` goes to any second after.")
    ] = False,
    keep: Annotated[int, typer.Option(min=0, help="Delete all but so many of the newest backups; 0 deletes none.")] = 0,
) -> None:
    """Copy the whole platform into a folder, while it runs: databases at one instant, and objects."""
    archive = Archive(folder)
    with told():
        made = backing.take(places.find(), archive, secrets=secrets, files=files, say=_say)
        rows = sum(table.rows for dump in made.databases.values() for table in dump.tables.values())
        with archive.alone():
            gone = archive.keep(keep) if keep else []
    console.print(
        f"{made.id}: {len(made.databases)} databases with {rows} rows, {made.objects.count} objects of"
        f" {made.objects.size / 1e6:.0f} MB, {'with' if made.secrets else 'without'} secrets.",
        highlight=False,
    )
    if made.apart:
        console.print(
            f"The databases were copied {made.apart:.3f} s apart: no instant was free of writes.", highlight=False
        )
    if made.objects.gone:
        console.print(f"{made.objects.gone} objects were deleted while they were to be copied.", highlight=False)
    if gone:
        console.print(f"Deleted: {', '.join(gone)}.", highlight=False)


@app.command()
def backups(folder: Folder) -> None:
    """List the complete backups of a folder, the newest last."""
    archive = Archive(folder)
    with told():
        for name in archive.ids():
            found = archive.manifest(name)
            size = sum(dump.file.size for dump in found.databases.values()) + found.objects.size
            with_secrets = "  with secrets" if found.secrets else ""
            console.print(f"{name}  {size / 1e6:.0f} MB  {found.objects.count} objects{with_secrets}", highlight=False)
        if not archive.ids():
            stop(f"There is no complete backup in {folder}.")


@app.command(name="restore")
def put_back(
    folder: Folder,
    name: Annotated[str, typer.Option("--backup", help="Which one; the newest by itself.")] = "",
    verify: Annotated[bool, typer.Option(help="Only try it: into a folder that is deleted again.")] = False,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"], help="Databases as at this moment, in UTC."),
    ] = None,
    replace: Annotated[bool, typer.Option(help="Delete the platform's data that is there, for the backup's.")] = False,
) -> None:
    """Put a backup back, and compare every row and object with what was copied. The platform must not run."""
    archive, began = Archive(folder), time.monotonic()
    with told():
        which = name or archive.newest()
        if until:
            done = restore.to_moment(Data.from_environment(), archive, until.replace(tzinfo=UTC), say=_say)
            console.print(f"The databases are as at {until} UTC: {done.rows} rows ({time.monotonic() - began:.0f} s).")
            return
        if verify:
            done = restore.tried(archive, which, say=_say)
        elif places.in_environment():
            done = restore.elsewhere(places.find(), archive, which, replace=replace, say=_say)
        else:
            done = restore.here(Data.from_environment(), archive, which, replace=replace, say=_say)
    what = "can be put back" if verify else "is put back"
    console.print(
        f"{which} {what}: {done.rows} rows and {done.objects} objects are as they were copied"
        f" ({time.monotonic() - began:.0f} s).",
        highlight=False,
    )
    if not verify and not done.secrets:
        console.print("Passwords and keys are those of this place: everybody's own passwords are as they were copied.")


def _say(step: str) -> None:
    console.print(f"{step} …", style="dim", highlight=False)


@contextmanager
def told() -> Iterator[None]:
    """End with a sentence where something is wrong that an operator can do something about."""
    try:
        yield
    except TOLD as trouble:
        stop(str(trouble) or " ".join((trouble.__doc__ or "").split()))

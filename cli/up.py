"""`bijou up`, `down` and `reset`: the platform on this machine started, stopped, and emptied."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from cli.console import stop
from cli.status import welcome
from deploy import mistakes
from deploy.local import display, leftovers, status
from deploy.local.data import ROOT, AlreadyRunning, Data
from deploy.local.environment import HOST
from deploy.local.launch import Launch

app = typer.Typer()
console = Console()

# PostgreSQL's log, in a folder of backups.
LOG = "wal"
STOP_SECONDS = 60.0
START_SECONDS = 180.0


@app.command()
def up(
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Leave it running in the background.")] = False,
    demo: Annotated[bool, typer.Option(help="Fill an empty platform with the demo films.")] = True,
    host: Annotated[str, typer.Option(envvar="BIJOU_LISTEN", help="Address to listen on.")] = HOST,
    port: Annotated[
        int | None, typer.Option(envvar="BIJOU_PUBLIC_PORT", min=1, max=65535, help="Port to listen on.")
    ] = None,
    lake: Annotated[bool, typer.Option(envvar="BIJOU_LAKE", help="Run the lake's sink as well.")] = False,
    backups: Annotated[
        Path | None, typer.Option(envvar="BIJOU_BACKUPS", help="Keep PostgreSQL's log in this folder of backups.")
    ] = None,
    greet: Annotated[bool, typer.Option(hidden=True)] = True,
) -> None:
    """Start the platform; in the foreground, until Ctrl-C, unless told otherwise."""
    data = Data.from_environment()
    stop_where_the_table_is_wrong()
    if (pid := data.launcher()) is not None:
        state = status.read(data)
        console.print(f"The platform is already running (process {pid}).")
        if state and state["url"]:
            welcome(data, str(state["url"]))
        return
    if detach:
        _up_in_background(data, demo=demo, host=host, port=port, lake=lake, backups=backups)
        return
    asked = ("lake",) if lake else ()
    archive = backups.resolve() / LOG if backups else None
    in_foreground(Launch(data, host=host, port=port, demo=demo, asked=asked, archive=archive), greet=greet)


def stop_where_the_table_is_wrong() -> None:
    """Before anything starts, and before any log is needed to see why."""
    try:
        mistakes.refuse()
    except mistakes.WrongTable as wrong:
        stop(str(wrong))


def in_foreground(launch: Launch, *, greet: bool = True) -> NoReturn:
    """Run a launch and show how it fares, until it ends."""
    greeted = False
    with display.Display(console) as screen:

        def report(launch: Launch) -> None:
            nonlocal greeted
            if launch.phase == "ready" and greet and not greeted and launch.machine:
                greeted = True
                machine, secrets = launch.machine, launch.machine.secrets
                screen.print(display.welcome(machine.public_url, secrets.admin, secrets.demo, launch.ready_after))
            parts = launch.supervisor.snapshot() if launch.supervisor else []
            demo_films = status.demo(launch.data) if launch.phase == "ready" and launch.demo else {}
            screen.show(launch.phase, launch.step, parts, demo_films)

        launch.report = report
        try:
            code = launch.run()
        except AlreadyRunning as running:
            console.print(str(running))
            code = 1
    if launch.error:
        console.print(f"[red]The platform could not start.[/] {launch.error}", highlight=False)
        console.print("The logs have more: [bold]make logs[/]. To start from nothing: [bold]make reset[/].")
    raise typer.Exit(code)


def _up_in_background(data: Data, *, demo: bool, host: str, port: int | None, lake: bool, backups: Path | None) -> None:
    data.make()
    # What it prints goes to a log, where passwords have no place; the greeting is ours to print.
    command = [sys.executable, "-m", "cli", "up", f"--host={host}", "--no-greet"]
    command += [f"--port={port}"] if port else []
    command += [] if demo else ["--no-demo"]
    command += ["--lake"] if lake else []
    command += [f"--backups={backups.resolve()}"] if backups else []
    with data.log_of("launcher").open("ab") as log:
        launcher = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    deadline = time.monotonic() + START_SECONDS
    with display.Display(console) as screen:
        while time.monotonic() < deadline:
            state = status.read(data)
            if state:
                screen.show(state["phase"], state["step"], state["parts"], {})
            if state and state["phase"] == "ready":
                break
            # One that another `up` began at the same moment will do as well.
            if launcher.poll() is not None and data.launcher() is None:
                console.print("[red]The platform could not start.[/] The last lines of its log:")
                console.print(data.log_of("launcher").read_text(errors="replace")[-3000:], highlight=False)
                raise typer.Exit(1)
            time.sleep(0.1)
        else:
            console.print("The platform is taking long. See [bold]make status[/] and [bold]make logs[/].")
            raise typer.Exit(1)
    welcome(data, str(state["url"]), state["ready_after"])
    for trouble in display.troubles(state["parts"]):
        console.print(trouble)
    films = status.demo(data)
    if demo and not (films and films.get("ready") == films.get("total")):
        console.print(
            "The demo films are made in the background, the first within a minute or two: [bold]make status[/]."
        )
    console.print("It runs in the background. [dim]make status · make logs · make down[/]")


@app.command()
def down() -> None:
    """Stop everything, in order."""
    data = Data.from_environment()
    pid = data.launcher()
    if pid is None:
        ended = leftovers.end(data.run)
        console.print(f"Ended {len(ended)} processes left behind." if ended else "The platform is not running.")
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while data.launcher() is not None:
        if time.monotonic() > deadline:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            leftovers.end(data.run)
            break
        time.sleep(0.05)
    console.print("Stopped.")


@app.command()
def reset(
    force: Annotated[bool, typer.Option(envvar="FORCE", help="Do not ask.")] = False,
    films: Annotated[bool, typer.Option(help="Delete the demo's films as well, which are kept otherwise.")] = False,
) -> None:
    """Stop, and delete all data: accounts, titles, passwords, logs."""
    data = Data.from_environment()
    if not force and not typer.confirm(f"This deletes every account, film and setting in {data.root}. Go on?"):
        console.print("Nothing was deleted.")
        return
    down()
    # Only what we made: BIJOU_DATA may name a directory that holds other things too.
    for path in (*data.owned(), *([data.films] if films else [])):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    console.print("All data is gone. [bold]make up[/] starts from nothing.")
    kept = [film.stat().st_size for film in data.films.glob("*.mp4")]
    if kept:
        console.print(
            f"The demo's films are kept, so that they need not be made again: {len(kept)} in {data.films}, "
            f"{sum(kept) / 1e6:.0f} MB. To delete them too: [bold]make reset FILMS=1[/].",
            soft_wrap=True,
        )

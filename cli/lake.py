"""`bijou lake`: the lake asked, filled, recounted, and what is known of a person in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, cast
from uuid import UUID

import typer
from rich.table import Table
from rich.text import Text

from cli import lake_shell, recount
from cli.console import console, stop
from cli.service import told
from libs.chassis import telemetry
from libs.chassis.messaging.bus import Bus
from libs.contracts.registry import TOPICS
from pipelines.analytics.engines.duck import Duck
from pipelines.analytics.repository import Repository
from pipelines.analytics.service import erasure, jobs
from pipelines.analytics.service.keyring import Keyring, Known, subject
from pipelines.analytics.service.questions import questions
from pipelines.analytics.settings import Settings
from pipelines.analytics.sink import Sink
from pipelines.analytics.tables import Lake

app = typer.Typer(help="The lake: every event as a table.", no_args_is_help=True)

FILL_SECONDS = 600
ATTEMPTS = 3
# How `traces` ends where it found nothing because nobody of that id was ever in the lake: that proves no erasure.
NOBODY = 3
AsItIs = Annotated[bool, typer.Option("--as-it-is", help="Ask the tables as they are, without taking in what is new.")]
Force = Annotated[bool, typer.Option("--force", help="Do not ask.")]
AccountId = Annotated[str, typer.Argument(metavar="ID", help="The id of an account, or of a profile.")]


@dataclass(frozen=True, slots=True)
class Opened:
    """What the commands have to do with."""

    settings: Settings
    lake: Lake
    repository: Repository

    def fill(self) -> int:
        """Take in all there is; return how many rows were new."""
        return asyncio.run(_fill(self.settings, self.repository))

    def run_jobs(self, duck: Duck) -> int:
        duck.refresh()
        return jobs.run_due(self.lake, self.repository, duck)


@contextmanager
def opened() -> Iterator[Opened]:
    settings = cast(Settings, told("lake"))
    telemetry.configure("bijou", "error", "text")  # what it answers is all that is of interest here
    lake = Lake(settings.database_url, settings.object_store_url)
    try:
        yield Opened(settings, lake, Repository(settings.database_url))
    finally:
        lake.close()


async def _fill(settings: Settings, repository: Repository) -> int:
    bus = Bus.of(settings, service="lake")
    await bus.start()
    try:
        async with asyncio.timeout(FILL_SECONDS):
            return await Sink(settings, bus, Keyring(repository), list(TOPICS.values())).fill()
    except TimeoutError:
        stop(f"The broker at {settings.kafka_bootstrap} does not answer, or has more than {FILL_SECONDS} s of events.")
    finally:
        await bus.stop()


@app.command()
def fill() -> None:
    """Take in every event there is, and run the daily jobs for the days that changed."""
    with opened() as here:
        rows = here.fill()
        with Duck(here.lake) as duck:
            runs = here.run_jobs(duck)
    console.print(f"{rows} events taken in, {runs} daily jobs run.", highlight=False)


@app.command()
def shell(as_it_is: AsItIs = False) -> None:
    """Ask in SQL: DuckDB with a view for each table, and questions that are ready."""
    with opened() as here, Duck(here.lake) as duck:
        if not as_it_is:
            console.print("Taking in what is new …", highlight=False)
            here.fill()
            here.run_jobs(duck)
        lake_shell.run(duck)


@app.command()
def ask(name: Annotated[str | None, typer.Argument(metavar="[QUESTION]")] = None, as_it_is: AsItIs = False) -> None:
    """Answer one of the ready questions; without QUESTION, list them."""
    known = questions()
    if name is None:
        listed = Table("question", "what it answers", box=None)
        for each in known.values():
            listed.add_row(Text(each.name), Text(each.about))
        console.print(listed)
        return
    if name not in known:
        stop(f"There is no question {name}. There are: {', '.join(known)}.")
    with opened() as here, Duck(here.lake) as duck:
        if not as_it_is:
            here.fill()
            here.run_jobs(duck)
        lake_shell.show(duck.ask(known[name].sql))


@app.command()
def verify(
    playback_url: Annotated[str | None, typer.Option(envvar="BIJOU_PLAYBACK_DATABASE_URL")] = None,
    events_url: Annotated[str | None, typer.Option(envvar="BIJOU_EVENTS_DATABASE_URL")] = None,
    billing_url: Annotated[str | None, typer.Option(envvar="BIJOU_BILLING_DATABASE_URL")] = None,
) -> None:
    """Recount: hold plays, minutes and charges in the lake against the services' own databases, row by row."""
    urls = recount.addresses({"playback": playback_url, "events": events_url, "billing": billing_url})
    with opened() as here, Duck(here.lake) as duck:
        for attempt in range(ATTEMPTS):
            time.sleep(attempt * 3)  # for what was on its way
            until = recount.moment(urls["playback"])
            here.fill()
            here.run_jobs(duck)
            found = recount.compare(duck, urls, until, Known(here.repository).is_somebody)
            if not any(each.wrong for each in found):
                break
    shown = Table("what", "services", "lake", "missing", "twice or unknown", "different", "forgotten", box=None)
    for each in found:
        numbers = (each.truth, each.lake, len(each.missing), len(each.unknown), len(each.different), each.forgotten)
        shown.add_row(each.what, *map(str, numbers))
    console.print(shown)
    if wrong := [line for each in found for line in each.lines()]:
        stop("The lake does not equal the services:\n  " + "\n  ".join(wrong[:20]))
    console.print("The lake equals the services.", highlight=False)


@app.command()
def erase(account: AccountId, force: Force = False) -> None:
    """Destroy the key of an account or a profile: its rows stay, and nobody reads whose they are. There is no way back.

    Sinks that run have forgotten it within seconds. The keys of an account's profiles go with it.
    """
    account = _id(account)
    with opened() as here:
        if subject(account) not in here.repository.known([subject(account)]):
            stop(f"Nobody in the lake is called {account}. Nothing was erased.")
        if not force and not typer.confirm(f"Nobody will ever read again which rows are of {account}. Go on?"):
            stop("Nothing was erased.")
        Keyring(here.repository).erase([account])
        found = erasure.traces(here.lake, here.repository, account)
    console.print(f"The key is gone; {len(found)} readable traces are left.", highlight=False)
    raise typer.Exit(1 if found else 0)


@app.command()
def traces(account: AccountId) -> None:
    """Look through every column of every table for what can be read of an account or a profile: its id, and that as sealed.

    Ends with 0 where nothing can, with 1 where something can, with 3 where the lake never heard of anybody of that id.
    """
    account = _id(account)
    with opened() as here:
        known = here.repository.known([subject(account)])
        found = erasure.traces(here.lake, here.repository, account)
    for trace in found[:20]:
        console.print(f"{trace.table}  {trace.column}  {trace.value}", markup=False, highlight=False)
    if not found and not known:
        console.print(
            f"The lake knows nothing of {account}: neither an account nor a profile has this id.", highlight=False
        )
        raise typer.Exit(NOBODY)
    console.print(f"{len(found)} readable traces.", highlight=False)
    raise typer.Exit(1 if found else 0)


def _id(account: str) -> str:
    """Return an id as the lake has it; end the command where it is none: of an address nothing could ever be found."""
    try:
        return str(UUID(account))
    except ValueError:
        stop(f"{account} is no id. Accounts and profiles have ids as 01993a02-71b4-7c58-9e2d-4f6a8b0c2d13.")

"""`bijou erase` and `bijou erased`: accounts erased everywhere at once, proved service by service, and which were lately."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import psycopg
import typer

from cli import recount
from cli.console import console, stop
from deploy import topology
from libs.contracts.identity import ACCOUNTS
from pipelines.analytics.repository import Repository
from pipelines.analytics.service.keyring import subject

app = typer.Typer()

IDENTITY, LAKE = "identity", "lake"
LOOK_SECONDS = 1.0
Ids = Annotated[list[UUID], typer.Argument(metavar="ACCOUNT…", help="The ids of accounts.")]
Within = Annotated[float, typer.Option(min=1, help="Seconds after which what has not heard of it is named.")]
Force = Annotated[bool, typer.Option("--force", help="Do not ask.")]
Since = Annotated[datetime, typer.Option(help="UTC.", formats=["%Y-%m-%dT%H:%M:%S", "%Y%m%dT%H%M%SZ"])]

# As if its holder had closed it, and its time were over: the eraser does the rest, and tells everybody.
_END = """
UPDATE accounts SET status = 'deleting', erase_at = now() WHERE id = %s AND status <> 'erased' AND roles = '{}'
"""
_STATUS = "SELECT status, roles FROM accounts WHERE id = %s"
_HEARD = "SELECT EXISTS (SELECT FROM forgotten WHERE id = %s)"
_ERASED = "SELECT id FROM accounts WHERE status = 'erased' AND changed_at >= %s ORDER BY changed_at"


@app.command()
def erase(accounts: Ids, within: Within = 300, force: Force = False) -> None:
    """Erase accounts everywhere now, without the thirty days, and wait until each service and the lake have done so.

    Ends with 0 when all have, and with 1 after `--within`, naming who has not. It may be run again.
    """
    urls = addresses()
    for account in accounts:
        refuse(urls[IDENTITY], account)
    which = ", ".join(map(str, accounts))
    if not force and not typer.confirm(f"Nothing will be left of {which}, and there is no way back. Go on?"):
        stop("Nothing was erased.")
    for account in accounts:
        end(urls[IDENTITY], account)
    until, left = time.monotonic() + within, {account: late(urls, account) for account in accounts}
    while any(left.values()) and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
        left = {account: late(urls, account) for account in accounts}
    for account, missing in left.items():
        done = f"not yet by: {', '.join(missing)}" if missing else f"erased by all {len(urls)}"
        console.print(f"{account}: {done}", highlight=False)
    if any(left.values()):
        stop("Run this again once they are well; what was erased long ago: bijou republish identity identity.accounts")


@app.command()
def erased(since: Since) -> None:
    """The ids of accounts that were erased since then, as for `erase` after a restore: ask before it, of the newer database."""
    with psycopg.connect(addresses(IDENTITY)[IDENTITY]) as connection:
        for (account,) in connection.execute(_ERASED, [since.replace(tzinfo=UTC)]):
            console.print(str(account), highlight=False)


def addresses(*names: str) -> dict[str, str]:
    """Return the databases of identity, the lake, and everybody who keeps what tells of people: as the environment or this
    machine's platform says (`BIJOU_<NAME>_DATABASE_URL`)."""
    owners = [
        each.name for each in topology.SERVICES if topology.owns_database(each) and ACCOUNTS.name in each.consumes
    ]
    wanted = names or (IDENTITY, *(name for name in owners if name != LAKE), LAKE)
    return recount.addresses({name: os.environ.get(f"BIJOU_{name.upper()}_DATABASE_URL") for name in wanted})


def refuse(url: str, account: UUID) -> None:
    """End the command where there is no such account, or it is a member of staff's."""
    with psycopg.connect(url) as connection:
        found = connection.execute(_STATUS, [account]).fetchone()
    if found is None:
        stop(f"There is no account {account}. Nothing was erased.")
    if found[1]:
        stop(f"{account} belongs to a member of staff: have its roles taken away first. Nothing was erased.")


def end(url: str, account: UUID) -> None:
    """Have identity erase an account with its next look; one that is erased stays so."""
    with psycopg.connect(url) as connection:
        connection.execute(_END, [account])


def late(urls: Mapping[str, str], account: UUID) -> list[str]:
    """Return which of these have not erased an account yet. What a service forgets it notes in the same transaction."""
    found = []
    for name, url in urls.items():
        if name == LAKE:
            keys = Repository(url).known([subject(str(account))])
            done = keys.get(subject(str(account)), b"") is None
        else:
            with psycopg.connect(url) as connection:
                (done,) = connection.execute(_HEARD, [account]).fetchone() or (False,)
        if not done:
            found.append(name)
    return found

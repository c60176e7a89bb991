"""The lake as a place to learn from: `bijou train` and `bijou evaluate` read its plays where there are any."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from cli.console import console, stop
from cli.service import address
from deploy.local import status
from deploy.local.data import Data
from pipelines.analytics.engines.duck import Duck
from pipelines.analytics.repository import Repository
from pipelines.analytics.service import learning
from pipelines.analytics.tables import Lake
from services.recommendation.service.training import Source

DATABASE = "BIJOU_LAKE_DATABASE_URL"


@contextmanager
def lake(store_url: str, wanted: str) -> Iterator[Source | None]:
    """The lake's plays; None where `wanted` is the service's own, or, with `auto`, where no lake has any.

    Its database is what BIJOU_LAKE_DATABASE_URL says, or the platform's on this machine.
    """
    with ExitStack() as opened:
        source = None if wanted == "service" else _opened(opened, store_url, needed=wanted == "lake")
        if wanted == "lake" and source is None:
            stop(f"There is no lake with plays: {DATABASE} names its database, and `bijou lake fill` fills it.")
        yield source


def _opened(stack: ExitStack, store_url: str, *, needed: bool) -> Source | None:
    url = os.environ.get(DATABASE) or (address("lake") if status.read(Data.from_environment()) is not None else None)
    if url is None:
        return None
    try:
        tables = Lake(url, store_url)
        stack.callback(tables.close)
        duck = stack.enter_context(Duck(tables))
        repository, newest = Repository(url), learning.newest(duck)
    except (psycopg.Error, SQLAlchemyError, OSError) as error:
        if needed:
            stop(f"The lake cannot be read: {error}")
        console.print(f"The lake cannot be read, so the service's own plays teach: {error}", highlight=False)
        return None
    if newest is None:
        return None
    console.print(f"The lake's plays teach, until {newest:%Y-%m-%d %H:%M} UTC.", highlight=False)
    return lambda people, hidden: learning.plays(duck, repository, people, hidden)

"""Holds the lake against the services' own databases, whose rows are the truth: each must be there, once, and equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from cli.service import address
from libs.chassis.data.postgres import for_libpq
from pipelines.analytics.engines.duck import Duck

Row = tuple[Any, ...]
# Of each: the service, its rows as an id and what must be equal, the lake's, and the raw table they come from.
SUBJECTS = {
    "plays": (
        "playback",
        "SELECT session_id::text, title_id::text, trunc(extract(epoch FROM started_at) * 1000)::bigint FROM sessions"
        " WHERE started_at >= %s AND started_at < %s",
        "SELECT session_id, title_id, epoch_ms(started_at) FROM lake.sessions"
        " WHERE started_at >= $1 AND started_at < $2",
        "raw.playback_sessions",
    ),
    "minutes": (
        "events",
        "SELECT session_id::text, revision::bigint, (record ->> 'watched_media')::float8 FROM viewings"
        " WHERE revision > 0 AND ended_at >= %s AND heard_at < %s",
        "SELECT session_id, revision::bigint, watched_media FROM lake.views WHERE ended_at >= $1 AND started_at < $2",
        "raw.events_views",
    ),
    "charges": (
        "billing",
        "SELECT id::text, amount::bigint, currency FROM invoices WHERE paid_at >= %s AND paid_at < %s",
        "SELECT invoice_id, amount, currency FROM lake.charges WHERE paid_at >= $1 AND paid_at < $2",
        "raw.billing_charges",
    ),
}
NAMES = [service for service, *_ in SUBJECTS.values()]
# The services forget these long before the lake does: what they do not know any more is no mistake.
FORGOTTEN = {"minutes"}


@dataclass
class Compared:
    """What became of a comparison: ids that the lake lacks, has too often or that nobody knows, and has otherwise."""

    what: str
    truth: int
    lake: int
    missing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> bool:
        return bool(self.missing or self.unknown or self.different)

    def lines(self) -> Iterator[str]:
        for name, how in (("missing", "missing"), ("unknown", "twice or unknown"), ("different", "different")):
            yield from (f"{self.what}: {each} is {how}" for each in getattr(self, name))


def addresses(given: Mapping[str, str | None]) -> dict[str, str]:
    """Return where each service's database is: as given, or as the platform on this machine has it."""
    return {name: for_libpq(url or address(name)) for name, url in given.items()}


def moment(url: str) -> datetime:
    """Return what time it is by the database: what is younger may still be on its way."""
    with psycopg.connect(url) as connection:
        (now,) = connection.execute("SELECT now() - interval '5 seconds'").fetchone() or (None,)
    assert isinstance(now, datetime)
    return now


def compare(duck: Duck, urls: Mapping[str, str], until: datetime) -> list[Compared]:
    """Compare everything from the oldest event in the lake on. What happened before it was there it cannot know."""
    return [_compare(duck, what, urls, until) for what in SUBJECTS]


def _compare(duck: Duck, what: str, urls: Mapping[str, str], until: datetime) -> Compared:
    service, theirs, ours, raw = SUBJECTS[what]
    oldest = duck.connection.execute(f"SELECT min(time) FROM {raw}").to_arrow_table()  # noqa: S608  a table of ours
    since = oldest[0][0].as_py() or until
    with psycopg.connect(urls[service]) as connection:
        truth: list[Row] = connection.execute(theirs.encode(), [since, until]).fetchall()
    lake: list[Row] = duck.connection.execute(ours, [since, until]).fetchall()
    counted, known, held = Counter(row[0] for row in lake), dict(_keyed(truth)), dict(_keyed(lake))
    found = Compared(what, len(truth), len(lake))
    found.missing = sorted(known.keys() - held.keys())
    found.unknown = sorted(each for each, times in counted.items() if times > 1)
    if what not in FORGOTTEN:
        found.unknown += sorted(held.keys() - known.keys())
    found.different = sorted(each for each in known.keys() & held.keys() if known[each] != held[each])
    return found


def _keyed(rows: list[Row]) -> Iterator[tuple[str, Row]]:
    for key, *rest in rows:
        yield key, tuple(rest)

"""Holds the lake against the services' own databases, whose rows are the truth: each must be there, once, and equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg

from cli.service import address
from libs.chassis.data.postgres import for_libpq
from pipelines.analytics.engines.duck import Duck

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is counted: the rows of a service, each with whether the lake must have been told of it, and those of the lake.

    A row is an id and what must be equal. The lake's have besides, at their end, the account, sealed, and how old the row is.
    """

    service: str
    truth: str
    lake: str
    raw: str
    # The service forgets a row after this long, or with its account where `forgets_people`.
    forgets: timedelta | None = None
    forgets_people: bool = False


SUBJECTS = {
    "plays": Subject(
        "playback",
        "SELECT session_id::text, started_at >= %(since)s, title_id::text,"
        " trunc(extract(epoch FROM started_at) * 1000)::bigint FROM sessions WHERE started_at < %(until)s",
        "SELECT session_id, title_id, epoch_ms(started_at), account_id, $until - started_at FROM lake.sessions"
        " WHERE started_at < $until",
        "raw.playback_sessions",
        timedelta(days=89),
        forgets_people=True,
    ),
    "minutes": Subject(
        "events",
        # A record is closed, and told, half a minute after the end or later.
        "SELECT session_id::text, ended_at >= %(since)s - interval '30 seconds', revision::bigint,"
        " (record ->> 'watched_media')::float8 FROM viewings WHERE revision > 0 AND heard_at < %(until)s",
        "SELECT session_id, revision::bigint, watched_media, account_id, $until - started_at FROM lake.views"
        " WHERE started_at < $until",
        "raw.events_views",
        timedelta(days=8),
        forgets_people=True,
    ),
    "charges": Subject(
        "billing",
        "SELECT id::text, paid_at >= %(since)s, amount::bigint, currency FROM invoices WHERE paid_at < %(until)s",
        "SELECT invoice_id, amount, currency, account_id, $until - paid_at FROM lake.charges WHERE paid_at < $until",
        "raw.billing_charges",
    ),
}
NAMES = [subject.service for subject in SUBJECTS.values()]


@dataclass
class Compared:
    """What became of a comparison: ids that the lake lacks, has too often or that nobody knows, and has otherwise."""

    what: str
    truth: int
    lake: int
    # Rows of the lake that the service has let go since, with their account or because they are old.
    forgotten: int = 0
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


def compare(
    duck: Duck, urls: Mapping[str, str], until: datetime, is_somebody: Callable[[str | None], bool]
) -> list[Compared]:
    """Compare everything that the lake holds, and all it must have been told of since its oldest event.

    `is_somebody` tells whether a sealed account is still there: services forget who was erased, and the lake does not.
    """
    return [_compare(duck, what, urls, until, is_somebody) for what in SUBJECTS]


def _compare(
    duck: Duck, what: str, urls: Mapping[str, str], until: datetime, is_somebody: Callable[[str | None], bool]
) -> Compared:
    subject = SUBJECTS[what]
    oldest = duck.connection.execute(f"SELECT min(time) FROM {subject.raw}").to_arrow_table()  # noqa: S608  a table of ours
    told = {"since": oldest[0][0].as_py() or until, "until": until}
    with psycopg.connect(urls[subject.service]) as connection:
        truth: list[Row] = connection.execute(subject.truth.encode(), told).fetchall()
    lake: list[Row] = duck.connection.execute(subject.lake, {"until": until}).fetchall()
    counted = Counter(row[0] for row in lake)
    held = {key: tuple(values) for key, *values, _, _ in lake}
    known = {key: tuple(values) for key, is_due, *values in truth if is_due or key in held}
    strange = [row for row in lake if row[0] not in known]
    forgotten = {row[0] for row in strange if _may_be_forgotten(subject, row, is_somebody)}
    found = Compared(what, len(known), sum(row[0] not in forgotten for row in lake), len(forgotten))
    found.missing = sorted(known.keys() - held.keys())
    found.unknown = sorted(
        {each for each, times in counted.items() if times > 1} | {row[0] for row in strange} - forgotten
    )
    found.different = sorted(each for each in known.keys() & held.keys() if known[each] != held[each])
    return found


def _may_be_forgotten(subject: Subject, row: Row, is_somebody: Callable[[str | None], bool]) -> bool:
    *_, account, age = row
    if subject.forgets is not None and age > subject.forgets:
        return True
    return subject.forgets_people and not is_somebody(account)

"""Two weeks of three accounts, small enough to count by hand, and what the ready questions answer about them."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from libs.contracts.billing import ChargeBooked, EntitlementChanged
from libs.contracts.catalog import TitleChanged
from libs.contracts.client import AppFailed, CardShown, Clicked, Searched
from libs.contracts.envelope import Event
from libs.contracts.views import ViewClosed
from pipelines.analytics.engines.duck import Duck
from pipelines.analytics.service import jobs
from tests.analytics.places import Place, ended, record, started

MONDAY = datetime(2026, 11, 2, 10, tzinfo=UTC)
AFTER = datetime(2026, 12, 10, tzinfo=UTC)
Told = tuple[Event, datetime]


def an_id(name: str) -> UUID:
    """The same id in every run."""
    return uuid5(UUID(int=7), name)


def day(number: int, minutes: int = 0) -> datetime:
    return MONDAY + timedelta(days=number, minutes=minutes)


def viewing(name: str, who: str, at: datetime, title: str, watched: float, **fields: Any) -> list[Told]:
    """A session, and the record of it."""
    ids = {"session_id": an_id(name), "account_id": an_id(f"account {who}"), "profile_id": an_id(f"profile {who}")}
    what = {
        "title_id": an_id(title),
        "playable_id": an_id(f"playable {title}"),
        "trailer": fields.get("trailer", False),
    }
    start = started(**ids, **what, asset_id=an_id("asset"), started_at=at)
    over = at + timedelta(seconds=watched)
    told = {
        "revision": 1, "country": "PT", "started_at": at, "ended_at": over, "end_reason": "stopped", "exit_reason": "left",
        "told_by": "player", "startup_ms": 400, "watched_wall": watched, "watched_media": watched, "rebuffer_count": 0,
        "rebuffer_seconds": 0.0, "edge": "lis", "device_class": "web", "app": "web", "app_version": "1.0",
        "closed_at": over + timedelta(seconds=30),
    }  # fmt: skip
    view = ViewClosed(**{**ids, **what, **told, **fields})
    return [(start, at), (ended(start, watched, trailer=what["trailer"]), over), (view, view.closed_at)]


def client(kind: type[Any], name: str, who: str, at: datetime, **fields: Any) -> Told:
    said = {
        "id": an_id(name), "at": at, "account_id": an_id(f"account {who}"), "profile_id": an_id(f"profile {who}"),
        "country": "PT", "app": "web", "app_version": "1.0", "consent": kind.CONSENT, "occurred_at": at, "received_at": at,
    }  # fmt: skip
    return kind(**{**said, **fields}), at


def shown(name: str, row: str, at: datetime) -> Told:
    fields = {"impression_id": an_id(name), "title_id": an_id("T1"), "row": row, "row_position": 0, "position": 0}
    return client(CardShown, f"shown {name}", "A", at, type="impression", **fields)


def clicked(name: str, at: datetime) -> Told:
    return client(Clicked, f"clicked {name}", "A", at, type="click", target="title", impression_id=an_id(name))


def search(name: str, query: str, at: datetime, results: int, position: int | None = None) -> Told:
    fields = {"query_id": an_id(query), "results": results, "position": position}
    return client(Searched, name, "B", at, type="search", **fields)


def title(name: str, version: int, called: str) -> Told:
    kind = {"type": "movie", "status": "published", "changed_at": MONDAY}
    return TitleChanged(title_id=an_id(name), version=version, name=called, **kind), day(0, version)


def charge(name: str, who: str, at: datetime, plan: str, amount: int) -> Told:
    paid = {"period_start": at, "period_end": at + timedelta(days=30), "paid_at": at, "currency": "EUR"}
    account = an_id(f"account {who}")
    return ChargeBooked(invoice_id=an_id(name), account_id=account, plan_id=plan, amount=amount, **paid), at


def entitled(who: str, version: int, status: Any, plan: str) -> Told:
    return EntitlementChanged(account_id=an_id(f"account {who}"), version=version, plan_id=plan, status=status), day(
        version
    )


def events() -> list[Told]:
    """All of it."""
    first = viewing("v1", "A", day(0), "T1", 1200, impression_id=an_id("I1"))
    (before, _) = first[2]
    assert isinstance(before, ViewClosed)
    told_less = before.model_copy(update={"watched_media": 1000.0})
    told_again = before.model_copy(update={"revision": 2, "closed_at": before.closed_at + timedelta(hours=20)})
    return [
        *first[:2], (told_less, before.closed_at), (told_again, told_again.closed_at),
        *viewing("v2", "A", day(1), "T2", 600, startup_ms=800, rebuffer_seconds=10.0, rebuffer_count=1, device_class="tv"),
        *viewing("v3", "A", day(8), "T1", 300, edge="fra", startup_ms=500),
        *viewing("v4", "B", day(0, 10), "T1", 60, edge="fra", startup_ms=2000, exit_reason="failed"),
        *viewing("v5", "B", day(9), "T2", 1800, exit_reason="ended"),
        *viewing("v6", "C", day(8, 2), "T2", 120, told_by="heartbeats", edge=None, startup_ms=None, device_class=None,
                 app_version=None, rebuffer_seconds=None, rebuffer_count=None),
        *viewing("trailer", "A", day(0, 30), "T2", 20, trailer=True),
        shown("I1", "top", day(0)), shown("I2", "top", day(0, 1)), shown("I3", "new", day(0, 2)),
        clicked("I1", day(0, 1)), clicked("I3", day(0, 3)),
        search("s1", "q1", day(0), 0), search("s2", "q2", day(0, 1), 5), search("s3", "q3", day(1), 3),
        search("s4", "q3", day(1, 1), 3, 1),
        client(AppFailed, "e1", "A", day(0), type="error", code="chunk_missing"),
        client(AppFailed, "e2", "B", day(0), type="error", code="chunk_missing"),
        client(AppFailed, "e3", "A", day(2), type="error", code="blank_page"),
        title("T1", 1, "Harbor"), title("T1", 2, "The Harbour"), title("T2", 1, "Rain"),
        charge("c1", "A", day(0), "basic", 999), charge("c2", "B", day(1), "premium", 1499),
        charge("c3", "A", day(30), "basic", 999), charge("c4", "C", day(8), "free", 0),
        entitled("A", 1, "trialing", "basic"), entitled("A", 2, "active", "basic"), entitled("C", 1, "trialing", "basic"),
        entitled("B", 1, "active", "premium"),
    ]  # fmt: skip


def fill(place: Place) -> None:
    """Take all of it in, and run the daily jobs."""
    by_topic: dict[str, list[Told]] = defaultdict(list)
    for event, at in events():
        by_topic[event.TOPIC.name].append((event, at))
    for topic, told in by_topic.items():
        intake = place.intake(topic)
        intake.add([
            record(event, number, at=at, event_id=an_id(f"{topic} {number}")) for number, (event, at) in enumerate(told)
        ])  # fmt: skip
        assert intake.flush() == len(told)
    lake = place.lake()
    with Duck(lake) as duck:
        jobs.run_due(lake, place.repository(), duck, AFTER)


def a_day(number: int) -> date:
    return day(number).date()


# Each counted by hand from what is told above.
ANSWERS: dict[str, list[tuple[Any, ...]]] = {
    "plays-by-day": [(a_day(0), 2, 2, 21.0), (a_day(1), 1, 1, 10.0), (a_day(8), 2, 2, 7.0), (a_day(9), 1, 1, 30.0)],
    "top-titles": [("Rain", 3, 42.0), ("The Harbour", 3, 26.0)],
    "retention-by-cohort": [(a_day(0), 2, 0, 1.0), (a_day(0), 2, 1, 1.0), (a_day(7), 1, 0, 1.0)],
    "funnel": [("new", 1, 1, 0, 0), ("top", 2, 1, 1, 1)],
    "quality-by-edge": [("fra", 2, 1250.0, 1925.0, 0.0, 0.5), ("lis", 4, 400.0, 740.0, 0.0028, 0.0)],
    "revenue-by-plan": [
        (date(2026, 11, 1), "basic", "EUR", 1, 999), (date(2026, 11, 1), "premium", "EUR", 1, 1499),
        (date(2026, 12, 1), "basic", "EUR", 1, 999),
    ],
    "search-gaps": [(a_day(0), 2, 1, 1), (a_day(1), 1, 0, 0)],
    "devices": [("tv", "1.0", 1, 10.0), ("unknown", "unknown", 1, 2.0), ("web", "1.0", 4, 56.0)],
    "how-plays-end": [("left", 4, 9.3), ("ended", 1, 30.0), ("failed", 1, 1.0)],
    "errors": [("chunk_missing", "1.0", 2, 2), ("blank_page", "1.0", 1, 1)],
    "trials": [("basic", 2, 1)],
    "busiest-hours": [(10, 2)],
    "late-data": [
        (f"bijou.client.{kind}.v1", count, 1.0) for kind, count in (("click", 2), ("error", 3), ("impression", 3), ("search", 4))
    ],
}  # fmt: skip

"""How playing goes now: computed from what is stored, over a window that slides."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from libs.chassis.ids import new_id
from services.events.main import create_app
from services.events.service.reports import Reports
from services.events.settings import Settings
from tests.conftest import AuthHeaders, DatabaseFactory
from tests.events.conftest import NOON
from tests.events.test_views import TITLE, Views, views

__all__ = ["views"]


async def play(
    views: Views, minute: int, *, ended: bool = False, started: dict[str, Any] | None = None, **told: Any
) -> None:
    """A play that began in this minute after noon, and what its player told."""
    views.session_id = new_id()
    at = NOON + timedelta(minutes=minute)
    await views.hear(views.started(started_at=at, **(started or {})))
    if told:
        await views.hear(views.beacon(1, **told))
    if ended:
        await views.hear(views.ended(minute * 60 + 30))


async def test_it_says_what_plays_how_soon_it_starts_and_how_often_it_fails(views: Views) -> None:
    other = new_id()
    for minute in (1, 2, 2):
        await play(views, minute, msd=minute * 100, watched_ms=99_000, bsda=1_000, country="PT")
    await play(views, 3, ended=True, msd=4_000, watched_ms=0, ec="3016", country="DE")
    await play(views, 3, started={"title_id": other})
    await play(views, 3, started={"trailer": True}, msd=1)
    await play(views, -70, msd=9)
    views.clock.advance(4 * 60)
    report = await Reports(views.db, views.clock).playback(60, "title", 10)
    assert (report.total.plays, report.total.playing, report.playing) == (5, 4, 5)
    assert [(item.at - NOON, item.plays) for item in report.minutes] == [
        (timedelta(minutes=minute), plays) for minute, plays in ((1, 1), (2, 2), (3, 2))
    ]
    first, second = report.items
    assert (first.key, first.plays, first.failure_rate) == (str(TITLE), 4, 0.25)
    assert (first.startup_p50_ms, first.rebuffer_ratio) == (200.0, 0.01)
    assert (second.key, second.plays, second.failure_rate, second.startup_p95_ms) == (str(other), 1, None, None)
    by_country = (await Reports(views.db, views.clock).playback(60, "country", 10)).items
    assert [(item.key, item.plays) for item in by_country] == [("PT", 3), ("DE", 1), (None, 1)]
    # The window slides: an hour later only what goes on is left.
    views.clock.advance(3_600)
    report = await Reports(views.db, views.clock).playback(60, "edge", 10)
    assert (report.total.plays, report.total.failure_rate, report.items, report.playing) == (0, None, [], 5)


@pytest.mark.parametrize(("roles", "status"), [((), 403), (("moderator",), 403), (("support",), 200)])
async def test_it_is_for_staff(
    database: DatabaseFactory, jwks_cache: str, auth_headers: AuthHeaders, roles: tuple[str, ...], status: int
) -> None:
    url = await database("services.events")
    app = create_app(Settings(database_url=url, jwks_cache=jwks_cache, kafka_bootstrap="127.0.0.1:9"))
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://e") as client:
        path = "/api/v1/admin/analytics/playback"
        assert (await client.get(path, headers=auth_headers(roles=roles))).status_code == status
        assert (await client.get(path)).status_code == 401

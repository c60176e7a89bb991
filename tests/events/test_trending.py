"""What is watched most: each viewer counts once a day, what is newer counts for more, and only a change is published."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from libs.chassis.ids import new_id
from libs.contracts.identity import AccountChanged
from libs.contracts.trending import TrendingChanged
from services.events.service import trending
from tests.events.conftest import NOON
from tests.events.test_views import ACCOUNT, Views, views

__all__ = ["views"]

MOSS, ROCK, OWL = (UUID(int=number) for number in (71, 72, 73))


async def view(
    views: Views, title_id: UUID, seconds: float = 300, *, profile: UUID | None = None, country: str | None = "PT",
    trailer: bool = False, exit: str = "left", duration: float | None = None,
) -> None:  # fmt: skip
    """A viewing that began now, and is closed."""
    views.session_id, who = new_id(), profile or new_id()
    now = views.clock.now()
    await views.hear(views.started(started_at=now, title_id=title_id, profile_id=who, trailer=trailer))
    if country:
        await views.hear(views.beacon(1, profile_id=who, country=country, watched_ms=seconds * 1000, exit=exit))
    else:
        for seq in range(1, int(seconds // 60) + 1):
            at = now + timedelta(seconds=60 * seq)
            beat = views.beat(seq, 0, position=60.0 * seq).model_copy(update={"profile_id": who, "occurred_at": at})
            await views.hear(beat)
    if duration:
        last = views.beat(99, 0, "ended", position=seconds).model_copy(update={"duration": duration, "profile_id": who})
        await views.hear(last.model_copy(update={"occurred_at": now + timedelta(seconds=seconds)}))
    await views.hear(views.ended(0).model_copy(update={"ended_at": now + timedelta(seconds=seconds)}))
    views.clock.advance(seconds + 40)
    await views.closed()


async def published(views: Views) -> dict[str, list[tuple[UUID, int]]]:
    """Publish, and return what was said last of each region."""
    async with views.db.background() as session:
        await trending.publish(session, views.clock.now())
    rows = await views.db.pool.fetch("SELECT payload FROM outbox WHERE topic = 'events.trending' ORDER BY id")
    said: dict[str, list[tuple[UUID, int]]] = {}
    for event in (TrendingChanged.model_validate(row["payload"]) for row in rows):
        said[event.region] = [(item.title_id, item.viewers) for item in event.titles]
    return said


async def count(views: Views) -> Any:
    return await views.db.pool.fetchval("SELECT count(*) FROM outbox WHERE topic = 'events.trending'")


async def test_a_viewer_counts_once_a_day_however_often_the_record_is_closed(views: Views) -> None:
    fan = new_id()
    for _ in range(3):
        await view(views, MOSS, profile=fan)
    # What comes late closes the record again.
    await views.hear(views.beacon(9, profile_id=fan, country="PT", watched_ms=999_000, title_id=MOSS))
    views.clock.advance(60)
    assert (await views.closed())[-1].revision == 2
    await view(views, ROCK)
    await view(views, ROCK)
    assert await published(views) == {"PT": [(ROCK, 2), (MOSS, 1)], "world": [(ROCK, 2), (MOSS, 1)]}


async def test_what_counts_is_watching_and_not_looking(views: Views) -> None:
    await view(views, MOSS, 119)
    await view(views, OWL, 300, trailer=True)
    # What a player says alone, or of a film that it jumped through.
    await view(views, OWL, 30, exit="ended")
    await view(views, OWL, 30, exit="next", duration=5_400)
    assert await published(views) == {}
    await view(views, MOSS, 30, exit="ended", duration=31)
    # Of whom nobody knows the country counts in the world.
    await view(views, ROCK, 180, country=None)
    said = await published(views)
    assert said["PT"] == [(MOSS, 1)]
    assert sorted(said["world"]) == [(MOSS, 1), (ROCK, 1)]


async def test_what_is_newer_counts_for_more(views: Views) -> None:
    for _ in range(3):
        await view(views, MOSS)
    assert [title for title, _ in (await published(views))["world"]] == [MOSS]
    # Two days later each of those counts for a half.
    views.clock.advance(2 * 86_400)
    for _ in range(2):
        await view(views, ROCK)
    assert [title for title, _ in (await published(views))["world"]] == [ROCK, MOSS]
    # What is older than seven days does not count, and a region where nothing does is told so.
    views.clock.advance(6 * 86_400)
    assert (await published(views))["world"] == [(ROCK, 2)]
    views.clock.advance(2 * 86_400)
    assert await published(views) == {"PT": [], "world": []}


async def test_only_another_order_is_published_and_by_one_replica(views: Views) -> None:
    await view(views, MOSS)
    async with views.db.background() as one, views.db.background() as other:
        changed = [await trending.publish(one, views.clock.now()), await trending.publish(other, views.clock.now())]
    assert changed == [2, 0]
    views.clock.advance(3_600)
    await view(views, MOSS)
    await published(views)
    assert await count(views) == 2


async def test_of_an_erased_account_only_numbers_are_left(views: Views) -> None:
    await view(views, MOSS)
    await views.hear(AccountChanged(account_id=ACCOUNT, version=2, status="erased", changed_at=NOON))
    assert await views.db.pool.fetchval("SELECT count(*) FROM title_viewers") == 0
    assert (await published(views))["world"] == [(MOSS, 1)]

"""Reminders: asked for, come true, and ended."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from libs.chassis.ids import new_id
from libs.contracts.catalog import Window
from services.watchstate.service import reminders
from tests.watchstate.conftest import Viewer, Watch


async def listed_only(watch: Watch, name: str = "The Moss Hour", **more: Any) -> UUID:
    """A film that is shown before it can be played."""
    title, _ = await watch.title(name, ready=(), **more)
    return title


async def here_now(watch: Watch, title: UUID, version: int = 2, **more: Any) -> None:
    """Its film arrives, and what is due is told."""
    await watch.title("The Moss Hour", title_id=title, version=version, **more)
    await told(watch)


async def told(watch: Watch) -> None:
    await reminders.Arrivals(watch.db, watch.clock).work()


async def ask(watch: Watch, title: UUID, viewer: Viewer | None = None) -> tuple[int, str | None]:
    answer = await watch.call("PUT", f"/reminders/{title}", viewer)
    return answer.status_code, answer.json()["code"] if answer.content else None


async def awaited(watch: Watch, viewer: Viewer | None = None) -> dict[str, bool]:
    """What a profile waits for, and whether it has arrived."""
    return {item["name"]: item["arrived_at"] is not None for item in await watch.items("/reminders", viewer)}


async def changes(watch: Watch) -> list[str]:
    return [event["change"] for event in await watch.events()]


async def test_what_is_awaited_arrives_is_told_once_and_ends_when_it_was_seen(watch: Watch) -> None:
    title = await listed_only(watch)
    assert [await ask(watch, title), await ask(watch, title)] == [(204, None)] * 2
    assert await awaited(watch) == {"The Moss Hour": False}
    assert await awaited(watch, watch.bob) == {}
    await told(watch)
    assert await changes(watch) == ["asked"]
    await watch.call("POST", "/list", json={"title_id": str(title)})
    assert [item["availability"] for item in await watch.items("/list")] == ["listed"]
    await here_now(watch, title)
    await asyncio.gather(told(watch), told(watch))
    assert await awaited(watch) == {"The Moss Hour": True}
    assert [item["availability"] for item in await watch.items("/list")] == ["playable"]
    assert (await watch.call("DELETE", f"/reminders/{title}", watch.bob)).status_code == 204
    for _ in range(2):
        assert (await watch.call("DELETE", f"/reminders/{title}")).status_code == 204
    assert await awaited(watch) == {}
    assert await changes(watch) == ["asked", "added", "arrived", "seen"]
    log = await watch.rows(
        "SELECT profile_id, data ->> 'change' AS change FROM sync_log WHERE kind = 'reminder' ORDER BY id"
    )
    assert {row["profile_id"] for row in log} == {watch.ada.profile_id}
    assert [row["change"] for row in log] == ["asked", "arrived", "seen"]


async def test_what_is_given_up_never_arrives(watch: Watch) -> None:
    title = await listed_only(watch)
    await ask(watch, title)
    await watch.call("DELETE", f"/reminders/{title}")
    await here_now(watch, title)
    assert await awaited(watch) == {}
    assert await changes(watch) == ["asked", "withdrawn"]


async def test_only_what_is_shown_and_cannot_be_played_is_awaited(watch: Watch) -> None:
    playable, _ = await watch.title()
    unpublished = await listed_only(watch, status="draft")
    grown_up = await listed_only(watch, maturity=18)
    abroad = await listed_only(watch, windows=(Window(regions=("NZ",)),))
    child = watch.viewer(maturity=7)
    assert await ask(watch, playable) == (409, "already_here")
    for title in (unpublished, abroad, new_id()):
        assert await ask(watch, title) == (404, "title_not_found")
    assert await ask(watch, grown_up, child) == (404, "title_not_found")
    assert await watch.rows("SELECT FROM reminders") == []


async def test_it_arrives_where_the_profile_is_and_for_its_age(watch: Watch) -> None:
    title = await listed_only(watch)
    german, child = watch.viewer(country="DE"), watch.viewer(country="US")
    for viewer in (watch.ada, german, child):
        await ask(watch, title, viewer)
    await watch.account(child, 1, [child.profile_id], maturity=7)
    windows = (Window(regions=("US",)), Window(regions=("DE",), starts_at=watch.clock.now() + timedelta(hours=1)))
    await here_now(watch, title, windows=windows, maturity=12)
    assert await awaited(watch) == {"The Moss Hour": True}
    assert [await awaited(watch, german), await awaited(watch, child)] == [{}, {}]
    arrived = await watch.rows("SELECT profile_id FROM reminders WHERE arrived_at IS NOT NULL")
    assert [row["profile_id"] for row in arrived] == [watch.ada.profile_id]
    watch.clock.advance(3601)
    await told(watch)
    assert await awaited(watch, german) == {"The Moss Hour": True}


async def test_more_wait_for_it_than_are_told_at_a_time(watch: Watch, monkeypatch: Any) -> None:
    monkeypatch.setattr(reminders, "BATCH", 2)
    title, other = await listed_only(watch), await listed_only(watch, "Salt")
    viewers = [watch.viewer() for _ in range(5)]
    for viewer in viewers:
        await ask(watch, title, viewer)
        await ask(watch, other, viewer)
    await here_now(watch, title)
    for viewer in viewers:
        assert await awaited(watch, viewer) == {"The Moss Hour": True, "Salt": False}
    assert (await changes(watch)).count("arrived") == 5


async def test_a_profile_waits_for_a_bounded_number(watch: Watch, monkeypatch: Any) -> None:
    monkeypatch.setattr(reminders, "MAX_REMINDERS", 2)
    titles = [await listed_only(watch, f"Title {n}") for n in range(3)]
    answers = await asyncio.gather(*(ask(watch, title) for title in titles))
    assert sorted(answers) == [(204, None), (204, None), (409, "too_many_reminders")]
    assert len(await awaited(watch)) == 2


async def test_reminders_go_with_their_profile(watch: Watch) -> None:
    title = await listed_only(watch)
    await ask(watch, title)
    await ask(watch, title, watch.bob)
    await watch.account(watch.ada, 1, [watch.ada.profile_id])
    await watch.account(watch.ada, 2, [])
    assert await awaited(watch) == {}
    await watch.account(watch.bob, 1, [], status="erased")
    assert await watch.rows("SELECT FROM reminders") == []

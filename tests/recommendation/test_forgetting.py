"""What is forgotten stays so: a taste, a history, a list, and all there is of who is gone, whatever is told late or again."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.envelope import Event
from services.recommendation.service import projections
from tests.recommendation.conftest import LOVE, NOON, OF_PROFILES, Running, Somebody, catalogue, received

pytestmark = pytest.mark.asyncio(loop_scope="session")

LATER = NOON + timedelta(minutes=1)


async def test_a_reset_forgets_all_and_events_of_before_bring_nothing_back(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    before = [
        ada.played(running.ids["Love 0"], ago=timedelta(hours=2)),
        ada.list_changed("added", running.ids["Love 1"], ago=timedelta(hours=1)),
    ]
    await running.send(*before)
    assert "top-picks" in await running.rows(ada)
    assert (await running.client.delete("/api/v1/me/taste", headers=ada.headers)).status_code == 204
    await running.send(*before)
    assert "top-picks" not in await running.rows(ada)
    told = await running.get("/me/taste", ada)
    assert (told["watched"], told["genres"], told["said"]) == (0, [], [])
    assert told["reset_at"] is not None


def all_of(running: Running, who: Somebody) -> list[Event]:
    """Everything that is told of a profile."""
    return [
        who.played(running.ids["Love 0"]), who.list_changed("added", running.ids["Love 2"]),
        who.rated(running.ids["Love 3"], 5), who.cleared(ago=timedelta(hours=1)),
        who.saw("new", ago=-timedelta(minutes=1), picture="poster", picture_chance=0.5), who.hid(running.ids["Love 4"]),
    ]  # fmt: skip


@pytest.mark.parametrize("how", ["account", "vanished", "told", "told first"])
async def test_who_is_gone_is_forgotten_also_by_what_comes_late(running: Running, how: str) -> None:
    await catalogue(running)
    gone, stays = running.somebody(), running.somebody()
    for each in (gone, stays):
        if how == "told first" and each is gone:
            continue
        await running.send(each.account())
        await running.client.delete("/api/v1/me/taste", headers=each.headers)
        running.clock.advance(1)
        await running.send(*(event.model_copy(update={"started_at": LATER}) for event in all_of(running, each)))
        await running.say(each, running.ids["Love 1"], "up")
        assert await running.kept_of(each) == set(OF_PROFILES)
    fields: dict[str, Any] = {"account": {"status": "erased"}, "vanished": {}}.get(
        how, {"erased_profiles": (gone.profile_id,)}
    )
    await running.send(gone.account(2, profiles=(), **fields))
    assert await running.kept_of(gone) == set()
    late = [event.model_copy(update={"started_at": LATER}) for event in all_of(running, gone)]
    await running.send(*late)
    await running.say(gone, running.ids["Love 1"], "up")
    assert (await running.client.delete("/api/v1/me/taste", headers=gone.headers)).status_code == 204
    assert await running.kept_of(gone) == set()
    assert await running.kept_of(stays) == set(OF_PROFILES)


async def test_a_play_in_flight_while_its_profile_goes_is_forgotten(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    await running.send(ada.account())
    async with running.db.transaction() as session:
        await projections.sessions_started(session, [received(ada.played(running.ids["Love 0"]))])
        going = asyncio.create_task(running.send(ada.account(2, profiles=())))
        # It waits for the play to be committed, or it would not find it.
        await waiting_for_a_lock(running)
    await going
    assert await running.kept_of(ada) == set()


async def waiting_for_a_lock(running: Running) -> None:
    """Return when somebody waits for another's transaction."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    async with asyncio.timeout(20):
        while not await running.db.pool.fetchval(waiting):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_history_that_was_cleared_decides_nothing_any_more(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    before = ada.played(running.ids["Love 0"], ago=timedelta(hours=2))
    # Watched to its end before, and begun anew after.
    over = ada.viewed(running.ids["Space 0"], 5_000.0, "ended", started_at=NOON - timedelta(hours=2))
    await running.send(before, over, ada.played(running.ids["Space 0"]))
    for _ in range(2):
        await running.send(ada.cleared(ago=timedelta(hours=1)), before, over)
        (row,) = await running.db.pool.fetch("SELECT * FROM plays WHERE profile_id = $1", ada.profile_id)
        assert row["title_id"] == running.ids["Space 0"]
        assert (row["first_at"], row["last_at"], row["watched"], row["finished"]) == (NOON, NOON, None, False)


async def test_what_left_the_list_is_not_brought_back_by_what_is_told_again(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    first, second = (ada.list_changed("added", running.ids[name], ago=timedelta(hours=3)) for name in LOVE[:2])
    again = ada.list_changed("added", running.ids["Love 0"])
    await running.send(first, second)
    assert "top-picks" in await running.rows(ada)
    await running.send(ada.list_changed("removed", running.ids["Love 0"], ago=timedelta(hours=2)), first)
    await running.send(ada.list_changed("cleared", ago=timedelta(hours=1)), second)
    assert "top-picks" not in await running.rows(ada)
    await running.send(again, first)
    (row,) = await running.db.pool.fetch("SELECT title_id, at FROM listed WHERE listed")
    assert (row["title_id"], row["at"]) == (running.ids["Love 0"], NOON)


async def test_a_play_of_before_that_comes_with_one_of_after_is_not_remembered_by_it(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    love = running.ids["Love 0"]
    before = ada.viewed(love, 5_000.0, "ended", started_at=NOON - timedelta(hours=2))
    await running.send(before)
    assert (await running.client.delete("/api/v1/me/taste", headers=ada.headers)).status_code == 204
    await running.send(before, ada.viewed(love, 30.0, started_at=LATER))
    (row,) = await running.db.pool.fetch("SELECT * FROM plays WHERE profile_id = $1", ada.profile_id)
    assert (row["first_at"], row["watched"], row["finished"]) == (LATER, 30.0, False)


async def test_what_is_kept_counts_stars_and_list_too(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody(consents=None)
    await running.send(ada.rated(running.ids["Love 0"], 5), ada.list_changed("added", running.ids["Love 1"]))
    assert (await running.get("/me/taste", ada))["kept"] == 2
    running.clock.advance(1)
    assert (await running.client.delete("/api/v1/me/taste", headers=ada.headers)).status_code == 204
    assert (await running.get("/me/taste", ada))["kept"] == 0


async def test_a_title_that_was_hidden_from_the_history_teaches_nothing_any_more(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    love, space = running.ids["Love 0"], running.ids["Space 0"]
    before = [ada.played(love, ago=timedelta(hours=2)), ada.viewed(love, 5_000.0, started_at=NOON - timedelta(hours=2))]
    await running.send(*before, ada.played(space, ago=timedelta(hours=3)))
    assert f"because-{love}" in await running.rows(ada)
    for _ in range(2):
        await running.send(ada.hid(love, ago=timedelta(hours=1)), *before)
        rows = await running.rows(ada)
        assert [row for row in rows if row.startswith("because")] == [f"because-{space}"]
        assert await running.reasons(ada) == {"Space 0"}
        assert (await running.get("/me/taste", ada))["kept"] == 1
    # It may be picked again; and watched again, it counts.
    assert "Love 0" in {name for names in rows.values() for name in names}
    await running.send(ada.played(love))
    assert f"because-{love}" in await running.rows(ada)


async def test_a_title_hidden_while_it_was_on_stays_by_what_came_after(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    space = running.ids["Space 0"]
    over = ada.viewed(space, 5_000.0, "ended", started_at=NOON - timedelta(hours=2))
    await running.send(over, ada.played(space), ada.played(running.ids["Space 1"], ago=timedelta(hours=2)))
    await running.send(ada.hid(space, ago=timedelta(hours=1)), over)
    rows = await running.db.pool.fetch("SELECT title_id, first_at, watched, finished FROM plays ORDER BY first_at DESC")
    assert tuple(rows[0]) == (space, NOON, None, False)
    assert len(rows) == 2

"""Posters that are chosen for a profile: only for who agreed, only after the estimate was seen, and logged as they were drawn."""

from typing import Any

import numpy as np
import pytest

from libs.chassis.ids import new_id
from libs.contracts.client import CardShown, Clicked
from libs.contracts.identity import AccountChanged, Profile
from services.recommendation.repository import pictures
from services.recommendation.service.pictures import NotBetter, TooFew, estimate
from tests.recommendation.conftest import LOVE, Running, Somebody, catalogue, title

pytestmark = pytest.mark.asyncio(loop_scope="session")

PICTURES = ("poster", "poster_2")


async def shelves(running: Running) -> str:
    """Titles, of which one has two posters; return its id."""
    await catalogue(running)
    await running.send(title("Two faces", "Romance", tags=("paris",), other_posters=PICTURES[1:]))
    return str(running.ids["Two faces"])


async def seen(running: Running, who: Somebody, way: str = "explore") -> dict[str, Any]:
    """The posters that somebody sees, by title."""
    found: dict[str, Any] = (await running.get(f"/recommendations/home?pictures={way}", who))["pictures"]
    return found


async def shown(running: Running, viewers: int, better: float) -> None:
    """Posters were drawn for many, and the second one was chosen so many times as often as the first."""
    random = np.random.default_rng(3)
    events: list[AccountChanged | CardShown | Clicked] = []
    for _ in range(viewers):
        who = running.somebody()
        events.append(who.account())
        for _ in range(5):
            name = PICTURES[random.integers(2)]
            told: dict[str, Any] = {
                "title_id": running.ids["Two faces"], "impression_id": new_id(), "picture": name, "picture_chance": 0.5,
                "picture_context": "Romance",
            }  # fmt: skip
            events.append(who.saw("new", **told))
            if random.random() < (0.1 * better if name == "poster_2" else 0.1):
                events.append(who.chose("new", **told))
    await running.send(*events)
    # Told again, nothing changes.
    await running.send(*events[:50])
    await running.pictures.work()


async def test_nothing_is_learned_of_who_no_longer_agrees_nor_of_what_apps_make_up(running: Running) -> None:
    await shelves(running)
    told: dict[str, Any] = {
        "title_id": running.ids["Two faces"], "picture": "poster_2", "picture_chance": 0.5, "picture_context": "Romance",
    }  # fmt: skip
    everything: tuple[dict[str, Any], ...] = (
        {},
        {"consents": ()},
        {"kids": True},
        {"picture": "poster_9"},
        {"picture_context": "what I like"},
        {"picture_chance": 0.001},
    )
    for changed in everything:
        who = running.somebody()
        of_card = {name: value for name, value in changed.items() if name in told}
        of_profile = {name: value for name, value in changed.items() if name not in told}
        profile = Profile(id=who.profile_id, name="Ada", consents=("personalisation",)).model_copy(update=of_profile)
        await running.send(who.account(profiles=(profile,)))
        await running.send(who.saw("new", impression_id=new_id(), **{**told, **of_card}))
    assert await running.db.pool.fetchval("SELECT count(*) FROM picture_trials") == 6
    await running.pictures.work()
    assert running.pictures.learned.counts == {(running.ids["Two faces"], "Romance", "poster_2"): (1, 0)}
    assert len(await pictures.trials(running.db)) == 3


async def test_posters_are_chosen_only_for_who_agreed_and_is_no_child(running: Running) -> None:
    love = await shelves(running)
    for claims in ({"consents": None}, {"kids": True}):
        assert await seen(running, running.somebody(**claims)) == {}
    found = [(await seen(running, running.somebody()))[love] for _ in range(40)]
    assert {each["name"] for each in found} == set(PICTURES)
    assert {each["chance"] for each in found} == {0.5}
    ada = running.somebody()
    assert (await running.get("/recommendations/home", ada))["pictures"] == {}
    # However often it looks, it is the same one.
    assert len({(await seen(running, ada))[love]["name"] for _ in range(5)}) == 1
    await running.send(ada.played(running.ids[LOVE[0]]))
    assert (await seen(running, ada))[love]["context"] == "Romance"
    path = "/api/v1/recommendations/home?pictures=any"
    assert (await running.client.get(path, headers=ada.headers)).status_code == 422


async def test_what_was_learned_is_used_once_its_estimate_was_seen_and_accepted(running: Running) -> None:
    love = await shelves(running)
    ada = running.somebody()
    await running.send(ada.played(running.ids[LOVE[0]]))
    with pytest.raises(TooFew, match="0 viewers"):
        await estimate(running.db, running.clock, accept=True)
    await shown(running, 800, better=2.0)
    assert await running.db.pool.fetchval("SELECT count(*) FROM picture_trials") == 4_000
    assert await seen(running, ada, "chosen") == {}
    assert (await estimate(running.db, running.clock, accept=False)).better[1] > 0
    await running.pictures.work()
    assert await seen(running, ada, "chosen") == {}
    await estimate(running.db, running.clock, accept=True)
    await running.pictures.work()
    found = [(await seen(running, await lover(running), "chosen"))[love] for _ in range(40)]
    names = [each["name"] for each in found]
    assert names.count("poster_2") > 30
    # Who only looks switches nothing off.
    await estimate(running.db, running.clock, accept=False)
    await running.pictures.work()
    assert running.pictures.accepted
    assert all(each["chance"] == pytest.approx(0.95) for each in found if each["name"] == "poster_2")


async def lover(running: Running) -> Somebody:
    """Somebody who watched a love story."""
    who = running.somebody()
    await running.send(who.played(running.ids[LOVE[0]]))
    return who


async def test_what_is_no_better_beyond_chance_is_not_accepted(running: Running) -> None:
    await shelves(running)
    await shown(running, 400, better=0.5)
    with pytest.raises(NotBetter):
        await estimate(running.db, running.clock, accept=True)
    await running.pictures.work()
    assert not running.pictures.accepted


async def test_a_click_that_comes_before_its_impression_counts_and_a_reset_forgets_both(running: Running) -> None:
    await shelves(running)
    ada = running.somebody()
    told: dict[str, Any] = {
        "title_id": running.ids["Two faces"], "impression_id": new_id(), "picture": "poster_2", "picture_chance": 0.5,
    }  # fmt: skip
    click, impression = ada.chose("new", **told), ada.saw("new", **told)
    await running.send(click)
    await running.send(impression)
    (row,) = await running.db.pool.fetch("SELECT chosen, chance, picture FROM picture_trials")
    assert tuple(row) == (True, 0.5, "poster_2")
    assert (await running.client.delete("/api/v1/me/taste", headers=ada.headers)).status_code == 204
    await running.send(click, impression)
    assert await running.db.pool.fetchval("SELECT count(*) FROM picture_trials") == 0

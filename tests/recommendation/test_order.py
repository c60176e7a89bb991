"""In which order rows stand: by what this profile uses and likes, and for a stranger as is usual."""

from datetime import timedelta

import pytest

from libs.contracts.client import CardShown, Clicked
from libs.contracts.recommended import kind_of
from services.recommendation.engine import worth
from tests.recommendation.conftest import LOVE, NOON, SPACE, Running, Somebody, catalogue, title, trending

pytestmark = pytest.mark.asyncio(loop_scope="session")


def used(
    who: Somebody, row: str, *, seen: int, chosen: int, ago: timedelta = timedelta(0)
) -> list[CardShown | Clicked]:
    """Cards of a row are seen, and some of them chosen."""
    return [*(who.saw(row, ago=ago) for _ in range(seen)), *(who.chose(row, ago=ago) for _ in range(chosen))]


async def test_two_that_use_other_rows_see_them_in_another_order(running: Running) -> None:
    await catalogue(running)
    await running.send(trending("US", [running.ids[name] for name in [*LOVE, *SPACE]]))
    ada, bob = running.somebody(), running.somebody()
    for each in (ada, bob):
        await running.send(each.played(running.ids["Love 0"]))
    before = await running.get("/recommendations/home", ada)
    assert before["worth"] == (await running.get("/recommendations/home", bob))["worth"]
    assert before["rows"][0]["kind"] == "top_picks"
    await running.send(*used(ada, "new", seen=200, chosen=100))
    await running.send(*used(bob, "my-list", seen=200, chosen=120), *used(bob, "top10", seen=100, chosen=60))
    hers, his = await running.get("/recommendations/home", ada), await running.get("/recommendations/home", bob)
    assert (hers["rows"][0]["kind"], his["rows"][0]["kind"]) == ("new", "top10")
    assert his["worth"]["my_list"] > his["worth"]["continue_watching"]
    assert hers["worth"] == before["worth"]
    # Whoever is a stranger, or does not agree, has the usual order.
    silent = Somebody(ada.account_id, ada.profile_id, running.somebody(consents=None).headers)
    told = await running.get("/recommendations/home", silent)
    assert [row["worth"] for row in told["rows"]] == sorted((row["worth"] for row in told["rows"]), reverse=True)
    assert told["worth"] == {kind: worth.USUAL[kind] for kind in told["worth"]}
    assert told["fits"] == {}


async def test_what_was_used_long_ago_counts_less_and_a_reset_forgets_it(running: Running) -> None:
    await catalogue(running)
    ada, bob = running.somebody(), running.somebody()
    rate = [used(each, "new", seen=200, chosen=100, ago=timedelta(days=at)) for each, at in ((ada, 120), (bob, 0))]
    for told, who in zip(rate, (ada, bob), strict=True):
        await running.send(*told)
        # A card of today, and again one of before: in whatever order they come.
        await running.send(*used(who, "new", seen=1, chosen=0))
        await running.send(*used(who, "new", seen=1, chosen=0, ago=timedelta(days=200)))
    rows = await running.db.pool.fetch("SELECT profile_id, seen, at FROM row_uses")
    seen = {row["profile_id"]: row["seen"] for row in rows}
    assert seen[ada.profile_id] == pytest.approx(200 / 16 + 1 + 0.5 ** (200 / 30), rel=1e-6)
    assert seen[bob.profile_id] == pytest.approx(201 + 0.5 ** (200 / 30), rel=1e-6)
    assert {row["at"] for row in rows} == {NOON}
    assert (await running.client.delete("/api/v1/me/taste", headers=bob.headers)).status_code == 204
    await running.send(*rate[1])
    assert {row["profile_id"] for row in await running.db.pool.fetch("SELECT * FROM row_uses")} == {ada.profile_id}


async def test_the_two_that_speak_most_are_what_rows_are_about(running: Running) -> None:
    await catalogue(running)
    await running.send(title("Alone", "Documentary", tags=("moss",)), title("Nobody's", "Documentary"))
    ada = running.somebody()
    # What was watched last goes with nothing; of the two kinds one film each says it all.
    order = ["Alone", "Space 0", "Space 1", "Love 0"]
    await running.send(*(ada.played(running.ids[name], ago=timedelta(hours=at)) for at, name in enumerate(order)))
    about = [row for row in await running.rows(ada) if row.startswith("because")]
    assert set(about) == {f"because-{running.ids[name]}" for name in ("Space 0", "Love 0")}


async def test_what_was_liked_speaks_before_what_was_watched_after_it(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    await running.send(ada.played(running.ids["Love 0"]), ada.played(running.ids["Love 1"], ago=timedelta(hours=1)))
    assert next(iter(await about(running, ada))) == "Love 0"
    await running.say(ada, running.ids["Love 1"], "up")
    assert next(iter(await about(running, ada))) == "Love 1"


async def about(running: Running, who: Somebody) -> list[str]:
    """What rows are about, the first before all others."""
    told = await running.get("/recommendations/home", who)
    return [row["reason"]["title"] for row in told["rows"] if row["kind"] == "because_watched"]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("continue-watching", "continue_watching"), ("because-0199-a", "because_watched"), ("genre-science-fiction", "genre"),
        ("collection-0199", "collection"), ("top10", "top10"), ("arrived", None), ("similar-0199", None), ("", None),
    ],
)  # fmt: skip
async def test_a_row_is_of_a_kind_by_its_id(row: str, kind: str | None) -> None:
    assert kind_of(row) == kind

"""Reviews as viewers write, read, vote on and report them. The tests share one service, each with a film of its own."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.chassis.ids import new_id
from libs.chassis.messaging.bus import Bus
from libs.contracts.identity import AccountChanged, Profile
from services.catalog.consumers import consumers
from tests.catalog.conftest import NOON, Catalog
from tests.catalog.rooms import Room
from tests.chassis.records import records

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_review_is_written_changed_and_deleted_with_its_stars(room: Room) -> None:
    maren = room.somebody()
    made = (await room.write(maren, "Too dark.", 2, spoiler=True)).json()
    assert made["rating"] == {"average": 2.0, "count": 1} and made["review"]["state"] == "visible"
    review = made["review"]["id"]
    again = await room.write(maren, "Once more.", 5)
    assert (again.status_code, again.json()["code"], again.json()["review_id"]) == (409, "review_exists", review)
    assert await room.rating() == {"average": 2.0, "count": 1}, "what was refused has not rated"

    changed = (await room.change(maren, review, "Dark, and right so.", 5)).json()
    assert changed["rating"] == {"average": 5.0, "count": 1}
    assert changed["review"]["edited_at"] and not changed["review"]["spoiler"]
    kept = await room.catalog.rows(
        "SELECT revision, text, spoiler, stars FROM review_versions WHERE review_id = $1", UUID(review)
    )
    assert kept == [{"revision": 1, "text": "Too dark.", "spoiler": True, "stars": 2}]

    # A thumb is a rating too: the review follows it, and has no stars once it is taken back.
    await room.catalog.client.put(f"/api/v1/titles/{room.film}/rating", json={"stars": 1}, headers=maren)
    assert (await room.read())["items"][0]["stars"] == 1
    await room.catalog.client.delete(f"/api/v1/titles/{room.film}/rating", headers=maren)
    assert (await room.read(maren))["mine"]["stars"] is None
    assert (await room.change(maren, review, "Dark, and right so.", 3)).json()["rating"]["count"] == 1

    gone = await room.catalog.client.delete(f"/api/v1/reviews/{review}", headers=maren)
    assert gone.status_code == 204
    assert (await room.read(maren), await room.rating()) == (
        {"items": [], "next_cursor": None, "mine": None, "count": 0, "may_write": True}, {"average": 3.0, "count": 1},
    )  # fmt: skip


async def test_twenty_at_once_are_one_review(room: Room) -> None:
    maren = room.somebody()
    answers = await asyncio.gather(*(room.write(maren, f"Take {n}.", 1 + n % 5) for n in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    (won,) = [answer.json() for answer in answers if answer.status_code == 201]
    assert await room.rating() == {"average": float(won["review"]["stars"]), "count": 1}


async def test_each_order_has_pages_that_miss_and_repeat_nothing(room: Room) -> None:
    stars = [3, 5, 1, 3, 5, 2, 4]
    written = [await room.written(f"Number {n}.", given) for n, given in enumerate(stars)]
    for review, ups, downs in ((written[2], 3, 0), (written[5], 2, 1), (written[0], 0, 2)):
        for helpful in [True] * ups + [False] * downs:
            assert (await room.vote(room.somebody(), review, helpful)).status_code == 200

    async def order(sort: str) -> list[int]:
        seen, cursor = [], ""
        while True:
            page = await room.read(query=f"?sort={sort}&limit=3{cursor}")
            assert page["count"] == len(stars)
            seen += [written.index(item["id"]) for item in page["items"]]
            if page["next_cursor"] is None:
                return seen
            cursor = f"&cursor={page['next_cursor']}"

    assert await order("newest") == [6, 5, 4, 3, 2, 1, 0]
    assert await order("highest") == [4, 1, 6, 3, 0, 5, 2]
    assert await order("lowest") == [2, 5, 0, 3, 6, 1, 4]
    assert await order("helpful") == [2, 5, 6, 4, 3, 1, 0]
    page = await room.read(query="?sort=newest&limit=3")
    other = await room.catalog.get(f"/titles/{room.film}/reviews?sort=helpful&cursor={page['next_cursor']}")
    assert (other.status_code, other.json()["code"]) == (422, "bad_cursor")


async def test_a_vote_counts_once_and_can_be_changed(room: Room) -> None:
    maren = room.somebody()
    review = (await room.write(maren)).json()["review"]["id"]
    bram = room.somebody()
    await asyncio.gather(*(room.vote(bram, review, True) for _ in range(100)))
    item = (await room.read(bram))["items"][0]
    assert item["votes"] == {"helpful": 1, "unhelpful": 0, "mine": True}
    assert (await room.vote(bram, review, False)).json() == {"helpful": 0, "unhelpful": 1, "mine": False}
    assert (await room.vote(bram, review, None)).json() == {"helpful": 0, "unhelpful": 0, "mine": None}
    own = await room.vote(maren, review, True)
    assert (own.status_code, own.json()["code"]) == (403, "own_review")


async def test_children_neither_read_nor_write_them(room: Room) -> None:
    review = await room.written()
    child = room.somebody(kids=True, maturity=12)
    assert await room.read(child) == {
        "items": [], "next_cursor": None, "mine": None, "count": 0, "may_write": False,
    }  # fmt: skip
    answers = [
        await room.write(child), await room.change(child, review, "x"), await room.vote(child, review, True),
        await room.report(child, review),
    ]  # fmt: skip
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "no_reviews_for_kids")}


async def test_where_the_title_is_not_seen_its_reviews_are_not_either(room: Room) -> None:
    review = await room.written()
    teen = room.somebody(maturity=7)
    assert (await room.catalog.get(f"/titles/{room.film}/reviews", teen)).status_code == 404
    answers = [
        await room.write(teen), await room.change(teen, review, "x"), await room.vote(teen, review, True),
        await room.report(teen, review),
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} == {404}


async def test_nobody_changes_what_somebody_else_wrote(room: Room) -> None:
    account = new_id()
    review = (await room.write(room.somebody(account_id=account), "Mine.")).json()["review"]["id"]
    for stranger in (room.somebody(), room.somebody(account_id=account)):
        assert (await room.change(stranger, review, "Yours.")).status_code == 404
        gone = await room.catalog.client.delete(f"/api/v1/reviews/{review}", headers=stranger)
        assert gone.status_code == 404
    assert [item["text"] for item in (await room.read())["items"]] == ["Mine."]
    assert (await room.rating())["count"] == 1, "what was refused has not rated"


async def test_what_people_send(room: Room) -> None:
    script = "<script>alert(1)</script> {{7*7}} ' OR 1=1 -- ﷽ 👩‍👩‍👧 e\u0301"
    kept = (await room.write(room.somebody(), script)).json()["review"]
    assert kept["text"] == script.replace("e\u0301", "é") and kept["state"] == "visible"
    for bad in ("", "   \n", "\u200b\u200b", "a\u202eb", "a\x00b", "x" * 5001, "x" * 100_000):
        answer = await room.write(room.somebody(), bad)
        assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["body", "text"]), bad[:10]
    assert answer.json()["errors"][0]["msg"] == "may have 5000 characters at most"
    for bad_stars in (0, 6, 2.5, "five", "3", True):
        assert (await room.write(room.somebody(), "Fine.", stars=bad_stars)).status_code == 422  # type: ignore[arg-type]


async def test_links_and_listed_words_wait_for_a_moderator(room: Room) -> None:
    maren = room.somebody()
    made = (await room.write(maren, "Free films at www.example.biz now!")).json()["review"]
    assert (made["state"], made["held_for"]) == ("held", ["link"])
    assert made["notice"] == (
        "Your review has a link or an address in it. Somebody looks at it before others can read it."
    )
    assert ((await room.read())["count"], (await room.read(maren))["mine"]["state"]) == (0, "held")
    assert (await room.vote(room.somebody(), made["id"], True)).status_code == 404, "unseen is not there"
    better = (await room.change(maren, made["id"], "Free of light, and good.")).json()["review"]
    assert (better["state"], better["notice"], (await room.read())["count"]) == ("visible", None, 1)


async def test_an_account_writes_so_much_in_an_hour(room: Room) -> None:
    account = new_id()
    maren = room.somebody(account_id=account)
    review = (await room.write(maren)).json()["review"]["id"]
    for n in range(29):
        assert (await room.change(maren, review, f"Version {n}.")).status_code == 200
    answer = await room.change(maren, review, "One too many.")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3600")
    assert (await room.write(room.somebody(account_id=account))).status_code == 429, "another profile is no way out"
    room.catalog.clock.advance(3600)
    assert (await room.change(maren, review, "An hour later.")).status_code == 200


async def test_reports_of_several_accounts_hide_a_review(room: Room) -> None:
    review = await room.written()
    household = new_id()
    for _ in range(4):
        assert (await room.report(room.somebody(account_id=household), review)).status_code == 204
    assert (await room.report(room.somebody(), review, "spam")).status_code == 204
    page = await room.read(room.somebody(account_id=household))
    assert (page["count"], page["items"][0]["reported"]) == (1, True), "an account is heard once"
    assert (await room.report(room.somebody(), review, "spoiler")).status_code == 204
    assert (await room.read())["count"] == 0
    assert await room.catalog.rows("SELECT actor, action, why FROM review_log WHERE review_id = $1", UUID(review)) == [
        {"actor": None, "action": "hidden", "why": "Reported by 3 accounts."}
    ]
    assert (await room.report(room.somebody(), review)).status_code == 404


async def told(catalog: Catalog, account: UUID, version: int, profiles: dict[UUID, str], **more: Any) -> None:
    """Identity tells of an account."""
    (consumer,) = consumers(catalog.db, Bus("", service="test"), catalog.clock)
    event = AccountChanged(
        account_id=account, version=version, changed_at=NOON + timedelta(seconds=version),
        profiles=tuple(Profile(id=profile, name=name) for profile, name in profiles.items()), **more,
    )  # fmt: skip
    await consumer.apply(records(event))


async def test_what_somebody_wrote_goes_with_the_profile(room: Room) -> None:
    account, maren, bram = new_id(), new_id(), new_id()
    as_maren = room.somebody(account_id=account, profile_id=maren)
    as_bram = room.somebody(account_id=account, profile_id=bram)
    other = await room.written("Somebody else's.", 1)
    await room.write(as_maren, "By Maren.", 5)
    await room.write(as_bram, "By Bram.", 3)
    await room.vote(as_maren, other, True)
    await room.vote(as_bram, other, True)
    await told(room.catalog, account, 1, {maren: "Maren", bram: "Bram"})
    assert {item["author"] for item in (await room.read())["items"]} == {None, "Maren", "Bram"}
    await told(room.catalog, account, 2, {maren: "Captain Maren", bram: "Bram"})
    assert "Captain Maren" in {item["author"] for item in (await room.read())["items"]}

    await told(room.catalog, account, 3, {bram: "Bram"})
    await told(room.catalog, account, 2, {maren: "Captain Maren", bram: "Bram"})  # late, and of before
    page = await room.read()
    assert [(item["text"], item["votes"]["helpful"]) for item in page["items"]] == [
        ("Somebody else's.", 1), ("By Bram.", 0),
    ]  # fmt: skip
    assert await room.rating() == {"average": 2.0, "count": 2}
    refused = await room.write(as_maren, "I was deleted.")
    assert (refused.status_code, refused.json()["code"]) == (403, "profile_required")

    await told(room.catalog, account, 4, {}, status="erased")
    page = await room.read()
    assert [(item["text"], item["votes"]["helpful"]) for item in page["items"]] == [("Somebody else's.", 0)]
    left = await room.catalog.rows(
        "SELECT (SELECT count(*) FROM reviews WHERE account_id = $1) + (SELECT count(*) FROM review_votes WHERE account_id = $1)"
        " + (SELECT count(*) FROM writing_rates WHERE account_id = $1) + (SELECT count(*) FROM ratings WHERE account_id = $1)"
        " AS left", account,
    )  # fmt: skip
    assert left == [{"left": 0}]

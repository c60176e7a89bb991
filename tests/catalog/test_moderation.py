"""What moderators decide about reviews, and what their writers then read and may do."""

import asyncio
from typing import Any

import pytest

from libs.chassis.ids import new_id
from tests.catalog.rooms import Room

pytestmark = pytest.mark.asyncio(loop_scope="session")
MODERATOR = new_id()


async def queue(room: Room) -> list[dict[str, Any]]:
    """What waits for a moderator of this film's reviews."""
    headers = room.catalog.auth_headers(account_id=MODERATOR, roles=["moderator"])
    answer = await room.catalog.client.get("/api/v1/admin/reviews?limit=100", headers=headers)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["total"], body["page"], body["pages"]) == (len(body["items"]), 1, 1)
    waited = [item["waiting_since"] for item in body["items"]]
    assert waited == sorted(waited)
    return [item for item in body["items"] if item["title_id"] == room.film]


async def decide(room: Room, review: str, decision: str, revision: int = 1, **claims: Any) -> tuple[int, Any]:
    headers = room.catalog.auth_headers(**{"account_id": MODERATOR, "roles": ["moderator"], **claims})
    answer = await room.catalog.client.post(
        f"/api/v1/admin/reviews/{review}/decision",
        json={"decision": decision, "reason": "Because of the tone.", "revision": revision},
        headers=headers,
    )
    return answer.status_code, answer.json()


async def reported(room: Room, review: str) -> None:
    for reason in ("abuse", "spam", "abuse"):
        assert (await room.report(room.somebody(), review, reason)).status_code == 204


async def test_what_was_reported_is_kept_and_stands_until_others_report_it(room: Room) -> None:
    review = await room.written("Bold.")
    await reported(room, review)
    (waiting,) = await queue(room)
    assert [item["reason"] for item in waiting["reports"]] == ["abuse", "spam", "abuse"]
    assert (waiting["text"], waiting["held_for"], waiting["title_name"]) == ("Bold.", ["reports"], "The Moss Hour")
    status, kept = await decide(room, review, "keep")
    assert (status, kept["state"], kept["notice"]) == (200, "visible", None)
    assert [(item["action"], item["actor"]) for item in kept["log"]] == [("hidden", None), ("keep", str(MODERATOR))]
    assert kept["log"][1]["why"] == "Because of the tone." and all(item["settled"] for item in kept["reports"])
    assert await queue(room) == []
    for reason in ("abuse", "spam"):
        await room.report(room.somebody(), review, reason)
    assert (await room.read())["count"] == 1, "what was decided about does not count again"
    await room.report(room.somebody(), review)
    assert (await room.read())["count"] == 0


async def test_what_was_removed_comes_back_through_a_moderator_only(room: Room) -> None:
    maren = room.somebody()
    review = (await room.write(maren, "Rude.")).json()["review"]["id"]
    assert (await decide(room, review, "remove"))[0] == 200
    mine = (await room.read(maren))["mine"]
    assert (mine["state"], mine["notice"], (await room.read())["count"]) == ("removed", "Because of the tone.", 0)
    polite = (await room.change(maren, review, "Polite.")).json()["review"]
    assert (polite["state"], polite["held_for"]) == ("held", ["removed"])
    (waiting,) = await queue(room)
    assert [version["text"] for version in waiting["versions"]] == ["Rude."]
    assert (await decide(room, review, "keep", revision=3))[0] == 200
    assert [item["text"] for item in (await room.read())["items"]] == ["Polite."]


async def test_of_two_moderators_at_once_one_is_told_that_the_other_was_first(room: Room) -> None:
    review = await room.written("Bold.")
    await reported(room, review)
    found = await asyncio.gather(
        *(decide(room, review, each, account_id=new_id()) for each in ("keep", "remove", "warn", "remove"))
    )
    assert sorted(status for status, _ in found) == [200, 409, 409, 409]
    assert {body["code"] for status, body in found if status == 409} == {"review_changed"}
    (decided,) = [body for status, body in found if status == 200]
    assert (decided["revision"], len(decided["log"])) == (2, 2)


async def test_a_warning_reaches_its_writer(room: Room) -> None:
    maren = room.somebody()
    review = (await room.write(maren, "Watch it at www.example.org")).json()["review"]["id"]
    assert (await decide(room, review, "warn"))[0] == 200
    mine = (await room.read(maren))["mine"]
    assert (mine["state"], mine["notice"]) == ("visible", "Because of the tone.")
    assert [item["text"] for item in (await room.read())["items"]] == ["Watch it at www.example.org"]


async def test_a_decision_is_about_the_words_that_were_read_and_never_about_ones_own(room: Room) -> None:
    maren = room.somebody(account_id=MODERATOR)
    review = (await room.write(maren, "See www.example.org")).json()["review"]["id"]
    await room.change(maren, review, "See www.example.net")
    status, body = await decide(room, review, "keep", revision=1, account_id=new_id())
    assert (status, body["code"]) == (409, "review_changed")
    status, body = await decide(room, review, "keep", revision=2)
    assert (status, body["code"]) == (403, "own_review")
    assert (await decide(room, str(new_id()), "keep"))[0] == 404
    assert [item["state"] for item in await queue(room)] == ["held"]


async def test_what_was_reported_is_not_escaped_by_deleting_and_writing_it_again(room: Room) -> None:
    maren, path = room.somebody(), "/api/v1/reviews"
    review = (await room.write(maren, "Vile.")).json()["review"]["id"]
    await room.vote(room.somebody(), review, True)
    await room.report(room.somebody(), review)
    await room.report(room.somebody(), review)
    # Gone for everybody, its writer too, before and after it is hidden.
    for step in (1, 2):
        assert (await room.catalog.client.delete(f"{path}/{review}", headers=maren)).status_code == 204
        read = await room.read(maren)
        assert (read["mine"], read["count"], await queue(room)) == (None, 0, [])
        for again in (
            await room.catalog.client.delete(f"{path}/{review}", headers=maren),
            await room.change(maren, review, "Vile again."),
            await room.report(room.somebody(), review),
        ):
            assert (again.status_code, again.json()["code"]) == (404, "review_not_found")
        assert (await decide(room, review, "keep", revision=2 * step))[0] == 404
        written = (await room.write(maren, f"Vile {step}.")).json()["review"]
        assert (written["id"], written["state"], written["votes"]["helpful"]) == (review, "held", 0)
    (waiting,) = await queue(room)
    assert (waiting["held_for"], len(waiting["reports"])) == (["reports"], 2)
    assert [version["text"] for version in waiting["versions"]] == ["Vile.", "Vile 1."]
    assert "withdrawn" in [line["action"] for line in waiting["log"]]


async def test_what_was_removed_and_is_deleted_comes_back_through_a_moderator_only(room: Room) -> None:
    maren = room.somebody()
    review = (await room.write(maren, "Rude.")).json()["review"]["id"]
    assert (await decide(room, review, "remove"))[0] == 200
    for text in ("Polite.", "Politer."):
        assert (await room.catalog.client.delete(f"/api/v1/reviews/{review}", headers=maren)).status_code == 204
        assert (await room.read(maren))["mine"] is None
        written = (await room.write(maren, text)).json()["review"]
        assert (written["state"], written["held_for"]) == ("held", ["removed"])


@pytest.mark.parametrize("decision", ["keep", "warn"])
@pytest.mark.parametrize("way", ["changed", "written anew"])
async def test_what_a_moderator_let_stand_is_not_changed_into_anything_else(
    room: Room, decision: str, way: str
) -> None:
    maren, those = room.somebody(), [room.somebody() for _ in range(3)]
    review = (await room.write(maren, "Bold.")).json()["review"]["id"]
    for reader in those:
        await room.report(reader, review)
    assert (await decide(room, review, decision))[0] == 200
    assert all(item["reported"] for item in (await room.read(those[0]))["items"])
    await room.report(those[0], review)
    assert (await room.read())["count"] == 1 and await queue(room) == [], "of the same words it counts once"
    room.catalog.clock.advance(1)
    if way == "changed":
        vile = await room.change(maren, review, "Vile.")
    else:
        await room.catalog.client.delete(f"/api/v1/reviews/{review}", headers=maren)
        vile = await room.write(maren, "Vile.")
    mine = vile.json()["review"]
    assert (mine["state"], mine["held_for"]) == ("held", ["decided"])
    assert "A moderator had decided about your review" in mine["notice"]
    assert (await room.read())["count"] == 0
    (waiting,) = await queue(room)
    assert (waiting["text"], waiting["log"][-1]["action"]) == ("Vile.", "held")
    assert (await decide(room, waiting["id"], "keep", revision=waiting["revision"]))[0] == 200
    # Those who reported what it said before are heard about what it says now.
    assert not any(item["reported"] for item in (await room.read(those[0]))["items"])
    for reader in those:
        assert (await room.report(reader, waiting["id"], "spam")).status_code == 204
    (waiting,) = await queue(room)
    assert (waiting["held_for"], [item["reason"] for item in waiting["reports"]]) == (["reports"], ["spam"] * 3)


async def test_what_was_reported_once_and_is_then_changed_waits(room: Room) -> None:
    maren = room.somebody()
    review = (await room.write(maren, "Vile.")).json()["review"]["id"]
    await room.report(room.somebody(), review)
    assert (await room.read())["count"] == 1
    mine = (await room.change(maren, review, "Mild.")).json()["review"]
    assert (mine["state"], mine["held_for"]) == ("held", ["reports"])

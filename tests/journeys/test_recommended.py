"""Two viewers with opposite tastes see different first pages within a minute; without consent everybody sees the same."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.journeys.browser import enter
from tests.journeys.people import Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey


def agree(viewer: Viewer, *consents: str) -> None:
    """Say what may be learned from, and take the token that says so."""
    viewer.call("PUT", "/me/consents", json={"consents": list(consents)})
    renew(viewer)


def renew(viewer: Viewer) -> None:
    """Take a token that says what the profile agrees to by now."""
    answer = viewer.http.post("/auth/refresh", json={"refresh_token": viewer.tokens["refresh_token"]})
    assert answer.status_code == 200, answer.text
    viewer.tokens = {**viewer.tokens, **answer.json()}
    viewer._sign(answer.json()["access_token"])


def rows(viewer: Viewer) -> dict[str, dict[str, Any]]:
    """The rows of the first page by their ids."""
    return {row["id"]: row for row in viewer.call("GET", "/home")["rows"]}


def picks(viewer: Viewer) -> set[str]:
    """What is picked for a viewer, and nothing while nothing is."""
    row = rows(viewer).get("top-picks", {"items": []})
    return {item["title_id"] for item in row["items"]}


def plays(viewer: Viewer, playable_id: str) -> None:
    """Begin to watch, as soon as playback has heard of the plan."""
    body = {"playable_id": playable_id}
    eventually(lambda: viewer.http.post("/playback/sessions", json=body).status_code == 201)


def test_opposite_tastes_see_different_pages_and_consent_ends_it(
    bijou: Running,
    film: dict[str, Any],
    other_film: dict[str, Any],
    series: dict[str, Any],
    browser: BrowserContext,
) -> None:
    ada, bob = Viewer.register(bijou.url), Viewer.register(bijou.url)
    for viewer, watched in ((ada, film), (bob, other_film)):
        viewer.subscribe()
        viewer.choose_profile()
        agree(viewer, "personalisation")
        plays(viewer, watched["playable_id"])
    hers, his = eventually(lambda: picks(ada)), eventually(lambda: picks(bob))
    assert film["id"] not in hers
    assert other_film["id"] in hers
    assert other_film["id"] not in his
    assert film["id"] in his
    picked = rows(ada)["top-picks"]
    assert (picked["reason"]["code"], picked["degraded"]) == ("top_picks", False)

    page = browser.new_page()
    enter(page, ada)
    page.goto(bijou.url)
    expect(page.get_by_test_id("row-top-picks")).to_contain_text("Top picks for you")

    agree(ada)
    assert picks(ada) == set()
    assert {row["kind"] for row in rows(ada).values()} >= {"new"}


def test_a_profile_that_picks_three_begins_with_rows_of_its_own(
    bijou: Running,
    film: dict[str, Any],
    other_film: dict[str, Any],
    series: dict[str, Any],
    viewer: Viewer,
    browser: BrowserContext,
) -> None:
    assert "top-picks" not in rows(viewer)
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/pick")
    done = page.get_by_test_id("picked")
    expect(done).to_be_disabled()
    for title in (film, other_film, series):
        page.locator(f"[data-testid=starter][data-id='{title['id']}']").click()
    done.click()
    page.wait_for_url("**/home")
    # It counts at once: what was agreed to is in the token by now.
    expect(page.get_by_test_id("row-top-picks")).to_be_visible()
    renew(viewer)
    known = viewer.call("GET", "/me/taste")
    assert known["personal"]
    assert {said["title_id"] for said in known["said"]} == {film["id"], other_film["id"], series["id"]}
    assert {said["verdict"] for said in known["said"]} == {"up"}


def test_whoever_would_rather_not_pick_goes_on(bijou: Running, viewer: Viewer, browser: BrowserContext) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/pick")
    page.get_by_test_id("skip-picking").click()
    page.wait_for_url("**/home")
    assert (known := viewer.call("GET", "/me/taste"))["personal"] is False
    assert known["said"] == []


def test_what_is_not_wanted_leaves_the_rows_and_comes_back(
    bijou: Running, film: dict[str, Any], other_film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    viewer.call("PUT", f"/titles/{film['id']}/rating", json={"stars": 4})
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/home")
    row = page.get_by_test_id("row-new")
    card = row.locator("li", has=page.locator(f"[data-id='{film['id']}']"))
    # By keys alone, there and back: the focus goes along, and the stars that were given before stay.
    card.get_by_test_id("card-more").focus()
    page.keyboard.press("Enter")
    page.get_by_test_id("card-unwanted").focus()
    page.keyboard.press("Enter")
    expect(card.get_by_test_id("card-undo")).to_be_focused()
    eventually(lambda: [each["verdict"] for each in viewer.call("GET", "/me/taste")["said"]] == ["not_interested"])
    page.keyboard.press("Enter")
    expect(card.locator("[data-card]")).to_be_focused()
    eventually(lambda: viewer.call("GET", "/me/taste")["said"] == [])
    assert viewer.call("GET", f"/titles/{film['id']}")["my_rating"] == 4

    card.hover()
    card.get_by_test_id("card-more").click()
    page.get_by_test_id("card-unwanted").click()
    # It stays where it was, with the way back, until the page is made anew.
    expect(card.get_by_test_id("card-hidden")).to_be_visible()
    eventually(lambda: film["id"] not in {item["title_id"] for item in rows(viewer)["new"]["items"]})
    page.reload()
    expect(row).to_be_visible()
    expect(row.locator(f"[data-id='{film['id']}']")).to_have_count(0)
    # The settings name it, and take it back.
    page.goto(f"{bijou.url}/account")
    group = page.get_by_test_id("taste-not_interested")
    expect(group).to_contain_text(film["name"])
    group.get_by_test_id("taste-take-back").click()
    expect(group).to_have_count(0)
    eventually(lambda: film["id"] in {item["title_id"] for item in rows(viewer)["new"]["items"]})


def test_a_thumb_on_a_card_is_the_one_of_its_page(
    bijou: Running, other_film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/home")
    card = page.get_by_test_id("row-new").locator("li", has=page.locator(f"[data-id='{other_film['id']}']"))
    card.hover()
    card.get_by_test_id("card-more").click()
    page.get_by_test_id("card-like").click()
    eventually(lambda: viewer.call("GET", f"/titles/{other_film['id']}")["my_rating"] == 5)
    page.goto(f"{bijou.url}/title/{other_film['id']}")
    expect(page.get_by_test_id("thumb-up")).to_have_attribute("aria-pressed", "true")
    eventually(lambda: [each["stars"] for each in viewer.call("GET", "/me/taste")["rated"]] == [5])
    page.goto(f"{bijou.url}/account")
    page.get_by_test_id("taste-up").get_by_test_id("taste-take-back").click()
    eventually(lambda: viewer.call("GET", f"/titles/{other_film['id']}")["my_rating"] is None)

    # What was said apart from stars, by who agreed to be recommended to, gives way to a thumb on the page.
    agree(viewer, "personalisation")
    viewer.call("PUT", f"/me/taste/titles/{other_film['id']}", json={"verdict": "up"})
    page.goto(f"{bijou.url}/title/{other_film['id']}")
    expect(page.get_by_test_id("thumb-up")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("thumb-down").click()
    expect(page.get_by_test_id("thumb-up")).to_have_attribute("aria-pressed", "false")
    eventually(lambda: viewer.call("GET", "/me/taste")["said"] == [])
    assert viewer.call("GET", f"/titles/{other_film['id']}")["my_rating"] == 1


def test_why_a_title_is_shown_is_told_and_a_taste_is_forgotten(
    bijou: Running, film: dict[str, Any], other_film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/title/{other_film['id']}")
    page.get_by_test_id("why-open").click()
    expect(page.get_by_test_id("why-off")).to_be_visible()
    agree(viewer, "personalisation")
    plays(viewer, film["playable_id"])
    known = eventually(lambda: told if (told := viewer.call("GET", "/me/taste"))["watched"] else None)
    assert known["personal"]
    because = viewer.call("GET", f"/recommendations/titles/{other_film['id']}/why")["because"]
    enter(page, viewer)
    page.goto(f"{bijou.url}/title/{other_film['id']}")
    page.get_by_test_id("why-open").click()
    panel = page.get_by_test_id("why-panel")
    expect(panel.get_by_test_id("why-off")).to_have_count(0)
    expect(panel.get_by_test_id("title-card")).to_have_count(len(because))
    panel.get_by_role("link").last.click()
    page.wait_for_url("**/account**")
    page.get_by_test_id("taste-reset").click()
    eventually(lambda: viewer.call("GET", "/me/taste")["watched"] == 0)
    assert picks(viewer) == set()


def test_a_title_hidden_from_the_history_shows_and_teaches_no_more(
    bijou: Running, film: dict[str, Any], other_film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    agree(viewer, "personalisation")
    for each in (film, other_film):
        report = {
            "playable_id": each["playable_id"],
            "position": 40,
            "device_seq": 1,
            "occurred_at": "2026-01-01T00:00:00Z",
        }
        plays(viewer, each["playable_id"])
        viewer.call("PUT", "/me/progress", json={"items": [report]})
    eventually(lambda: viewer.call("GET", "/me/taste")["watched"] == 2)
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/account")
    lines = page.get_by_test_id("history-line")
    expect(lines).to_have_count(2)
    line = page.locator(f"[data-testid=history-line][data-title='{film['id']}']")
    line.get_by_test_id("history-hide").click()
    expect(lines).to_have_count(1)
    eventually(lambda: viewer.call("GET", "/me/taste")["watched"] == 1)
    assert [item["title_id"] for item in viewer.call("GET", "/me/history")["items"]] == [other_film["id"]]
    eventually(lambda: film["id"] not in {item["title_id"] for item in continuing(viewer)})
    page.reload()
    expect(lines).to_have_count(1)
    page.get_by_test_id("history-clear").click()
    assert len(viewer.call("GET", "/me/history")["items"]) == 1  # it is asked once more
    page.get_by_test_id("history-clear").click()
    expect(lines).to_have_count(0)
    eventually(lambda: viewer.call("GET", "/me/taste")["watched"] == 0)


def continuing(viewer: Viewer) -> list[dict[str, Any]]:
    """What the first page goes on with."""
    items: list[dict[str, Any]] = rows(viewer).get("continue-watching", {"items": []})["items"]
    return items


def test_the_top_ten_has_its_numbers_and_the_plain_page_is_a_strangers(
    bijou: Running, film: dict[str, Any], other_film: dict[str, Any], series: dict[str, Any], browser: BrowserContext
) -> None:
    ada, stranger = Viewer.register(bijou.url), Viewer.register(bijou.url)
    for viewer in (ada, stranger):
        viewer.subscribe()
        viewer.choose_profile()
    agree(ada, "personalisation")
    plays(ada, film["playable_id"])
    eventually(lambda: picks(ada))
    agree(ada)
    own = {"continue_watching", "my_list", "arrived"}
    plain = [
        {
            name: [item["title_id"] for item in row["items"]]
            for name, row in rows(viewer).items()
            if row["kind"] not in own
        }
        for viewer in (ada, stranger)
    ]
    assert plain[0] == plain[1]
    assert list(plain[0]) == list(plain[1])

    def ranked(route: Route) -> None:
        answer = route.fetch()
        home = answer.json()
        new = next(row for row in home["rows"] if row["kind"] == "new")
        home["rows"].append({**new, "id": "top10", "kind": "top10", "name": "Top 10 today"})
        route.fulfill(response=answer, json=home)

    # So few people watch here that no country has a Top 10 of its own.
    browser.route("**/api/v1/home", ranked)
    page = browser.new_page()
    enter(page, stranger)
    page.goto(f"{bijou.url}/home")
    places = page.get_by_test_id("row-top10").get_by_test_id("ranked")
    expect(places.first).to_have_attribute("data-place", "1")
    expect(places.nth(1)).to_contain_text("2")

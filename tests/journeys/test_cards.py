"""What a card offers besides its page, for whoever has four arrows and OK: in a menu, by holding OK on it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.browser import enter, picture
from tests.journeys.people import Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey


def hold(page: Page) -> None:
    """OK for as long as a key takes to repeat itself, and one time more."""
    for _ in range(3):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")


def test_a_key_that_is_held_on_a_card_opens_what_its_corner_has(
    bijou: Running, film: dict[str, Any], other_film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/home")
    expect(page.get_by_test_id("hero-play")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    card = page.locator("[data-card]:focus")
    name = card.get_attribute("data-title")
    # Whoever comes to the first card by keys is told what they hide.
    expect(page.get_by_test_id("toast")).to_contain_text("Hold OK")
    hold(page)
    listed = page.get_by_test_id("card-menu-list")
    expect(listed).to_be_focused()
    assert viewer.call("GET", "/me/list")["items"] == [], "the key that is still held chooses nothing"
    page.keyboard.press("Enter")
    eventually(lambda: [item["name"] for item in viewer.call("GET", "/me/list")["items"]] == [name])
    expect(card).to_have_attribute("data-title", str(name))
    hold(page)
    expect(listed).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_test_id("card-unwanted")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid=card-undo]:focus")).to_have_count(1)
    eventually(lambda: [each["verdict"] for each in viewer.call("GET", "/me/taste")["said"]] == ["not_interested"])
    page.keyboard.press("Enter")
    expect(card).to_have_attribute("data-title", str(name))
    eventually(lambda: viewer.call("GET", "/me/taste")["said"] == [])
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("title-page")).to_have_attribute("data-title", str(name))


def test_what_was_begun_is_taken_off_its_row_by_the_same_key(
    bijou: Running, film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    viewer.choose_profile()
    session = viewer.play(film["playable_id"])
    viewer.beat(session, 1, 9)
    viewer.call("DELETE", f"/playback/sessions/{session['session_id']}?position=9", 204)
    eventually(lambda: viewer.call("GET", "/me/continue-watching")["items"])
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/home")
    page.get_by_test_id("continue-play").focus()
    hold(page)
    expect(page.get_by_test_id("continue-menu-about")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_test_id("continue-menu-remove")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("continue-card")).to_have_count(0)
    eventually(lambda: viewer.call("GET", "/me/continue-watching")["items"] == [])


def test_a_menu_of_choices_opens_on_the_present_one(
    bijou: Running, film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/watch/{film['playable_id']}?from=start")
    picture(page)
    page.evaluate("() => window.__bijou.player.setRate(1.5)")
    page.mouse.move(300, 300)
    page.get_by_test_id("speed").click()
    expect(page.locator("[data-choice='1.5']")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-choice='2']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("speed")).to_have_text("2×")

"""The whole way from the address to a film and back with the four arrows, OK and Back, as a television has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.browser import browsing, enter
from tests.journeys.people import PASSWORD, Viewer, eventually
from tests.journeys.platform import Running


@pytest.fixture
def television() -> Iterator[BrowserContext]:
    with browsing(width=1920, height=1080) as context:
        yield context


def on(page: Page, name: str = "data-testid") -> str | None:
    """An attribute of what the arrows are on."""
    found: str | None = page.evaluate("(name) => document.activeElement.getAttribute(name)", name)
    return found


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def press_until(page: Page, key: str, *testids: str, most: int = 12) -> None:
    """Press one arrow until it has led to one of these."""
    for _ in range(most):
        press(page, key)
        if on(page) in testids:
            return
    pytest.fail(f"{key} does not lead to {testids}, but to {on(page)}")


def back(page: Page) -> None:
    """Press Back of a remote control, which no keyboard has."""
    key = "new KeyboardEvent('keydown', { key: 'GoBack', bubbles: true, cancelable: true })"
    page.evaluate(f"() => document.activeElement.dispatchEvent({key})")


def test_from_the_address_to_a_film(
    bijou: Running, film: dict[str, Any], other_film: dict[str, Any], viewer: Viewer, television: BrowserContext
) -> None:
    page = television.new_page()
    page.goto(bijou.url)
    expect(page.get_by_test_id("register-link")).to_be_visible()
    press(page, "ArrowDown")
    assert on(page) == "register-link"
    press_until(page, "ArrowUp", "sign-in-link")
    press(page, "Enter")
    expect(page.get_by_test_id("sign-in-form")).to_be_visible()
    press(page, "ArrowDown")
    page.keyboard.type(viewer.email)
    press(page, "ArrowDown")
    page.keyboard.type(PASSWORD)
    press_until(page, "ArrowDown", "sign-in-submit")
    press(page, "Enter")
    page.wait_for_url(re.compile("/(home|profiles)"))
    if "/profiles" in page.url:
        expect(page.get_by_test_id("profile").first).to_be_visible()
        press(page, "ArrowDown", "Enter")
    expect(page.get_by_test_id("hero-play")).to_be_visible()

    press(page, "ArrowDown")
    assert on(page) == "hero-play"
    press(page, "ArrowDown")
    assert on(page) == "title-card"
    name = on(page, "data-title")
    press(page, "Enter")
    expect(page.get_by_test_id("title-page")).to_have_attribute("data-title", str(name))
    back(page)
    # Back in the row where one was.
    expect(page.locator(":focus")).to_have_attribute("data-title", str(name))
    press(page, "Enter")
    expect(page.get_by_test_id("title-page")).to_have_attribute("data-title", str(name))
    expect(page.get_by_test_id("play")).to_be_visible()
    press(page, "ArrowDown")
    assert on(page) == "play"
    press_until(page, "ArrowRight", "my-list-button")
    press(page, "Enter")
    eventually(lambda: [item["name"] for item in viewer.call("GET", "/me/list")["items"]] == [name])
    press(page, "ArrowRight")
    assert on(page) == "thumb-up"
    press_until(page, "ArrowDown", "write-review")
    press(page, "Enter")
    expect(page.get_by_test_id("review-form")).to_be_visible()
    press(page, "Escape")
    expect(page.get_by_test_id("review-form")).to_have_count(0)
    # A closed dialog leads back to where it was opened.
    expect(page.get_by_test_id("write-review")).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_test_id("review-form")).to_be_visible()
    expect(page.get_by_test_id("star-1")).to_be_focused()
    press(page, "ArrowRight", "ArrowRight", "ArrowRight")
    press(page, "ArrowDown")
    page.keyboard.type("All of it with four arrows and OK.")
    press_until(page, "ArrowDown", "publish-review")
    press(page, "ArrowUp", "Enter", "ArrowDown", "Enter")
    expect(page.get_by_test_id("own-review")).to_be_visible()
    mine = viewer.call("GET", f"/titles/{page.url.split('/')[-1]}/reviews")["mine"]
    assert (mine["stars"], mine["spoiler"]) == (4, True)
    press_until(page, "ArrowUp", "play", "my-list-button", "thumb-up", "thumb-down", "not-interested")
    if on(page) != "play":
        press_until(page, "ArrowLeft", "play")
    press(page, "Enter")
    expect(page.get_by_test_id("player")).to_have_attribute("data-phase", "ready")


def test_the_frame_around_every_page(
    bijou: Running, film: dict[str, Any], viewer: Viewer, television: BrowserContext
) -> None:
    page = television.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/home")
    expect(page.get_by_test_id("hero-play")).to_be_visible()
    press(page, "ArrowDown", "ArrowUp")
    assert on(page, "href") in ("/home", "/browse", "/my-list"), "up from the first row lies the header"
    press_until(page, "ArrowRight", "search-field")
    page.keyboard.type("zz")
    press(page, "ArrowRight")
    assert on(page) == "search-field", "in a text the arrows are the text's"
    press(page, "Backspace", "Backspace")
    press_until(page, "ArrowRight", "account-menu")
    press(page, "Enter", "ArrowDown")
    assert on(page, "role") == "menuitem", "in a menu the arrows are the menu's"
    back(page)
    expect(page.get_by_test_id("account-menu")).to_be_focused()
    press(page, "ArrowDown")
    assert on(page) == "hero-play"
    page.goto(f"{bijou.url}/browse")
    expect(page.get_by_test_id("browse")).to_be_visible()
    back(page)
    page.wait_for_url("**/home")


def test_who_points_scrolls_with_the_arrows(
    bijou: Running, film: dict[str, Any], viewer: Viewer, television: BrowserContext
) -> None:
    page = television.new_page()
    page.set_viewport_size({"width": 1280, "height": 420})
    enter(page, viewer)
    page.goto(f"{bijou.url}/home")
    expect(page.get_by_test_id("hero-play")).to_be_visible()
    page.mouse.move(300, 300)
    press(page, "ArrowDown")
    eventually(lambda: page.evaluate("scrollY") > 0)
    assert on(page) is None


def test_a_page_one_went_on_to_is_not_shared_under_the_first_ones_name(
    bijou: Running, film: dict[str, Any], viewer: Viewer, television: BrowserContext
) -> None:
    page = television.new_page()
    enter(page, viewer)
    slug = viewer.call("GET", f"/titles/{film['id']}")["slug"]
    page.goto(f"{bijou.url}/title/{slug}")
    told = page.locator("head meta[property^='og:'], head link[rel=canonical]")
    expect(page.get_by_test_id("title-page")).to_be_visible()
    assert told.count() > 0
    page.get_by_role("link", name="Browse").first.click()
    page.wait_for_url("**/browse")
    expect(told).to_have_count(0)

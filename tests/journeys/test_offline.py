"""The app without a network: it stays an app, says what is the matter, and makes good what it could not do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.journeys.browser import sign_in
from tests.journeys.people import Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey
JSON = dict[str, Any]
TITLE_CHUNK = re.compile(r"/assets/title-[^/]*\.js$")
UNREACHED = "We can’t reach Bijou right now"


def fetched(page: Page, *names: str) -> None:
    """Wait until the chunks of these screens are here."""

    def here() -> bool:
        loaded = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
        return all(any(f"/assets/{name}-" in url for url in loaded) for name in names)

    eventually(here)


def test_every_screen_opens_without_a_network_and_makes_good_what_it_could_not_read(
    bijou: Running, film: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    sign_in(page, bijou.url, viewer.email)
    expect(page.get_by_test_id("home")).to_be_visible()
    fetched(page, "title", "account", "my-list", "screen")
    browser.set_offline(True)
    expect(page.get_by_test_id("offline")).to_be_visible()
    page.get_by_test_id("title-card").filter(has_text=film["name"]).first.click()
    expect(page.get_by_text(UNREACHED)).to_be_visible()
    page.get_by_test_id("account-menu").click()
    page.get_by_test_id("plan-and-account").click()
    page.wait_for_url(re.compile("/account$"))
    page.go_back()
    expect(page.get_by_text(UNREACHED)).to_be_visible()
    browser.set_offline(False)
    expect(page.get_by_test_id("title-page")).to_have_attribute("data-title", film["name"])
    expect(page.get_by_test_id("offline")).to_have_count(0)


def test_a_screen_that_was_not_fetched_in_time_is_said_so_in_the_app_and_comes_by_itself(
    bijou: Running, film: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    page.route(TITLE_CHUNK, lambda route: route.abort())
    sign_in(page, bijou.url, viewer.email)
    card = page.get_by_test_id("title-card").filter(has_text=film["name"]).first
    expect(card).to_be_visible()
    browser.set_offline(True)
    card.click()
    expect(page.get_by_text(UNREACHED)).to_be_visible()
    assert f"/title/{film['id']}" in page.url, "the app has not left for the browser's own error page"
    page.unroute(TITLE_CHUNK)
    browser.set_offline(False)
    expect(page.get_by_test_id("title-page")).to_have_attribute("data-title", film["name"])


def test_a_new_release_is_met_by_one_reload_and_never_by_a_circle(
    bijou: Running, film: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    documents: list[str] = []
    page.on("domcontentloaded", lambda loaded: documents.append(loaded.url))

    def gone(route: Route) -> None:
        route.fulfill(status=404, body="")

    page.route(TITLE_CHUNK, gone)
    sign_in(page, bijou.url, viewer.email)
    card = page.get_by_test_id("title-card").filter(has_text=film["name"]).first
    expect(card).to_be_visible()
    documents.clear()
    card.click()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert len(documents) == 1, "one reload, which has not helped"
    page.unroute(TITLE_CHUNK)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_test_id("title-page")).to_have_attribute("data-title", film["name"])
    assert len(documents) <= 2

"""Addresses as mails, people and attackers write them: what makes no sense in one is nothing to the page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.journeys.browser import enter
from tests.journeys.people import PASSWORD, Viewer
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("asked", ["utm_source=mail&fbclid=1", "year=abc&sort=foo&type=bar&min_rating=99"])
def test_a_search_takes_what_it_knows(
    asked: str, bijou: Running, film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/search?q=salt&{asked}")
    expect(page.get_by_test_id("results").get_by_test_id("title-card").first).to_have_attribute(
        "data-title", film["name"]
    )


@pytest.mark.parametrize("path", ["/genre/drama?sort=foo&type=bar", "/browse?page=-1", "/my-list?x=%00"])
def test_other_pages_do_too(
    path: str, bijou: Running, film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(bijou.url + path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize(
    "away", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/watch/../../x"]
)
def test_who_signs_in_stays_here(
    away: str, bijou: Running, film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(bijou.url)
    page.evaluate(
        "(away) => { history.replaceState(null, '', `/sign-in?next=${encodeURIComponent(away)}`); location.reload(); }",
        away,
    )
    page.get_by_label("E-mail").fill(viewer.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/(home|profiles|x)"))
    assert page.url.startswith(bijou.url)
    assert faults == []

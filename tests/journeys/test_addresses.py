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
    "path",
    ["/watch/nope", "/title/nope", "/title/no pe", "/person/nope", "/genre/nope", "/genre/нет", "/collection/nope"],
)
def test_what_is_not_there_has_a_page_that_offers_something_else(
    path: str, bijou: Running, film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    answer = page.goto(bijou.url + path)
    assert answer and answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("not on the programme|no such|has closed"))
    expect(page.get_by_role("link", name="Back to the films")).to_be_visible()
    expect(page.get_by_test_id("newest").get_by_test_id("title-card").first).to_be_visible()
    assert "UUID" not in page.locator("main").inner_text()


@pytest.mark.parametrize("path", ["/nope", "/staff/nope", "/home/nope"])
def test_every_other_address_leads_to_the_door(
    path: str, bijou: Running, film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    answer = page.goto(bijou.url + path)
    assert answer and answer.status == 404
    page.get_by_role("link", name="To the front door").click()
    page.wait_for_url(f"{bijou.url}/home")


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

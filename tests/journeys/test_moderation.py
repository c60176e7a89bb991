"""What several viewers report is hidden, and a moderator decides about it on the page of moderators."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.browser import enter
from tests.journeys.people import Viewer
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey
WORDS = "<b>Not</b> bad, said nobody."


def test_what_several_report_is_decided_by_a_moderator(
    bijou: Running, other_film: dict[str, Any], browser: BrowserContext
) -> None:
    writer, *readers = (Viewer.register(bijou.url) for _ in range(4))
    for viewer in (writer, *readers):
        viewer.choose_profile()
    path = f"/titles/{other_film['id']}/reviews"
    review = writer.call("POST", path, 201, json={"text": WORDS, "stars": 1, "spoiler": False})["review"]["id"]
    for reader in readers:
        reader.call("POST", f"/reviews/{review}/report", 204, json={"reason": "abuse", "note": "Rude."})
    assert readers[0].call("GET", path)["items"] == []
    page = browser.new_page()
    enter(page, writer)
    page.goto(f"{bijou.url}/staff/moderation")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_test_id("moderation")).to_have_count(0)
    _sign_in_as_staff(page, bijou)
    page.get_by_test_id("account-menu").click()
    page.get_by_test_id("moderate").click()
    card = page.locator(f"[data-testid=moderated-review][data-id='{review}']")
    expect(card).to_contain_text(WORDS)
    expect(card.get_by_test_id("held-for")).to_have_text("Reports")
    card.get_by_test_id("decide-keep").click()
    expect(card).to_contain_text("Say why")
    card.get_by_role("textbox").fill("Blunt, and fair.")
    card.get_by_test_id("decide-keep").click()
    expect(card).to_have_count(0)
    assert [item["text"] for item in readers[0].call("GET", path)["items"]] == [WORDS]
    page.get_by_test_id("moderation-state").click()
    page.get_by_role("menuitemradio", name="Shown").click()
    card.get_by_test_id("moderation-log").locator("summary").click()
    expect(card.get_by_test_id("moderation-log")).to_contain_text("Kept: Blunt, and fair.")
    card.get_by_role("textbox").fill("On second thoughts.")
    card.get_by_test_id("decide-remove").click()
    expect(card).to_have_count(0)
    assert readers[0].call("GET", path)["items"] == []
    for viewer in (writer, *readers):
        viewer.close()


def _sign_in_as_staff(page: Page, bijou: Running) -> None:
    page.evaluate("localStorage.clear()")
    page.goto(f"{bijou.url}/sign-in")
    page.get_by_label("E-mail").fill(bijou.admin["email"])
    page.get_by_label("Password", exact=True).fill(bijou.admin["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/home")

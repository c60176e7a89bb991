"""A viewer reads what another wrote, votes and reports, and writes a review of his own."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.browser import enter
from tests.journeys.people import Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey
SCRIPT = "<script>document.title = 'taken'</script> <b>Not</b> bad."


def test_reviews(bijou: Running, other_film: dict[str, Any], browser: BrowserContext) -> None:
    writer, reader = Viewer.register(bijou.url), Viewer.register(bijou.url)
    for viewer in (writer, reader):
        viewer.choose_profile()
    path = f"/titles/{other_film['id']}/reviews"
    writer.call("POST", path, 201, json={"text": SCRIPT, "stars": 4, "spoiler": True})
    page = browser.new_page()
    enter(page, reader)
    answer = page.goto(f"{bijou.url}/title/{other_film['slug']}")
    assert answer is not None and f'<meta property="og:title" content="{other_film["name"]}' in answer.text()
    _read_vote_and_report(page)
    assert writer.call("GET", path)["mine"]["votes"] == {"helpful": 1, "unhelpful": 0, "mine": None}
    assert reader.call("GET", path)["items"][0]["reported"]
    _write_change_and_delete(page)
    assert writer.call("GET", path)["items"] == []
    assert reader.call("GET", f"/titles/{other_film['id']}")["my_rating"] == 3
    writer.close()
    reader.close()


def _read_vote_and_report(page: Page) -> None:
    review = page.get_by_test_id("review")
    expect(review).to_contain_text("Iris")
    expect(review).not_to_contain_text("bad")
    review.get_by_test_id("show-spoiler").click()
    expect(review.get_by_test_id("review-text")).to_have_text(SCRIPT)
    assert page.title() != "taken"
    review.get_by_test_id("vote-helpful").click()
    expect(review.get_by_test_id("vote-helpful")).to_have_text("Helpful1")
    review.get_by_test_id("vote-helpful").focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_label("It gives the story away").check()
    page.get_by_test_id("send-report").click()
    expect(review.get_by_test_id("reported")).to_be_visible()


def _write_change_and_delete(page: Page) -> None:
    page.get_by_test_id("write-review").click()
    page.get_by_test_id("publish-review").click()
    expect(page.get_by_test_id("review-form")).to_contain_text("How many stars does it get?")
    eventually(
        lambda: page.evaluate("() => document.activeElement.dataset.testid") == "star-1"
    )  # what is missing first
    # Five buttons of one choice, as the arrow keys know them.
    for star in (1, 2):
        page.get_by_test_id(f"star-{star}").press("ArrowRight")
        expect(page.get_by_test_id(f"star-{star + 1}")).to_be_checked()
    page.get_by_role("textbox", name="Your review").fill("All of it is at www.example.org.")
    page.get_by_test_id("publish-review").click()
    own = page.get_by_test_id("own-review")
    expect(own.get_by_test_id("review-state")).to_contain_text("Waiting for a moderator")
    own.get_by_test_id("edit-review").click()
    page.get_by_role("textbox", name="Your review").fill("All of it is good.")
    page.get_by_test_id("publish-review").click()
    expect(own).to_contain_text("All of it is good.")
    expect(own.get_by_test_id("review-state")).to_have_count(0)
    own.get_by_test_id("delete-review").click()
    page.get_by_test_id("delete-review-sure").click()
    expect(own).to_have_count(0)
    expect(page.get_by_test_id("write-review")).to_be_visible()

"""What a viewer does with reviews on a title's page: reads, votes, reports, writes, changes and deletes."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.journeys.people import eventually

SCRIPT = "<script>document.title = 'taken'</script> <b>Not</b> bad."


def read_vote_and_report(page: Page) -> None:
    """The one review is somebody else's, gives the story away, and holds a script."""
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


def write_change_and_delete(page: Page) -> None:
    """The first version waits for a moderator."""
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

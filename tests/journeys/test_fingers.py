"""The pages on which a film is found, by a finger: whatever can be pressed is large enough for one, and within the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.browser import browsing, enter
from tests.journeys.people import Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey
# A phone, the same held across, where the header has the least room, and a tablet.
SIZES = [(390, 844), (700, 420), (820, 1180)]
# What is too small in either direction, or reaches past the edge of the page where nothing scrolls to it. Links within a text are
# as high as its lines, and a box to tick is as large as what it says.
MISSED = """
() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [role^=menuitem]")].filter((target) => {
  if (!target.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
  if (target.closest("[inert], [aria-hidden=true], a[href='#main']")) return false;
  const { width, height, left, right } = (target.closest("label") ?? target).getBoundingClientRect();
  const small = getComputedStyle(target).display !== "inline" && (width < 43.5 || height < 43.5);
  return small || (!target.closest(".rail") && (left < -1 || right > innerWidth + 1));
}).map((target) => {
  const { width, height, right } = target.getBoundingClientRect();
  return `${Math.round(width)}x${Math.round(height)} to ${Math.round(right)}: ${target.outerHTML.slice(0, 160)}`;
})
"""


@pytest.fixture
def fingers() -> Iterator[BrowserContext]:
    with browsing(locale="de-DE", reduced_motion="reduce", has_touch=True, is_mobile=True) as context:
        yield context


def all_in_reach(page: Page) -> None:
    """Nothing is missed at any size, once the page has settled at it."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        found: list[str] = []

        def settled(found: list[str] = found) -> bool:
            found[:] = page.evaluate(MISSED)
            return not found

        try:
            eventually(settled, 5)
        except AssertionError:
            pytest.fail(f"{page.url} at {width} px: {found}")


def test_whatever_can_be_pressed_is_as_large_as_a_finger(
    bijou: Running, film: dict[str, Any], other_film: dict[str, Any], viewer: Viewer, fingers: BrowserContext
) -> None:
    somebody = Viewer.register(bijou.url)
    somebody.choose_profile()
    somebody.call(
        "POST", f"/titles/{film['id']}/reviews", 201, json={"text": "All of it.", "stars": 4, "spoiler": True}
    )
    somebody.close()
    viewer.call("POST", "/me/list", 201, json={"title_id": film["id"]})
    page = fingers.new_page()
    enter(page, viewer)
    for path, shown in {
        "/home": "title-card",
        "/search": "newest",
        "/search?q=salt": "title-card",
        "/search?q=salt&type=movie": "filter-type-off",
        "/search?q=qwxzvk": "nothing-found",
        "/search?q=something+funny+from+the+nineties&by=description": "by-name",
        "/browse": "genre-tile",
        "/genre/drama": "title-card",
        "/my-list": "title-card",
        f"/title/{film['id']}": "vote-helpful",
    }.items():
        page.goto(bijou.url + path)
        expect(page.get_by_test_id(shown).first).to_be_visible()
        all_in_reach(page)

    page.get_by_test_id("report-review").tap()
    expect(page.get_by_test_id("send-report")).to_be_visible()
    all_in_reach(page)
    page.goto(f"{bijou.url}/my-list")
    page.get_by_test_id("card-more").first.tap()
    expect(page.get_by_test_id("card-menu-list")).to_be_visible()
    all_in_reach(page)

"""No serious obstacle on the screens a viewer meets: axe-core over each of them, as rendered, at two sizes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.browser import browsing, enter
from tests.journeys.people import PASSWORD, Viewer, eventually
from tests.journeys.platform import ROOT, Running

pytestmark = pytest.mark.journey
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
SIZES = [(390, 844), (1440, 900)]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHECK = """
async (rules) => {
  const found = await window.axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target} ${node.html.slice(0, 160)}`));
}
"""


@pytest.fixture
def browser() -> Iterator[BrowserContext]:
    """A browser that lets the checker in past the content security policy and shows everything at rest."""
    if not AXE.exists():
        pytest.skip("the web's development packages are not installed (npm ci in web/)")
    with browsing(bypass_csp=True, reduced_motion="reduce") as context:
        yield context


def obstacles(page: Page) -> list[str]:
    """What axe-core calls serious or critical here, at every size."""
    found: list[str] = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        eventually(lambda: page.evaluate("() => document.getAnimations().every((a) => a.playState !== 'running')"))
        if not page.evaluate("() => 'axe' in window"):
            page.add_script_tag(path=AXE)
        found += [f"{width} px: {line}" for line in page.evaluate(CHECK, RULES)]
    return found


def test_the_way_in(bijou: Running, film: dict[str, Any], browser: BrowserContext) -> None:
    page = browser.new_page()
    page.goto(bijou.url)
    expect(page.get_by_test_id("register-link").first).to_be_visible()
    assert obstacles(page) == []

    page.goto(f"{bijou.url}/register")
    page.get_by_test_id("register-submit").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    assert obstacles(page) == []

    page.goto(f"{bijou.url}/sign-in")
    expect(page.get_by_test_id("sign-in-form")).to_be_visible()
    assert obstacles(page) == []

    newcomer = Viewer.register(bijou.url)
    enter(page, newcomer)
    page.goto(f"{bijou.url}/plans")
    expect(page.get_by_test_id("choose-standard-month")).to_be_visible()
    assert obstacles(page) == []

    page.get_by_test_id("choose-standard-month").click()
    expect(page.get_by_test_id("checkout-form")).to_be_visible()
    assert obstacles(page) == []
    newcomer.close()


def test_the_films(
    bijou: Running, film: dict[str, Any], other_film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    watching = viewer.play(film["playable_id"])
    viewer.beat(watching, 1, 9)
    viewer.call("DELETE", f"/playback/sessions/{watching['session_id']}", 204)
    viewer.call("POST", "/me/list", 201, json={"title_id": other_film["id"]})
    eventually(lambda: viewer.call("GET", "/me/continue-watching")["items"])
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/home")
    expect(page.get_by_test_id("hero")).to_be_visible()
    expect(page.get_by_test_id("continue-card")).to_be_visible()
    assert obstacles(page) == []

    page.goto(f"{bijou.url}/title/{film['id']}")
    expect(page.get_by_test_id("resume")).to_be_visible()
    assert obstacles(page) == []

    page.goto(f"{bijou.url}/my-list")
    expect(page.get_by_test_id("my-list").get_by_test_id("title-card")).to_be_visible()
    assert obstacles(page) == []

    page.goto(f"{bijou.url}/watch/{film['playable_id']}")
    expect(page.get_by_test_id("resume-prompt")).to_be_visible()
    assert obstacles(page) == []

    page.get_by_test_id("resume-here").click()
    expect(page.get_by_test_id("player")).to_have_attribute("data-phase", "ready")
    page.evaluate("() => document.querySelector('[data-testid=video]').pause()")
    expect(page.get_by_test_id("player")).to_have_attribute("data-paused", "true")
    expect(page.get_by_test_id("controls")).to_have_attribute("data-hidden", "false")
    assert obstacles(page) == []

    page.evaluate("() => { const { player } = window.__bijou; player.seek(1e9); player.toggle(); }")
    expect(page.get_by_test_id("ended").get_by_test_id("title-card").first).to_be_visible()
    assert obstacles(page) == []


def test_a_viewing_is_taken_off_continue_watching(
    bijou: Running, film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    watching = viewer.play(film["playable_id"])
    viewer.beat(watching, 1, 9)
    viewer.call("DELETE", f"/playback/sessions/{watching['session_id']}", 204)
    eventually(lambda: viewer.call("GET", "/me/continue-watching")["items"])
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/home")
    card = page.get_by_test_id("continue-card").filter(has_text=film["name"])
    expect(card).to_be_visible()
    card.hover()
    page.get_by_role("button", name=f"Remove {film['name']} from Continue watching").click()
    expect(card).to_have_count(0)
    eventually(lambda: not viewer.call("GET", "/me/continue-watching")["items"])
    page.reload()
    expect(page.get_by_test_id("hero")).to_be_visible()
    expect(card).to_have_count(0)


def test_an_empty_house_fills_by_itself(
    bijou: Running, film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    page.route("**/api/v1/home", lambda route: route.fulfill(json={"hero": None, "rows": []}))
    enter(page, viewer)
    page.goto(f"{bijou.url}/home")
    expect(page.get_by_test_id("coming-soon")).to_be_visible()
    assert obstacles(page) == []
    page.unroute("**/api/v1/home")
    expect(page.get_by_test_id("hero")).to_be_visible()
    expect(page.get_by_test_id("title-card").first).to_be_visible()


def test_who_is_watching(bijou: Running, viewer: Viewer, browser: BrowserContext) -> None:
    viewer.call("POST", "/me/profiles", 201, json={"name": "Otto", "maturity": 18})
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/profiles")
    expect(page.get_by_test_id("profile")).to_have_count(2)
    assert obstacles(page) == []
    page.goto(f"{bijou.url}/account")
    expect(page.get_by_test_id("subscription")).to_be_visible()
    assert obstacles(page) == []


def test_a_child_leaves_its_profile_with_a_grown_up_alone(
    bijou: Running, viewer: Viewer, browser: BrowserContext
) -> None:
    viewer.call("POST", "/me/profiles", 201, json={"name": "Kit", "kids": True})
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/profiles")
    page.locator("[data-profile=Kit]").click()
    page.wait_for_url(f"{bijou.url}/home")
    page.goto(f"{bijou.url}/account")
    expect(page.get_by_test_id("not-the-holder")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-audience", "kids")
    expect(page.get_by_text(viewer.email)).to_have_count(0)
    assert obstacles(page) == []
    page.goto(f"{bijou.url}/profiles")
    page.get_by_test_id("profile").first.click()
    asked = page.get_by_test_id("account-password")
    expect(asked).to_be_visible()
    assert obstacles(page) == []
    asked.fill("not the password")
    asked.press("Enter")
    expect(page.get_by_text("That is not the password. Please try again.")).to_be_visible()
    asked.fill(PASSWORD)
    asked.press("Enter")
    page.wait_for_url(f"{bijou.url}/home")
    expect(page.locator("html")).to_have_attribute("data-audience", "all")


def test_the_reference_of_the_api(bijou: Running, browser: BrowserContext) -> None:
    page = browser.new_page()
    page.goto(f"{bijou.url}/docs")
    expect(page.get_by_role("heading", name="Try it")).to_be_visible()
    assert obstacles(page) == []

    page.goto(f"{bijou.url}/docs#?route=post-/api/v1/auth/login")
    page.reload()
    expect(page.get_by_role("button", name="Execute")).to_be_visible()
    assert obstacles(page) == []

"""The API reference in a real browser, through the edge: an operation is found, tried with a real sign-in, and answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.journeys.browser import browsing
from tests.journeys.people import PASSWORD, Viewer
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey
VIOLATIONS = """
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile }) =>
  console.error(`policy: ${violatedDirective} ${blockedURI} ${sourceFile}`));
"""


@pytest.fixture(params=[(390, 844), (1440, 900)], ids=["phone", "desktop"])
def page(request: pytest.FixtureRequest, bijou: Running) -> Iterator[Page]:
    """The reference, opened; whatever the console complains of fails the test."""
    width, height = request.param
    with browsing(width=width, height=height) as context:
        opened, complaints = listening(context)
        opened.goto(f"{bijou.url}/docs")
        expect(opened.get_by_role("heading", name="Try it")).to_be_visible()
        yield opened
        assert complaints == []


def listening(context: BrowserContext) -> tuple[Page, list[str]]:
    complaints: list[str] = []
    page = context.new_page()
    page.add_init_script(VIOLATIONS)
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(f"{request.url}: {request.failure}"))
    return page, complaints


def find(page: Page, words: str, summary: str, place: str) -> Locator:
    """Search for an operation and open it."""
    page.get_by_label("Find an operation").fill(words)
    page.get_by_role("option").filter(has_text=summary).first.click()
    operation = page.locator(f'[id="{place}"]')
    expect(operation.get_by_role("button", name="Execute")).to_be_visible()
    return operation


def execute(operation: Locator, status: int) -> None:
    operation.get_by_role("button", name="Execute").click()
    expect(operation.get_by_text(re.compile(rf"Response Status:.*{status}"))).to_be_visible()


def test_an_operation_is_found_and_tried_with_a_real_sign_in(page: Page, bijou: Running, viewer: Viewer) -> None:
    status = page.locator("#signed-in")
    login = find(page, "sign in e-mail", "Sign in with e-mail and password", "post-/api/v1/auth/login")
    expect(login.get_by_text("A wrong address and a wrong password get one same answer.")).to_be_visible()
    body = json.dumps({"email": viewer.email, "password": PASSWORD})
    login.get_by_role("textbox", name="REQUEST BODY").fill(body)
    execute(login, 200)
    expect(status).to_have_text(f"Signed in {viewer.email}")

    home = find(page, "first page", "Read the first page", "get-/api/v1/home")
    execute(home, 200)

    logout = find(page, "sign out here", "Sign out here", "post-/api/v1/auth/logout")
    execute(logout, 204)
    expect(status).to_have_text("Signed out")


def test_nothing_is_wider_than_the_screen(page: Page) -> None:
    find(page, "start playing", "Start playing", "post-/api/v1/playback/sessions")

    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_a_text_with_a_script_in_it_runs_nothing(bijou: Running) -> None:
    """The texts are our own; should one ever be another's, it is read and not run."""
    script = "<img src=/favicon.svg onload='window.ran = 1'><svg onload='window.ran = 1'></svg>"

    def spoil(route: Route) -> None:
        document = route.fetch().json()
        plans = document["paths"]["/api/v1/plans"]["get"]
        plans |= {"summary": f"Plans {script}", "description": f"All of them {script}"}
        shown = plans["responses"]["200"]["content"]["application/json"]
        shown.pop("examples", None)
        shown["example"] = {"items": [{"name": f"Basic {script}"}]}
        route.fulfill(json=document)

    with browsing() as context:
        page = context.new_page()
        page.route("**/api/v1/openapi.json", spoil)
        page.goto(f"{bijou.url}/docs")
        expect(page.get_by_role("heading", name="Try it")).to_be_visible()
        operation = find(page, "Plans svg", "Plans", "get-/api/v1/plans")
        expect(operation.get_by_text("Plans <img src=/favicon.svg").first).to_be_visible()
        expect(operation.get_by_text("All of them").first).to_be_visible()
        execute(operation, 200)
        assert page.evaluate("() => window.ran") is None

"""Staff see how playing goes as it changes, switch a flag off and it is off everywhere, and read what came of an experiment."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.people import Staff, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey
# What a switch takes to reach everybody is five seconds; a busy machine has more.
REACHES = 30_000
NEW = {"If-Match": '"0"'}
EXPERIMENT: dict[str, Any] = {
    "about": "Whether larger cards are opened more often",
    "layer": "home",
    "arms": [{"name": "control", "weight": 1}, {"name": "large", "weight": 1}],
}


def test_a_flag_switched_off_is_off_in_the_gateway_a_service_and_the_app(
    bijou: Running, staff: Staff, browser: BrowserContext
) -> None:
    staff.call("PUT", "/admin/flags/reports.live", json={"about": "The report that moves", "on": True}, headers=NEW)
    watching, switching = browser.new_page(), browser.new_page()
    _sign_in(watching, bijou)
    watching.goto(f"{bijou.url}/staff/live")
    # Through the real edge and gateway: neither keeps the stream to itself.
    expect(watching.get_by_test_id("live-state")).to_have_attribute("data-on", "true", timeout=REACHES)
    expect(watching.get_by_test_id("live-playing")).to_have_text("0")
    before = _version(staff)
    switching.goto(f"{bijou.url}/staff/flags")
    flag = switching.locator("[data-testid=flag][data-name='reports.live']")
    expect(flag.get_by_role("switch")).to_have_attribute("aria-checked", "true")
    flag.get_by_role("switch").click()
    expect(flag.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    # The stream ends and is refused; the page goes on with reports it asks for.
    expect(watching.get_by_test_id("live-state")).to_have_attribute("data-on", "false", timeout=REACHES)
    expect(watching.get_by_test_id("live-playing")).to_have_text("0")
    eventually(lambda: staff.http.get("/admin/analytics/live").status_code == 503)
    eventually(lambda: _version(staff) != before)
    eventually(lambda: staff.call("GET", "/experiments/assignments")["flags"]["reports.live"] is False)
    flag.get_by_role("switch").click()
    expect(watching.get_by_test_id("live-state")).to_have_attribute("data-on", "true", timeout=2 * REACHES)


def test_an_experiment_is_started_read_and_stopped(bijou: Running, staff: Staff, browser: BrowserContext) -> None:
    staff.call("PUT", "/admin/experiments/larger-cards", json=EXPERIMENT, headers=NEW)
    page = browser.new_page()
    _sign_in(page, bijou)
    page.get_by_test_id("account-menu").click()
    page.get_by_test_id("experiments").click()
    page.locator("[data-testid=experiment][data-name='larger-cards']").click()
    expect(page.get_by_test_id("arm")).to_have_count(2)
    page.get_by_test_id("experiment-steer").click()
    expect(page.get_by_test_id("experiment-steer")).to_have_text("Stop it for good")
    page.get_by_test_id("experiment-steer").click()
    expect(page.get_by_test_id("experiment-steer")).to_have_count(0)


def _version(staff: Staff) -> str:
    """Which flags and experiments hold, as the gateway says with every answer."""
    return str(staff.http.get("/me").headers["bijou-experiments"])


def _sign_in(page: Page, bijou: Running) -> None:
    page.goto(f"{bijou.url}/sign-in")
    page.get_by_label("E-mail").fill(bijou.admin["email"])
    page.get_by_label("Password", exact=True).fill(bijou.admin["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/home")

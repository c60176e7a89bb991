"""Staff try something out, on a phone and at a desk: made, changed, started, stopped; and how good the lake's data is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys import platform
from tests.journeys.browser import browsing
from tests.journeys.people import Staff, Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey
# What a switch takes to reach everybody is five seconds; a busy machine has more.
REACHES = 30_000


@pytest.fixture(scope="module")
def bijou() -> Iterator[Running]:
    """A platform with its lake."""
    with platform.running("--no-demo", "--lake") as found:
        yield found


@pytest.fixture(scope="module")
def staff(bijou: Running) -> Iterator[Staff]:
    person = Staff.sign_in(bijou.url, bijou.admin)
    yield person
    person.close()


@pytest.fixture(params=[(390, 844), (1440, 900)], ids=["phone", "desk"])
def device(request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    width, height = request.param
    with browsing(width=width, height=height) as context:
        yield context


def test_an_experiment_is_made_changed_started_and_stopped_for_good(
    bijou: Running, staff: Staff, device: BrowserContext
) -> None:
    page = signed_in(device, bijou)
    name = f"cards-{width(page)}"
    page.goto(f"{bijou.url}/staff/experiments")
    form = page.get_by_test_id("experiment-form")
    form.get_by_label("Name").fill(name)
    form.get_by_label("What is compared").fill("control")
    form.get_by_label("Layer").fill("Home")
    form.get_by_role("button", name="Make it, as a draft").click()
    # Nothing was sent: both fields say what is wrong.
    expect(form.get_by_role("alert")).to_have_count(2)
    form.get_by_label("What is compared").fill("control, large: 3")
    form.get_by_label("Layer").fill(f"home.{width(page)}")
    form.get_by_label("To percent of it").fill("50")
    form.get_by_label("Countries").fill("pt, de")
    form.get_by_role("button", name="TV").click()
    fits(page)
    form.get_by_role("button", name="Make it, as a draft").click()
    page.wait_for_url(f"**/staff/experiments/{name}")
    expect(page.get_by_test_id("audience")).to_have_text("Only: Portugal, Germany, TV")
    assert kept(staff, name) == {
        "status": "draft", "version": 1, "first": 0, "last": 499,
        "arms": [{"name": "control", "weight": 1}, {"name": "large", "weight": 3}],
        "audience": {"countries": ["PT", "DE"], "plans": [], "devices": ["tv"], "app_version": None},
    }  # fmt: skip
    # A draft may be changed, from the version that is shown.
    page.locator("summary").filter(has_text="Change it").click()
    form.get_by_label("Countries").fill("")
    form.get_by_role("button", name="TV").click()
    form.get_by_label("To percent of it").fill("100")
    form.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_test_id("audience")).to_have_text("For everybody")
    steer = page.get_by_test_id("experiment-steer")
    steer.click()
    expect(steer).to_have_text("Stop it for good")
    expect(page.get_by_test_id("arm")).to_have_count(2)
    fits(page)
    # It holds for a viewer, and what runs cannot be changed any more.
    viewer = Viewer.register(bijou.url)
    eventually(lambda: viewer.call("GET", "/experiments/assignments")["experiments"].get(name) in ("control", "large"))
    expect(page.get_by_test_id("experiment-form")).to_have_count(0)
    steer.click()
    expect(steer).to_have_count(0)
    eventually(lambda: name not in viewer.call("GET", "/experiments/assignments")["experiments"])
    viewer.close()
    # Stopped is stopped: nobody is offered to start it again, and the service would not.
    page.reload()
    expect(page.get_by_test_id("arm")).to_have_count(2)
    expect(steer).to_have_count(0)
    assert staff.call("POST", f"/admin/experiments/{name}/start", 409)["code"] == "experiment_has_run"


def test_a_flag_is_given_to_those_who_are_meant(bijou: Running, staff: Staff, device: BrowserContext) -> None:
    page = signed_in(device, bijou)
    name = f"home.bigger-{width(page)}"
    page.goto(f"{bijou.url}/staff/flags")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Make it, switched off").click()
    flag = page.locator(f"[data-testid=flag][data-name='{name}']")
    expect(flag.get_by_test_id("audience")).to_have_text("For everybody")
    flag.get_by_role("switch").click()
    expect(flag.get_by_role("switch")).to_have_attribute("aria-checked", "true")
    here, there = (Viewer.register(bijou.url, country=country) for country in ("PT", "DE"))
    flag.get_by_text("For whom it is", exact=True).click()
    flag.get_by_label("Countries").fill("Portugal")
    flag.get_by_role("button", name="Save for whom it is").click()
    expect(flag.get_by_role("alert")).to_have_count(1)
    flag.get_by_label("Countries").fill("PT")
    fits(page)
    flag.get_by_role("button", name="Save for whom it is").click()
    expect(flag.get_by_test_id("audience")).to_have_text("Only: Portugal")
    # It stays on, for those alone.
    eventually(lambda: has(there, name) is False)
    eventually(lambda: has(here, name) is True)
    # Somebody else changes it: what is written here on top of the older one is refused, and nothing of theirs is lost.
    staff.call("PUT", f"/admin/flags/{name}", json={"on": False, "about": "Off for now"}, headers={"If-Match": '"3"'})
    flag.get_by_role("switch").click()
    expect(flag.get_by_test_id("form-error")).to_be_visible()
    expect(flag.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    for viewer in (here, there):
        viewer.close()


def test_what_the_lake_took_in_is_on_the_page_of_its_quality(
    bijou: Running, staff: Staff, device: BrowserContext
) -> None:
    def taken_in() -> bool:
        topics = staff.call("GET", "/admin/analytics/data-quality")["topics"]
        return any(each["topic"] == "identity.accounts" and each["rows"] for each in topics)

    eventually(taken_in, seconds=120, every=1)
    page = signed_in(device, bijou)
    page.get_by_test_id("account-menu").click()
    page.get_by_test_id("data-quality").click()
    row = page.get_by_test_id("quality-identity.accounts")
    expect(row).to_be_visible(timeout=REACHES)
    figures = row.locator("td").all_inner_texts()
    assert (int(figures[0]) > 0, figures[2], figures[3]) == (True, "0", "0")
    page.get_by_test_id("quality-period").click()
    page.get_by_role("menuitemradio").first.click()
    page.wait_for_url("**/staff/data-quality?hours=*")
    expect(row).to_be_visible(timeout=REACHES)
    fits(page)


def signed_in(device: BrowserContext, bijou: Running) -> Page:
    page = device.new_page()
    page.goto(f"{bijou.url}/sign-in")
    page.get_by_label("E-mail").fill(bijou.admin["email"])
    page.get_by_label("Password", exact=True).fill(bijou.admin["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/home")
    return page


def width(page: Page) -> int:
    return int(page.evaluate("innerWidth"))


def fits(page: Page) -> None:
    """Nothing of the page is wider than the screen."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def kept(staff: Staff, name: str) -> dict[str, Any]:
    items = staff.call("GET", "/admin/experiments")["items"]
    found = next(each for each in items if each["name"] == name)
    return {each: found[each] for each in ("status", "version", "first", "last", "arms", "audience")}


def has(viewer: Viewer, flag: str) -> bool | None:
    flags: dict[str, bool] = viewer.call("GET", "/experiments/assignments")["flags"]
    return flags.get(flag)

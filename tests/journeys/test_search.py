"""Finding a film: from the search field to a person and a review; genres and people, by keys as well as by mouse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys import reviewing
from tests.journeys.browser import browsing, enter
from tests.journeys.people import Staff, Viewer, eventually
from tests.journeys.platform import Running
from tests.journeys.test_accessibility import AXE, obstacles
from tests.journeys.test_languages import speaks_german

pytestmark = pytest.mark.journey
MANY = 14
SERIES = 3
# From 1981 on, one a year.
EIGHTIES = 9
# So that these are more than one page of what is found.
PAGE = 6
DIRECTOR = "Maud Pennywhistle"
TYPO = "harbuor watch"
IN_VAIN = "qwxzvk"
RECOGNISER = """
window.SpeechRecognition = class extends EventTarget {
  start() {
    window.ear = this;
  }
  abort() {
    queueMicrotask(() => this.onend?.());
  }
  say(transcript, isFinal) {
    this.onresult({ results: [Object.assign([{ transcript }], { isFinal })] });
    if (isFinal) this.onend();
  }
  fail(error) {
    this.onerror({ error });
    this.onend();
  }
};
"""


@pytest.fixture(scope="module")
def harbour(staff: Staff) -> Iterator[list[str]]:
    """Titles that are only listed, so that nothing has to be encoded. Taken off again: other journeys count the films."""
    made = []
    for number in range(1, MANY + 1):
        body = {
            "type": "series" if number <= SERIES else "movie",
            "name": f"Harbour Watch {number}",
            "description": "Somebody keeps the light.",
            "year": 1980 + number,
            "genres": ["Harbour Drama"],
            "availability": "listed",
            "credits": [{"name": DIRECTOR, "role": "director"}, {"name": f"Keeper {number}", "role": "actor"}],
        }
        made.append(staff.call("POST", "/admin/titles", 201, json=body)["id"])
        staff.call("POST", f"/admin/titles/{made[-1]}/publish")
    yield made
    for title in made:
        staff.call("POST", f"/admin/titles/{title}/archive")


@pytest.fixture(scope="module")
def searcher(bijou: Running, harbour: list[str]) -> Iterator[Viewer]:
    """Somebody whose searches find all of them."""
    person = Viewer.register(bijou.url)
    person.choose_profile()
    eventually(lambda: person.call("GET", "/search?q=harbour watch")["total"] >= MANY)
    yield person
    person.close()


@pytest.fixture
def collection(staff: Staff, harbour: list[str], searcher: Viewer) -> Iterator[str]:
    """An editors' row of some of them."""
    body = {"name": "Lights on the water", "description": "Kept by hand.", "title_ids": harbour[:4]}
    made = staff.call("POST", "/admin/collections", 201, json=body)
    eventually(lambda: searcher.call("GET", f"/collections/{made['id']}")["items"])
    yield str(made["id"])
    staff.call("DELETE", f"/admin/collections/{made['id']}", 204, headers={"If-Match": f'"{made["version"]}"'})


def pages(searcher: Viewer, collection: str) -> dict[str, str]:
    """The pages that a search leads to, each with what stands on it."""
    director = searcher.call("GET", f"/search?q={DIRECTOR}")["people"][0]["id"]
    return {
        "/browse": "genre-tile",
        "/genre/harbour-drama": "title-card",
        f"/person/{director}": "person-page",
        f"/collection/{collection}": "title-card",
    }


@pytest.fixture
def page(searcher: Viewer) -> Iterator[Page]:
    with browsing(bypass_csp=True, reduced_motion="reduce") as context:
        page = context.new_page()
        enter(page, searcher)
        page.route(
            re.compile(r"/api/v1/search\?.*limit=30"),
            lambda route: route.continue_(url=route.request.url.replace("limit=30", f"limit={PAGE}")),
        )
        yield page


def field(page: Page) -> Locator:
    return page.get_by_test_id("search-field")


def go(page: Page, address: str) -> None:
    """Open an address, and wait until the page hears keys."""
    page.goto(address)
    expect(field(page)).to_be_visible()


def cards(page: Page) -> Locator:
    return page.get_by_test_id("results").get_by_test_id("title-card")


def focused(page: Page, name: str) -> Any:
    """An attribute of what the keys are on."""
    return page.evaluate("(name) => document.activeElement.getAttribute(name)", name)


def search(page: Page, words: str) -> None:
    page.keyboard.press("/")
    expect(field(page)).to_be_focused()
    field(page).fill(words)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/search"))


def test_from_a_mistyped_search_to_a_person_and_a_review(
    bijou: Running, searcher: Viewer, harbour: list[str], page: Page
) -> None:
    """Searches with a typo, filters, opens a person, goes back to where it was, reports a review and writes one."""
    go(page, f"{searcher.url}/my-list")
    page.keyboard.press("/")
    page.keyboard.type(TYPO)
    offers = page.get_by_role("option").filter(has_text="Harbour Watch")
    expect(offers).to_have_count(5)
    page.keyboard.press("ArrowDown")
    expect(offers.first).to_have_attribute("aria-selected", "true")
    expect(field(page)).to_have_attribute("aria-activedescendant", re.compile("-0$"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(field(page)).not_to_be_focused()

    search(page, TYPO)
    expect(page.get_by_test_id("found")).to_have_attribute("data-total", str(MANY))
    page.get_by_test_id("filter-type").click()
    page.get_by_role("menuitemradio", name=re.compile("^Series")).click()
    expect(cards(page)).to_have_count(SERIES)
    expect(page).to_have_url(re.compile("type=series"))
    page.get_by_test_id("filter-type-off").click()
    expect(page.get_by_test_id("found")).to_have_attribute("data-total", str(MANY))

    # As far down as it goes, into a title, from there to its director, and back twice.
    page.keyboard.press("End")
    expect(cards(page)).to_have_count(MANY)
    last = cards(page).last
    last.scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    assert place > 500
    name = last.get_attribute("data-title")
    last.click()
    expect(page.get_by_test_id("title-page")).to_have_attribute("data-title", str(name))
    expect(page.get_by_test_id("not-yet")).to_be_visible()
    page.get_by_test_id("person-link").filter(has_text=DIRECTOR).click()
    expect(page.get_by_test_id("person-page")).to_have_attribute("data-person", DIRECTOR)
    page.go_back()
    page.go_back()
    expect(cards(page)).to_have_count(MANY)
    expect(cards(page).last).to_be_in_viewport()
    assert abs(page.evaluate("scrollY") - place) < 50
    # The page anew, and another site and back: as long as it was, and where it was.
    for leave_and_return in (page.reload, lambda: (page.goto("about:blank"), page.go_back())):
        leave_and_return()
        expect(cards(page)).to_have_count(MANY)
        expect(cards(page).last).to_be_in_viewport()
        eventually(lambda: abs(page.evaluate("scrollY") - place) < 50)

    watched = harbour[-1]
    path = f"/titles/{watched}/reviews"
    writer = Viewer.register(bijou.url)
    writer.choose_profile()
    writer.call("POST", path, 201, json={"text": reviewing.SCRIPT, "stars": 4, "spoiler": True})
    answer = page.goto(f"{bijou.url}/title/{writer.call('GET', f'/titles/{watched}')['slug']}")
    assert answer is not None and '<meta property="og:title" content="Harbour Watch' in answer.text()
    reviewing.read_vote_and_report(page)
    assert writer.call("GET", path)["mine"]["votes"] == {"helpful": 1, "unhelpful": 0, "mine": None}
    assert searcher.call("GET", path)["items"][0]["reported"]
    reviewing.write_change_and_delete(page)
    assert writer.call("GET", path)["items"] == []
    assert searcher.call("GET", f"/titles/{watched}")["my_rating"] == 3
    writer.close()


def test_the_keys_of_a_remote_control_are_enough(searcher: Viewer, page: Page) -> None:
    go(page, f"{searcher.url}/search?q=harbour+watch")
    expect(cards(page).first).to_be_visible()
    field(page).focus()
    page.keyboard.press("ArrowDown")
    assert focused(page, "data-testid") == "filter-type"
    page.keyboard.press("ArrowRight")
    assert focused(page, "data-testid") == "filter-decade"
    page.keyboard.press("ArrowDown")
    assert focused(page, "data-testid") == "found-genre"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    on = focused(page, "data-title")
    assert on.startswith("Harbour Watch")
    page.keyboard.press("ArrowDown")
    eventually(lambda: focused(page, "data-title") not in (None, on))
    page.keyboard.press("ArrowUp")
    eventually(lambda: focused(page, "data-title") == on)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("title-page")).to_have_attribute("data-title", on)
    page.go_back()
    eventually(lambda: focused(page, "data-title") == on)
    page.reload()
    eventually(lambda: focused(page, "data-title") == on)
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    expect(field(page)).to_be_focused()


def test_what_was_searched_for_is_remembered_and_forgotten(searcher: Viewer, page: Page) -> None:
    go(page, f"{searcher.url}/my-list")
    for words in ("lantern", "foghorn"):
        search(page, words)
        expect(page.get_by_test_id("nothing-found")).to_be_visible()
    go(page, f"{searcher.url}/my-list")
    page.keyboard.press("/")
    recent = page.locator("[data-testid=offer][data-kind=recent]")
    expect(recent.nth(0)).to_have_text("foghorn")
    expect(recent.nth(1)).to_have_text("lantern")
    page.get_by_role("button", name="Forget “foghorn”").click()
    expect(recent.filter(has_text="foghorn")).to_have_count(0)
    expect(field(page)).to_be_focused()
    page.get_by_test_id("forget-all").click()
    expect(recent).to_have_count(0)
    eventually(lambda: searcher.call("GET", "/search/recent")["items"] == [])


def test_a_sentence_is_read_and_what_is_too_much_is_taken_out(searcher: Viewer, page: Page) -> None:
    go(page, f"{searcher.url}/my-list")
    search(page, "a series from the 80s")
    chips = page.get_by_test_id("chip")
    expect(chips).to_have_count(2)
    expect(cards(page)).to_have_count(SERIES)
    page.locator("[data-chip='type:series']").click()
    expect(chips).to_have_text("1980s")
    expect(page).to_have_url(re.compile("without="))
    expect(cards(page)).to_have_count(EIGHTIES)
    page.go_back()
    expect(cards(page)).to_have_count(SERIES)
    page.get_by_test_id("by-name").click()
    expect(page.get_by_test_id("found")).to_be_visible()


def test_genres_and_people_lead_to_titles(searcher: Viewer, page: Page) -> None:
    go(page, f"{searcher.url}/browse")
    page.locator("[data-genre=harbour-drama]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Harbour Drama")
    wall = page.get_by_test_id("genre-titles").get_by_test_id("title-card")
    expect(wall.first).to_have_attribute("data-title", f"Harbour Watch {MANY}")
    page.get_by_test_id("genre-sort").click()
    page.get_by_role("menuitemradio", name="A to Z").click()
    expect(page).to_have_url(re.compile("sort=name"))
    expect(wall.first).to_have_attribute("data-title", "Harbour Watch 1")

    item = page.get_by_test_id("genre-titles").get_by_role("listitem").first
    item.hover()
    button = item.get_by_test_id("card-list")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    eventually(lambda: [kept["name"] for kept in searcher.call("GET", "/me/list")["items"]] == ["Harbour Watch 1"])
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")

    bell = item.get_by_test_id("card-remind")
    bell.click()
    expect(bell).to_have_attribute("aria-pressed", "true")
    go(page, f"{searcher.url}/my-list")
    page.get_by_test_id("waiting").get_by_test_id("title-card").click()
    page.get_by_test_id("remind").click()
    expect(page.get_by_test_id("remind")).to_have_attribute("aria-pressed", "false")
    eventually(lambda: searcher.call("GET", "/me/reminders")["items"] == [])

    search(page, DIRECTOR.lower())
    page.get_by_test_id("found-person").filter(has_text=DIRECTOR).click()
    directed = page.get_by_test_id("filmography-director").get_by_test_id("title-card")
    expect(directed).to_have_count(MANY)


@pytest.mark.skipif(not AXE.exists(), reason="the web's development packages are not installed (npm ci in web/)")
def test_staff_see_what_is_searched_for_in_vain(bijou: Running, searcher: Viewer, staff: Staff, page: Page) -> None:
    other = Viewer.register(bijou.url)
    other.choose_profile()
    for viewer in (searcher, other, other):
        viewer.call("GET", f"/search?q={IN_VAIN}")
    found = "/admin/analytics/search-gaps?days=7&limit=100"
    eventually(lambda: any(gap["text"] == IN_VAIN for gap in staff.call("GET", found)["items"]))
    go(page, f"{bijou.url}/staff/search-gaps")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_test_id("gaps")).to_have_count(0)
    page.evaluate("localStorage.clear()")
    page.goto(f"{bijou.url}/sign-in")
    page.get_by_label("E-mail").fill(bijou.admin["email"])
    page.get_by_label("Password", exact=True).fill(bijou.admin["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/home")
    page.get_by_test_id("account-menu").click()
    page.get_by_test_id("search-gaps").click()
    row = page.get_by_test_id("gap").filter(has_text=IN_VAIN)
    expect(row).to_contain_text("100%")
    page.get_by_test_id("gaps-period").click()
    page.get_by_role("menuitemradio", name="The last 7 days").click()
    expect(page).to_have_url(re.compile(r"days=7"))
    expect(row).to_have_count(1)
    row.get_by_role("link").click()
    expect(page.get_by_test_id("nothing-found")).to_be_visible()
    other.close()


def test_none_of_it_is_in_anybodys_way(searcher: Viewer, collection: str, page: Page) -> None:
    go(page, f"{searcher.url}/search?q=harbour+watch")
    expect(cards(page).first).to_be_visible()
    assert obstacles(page) == []
    page.keyboard.press("/")
    page.keyboard.type("harb")
    expect(page.get_by_role("option").first).to_be_visible()
    assert obstacles(page) == []
    for path, shown in pages(searcher, collection).items():
        go(page, searcher.url + path)
        expect(page.get_by_test_id(shown).first).to_be_visible()
        assert obstacles(page) == []


def test_it_speaks_german_at_every_size(searcher: Viewer, collection: str) -> None:
    with browsing(locale="de-DE", reduced_motion="reduce") as context:
        page = context.new_page()
        enter(page, searcher)
        found = {
            "/search?q=harbour+watch": "title-card",
            f"/search?q={IN_VAIN}": "nothing-found",
            f"/search?q={'W' * 200}": "nothing-found",
        }
        for path, shown in (found | pages(searcher, collection)).items():
            go(page, searcher.url + path)
            expect(page.get_by_test_id(shown).first).to_be_visible()
            speaks_german(page)


def test_it_is_found_by_touch(searcher: Viewer, harbour: list[str]) -> None:
    with browsing(width=390, height=844, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        enter(page, searcher)
        page.goto(f"{searcher.url}/my-list")
        page.get_by_test_id("search-open").tap()
        expect(field(page)).to_be_focused()
        page.keyboard.type(TYPO)
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("found")).to_have_attribute("data-total", str(MANY))
        page.get_by_test_id("filter-type").tap()
        page.get_by_role("menuitemradio", name=re.compile("^Series")).tap()
        expect(cards(page)).to_have_count(SERIES)
        # On a finger's card is one button, with a menu of all, and what is on.
        item = page.get_by_test_id("results").get_by_role("listitem").first
        bell = item.get_by_test_id("card-remind")
        expect(bell).to_be_hidden()
        item.get_by_test_id("card-more").tap()
        page.get_by_test_id("card-menu-remind").tap()
        expect(bell).to_have_attribute("aria-pressed", "true")
        bell.tap()
        expect(bell).to_be_hidden()
        cards(page).first.tap()
        expect(page.get_by_test_id("title-page")).to_be_visible()
        page.get_by_test_id("person-link").filter(has_text=DIRECTOR).tap()
        expect(page.get_by_test_id("person-page")).to_have_attribute("data-person", DIRECTOR)


def test_it_listens(searcher: Viewer, harbour: list[str]) -> None:
    """Chromium asks a service of its maker for recognition: a recogniser of the test's own speaks through the same interface."""
    with browsing() as context:
        page = context.new_page()
        page.add_init_script(RECOGNISER)
        enter(page, searcher)
        go(page, f"{searcher.url}/my-list")
        voice = page.get_by_test_id("search-voice")
        voice.click()
        expect(voice).to_have_attribute("aria-pressed", "true")
        page.evaluate("() => window.ear.say('harbour', false)")
        expect(field(page)).to_have_value("harbour")
        page.evaluate("() => window.ear.say('harbour watch', true)")
        expect(page.get_by_test_id("found")).to_have_attribute("data-total", str(MANY))
        assert page.evaluate("() => window.ear.lang") == "en-US"
        page.get_by_role("button", name="Clear").click()
        voice.click()
        page.evaluate("() => window.ear.fail('not-allowed')")
        expect(page.get_by_role("alert")).to_be_visible()
        expect(voice).to_have_attribute("aria-pressed", "false")

"""One person at one screen: never in their own way, undisturbed by a gap, and told kindly when it really is over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from playwright.sync_api import BrowserContext, expect

from tests.journeys.browser import enter, picture, seek, session_of, sign_in, state, watch
from tests.journeys.people import Staff, Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey
JSON = dict[str, Any]


# As Firefox and Chromium do where a person forbids all cookies and site data.
KEEPS_NOTHING = """
const refuse = () => { throw new DOMException("Access is denied for this document.", "SecurityError"); };
for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get: refuse });
navigator.locks.request = async () => refuse();
window.BroadcastChannel = class { constructor() { refuse(); } };
"""


@pytest.fixture
def alone(bijou: Running) -> Iterator[Viewer]:
    """Somebody whose plan has one screen."""
    person = Viewer.register(bijou.url)
    person.subscribe("basic")
    yield person
    person.close()


def test_one_screen_is_enough_for_one_person(
    bijou: Running, series: JSON, alone: Viewer, browser: BrowserContext
) -> None:
    """The next episode, a reload in the middle and starting again each take the place of the stream before."""
    page = browser.new_page()
    enter(page, alone)
    page.goto(f"{bijou.url}/title/{series['id']}")
    expect(page.get_by_test_id("episode")).to_have_count(2)
    page.get_by_test_id("play").click()
    picture(page)
    first = session_of(page)
    seek(page, 8)
    page.get_by_test_id("play-next").click()
    expect(page.get_by_test_id("playing-title")).to_contain_text("Evening 2")
    picture(page)
    assert session_of(page) != first
    for _ in range(3):
        held = session_of(page)
        page.reload()
        picture(page)
        page.evaluate("() => window.__bijou.player.restart('start')")
        picture(page)
        assert session_of(page) != held
    assert not page.get_by_test_id("streams-exceeded").is_visible()
    assert len(alone.call("GET", "/playback/active")["items"]) == 1


def test_a_lease_that_ran_out_in_a_gap_is_taken_again_without_a_word(
    bijou: Running, film: JSON, alone: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, alone)
    watch(page, alone, film["playable_id"])
    first = session_of(page)
    with psycopg.connect(bijou.database("playback")) as playback:
        playback.execute("UPDATE leases SET expires_at = now() - interval '1 s' WHERE session_id = %s", (first,))
    before = picture(page)
    page.evaluate("() => window.__bijou.player.wake()")
    eventually(lambda: session_of(page) != first)
    eventually(lambda: picture(page)["time"] > before["time"] + 1)
    assert state(page, "phase") == "ready"
    assert [item["session_id"] for item in alone.call("GET", "/playback/active")["items"]] == [session_of(page)]


def test_a_film_taken_over_says_who_took_it(
    bijou: Running, film: JSON, other_film: JSON, alone: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, alone)
    watch(page, alone, film["playable_id"])
    tv = alone.on_another_device("tv")
    full = tv.play(other_film["playable_id"], 409)
    tv.call("POST", full["takeover"]["href"].removeprefix("/api/v1"), 201)
    page.evaluate("() => window.__bijou.player.wake()")
    expect(page.get_by_test_id("lease-lost")).to_contain_text("Playing elsewhere")
    tv.close()


def test_a_film_that_leaves_the_programme_ends_with_a_kind_word(
    bijou: Running, other_film: JSON, staff: Staff, alone: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, alone)
    watch(page, alone, other_film["playable_id"])
    staff.call("POST", f"/admin/titles/{other_film['id']}/archive")
    try:

        def told() -> bool:
            page.evaluate("() => window.__bijou.player.wake()")
            return page.get_by_test_id("refused").is_visible()

        eventually(told)
        expect(page.get_by_test_id("refused")).to_have_attribute("data-code", "title_not_published")
        expect(page.get_by_test_id("refused")).to_contain_text("Not on the programme")
        assert alone.call("GET", "/playback/active")["items"] == []
    finally:
        staff.call("POST", f"/admin/titles/{other_film['id']}/restore")
        staff.publish(other_film["id"])


def test_a_browser_that_keeps_nothing_shows_films_all_the_same(
    bijou: Running, film: JSON, alone: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    page.add_init_script(KEEPS_NOTHING)
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    sign_in(page, bijou.url, alone.email)
    page.get_by_test_id("hero-more").click()
    page.get_by_test_id("play").click()
    picture(page)
    page.goto(bijou.url)
    expect(page.get_by_test_id("sign-in-link")).to_be_visible()
    assert failures == []

"""Leaving a film and coming back to it in the same tab, and being told how it ended where it ended elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from services.playback import domain
from tests.journeys.browser import browsing, enter, picture, second, seek, session_of, watch
from tests.journeys.people import Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey
JSON = dict[str, Any]
# What a start may be refused for, and a film on screen be ended for; that it went on for too long has words of its own.
GATES = sorted(set(domain.REFUSALS) - {"session_too_long"})


@pytest.fixture
def alone(bijou: Running) -> Iterator[Viewer]:
    """Somebody whose plan has one screen."""
    person = Viewer.register(bijou.url)
    person.subscribe("basic")
    yield person
    person.close()


def go_to(page: Page, to: float) -> None:
    seek(page, to)

    def there() -> bool:
        return to <= second(picture(page)) < to + 5

    eventually(there)


def resumes(page: Page, at: float) -> float:
    """The picture is back at `at` without anybody's being asked; return its second."""
    shown = second(picture(page))
    assert at - 1.5 <= shown <= at + 4
    assert not page.get_by_test_id("resume-prompt").is_visible()
    return shown


def leave(page: Page) -> None:
    page.mouse.move(300, 300)
    page.mouse.move(320, 320)
    page.get_by_test_id("leave").click()


def test_reload_back_and_forward_keep_the_place_without_a_question(
    bijou: Running, film: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/title/{film['id']}")
    page.get_by_test_id("play").click()
    picture(page)
    go_to(page, 8)
    page.reload()
    at = resumes(page, 8)
    page.go_back()
    expect(page.get_by_test_id("title-page")).to_be_visible()
    page.go_forward()
    at = resumes(page, at)
    leave(page)
    expect(page.get_by_test_id("title-page")).to_be_visible()
    page.go_forward()
    resumes(page, at)
    # An address that says to begin anew says so to who comes with it, not to who reloads the page in the middle.
    page.goto(f"{bijou.url}/watch/{film['playable_id']}?from=start")
    assert second(picture(page)) < 5
    go_to(page, 12)
    page.reload()
    resumes(page, 12)


def test_who_watched_on_elsewhere_goes_on_from_there_and_who_comes_anew_is_asked(
    bijou: Running, film: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/title/{film['id']}")
    page.get_by_test_id("play").click()
    picture(page)
    go_to(page, 4)
    page.go_back()
    expect(page.get_by_test_id("title-page")).to_be_visible()
    tv = viewer.on_another_device("tv")
    tv.choose_profile()
    there = tv.play(film["playable_id"])
    tv.beat(there, 1, 13)
    tv.call("DELETE", f"/playback/sessions/{there['session_id']}?position=13", 204)
    tv.close()
    page.go_forward()
    resumes(page, 13)
    # By way of another page: an address entered over itself is a reload.
    page.goto(f"{bijou.url}/home")
    page.goto(f"{bijou.url}/watch/{film['playable_id']}")
    expect(page.get_by_test_id("resume-prompt")).to_be_visible()
    # Who wants neither to go on nor to begin anew leaves.
    page.get_by_test_id("leave").click()
    expect(page.get_by_test_id("title-page")).to_be_visible()


def test_a_film_taken_over_unheard_is_told_on_the_next_screen(
    bijou: Running, film: JSON, other_film: JSON, alone: Viewer, browser: BrowserContext
) -> None:
    """The tab was asleep for a minute, by its clock, and its viewer leaves before it has heard anything."""
    page = browser.new_page()
    enter(page, alone)
    page.goto(f"{bijou.url}/title/{film['id']}")
    page.get_by_test_id("play").click()
    picture(page)
    tv = alone.on_another_device("tv")
    full = tv.play(other_film["playable_id"], 409)
    tv.call("POST", full["takeover"]["href"].removeprefix("/api/v1"), 201)
    tv.close()
    page.evaluate("() => { const now = Date.now.bind(Date); Date.now = () => now() + 60_000; }")
    leave(page)
    expect(page.get_by_test_id("title-page")).to_be_visible()
    expect(page.get_by_test_id("toast")).to_contain_text("Another screen of this account took this one’s place")
    page.get_by_test_id("toast").get_by_role("button").click()
    expect(page.get_by_test_id("toast")).to_have_count(0)


def test_a_sign_in_ended_elsewhere_is_told_where_one_signs_in(
    bijou: Running, film: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    """Playback may hear of it first and say so in the place of the picture: then leaving that is what leads there."""
    page = browser.new_page()
    enter(page, viewer)
    watch(page, viewer, film["playable_id"])
    for sign_in_elsewhere in viewer.call("GET", "/me/sessions")["items"]:
        if not sign_in_elsewhere["current"]:
            viewer.call("DELETE", f"/me/sessions/{sign_in_elsewhere['id']}", 204)

    def sent_away() -> bool:
        page.evaluate(
            """() => {
              window.__bijou?.player.wake();
              document.querySelector("[data-testid=stopped-back]")?.click();
            }"""
        )
        return "/sign-in" in page.url

    eventually(sent_away)
    expect(page.get_by_test_id("toast")).to_contain_text("signed out")


@pytest.mark.parametrize("language", ["en-US", "de-DE"])
def test_each_gate_that_ends_a_film_says_which_it_was(
    bijou: Running, film: JSON, viewer: Viewer, language: str
) -> None:
    """The server ends the stream as each gate would, and the player learns of it with its next heartbeat."""
    said: dict[str, str] = {}
    with browsing(locale=language) as browser:
        page = browser.new_page()
        enter(page, viewer)
        page.goto(f"{bijou.url}/watch/{film['playable_id']}?from=start")
        with psycopg.connect(bijou.database("playback"), autocommit=True) as playback:
            for code in GATES:
                picture(page)
                playback.execute("SELECT end_leases(ARRAY[%s::uuid], %s, now())", (session_of(page), code))
                page.evaluate("() => window.__bijou.player.wake()")
                card = page.get_by_test_id("refused")
                expect(card).to_have_attribute("data-code", code)
                said[code] = card.inner_text()
                page.evaluate("() => window.__bijou.player.restart('start')")
    nameless = {"en-US": "Not this one, not now", "de-DE": "Der nicht, und nicht jetzt"}[language]
    assert [code for code, text in said.items() if nameless in text] == []
    # The app has words of its own for a sign-in that is over.
    english = {code: domain.REFUSALS[code]().detail for code in GATES if code != "signed_out"}
    assert [code for code, told in english.items() if (told in said[code]) is (language == "de-DE")] == []

"""The journey in a browser: register, pay, find, play, leave, come back, on this device and on another."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys import films
from tests.journeys.browser import browsing, enter, in_step, picture, second, sign_in
from tests.journeys.people import PASSWORD, Staff, Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey
JSON = dict[str, Any]


@pytest.fixture(scope="module")
def long_film(staff: Staff, tmp_path_factory: pytest.TempPathFactory) -> JSON:
    """A film of 40 s, long enough to leave in the middle."""
    file = films.make(tmp_path_factory.mktemp("films") / "tide.mp4", seconds=40, tone=262)
    return staff.add_film("Tide Tables", file)


def shows_progress(page: Page, since: float) -> float:
    """Wait until the picture itself is more than a second past `since`; return its second."""

    def advanced() -> float | None:
        now = second(picture(page))
        return now if now > since + 1 else None

    return eventually(advanced)


def leave(page: Page) -> None:
    page.mouse.move(300, 300)
    page.mouse.move(320, 320)
    page.get_by_test_id("leave").click()


def test_from_the_front_door_to_a_resumed_film(
    bijou: Running, long_film: JSON, film: JSON, browser: BrowserContext
) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(bijou.url)
    page.get_by_test_id("register-link").first.click()
    email = f"{uuid4().hex[:10]}@example.org"
    form = page.get_by_test_id("register-form")
    form.get_by_label("Your name").fill("Iris")
    form.get_by_label("E-mail").fill(email)
    form.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_test_id("register-submit").click()

    page.get_by_test_id("choose-standard-month").click()
    checkout = page.get_by_test_id("checkout-form")
    checkout.get_by_label("Card number").fill("4000 0000 0000 0002")
    checkout.get_by_label("Expires").fill("12/34")
    checkout.get_by_label("Security code").fill("123")
    page.get_by_test_id("pay").click()
    expect(page.get_by_test_id("form-error")).to_be_visible()
    checkout.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_test_id("pay").click()
    page.wait_for_url(re.compile("/home"))
    expect(page.get_by_test_id("hero")).to_be_visible()

    page.get_by_test_id("title-card").filter(has_text="Tide Tables").first.click()
    expect(page.get_by_test_id("title-page")).to_have_attribute("data-title", "Tide Tables")
    expect(page).to_have_title("Tide Tables · Bijou")
    page.get_by_test_id("play").click()
    first = in_step(page)
    shows_progress(page, second(first))
    page.evaluate("() => window.__bijou.player.seek(18)")
    left_at = shows_progress(page, 18)
    leave(page)

    page.goto(f"{bijou.url}/home")
    card = page.get_by_test_id("row-continue-watching").get_by_test_id("continue-card").filter(has_text="Tide Tables")
    expect(card).to_be_visible()
    page.goto(f"{bijou.url}/watch/{long_film['playable_id']}?from=resume")
    resumed = picture(page)
    assert abs(second(resumed) - left_at) <= 1.5
    in_step(page)
    leave(page)

    with browsing(width=390, height=844) as phone:
        there = phone.new_page()
        sign_in(there, bijou.url, email)
        there.goto(f"{bijou.url}/watch/{long_film['playable_id']}")
        there.get_by_test_id("resume-here").click()
        elsewhere = picture(there)
        assert abs(second(elsewhere) - second(resumed)) <= 3
        assert elsewhere["frame"] > 400
    assert complaints == []


@pytest.mark.parametrize("form", ["dash", "hls"])
def test_the_last_segment_of_every_rung_plays(
    bijou: Running, film: JSON, viewer: Viewer, browser: BrowserContext, form: str
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    manifests: list[str] = []
    page.on("request", lambda request: manifests.append(request.url))
    page.goto(f"{bijou.url}/watch/{film['playable_id']}?from=start{'&format=hls' if form == 'hls' else ''}")
    picture(page)
    assert any(url.endswith("master.m3u8" if form == "hls" else "manifest.mpd") for url in manifests)
    heights = sorted(rendition["height"] for rendition in film["asset"]["renditions"])
    assert len(heights) >= 3
    for height in heights:
        quality = page.evaluate(
            "(height) => window.__bijou.state().qualities.find((q) => q.label.startsWith(String(height)))?.id",
            str(height),
        )
        assert quality, f"{height} can be chosen"
        # Away from the end first, so that what is buffered there of another rung is not what is shown. To seek while the
        # quality changes is what an impatient viewer does, and must not leave the player waiting for ever.
        page.evaluate("(id) => { window.__bijou.player.seek(2); window.__bijou.player.setQuality(id); }", quality)
        page.evaluate("() => window.__bijou.player.seek(17)")

        def at_height(wanted: int = height) -> JSON | None:
            shown = picture(page)
            return shown if shown["height"] == wanted and 17 <= second(shown) <= 20 else None

        shown = eventually(at_height)
        assert abs(second(shown) - shown["time"]) < 0.2

        def in_the_last_segment() -> bool:
            return second(picture(page)) > 19.2

        eventually(in_the_last_segment)


def test_an_episode_leads_to_the_next(bijou: Running, series: JSON, viewer: Viewer, browser: BrowserContext) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/title/{series['id']}")
    episodes = page.get_by_test_id("episode")
    expect(episodes).to_have_count(2)
    page.get_by_test_id("play").click()
    picture(page)
    first = page.url
    page.evaluate("() => window.__bijou.player.seek(9)")
    eventually(lambda: page.evaluate("location.href") != first, 40)
    picture(page)
    expect(page.get_by_test_id("playing-title")).to_contain_text("Evening 2")


def test_a_full_house_is_told_kindly_and_can_be_taken_over(
    bijou: Running, film: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    tv, tablet = viewer.on_another_device("tv"), viewer.on_another_device("tablet")
    held = [tv.play(film["playable_id"]), tablet.play(film["playable_id"])]
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/watch/{film['playable_id']}?from=start")
    expect(page.get_by_test_id("streams-exceeded")).to_be_visible()
    expect(page.get_by_test_id("active-streams").get_by_role("listitem")).to_have_count(2)
    page.get_by_test_id("take-over").click()
    picture(page)
    assert sorted(
        person.http.post(
            f"/playback/sessions/{session['session_id']}/heartbeat",
            json={"seq": 1, "fencing": session["fencing"], "position": 1, "state": "playing"},
        ).status_code
        for person, session in zip((tv, tablet), held, strict=True)
    ) == [200, 410]


def test_my_list_in_the_browser(bijou: Running, film: JSON, viewer: Viewer, browser: BrowserContext) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/title/{film['id']}")
    page.get_by_test_id("my-list-button").click()
    eventually(lambda: viewer.call("GET", f"/titles/{film['id']}")["in_my_list"])
    page.goto(f"{bijou.url}/my-list")
    expect(page.get_by_test_id("my-list").get_by_text("Salt and Light").first).to_be_visible()


def test_leaving_the_plan_and_thinking_better_of_it(bijou: Running, viewer: Viewer, browser: BrowserContext) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/account")
    page.get_by_test_id("leave-plan").click()
    page.get_by_test_id("leave-plan-sure").click()
    expect(page.get_by_test_id("keep-plan")).to_be_visible()
    assert viewer.call("GET", "/me/subscription")["cancel_at_period_end"] is True
    page.get_by_test_id("keep-plan").click()
    expect(page.get_by_test_id("leave-plan")).to_be_visible()
    assert viewer.call("GET", "/me/subscription")["cancel_at_period_end"] is False


def test_real_film(bijou: Running, staff: Staff, viewer: Viewer, browser: BrowserContext) -> None:
    clip = Path(__file__).resolve().parents[3] / "shared" / "clips" / "bbb480p30s.mp4"
    if not clip.exists():
        pytest.skip("no real film beside the checkout")
    bunny = staff.add_film("Big Buck Bunny", clip)
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/watch/{bunny['playable_id']}?from=start")
    moved = "() => { const v = document.querySelector('[data-testid=video]'); return !!v && v.currentTime > 2; }"
    eventually(lambda: page.evaluate(moved), 60)
    bright = page.evaluate(
        """() => {
          const video = document.querySelector("[data-testid=video]");
          const canvas = document.createElement("canvas");
          canvas.width = 64; canvas.height = 36;
          const context = canvas.getContext("2d");
          context.drawImage(video, 0, 0, 64, 36);
          const data = context.getImageData(0, 0, 64, 36).data;
          return new Set(Array.from({ length: 64 * 36 }, (_, i) => data[4 * i] >> 4)).size;
        }"""
    )
    assert bright >= 4, "the picture is more than one flat colour"

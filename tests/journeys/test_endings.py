"""How a film ends and what comes next: the place at the end, the next episode, specials, and watching again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.journeys import films
from tests.journeys.browser import browsing, enter, picture, seek, sign_in, state, watch
from tests.journeys.people import Staff, Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey
JSON = dict[str, Any]
PHONE: dict[str, Any] = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
FINGER = 44
SHOW = """
(state) => {
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
  document.dispatchEvent(new Event("visibilitychange"));
}
"""


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small film file of 8 s."""
    return films.make(tmp_path_factory.mktemp("films") / "short.mp4", seconds=8, tone=180)


@pytest.fixture(scope="module")
def programme(staff: Staff, film: JSON, other_film: JSON, short: Path) -> list[JSON]:
    """Films enough to go on with; the last is for grown-ups."""
    third = staff.add_film("Third Bell", short)
    late = staff.add_film("After Hours", short, maturity=18)
    return [film, other_film, third, late]


@pytest.fixture(scope="module")
def odd_hours(staff: Staff, short: Path) -> JSON:
    """A series whose specials were made first: {id, playables by "season.episode"}."""
    made = staff.call("POST", "/admin/titles", 201, json={"type": "series", "name": "Odd Hours", "year": 2026})
    playables = {}
    for number in (0, 1):
        season = staff.call("POST", f"/admin/titles/{made['id']}/seasons", 201, json={"number": number})
        for place in (1, 2):
            body = {"number": place, "name": f"Hour {number}.{place}"}
            episode = staff.call("POST", f"/admin/seasons/{season['id']}/episodes", 201, json=body)
            upload = staff.begin_upload(episode["playable_id"], short)
            staff.send(upload, short)
            assert staff.wait_for(staff.asset_of(upload))["status"] == "ready"
            playables[f"{number}.{place}"] = episode["playable_id"]
    staff.publish(made["id"])
    return {**made, "playables": playables}


def runs(page: Page) -> None:
    """Wait until the film moves: what is asked of it before is not what a hand could ask."""
    eventually(
        lambda: page.evaluate("() => window.__bijou?.state().phase === 'ready' && window.__bijou.state().position > 0")
    )


def to_the_end(page: Page) -> Locator:
    """Let the film run out; return the place at its end."""
    runs(page)
    page.evaluate(
        "() => { const { player, state } = window.__bijou; player.seek(1e9); if (state().paused) player.toggle(); }"
    )
    ended = page.get_by_test_id("ended")
    expect(ended).to_be_visible()
    return ended


def near_the_end(page: Page) -> None:
    """Where the next episode is offered, and the film stands still."""
    runs(page)
    page.evaluate(
        "() => { document.querySelector('[data-testid=video]').pause();"
        " const { player, state } = window.__bijou; player.seek(state().duration - 1); }"
    )


def watch_to_the_end(viewer: Viewer, playable_id: str) -> None:
    """On another device: the beginning, and the end."""
    session = viewer.play(playable_id)
    viewer.beat(session, 1, 1)
    viewer.beat(session, 2, session["duration"], "ended")
    viewer.call("DELETE", f"/playback/sessions/{session['session_id']}", 204)


def continuing(viewer: Viewer) -> list[tuple[int | None, int | None, float]]:
    found = viewer.call("GET", "/me/continue-watching")["items"]
    return [(item["season_number"], item["episode_number"], item["position"]) for item in found]


def box(of: Locator) -> dict[str, float]:
    found = of.bounding_box()
    assert found is not None
    x, y, width, height = found["x"], found["y"], found["width"], found["height"]
    return {"x": x, "y": y, "width": width, "height": height, "right": x + width, "bottom": y + height}


def apart(one: dict[str, float], other: dict[str, float]) -> bool:
    return (
        one["right"] <= other["x"]
        or other["right"] <= one["x"]
        or one["bottom"] <= other["y"]
        or other["bottom"] <= one["y"]
    )


def names(of: Locator) -> list[str]:
    return [str(card.get_attribute("data-title")) for card in of.get_by_test_id("title-card").all()]


@pytest.mark.parametrize("hand", ["mouse", "touch"])
def test_the_end_of_a_film_is_a_place_of_its_own(
    bijou: Running, programme: list[JSON], viewer: Viewer, hand: str
) -> None:
    """From the first page to a film's end, and back to the first page: rated, listed, and gone from what to continue."""
    film = programme[1]
    session = viewer.play(film["playable_id"])
    viewer.beat(session, 1, 7)
    viewer.call("DELETE", f"/playback/sessions/{session['session_id']}", 204)
    eventually(lambda: continuing(viewer))
    look = PHONE if hand == "touch" else {"width": 1440, "height": 900}
    with browsing(**look) as device:
        page = device.new_page()

        def press(what: Locator) -> None:
            what.tap() if hand == "touch" else what.click()

        sign_in(page, bijou.url, viewer.email)
        press(page.get_by_test_id("continue-card").get_by_role("link").last)
        press(page.get_by_test_id("resume"))
        picture(page)
        ended = to_the_end(page)
        expect(page.get_by_test_id("controls")).to_have_count(0)
        expect(page.get_by_test_id("surface")).to_have_count(0)
        expect(ended.get_by_test_id("more-films")).to_be_focused()
        expect(ended).to_have_attribute("aria-modal", "true")
        expect(ended.get_by_role("heading", level=2)).to_have_text(film["name"])
        offered = ended.get_by_test_id("ending-films")
        expect(offered.get_by_test_id("title-card")).to_have_count(3)
        assert film["name"] not in names(offered)
        # Nothing is on any more: another device may play.
        eventually(lambda: viewer.call("GET", "/playback/active")["items"] == [])

        press(ended.get_by_test_id("thumb-up"))
        expect(ended.get_by_test_id("thumb-up")).to_have_attribute("aria-pressed", "true")
        press(ended.get_by_test_id("my-list-button"))
        eventually(lambda: viewer.call("GET", f"/titles/{film['id']}")["in_my_list"])
        assert viewer.call("GET", f"/titles/{film['id']}")["my_rating"] == 5

        press(ended.get_by_test_id("more-films"))
        page.wait_for_url(re.compile("/home$"))
        expect(page.get_by_test_id("home")).to_be_visible()
        expect(page.get_by_test_id("continue-card")).to_have_count(0)
        page.goto(f"{bijou.url}/title/{film['id']}")
        expect(page.get_by_test_id("thumb-up")).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_test_id("play")).to_be_visible()
        press(page.get_by_test_id("thumb-up"))
        eventually(lambda: viewer.call("GET", f"/titles/{film['id']}")["my_rating"] is None)


def test_the_place_at_the_end_by_keys_alone(
    bijou: Running, programme: list[JSON], viewer: Viewer, browser: BrowserContext
) -> None:
    film = programme[2]
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/title/{film['id']}")
    page.get_by_test_id("play").press("Enter")
    picture(page)
    ended = to_the_end(page)
    page.reload()
    expect(ended).to_be_visible()
    more, again = ended.get_by_test_id("more-films"), ended.get_by_test_id("again")
    expect(more).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(again).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(more).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(more, "above it lies the way out alone, which has keys of its own").to_be_focused()
    # The keys of the film mean nothing here, not even with the focus lost.
    page.evaluate("() => document.activeElement.blur()")
    for key in (" ", "j", "5", "ArrowDown"):
        page.keyboard.press(key)
    expect(more).to_be_focused()
    expect(page.get_by_test_id("player")).to_have_attribute("data-phase", "ended")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("title-page")).to_have_attribute("data-title", film["name"])
    page.get_by_test_id("play").press("Enter")
    picture(page)
    to_the_end(page).get_by_test_id("again").press("Enter")
    assert picture(page)["time"] < 5
    expect(page.get_by_test_id("ended")).to_have_count(0)


def test_what_was_seen_to_its_end_or_is_for_others_is_not_offered(
    bijou: Running, programme: list[JSON], series: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    film, other, third, late = programme
    watch_to_the_end(viewer, other["playable_id"])
    eventually(lambda: viewer.call("GET", f"/me/resume?title_ids={other['id']}")["items"])
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/home")
    watch(page, viewer, film["playable_id"])
    offered = to_the_end(page).get_by_test_id("ending-films")
    expect(offered.get_by_test_id("title-card")).to_have_count(3)
    assert film["name"] not in names(offered) and other["name"] not in names(offered)
    # Straight to another film, and Back never leads to the end again.
    chosen = names(offered)[0]
    offered.locator(f"[data-title='{chosen}']").click()
    expect(page.get_by_test_id("title-page")).to_have_attribute("data-title", chosen)
    page.go_back()
    page.wait_for_url(re.compile("/home$"))

    teen = viewer.call("POST", "/me/profiles", 201, json={"name": "Teen", "maturity": 12})
    page.goto(f"{bijou.url}/profiles?next=/watch/{third['playable_id']}")
    page.get_by_test_id("profile").filter(has_text=teen["name"]).click()
    picture(page)
    offered = to_the_end(page).get_by_test_id("ending-films")
    expect(offered.get_by_test_id("title-card").first).to_be_visible()
    of_all_ages = {title["name"] for title in viewer.call("GET", "/titles?maturity=12&limit=100")["items"]}
    assert late["name"] not in names(offered) and set(names(offered)) <= of_all_ages


@pytest.mark.parametrize("size", [(390, 844), (844, 390)], ids=["upright", "lying"])
def test_the_next_episode_is_offered_beside_the_buttons_of_a_phone(
    bijou: Running, series: JSON, viewer: Viewer, phone: BrowserContext, size: tuple[int, int]
) -> None:
    page = phone.new_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    enter(page, viewer)
    page.goto(f"{bijou.url}/title/{series['id']}")
    page.get_by_test_id("play").tap()
    near_the_end(page)
    offer = page.get_by_test_id("next-episode")
    # Where it comes to rest.
    eventually(lambda: page.evaluate("() => document.getAnimations().every((a) => a.playState !== 'running')"))
    strip = box(offer)
    buttons = page.get_by_role("button", name="10 seconds").or_(page.get_by_role("button", name="Play", exact=True))
    shown = [button for button in buttons.all() if button.is_visible()]
    assert len(shown) >= 3
    assert [button for button in shown if not apart(strip, box(button))] == []
    assert apart(strip, box(page.get_by_test_id("scrub")))
    if size[0] < size[1]:
        video = box(page.get_by_test_id("video"))
        # The film is as wide as the phone and in the middle of it.
        tall = size[0] * 9 / 16
        assert strip["y"] >= video["y"] + (video["height"] + tall) / 2
    for target in (offer.get_by_test_id("play-next"), offer.get_by_test_id("stay")):
        assert min(box(target)["width"], box(target)["height"]) >= FINGER

    offer.get_by_test_id("stay").tap()
    expect(offer).to_have_count(0)
    seek(page, 1)
    eventually(lambda: state(page, "position") < 2)
    near_the_end(page)
    eventually(lambda: state(page, "position") > 8)
    expect(offer).to_have_count(0)
    ended = to_the_end(page)
    expect(ended.get_by_test_id("play-next")).to_be_focused()
    expect(ended.get_by_test_id("countdown")).to_have_count(0)
    assert ended.evaluate("(place) => place.scrollTop") == 0
    first = box(ended.get_by_test_id("play-next"))
    assert first["y"] + first["height"] <= size[1], "seen without scrolling"

    # Who watches it again is asked again.
    ended.get_by_test_id("again").tap()
    near_the_end(page)
    expect(offer).to_be_visible()
    ended = to_the_end(page)
    ended.get_by_test_id("play-next").tap()
    expect(page.get_by_test_id("playing-title")).to_contain_text("Evening 2")


def test_the_next_episode_counts_only_while_it_is_wanted_and_seen(
    bijou: Running, series: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/title/{series['id']}")
    page.get_by_test_id("play").click()
    runs(page)
    page.evaluate(SHOW, "hidden")
    ended = to_the_end(page)
    count = ended.get_by_test_id("countdown")
    expect(count).to_have_attribute("data-left", "6")
    first = page.url
    page.clock.install()
    page.clock.run_for(20_000)
    expect(count).to_have_attribute("data-left", "6")
    assert page.url == first
    page.evaluate(SHOW, "visible")
    for left in ("5", "4"):
        page.clock.run_for(1_000)
        expect(count).to_have_attribute("data-left", left)

    ended.get_by_test_id("autoplay").click()
    expect(count).to_have_count(0)
    page.clock.run_for(20_000)
    assert page.url == first
    page.clock.resume()
    ended.get_by_test_id("play-next").click()
    expect(page.get_by_test_id("playing-title")).to_contain_text("Evening 2")
    # What was said of autoplay stays said.
    page.goto(first)
    expect(to_the_end(page).get_by_test_id("countdown")).to_have_count(0)


def test_an_end_with_a_menu_open_and_in_full_screen(
    bijou: Running, programme: list[JSON], viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    watch(page, viewer, programme[1]["playable_id"])
    page.mouse.move(300, 300)
    page.get_by_test_id("fullscreen").click()
    page.get_by_test_id("speed").click()
    expect(page.get_by_role("menu")).to_be_visible()
    ended = to_the_end(page)
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(ended.get_by_test_id("more-films")).to_be_focused()
    ended.get_by_test_id("again").click()
    picture(page)
    # The menu that went with the end does not keep the controls for ever.
    expect(page.get_by_test_id("controls")).to_have_attribute("data-hidden", "true")
    ended = to_the_end(page)
    ended.get_by_test_id("more-films").click()
    page.wait_for_url(re.compile("/home$"))
    assert page.evaluate("() => document.fullscreenElement") is None


def test_a_next_episode_that_is_refused_is_refused_kindly(
    bijou: Running, series: JSON, programme: list[JSON], browser: BrowserContext
) -> None:
    person = Viewer.register(bijou.url)
    person.subscribe("basic")
    page = browser.new_page()
    enter(page, person)
    page.goto(f"{bijou.url}/title/{series['id']}")
    page.get_by_test_id("play").click()
    picture(page)
    near_the_end(page)
    page.get_by_test_id("stay").click()
    ended = to_the_end(page)
    eventually(lambda: person.call("GET", "/playback/active")["items"] == [])
    # While its viewer thinks, somebody takes the only screen of the plan.
    person.on_another_device("tv").play(programme[0]["playable_id"])
    ended.get_by_test_id("play-next").click()
    expect(page.get_by_test_id("streams-exceeded")).to_contain_text("Every seat is taken")
    page.get_by_test_id("take-over").click()
    picture(page)
    expect(page.get_by_test_id("playing-title")).to_contain_text("Evening 2")
    person.close()


def test_specials_come_last_and_lead_to_specials(
    bijou: Running, odd_hours: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/title/{odd_hours['id']}")
    expect(page.get_by_test_id("episodes")).to_have_attribute("data-season", "1")
    page.get_by_test_id("season-picker").click()
    expect(page.get_by_role("menuitemradio")).to_have_text([re.compile("^Season 1"), re.compile("^Specials")])
    page.get_by_role("menuitemradio").last.click()
    expect(page.get_by_test_id("episodes")).to_have_attribute("data-season", "0")
    # Seen or not, what the button plays is the series.
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("playing-title")).to_contain_text("S1 E1 · Hour 1.1")

    page.goto(f"{bijou.url}/watch/{odd_hours['playables']['0.1']}?from=start")
    expect(page.get_by_test_id("playing-title")).to_contain_text("Special 1 · Hour 0.1")
    ended = to_the_end(page)
    expect(ended).to_contain_text("Next: Special 2")
    ended.get_by_test_id("play-next").click()
    expect(page.get_by_test_id("playing-title")).to_contain_text("Special 2 · Hour 0.2")
    expect(to_the_end(page).get_by_test_id("play-next")).to_have_count(0)


def test_a_finished_series_is_watched_again_from_its_beginning(
    bijou: Running, odd_hours: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    playables = odd_hours["playables"]
    for place in ("1.1", "1.2"):
        watch_to_the_end(viewer, playables[place])
    resume = f"/me/resume?title_ids={odd_hours['id']}"
    eventually(lambda: [item["completed"] for item in viewer.call("GET", resume)["items"]] == [True])
    assert continuing(viewer) == []
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/title/{odd_hours['id']}")
    expect(page.get_by_test_id("play")).to_contain_text("S1 E1")
    page.get_by_test_id("play").click()
    assert picture(page)["time"] < 6
    ended = to_the_end(page)
    expect(ended).to_contain_text("Next: S1 E2")
    page.keyboard.press("Escape")
    # At once, before the watch state has heard of anything: the next one, from its start.
    expect(page.get_by_test_id("play")).to_contain_text("S1 E2")
    eventually(lambda: continuing(viewer) == [(1, 2, 0)])
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("playing-title")).to_contain_text("S1 E2")
    assert picture(page)["time"] < 6, "what was seen before plays from its start"
    to_the_end(page).get_by_test_id("more-films").click()
    page.wait_for_url(re.compile("/home$"))
    expect(page.get_by_test_id("home")).to_be_visible()
    expect(page.get_by_test_id("continue-card")).to_have_count(0)
    eventually(lambda: continuing(viewer) == [])

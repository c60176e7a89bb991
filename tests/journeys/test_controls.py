"""The player in the hand: by fingers, by mouse and keys, by a remote control."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.browser import begin, browsing, ready, sign_in, state
from tests.journeys.people import Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey
TELEVISION = (
    "Mozilla/5.0 (SMART-TV; Linux; Tizen 8.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"
)
# Two frames later: a finger's own `pointerleave`, and whatever else follows a tap at once, has been by then.
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
DOUBLE_TAPS = """
({ across, times }) => {
  const surface = document.querySelector("[data-testid=surface]");
  const box = surface.getBoundingClientRect();
  const at = { clientX: box.left + box.width * across, clientY: box.top + box.height / 3 };
  const finger = { ...at, bubbles: true, isPrimary: true, pointerType: "touch", pointerId: 9, button: 0 };
  for (let n = 0; n < times; n++)
    for (const type of ["pointerdown", "pointerup", "click"]) surface.dispatchEvent(new PointerEvent(type, finger));
}
"""
# The keys of a remote control, which Playwright's keyboard lacks.
REMOTE = """
(key) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }),
)
"""
CLICK = """
() => {
  const surface = document.querySelector("[data-testid=surface]");
  const mouse = { bubbles: true, isPrimary: true, pointerType: "mouse", clientX: 400, clientY: 200, button: 0 };
  for (const type of ["pointerdown", "pointerup", "click"]) surface.dispatchEvent(new PointerEvent(type, mouse));
  return document.querySelector("[data-testid=video]").paused;
}
"""


@pytest.fixture
def tv() -> Iterator[BrowserContext]:
    with browsing(width=1920, height=1080, user_agent=TELEVISION) as context:
        yield context


def expect_hidden(page: Page, hidden: bool = True) -> None:
    expect(page.get_by_test_id("controls")).to_have_attribute("data-hidden", str(hidden).lower(), timeout=15_000)


def expect_paused(page: Page, paused: bool = True) -> None:
    expect(page.get_by_test_id("player")).to_have_attribute("data-paused", str(paused).lower())


def focused(page: Page) -> str:
    return str(page.evaluate("() => document.activeElement?.dataset.testid ?? ''"))


def moves_on(page: Page, seconds: float) -> None:
    """Let the film itself run on: what was to happen in that time has happened."""
    since = state(page, "position")
    eventually(lambda: state(page, "position") > since + seconds)


def comes_to(page: Page, position: float) -> None:
    """Until the film has come to a place, or has played on from it for a moment before anybody looked."""
    eventually(lambda: -1 < state(page, "position") - position < 4)


def middle(page: Page, testid: str) -> tuple[float, float, float]:
    box = page.get_by_test_id(testid).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"] / 2


def test_fingers(bijou: Running, evenings: list[str], viewer: Viewer, phone: BrowserContext) -> None:
    page = phone.new_page()
    begin(page, viewer, evenings[0])
    controls = page.get_by_test_id("controls")

    def tap_picture(x: int = 195) -> None:
        page.touchscreen.tap(x, 180)
        page.evaluate(TWO_FRAMES)

    # What is hidden cannot be pressed: a finger on the place of the large button brings the controls, and does nothing else.
    expect_hidden(page)
    expect(controls).to_have_attribute("inert", "")
    x, y, _ = middle(page, "big-play-pause")
    page.touchscreen.tap(x, y)
    page.evaluate(TWO_FRAMES)
    assert controls.get_attribute("data-hidden") == "false", "one tap shows them, and they stay"
    expect_paused(page, False)
    page.touchscreen.tap(x, y)
    expect_paused(page)

    # While the film stands still nothing hides them but a finger.
    tap_picture()
    assert controls.get_attribute("data-hidden") == "true"
    tap_picture(300)
    assert controls.get_attribute("data-hidden") == "false"

    # After a button, and after a menu that was open for longer than that, they go by themselves.
    page.get_by_test_id("big-play-pause").tap()
    expect_paused(page, False)
    expect_hidden(page)
    tap_picture()
    page.get_by_test_id("speed").tap()
    moves_on(page, 4)
    expect_hidden(page, False)
    page.locator("[data-choice='1.5']").tap()
    expect(page.get_by_role("menu")).to_have_count(0)
    assert state(page, "rate") == 1.5
    expect_hidden(page)
    # A tap beside a menu closes it, and that is all.
    tap_picture()
    page.get_by_test_id("quality").tap()
    expect(page.get_by_role("menu")).to_be_visible()
    tap_picture()
    expect(page.get_by_role("menu")).to_have_count(0)
    assert controls.get_attribute("data-hidden") == "false"

    # A double tap at a side skips, each further one there skips on, and the controls are as they were.
    page.evaluate("() => { window.__bijou.player.setRate(1); window.__bijou.player.seek(2); }")
    page.evaluate(DOUBLE_TAPS, {"across": 0.9, "times": 3})
    expect(page.get_by_test_id("skipped")).to_have_text("20 s on")
    eventually(lambda: 21 < state(page, "position") < 28)
    page.evaluate(DOUBLE_TAPS, {"across": 0.1, "times": 2})
    expect(page.get_by_test_id("skipped")).to_have_text("10 s back")

    # The sign of waiting runs around the large button.
    page.route(re.compile(r"\.m4s"), lambda _: None)
    page.evaluate("() => { window.__bijou.player.setQuality('240'); window.__bijou.player.seek(40); }")
    expect(page.get_by_test_id("waiting")).to_be_visible()
    if controls.get_attribute("data-hidden") == "true":
        tap_picture()
    ring_x, ring_y, ring = middle(page, "waiting")
    x, y, button = middle(page, "big-play-pause")
    assert abs(x - ring_x) < 2 and abs(y - ring_y) < 2
    assert ring - 4 > button, "the stroke of the ring lies outside the button"


def test_mouse_and_keys(bijou: Running, evenings: list[str], viewer: Viewer, browser: BrowserContext) -> None:
    page = browser.new_page()
    begin(page, viewer, evenings[0])
    paused = "() => document.querySelector('[data-testid=video]').paused"

    # A click pauses at once; a double one fills the screen and leaves the film as it was.
    eventually(lambda: not page.evaluate(paused))
    assert page.evaluate(CLICK) is True
    page.evaluate("() => window.__bijou.player.toggle()")
    moves_on(page, 0.5)
    page.mouse.dblclick(500, 250)
    eventually(lambda: page.evaluate("() => document.fullscreenElement !== null"))
    expect_paused(page, False)
    page.mouse.click(500, 250, button="right")
    page.evaluate(TWO_FRAMES)
    assert page.evaluate(paused) is False, "the other button of the mouse means nothing"
    page.keyboard.press("f")
    eventually(lambda: page.evaluate("() => document.fullscreenElement === null"))

    # Space means the film, whatever was clicked last.
    for clicked in ("mute", "forward-10", "volume"):
        page.mouse.move(300, 300)
        page.get_by_test_id("mute").hover()
        page.get_by_test_id(clicked).click(force=clicked == "volume")
        before = state(page, "muted"), state(page, "volume")
        page.keyboard.press(" ")
        expect_paused(page)
        assert (state(page, "muted"), state(page, "volume")) == before
        page.keyboard.press(" ")
        expect_paused(page, False)
    page.get_by_test_id("speed").click()
    page.locator("[data-choice='1.25']").click()
    page.keyboard.press(" ")
    expect_paused(page)
    expect(page.get_by_role("menu")).to_have_count(0)
    page.keyboard.press(" ")

    # With the keyboard a button is pressed, and its ring goes with the controls.
    page.evaluate("() => window.__bijou.player.seek(5)")
    page.keyboard.press("Tab")
    while focused(page) != "mute":
        page.keyboard.press("Tab")
    muted = state(page, "muted")
    page.keyboard.press(" ")
    eventually(lambda: state(page, "muted") is not muted)
    expect_paused(page, False)
    expect_hidden(page)
    assert focused(page) == "player"
    page.keyboard.press(" ")
    expect_paused(page)

    # Every key of the help.
    page.keyboard.press("1")
    comes_to(page, state(page, "duration") / 10)
    for key, by in {"l": 10, "ArrowRight": 10, "j": -10, "ArrowLeft": -10}.items():
        before = state(page, "position")
        page.keyboard.press(key)
        comes_to(page, before + by)
    loud = state(page, "volume")
    page.keyboard.press("ArrowDown")
    eventually(lambda: state(page, "volume") < loud)
    quieter = state(page, "volume")
    page.keyboard.press("ArrowUp")
    eventually(lambda: state(page, "volume") > quieter)
    page.keyboard.press("m")
    eventually(lambda: state(page, "muted") is True)
    page.keyboard.press("c")
    eventually(lambda: state(page, "caption") != "off")
    line = page.get_by_test_id("captions").get_by_text(re.compile("^Line")).last
    expect(line).to_be_visible()
    written, bar = line.bounding_box(), page.get_by_test_id("scrub").bounding_box()
    assert written and bar and 400 < written["y"] < bar["y"] - written["height"], "at the foot, above the controls"
    page.keyboard.press("c")
    eventually(lambda: state(page, "caption") == "off")
    page.keyboard.press(">")
    eventually(lambda: state(page, "rate") == 1.5)
    page.keyboard.press("<")
    eventually(lambda: state(page, "rate") == 1.25)
    page.keyboard.press("k")
    expect_paused(page, False)
    page.keyboard.press("?")
    expect(page.get_by_test_id("key-help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("key-help")).to_have_count(0)
    page.keyboard.press("n")
    expect(page.get_by_test_id("playing-title")).to_contain_text("Evening 2")
    ready(page)

    # What is offered for a moment leaves the keys to the player when it goes.
    page.keyboard.press("k")
    expect_paused(page)
    page.evaluate("() => window.__bijou.player.seek(37)")
    page.get_by_test_id("skip-intro").focus()
    page.keyboard.press("Enter")
    comes_to(page, 41)
    expect(page.get_by_test_id("skip-intro")).to_have_count(0)
    assert focused(page) == "player"
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("/(home|title)"))


def test_a_remote_control(bijou: Running, evenings: list[str], viewer: Viewer, tv: BrowserContext) -> None:
    page = tv.new_page()
    begin(page, viewer, evenings[0])
    page.keyboard.press("Enter")
    expect_paused(page)
    eventually(lambda: focused(page) == "play-pause")
    page.keyboard.press("Enter")
    expect_paused(page, False)
    expect_hidden(page)

    # To the sides it skips at once; up and down only wake the buttons, and leave the sound to the television.
    before, volume = state(page, "position"), state(page, "volume")
    page.keyboard.press("ArrowRight")
    eventually(lambda: state(page, "position") > before + 9)
    expect_hidden(page, False)
    page.keyboard.press("ArrowDown")
    eventually(lambda: focused(page) == "play-pause")
    assert state(page, "volume") == volume
    expect_paused(page, False)

    for key, paused in {"MediaPlayPause": True, "MediaPlay": False, "MediaPause": True}.items():
        page.evaluate(REMOTE, key)
        expect_paused(page, paused)
    skipped = state(page, "position")
    page.evaluate(REMOTE, "MediaRewind")
    comes_to(page, skipped - 10)
    page.evaluate(REMOTE, "MediaFastForward")
    comes_to(page, skipped)
    page.evaluate(REMOTE, "MediaPlay")
    expect_paused(page, False)

    # From button to button, along the bar, and back out.
    page.get_by_test_id("play-pause").focus()
    page.keyboard.press("Enter")
    expect_paused(page)
    for key, leads_to in {"ArrowRight": "back-10", "ArrowLeft": "play-pause"}.items():
        page.keyboard.press(key)
        assert focused(page) == leads_to
    page.keyboard.press("ArrowUp")
    assert focused(page) == "scrub"
    at = state(page, "position")
    page.keyboard.press("ArrowLeft")
    eventually(lambda: state(page, "position") < at - 8)
    expect(page.get_by_test_id("preview")).to_be_visible()
    page.get_by_test_id("speed").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menu")).to_be_visible()
    page.evaluate(REMOTE, "GoBack")
    expect(page.get_by_role("menu")).to_have_count(0)
    eventually(lambda: focused(page) == "speed")
    page.keyboard.press("ArrowUp")
    assert focused(page) == "scrub"
    page.keyboard.press("ArrowUp")
    assert focused(page) == "leave"
    page.keyboard.press("Escape")
    assert focused(page) == "player"
    assert "/watch/" in page.url, "Back leaves the buttons first"
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("/(home|title)"))


def test_what_has_the_focus_can_be_seen(
    bijou: Running, evenings: list[str], viewer: Viewer, browser: BrowserContext
) -> None:
    """The picture that grows carries the ring, where it cannot paint over it."""
    page = browser.new_page()
    sign_in(page, bijou.url, viewer.email)
    expect(page.get_by_test_id("title-card").first).to_be_visible()
    card = "() => document.activeElement?.hasAttribute('data-card')"
    while not page.evaluate(card):
        page.keyboard.press("Tab")
    ringed = """() => [document.activeElement, document.activeElement.firstElementChild].map((element) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return outlineStyle === "none" ? 0 : parseFloat(outlineWidth);
    })"""
    assert page.evaluate(ringed) == [0, 2]

"""What was chosen in the player stays chosen."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.browser import begin, ready, state
from tests.journeys.people import Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey
JSON = dict[str, Any]


def chosen(page: Page) -> JSON:
    """What is chosen on screen, by name."""
    now: JSON = page.evaluate("() => window.__bijou.state()")
    named = {
        what: next((choice["label"] for choice in now[f"{what}s"] if choice["id"] == now[what]), "off")
        for what in ("audio", "caption")
    }
    return {**named, "rate": now["rate"], "quality": now["quality"]}


def choose(page: Page, what: str, name: str) -> None:
    by_name = """([what, name]) => {
      const { player, state } = window.__bijou;
      const { id } = state()[`${what}s`].find(({ label }) => label === name);
      if (what === "audio") player.setAudio(id);
      else player.setCaption(id);
    }"""
    page.evaluate(by_name, [what, name])


def test_what_was_chosen_stays_chosen(
    bijou: Running, evenings: list[str], viewer: Viewer, browser: BrowserContext, phone: BrowserContext
) -> None:
    """Speed, quality, audio and captions: over a restart, a reload and the next episode; audio and captions everywhere."""
    page = browser.new_page()
    begin(page, viewer, evenings[0])
    choose(page, "audio", "German")
    choose(page, "caption", "German")
    page.evaluate("() => { window.__bijou.player.setRate(0.75); window.__bijou.player.setQuality('240'); }")
    wanted = {"audio": "German", "caption": "German", "rate": 0.75, "quality": "240"}
    eventually(lambda: chosen(page) == wanted)

    # Waited for in the page: from here a quick start may never be seen as one.
    page.evaluate("() => window.__bijou.player.restart('start')")
    ready(page)
    eventually(lambda: chosen(page) == wanted)
    page.reload()
    ready(page)
    eventually(lambda: chosen(page) == wanted)
    page.keyboard.press("n")
    expect(page.get_by_test_id("playing-title")).to_contain_text("Evening 2")
    ready(page)
    eventually(lambda: chosen(page) == wanted)
    rate = "() => document.querySelector('[data-testid=video]').playbackRate"
    eventually(lambda: page.evaluate(rate) == 0.75)

    there = phone.new_page()
    begin(there, viewer, evenings[1])
    eventually(lambda: chosen(there) == {**wanted, "rate": 1, "quality": "auto"})
    there.evaluate("() => window.__bijou.player.setCaption('off')")
    series = state(there, "session")["title"]["id"]
    eventually(lambda: viewer.call("GET", f"/me/tracks/{series}")["captions"] == "off")
    page.reload()
    ready(page)
    eventually(lambda: chosen(page) == {**wanted, "caption": "off"})

"""A real browser: Chromium without a window, and what it shows of a film, read from its pixels."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests import barcode
from tests.journeys.films import RATE
from tests.journeys.people import PASSWORD, Viewer, eventually

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required", "--mute-audio",
]  # fmt: skip
READ = f"""
() => {{
  const video = document.querySelector("[data-testid=video]");
  if (!video || video.readyState < 2 || !video.videoWidth) return null;
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
  const frame = ({barcode.READ_JS})(pixels, canvas.width, canvas.height);
  return {{ frame, time: video.currentTime, height: video.videoHeight, duration: video.duration }};
}}
"""


def executable() -> str | None:
    """The system's Chromium; None where only Playwright's own is installed."""
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )


class Chromium:
    """One browser process, started when it is first wanted: a journey needs a device of its own, not a program."""

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    def playwright(self) -> Playwright:
        if self._playwright is None:
            self._playwright = sync_playwright().start()
        return self._playwright

    def browser(self) -> Browser:
        if self._browser is None:
            self._browser = self.playwright().chromium.launch(executable_path=executable(), args=ARGUMENTS)
        return self._browser

    def close(self) -> None:
        """Everything gone again, Playwright too: its event loop would be in the way of tests that have one."""
        if self._browser:
            self._browser.close()
        if self._playwright:
            self._playwright.stop()
        self._playwright = self._browser = None


chromium = Chromium()


@contextmanager
def browsing(*, width: int = 1280, height: int = 800, locale: str = "en-US", **more: Any) -> Iterator[BrowserContext]:
    """A browser that knows nothing yet: another one is another device.

    Without service workers unless a test is about them: what a worker fetches is beyond `page.route`.
    """
    more.setdefault("service_workers", "block")
    context = chromium.browser().new_context(viewport={"width": width, "height": height}, locale=locale, **more)
    context.set_default_timeout(20_000)
    try:
        yield context
    finally:
        context.close()


@contextmanager
def machine(profile: Path) -> Iterator[BrowserContext]:
    """A browser with processes of its own, which carry `profile` in their command line."""
    context = chromium.playwright().chromium.launch_persistent_context(
        str(profile), executable_path=executable(), args=ARGUMENTS, env={**os.environ, "HOME": str(profile)}
    )
    context.set_default_timeout(20_000)
    try:
        yield context
    finally:
        context.close()


def picture(page: Page, seconds: float = 30) -> dict[str, Any]:
    """Wait for a frame whose number can be read: {frame, time (s), height (px), duration (s)}.

    Asked again and again from here: the app's content security policy lets nobody compile a condition in the page.
    """

    def readable() -> dict[str, Any] | None:
        found: dict[str, Any] | None = page.evaluate(READ)
        return found if found and found["frame"] >= 0 else None

    return eventually(readable, seconds, 0.05)


def second(shown: dict[str, Any]) -> float:
    """The second of the film that the picture's own squares tell."""
    return float(shown["frame"]) / RATE


def in_step(page: Page) -> dict[str, Any]:
    """Wait for a picture that is the one of the time the player tells: on a busy machine the first after a seek comes late."""

    def close() -> dict[str, Any] | None:
        shown = picture(page)
        return shown if abs(second(shown) - shown["time"]) < 0.2 else None

    return eventually(close, 10, 0.05)


def enter(page: Page, viewer: Viewer) -> None:
    """Sign the browser in without its form, as one that was here before: the app's own key in its storage, and no page open."""
    device = viewer.on_another_device("web")
    device.choose_profile()
    page.goto(f"{viewer.url}/favicon.svg")
    page.evaluate("(token) => localStorage.setItem('bijou.refresh', token)", device.tokens["refresh_token"])
    device.close()


def watch(page: Page, viewer: Viewer, playable_id: str, query: str = "?from=start") -> None:
    """Open the player at an address, and wait for its picture."""
    page.goto(f"{viewer.url}/watch/{playable_id}{query}")
    picture(page)


def state(page: Page, name: str) -> Any:
    """One field of the player's own state."""
    return page.evaluate("(name) => window.__bijou?.state()[name]", name)


def session_of(page: Page) -> str:
    """The session that the player holds."""
    return str(state(page, "session")["session_id"])


def seek(page: Page, to: float) -> None:
    """Ask for a second of the film, without waiting for it."""
    page.evaluate("(to) => window.__bijou.player.seek(to)", to)


def sign_in(page: Page, url: str, email: str, password: str = PASSWORD) -> None:
    """Sign in through the form and choose the first profile."""
    page.goto(f"{url}/sign-in")
    form = page.get_by_test_id("sign-in-form")
    form.get_by_label("E-mail").fill(email)
    form.get_by_label("Password", exact=True).fill(password)
    page.get_by_test_id("sign-in-submit").click()
    page.wait_for_url(re.compile("/(home|profiles|plans)"))
    if "/profiles" in page.url:
        page.get_by_test_id("profile").first.click()
    page.wait_for_url(re.compile("/(home|pick)$"))
    if "/pick" in page.url:
        page.get_by_test_id("skip-picking").click()
    page.wait_for_url(re.compile("/home$"))


def begin(page: Page, viewer: Viewer, playable_id: str) -> None:
    """Sign in and open a film that has no numbers to read."""
    enter(page, viewer)
    page.goto(f"{viewer.url}/watch/{playable_id}?from=start")
    ready(page)


def ready(page: Page) -> None:
    expect(page.get_by_test_id("player")).to_have_attribute("data-phase", "ready", timeout=30_000)

"""A real browser: Chromium without a window, and what it shows of a film, read from its pixels."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from tests import barcode
from tests.journeys.films import RATE
from tests.journeys.people import PASSWORD, eventually

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


_started: list[Playwright] = []


@contextmanager
def _driver() -> Iterator[Playwright]:
    """Playwright, started for the outermost browser: it allows one at a time, and asyncio tests need it gone again."""
    if _started:
        yield _started[0]
        return
    with sync_playwright() as playwright:
        _started.append(playwright)
        try:
            yield playwright
        finally:
            _started.clear()


@contextmanager
def browsing(
    profile: Path, *, width: int = 1280, height: int = 800, locale: str = "en-US", **more: Any
) -> Iterator[BrowserContext]:
    """A browser with a profile directory of its own: another directory is another device."""
    with _driver() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(profile),
            executable_path=executable(),
            args=ARGUMENTS,
            viewport={"width": width, "height": height},
            env={**os.environ, "HOME": str(profile)},
            locale=locale,
            **more,
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
    page.wait_for_url(re.compile("/home$"))

"""A trailer plays by itself where it may, in the player where it is asked for, and leaves no trace of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from demo import ingest
from demo.studio import StudioSettings
from tests.journeys import films
from tests.journeys.browser import picture, sign_in
from tests.journeys.people import Staff, Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey
JSON = dict[str, Any]


@pytest.fixture
def trailer(bijou: Running, staff: Staff, other_film: JSON, tmp_path: Path) -> Iterator[JSON]:
    """A trailer of 8 s for the film that the home page opens with, put in as `bijou ingest` does; gone afterwards."""
    picture = BytesIO()
    Image.new("RGB", (1280, 720), "#27406b").save(picture, "JPEG")
    path = f"/admin/titles/{other_film['id']}"
    staff.call("PUT", f"{path}/artwork/backdrop", content=picture.getvalue(), headers={"Content-Type": "image/jpeg"})
    file = films.make(tmp_path / "trailer.mp4", seconds=8, tone=440)
    admin = StudioSettings(
        public_url=bijou.url, admin_email=bijou.admin["email"], admin_password=bijou.admin["password"]
    )
    assert ingest.ingest(file, trailer_of=other_film["slug"], settings=admin) == other_film["id"]
    eventually(lambda: staff.call("GET", f"{path}/trailers")["items"][0]["ready"])
    made: JSON = staff.call("GET", f"{path}/trailers")["items"][0]
    yield made
    staff.call("DELETE", f"/admin/trailers/{made['id']}", 204)


def test_a_trailer(bijou: Running, other_film: JSON, trailer: JSON, viewer: Viewer, browser: BrowserContext) -> None:
    page = browser.new_page()
    sign_in(page, bijou.url, viewer.email)
    _behind_the_hero(page, viewer)
    _not_where_things_stand_still(page, bijou)

    page.emulate_media(reduced_motion="no-preference")
    page.goto(f"{bijou.url}/title/{other_film['id']}")
    page.get_by_test_id("watch-trailer").click()
    picture(page)
    expect(page.get_by_test_id("playing-title")).to_contain_text("Trailer")
    page.mouse.move(300, 300)
    page.get_by_test_id("leave").click()
    page.wait_for_url(re.compile(f"/title/{other_film['id']}$"))

    page.get_by_test_id("watch-trailer").click()
    picture(page)
    page.evaluate("() => window.__bijou.player.seek(7)")
    # Its end leads back to where it was opened, too.
    page.wait_for_url(re.compile(f"/title/{other_film['id']}$"))
    expect(page.get_by_test_id("play")).to_be_visible()
    assert viewer.call("GET", "/me/continue-watching")["items"] == []
    assert viewer.call("GET", "/me/history")["items"] == []


def _behind_the_hero(page: Page, viewer: Viewer) -> None:
    """Without sound, without the focus and without a slot; once."""
    preview = page.get_by_test_id("preview")
    expect(preview).to_have_attribute("data-shown", "true")
    assert page.evaluate("() => document.querySelector('[data-testid=preview]').muted")
    assert page.evaluate("() => document.activeElement === document.body")
    assert viewer.call("GET", "/playback/active")["items"] == []
    page.get_by_test_id("preview-sound").click()
    assert not page.evaluate("() => document.querySelector('[data-testid=preview]').muted")
    # Out of sight it stands still.
    page.mouse.wheel(0, 3000)
    eventually(lambda: page.evaluate("() => document.querySelector('[data-testid=preview]').paused"))
    page.mouse.wheel(0, -3000)
    expect(preview).to_have_count(0, timeout=20_000)


def _not_where_things_stand_still(page: Page, bijou: Running) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.emulate_media(reduced_motion="reduce")
    page.clock.install()
    page.goto(f"{bijou.url}/home")
    expect(page.get_by_test_id("hero-trailer")).to_be_visible()
    page.clock.run_for(10_000)
    expect(page.get_by_test_id("preview")).to_have_count(0)
    assert not any("/playback/sessions" in url for url in asked)

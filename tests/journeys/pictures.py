"""`make pictures`: photographs the app for the README, as the demo's viewer sees it on a running platform with its films.

`BIJOU_DATA` names the platform's data; arguments name the pictures (all without): home, title, player.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from deploy.local import status
from deploy.local.data import Data
from tests.journeys.browser import browsing, sign_in

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
TITLE = "The Ninth Flash"
# Whatever the network of the moment: as many lines as the film has, which are returned, and its first captions.
BEST = """() => {
  const { player, state } = window.__bijou;
  const { qualities, captions } = state();
  player.setQuality(qualities[0].id);
  player.setCaption(captions[0].id);
  return qualities[0].id;
}"""


def home(page: Page, url: str) -> None:
    """The first page, every poster there, with the still of its hero: no trailer can begin."""
    page.route("**/api/v1/playback/sessions", lambda route: route.abort())
    page.goto(f"{url}/home")
    expect(page.get_by_test_id("hero")).to_be_visible()


def title(page: Page, url: str) -> None:
    """The page of a film."""
    page.unroute_all()
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{url}/home")
    # Not the card of one who was watching it, which leads on into the film.
    page.get_by_role("link", name=TITLE).and_(page.locator("[href^='/title/']")).first.click()
    expect(page.get_by_test_id("title-page")).to_have_attribute("data-title", TITLE)


def player(page: Page, url: str) -> None:
    """A film in its middle, with its controls and a caption."""
    title(page, url)
    page.get_by_test_id("play").or_(page.get_by_test_id("start-over")).click()
    screen = page.get_by_test_id("player")
    expect(screen).to_have_attribute("data-phase", "ready")
    lines = page.evaluate(BEST)
    expect(screen).to_have_attribute("data-height", lines)
    page.evaluate("() => window.__bijou.player.seek(41)")
    expect(page.get_by_test_id("captions")).to_contain_text("Hesper")
    expect(screen).to_have_attribute("data-buffering", "false")
    page.mouse.move(700, 600)
    expect(page.get_by_test_id("controls")).to_have_attribute("data-hidden", "false")


PICTURES: dict[str, Callable[[Page, str], None]] = {"home": home, "title": title, "player": player}


def take(names: list[str]) -> None:
    """Takes the pictures and writes them where the README looks for them."""
    data = Data.from_environment()
    state = status.read(data)
    if state is None or not state["url"]:
        raise SystemExit("The platform is not running. make up starts it.")
    url = str(state["url"])
    # The platform may be making films meanwhile.
    expect.set_options(timeout=30_000)
    viewer = json.loads((data.root / "secrets.json").read_text())["demo"]
    with browsing(width=1440, height=900) as context:
        page = context.new_page()
        sign_in(page, url, viewer["email"], viewer["password"])
        for name in names:
            PICTURES[name](page, url)
            _settle(page)
            file = FOLDER / f"{name}.png"
            page.screenshot(path=file)
            # A palette of its own makes it a fifth of the size; this method keeps what is rare and bright, as a red lamp.
            picture = Image.open(file).convert("RGB")
            picture.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=3).save(file, optimize=True)
            print(file)


def _settle(page: Page) -> None:
    """Waits until every picture in view has come and nothing moves by itself."""
    page.wait_for_load_state("networkidle")
    page.evaluate("() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null)))")


if __name__ == "__main__":
    take(sys.argv[1:] or list(PICTURES))

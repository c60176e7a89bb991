"""The app in German: chosen from what the browser asks for, with no English left over, and with room for long words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.browser import browsing, enter, picture
from tests.journeys.people import PASSWORD, Viewer, eventually
from tests.journeys.platform import ROOT, Running

pytestmark = pytest.mark.journey
JSON = dict[str, Any]
CATALOGUES = ROOT / "web" / "src" / "shared" / "i18n"
SIZES = [(390, 844), (820, 1180), (1440, 900), (1920, 1080)]
MONTHS = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
TEXTS = """
() => {
  const attributes = ["aria-label", "aria-valuetext", "alt", "placeholder", "title"];
  const said = attributes.flatMap((name) => [...document.querySelectorAll(`[${name}]`)].map((e) => e.getAttribute(name)));
  return [document.title, ...document.body.innerText.split("\\n"), ...said].map((text) => text.trim()).filter(Boolean);
}
"""
# Whatever shows text and reaches past the edge of the page or of the button it is in. Rows go on past it by design.
OUT_OF_PLACE = """
() => [...document.querySelectorAll("body *")].filter((element) => {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const box = element.getBoundingClientRect();
  if (!own || box.width < 2 || element.closest(".rail, .sr-only, a[href='#main']")) return false;
  const { visibility, textOverflow } = getComputedStyle(element);
  if (visibility === "hidden") return false;
  const button = element.closest("button, a");
  const cut = button && button.scrollWidth > button.clientWidth + 1 && textOverflow !== "ellipsis";
  return box.left < -1 || box.right > innerWidth + 1 || cut;
}).map((element) => element.outerHTML.slice(0, 200))
"""
# A title too long for the player's bar, in a language that is read from left to right.
BEGINNING_IS_SHOWN = """
() => {
  const name = document.querySelector("[data-testid=playing-title] bdi");
  name.textContent = "The lighthouse keeper's daughter ".repeat(40);
  const first = document.createRange();
  first.setStart(name.firstChild, 0);
  first.setEnd(name.firstChild, 1);
  const letter = first.getBoundingClientRect();
  const bar = name.parentElement.getBoundingClientRect();
  return letter.width > 0 && letter.left >= Math.max(0, bar.left - 1) && letter.right <= bar.right + 1;
}
"""
# What the link to the sign-in has ever said, from the first thing that was drawn.
WITNESS = """
window.seen = new Set();
new MutationObserver(() => {
  const link = document.querySelector("[data-testid=sign-in-link]");
  if (link) window.seen.add(`${document.documentElement.lang}: ${link.textContent}`);
}).observe(document, { childList: true, subtree: true, characterData: true });
"""


def texts(language: str) -> set[str]:
    """Every text of a catalogue, as it is written there."""
    sources = (path.read_text() for path in (CATALOGUES / language).glob("*.ts"))
    lines = (line for source in sources for line in source.splitlines() if not line.startswith(("import", "//")))
    return {
        found for line in lines for found in re.findall(r'"((?:[^"\\]|\\.)*)"', line) if re.search("[A-Za-z]{2}", found)
    }


def left_over(page: Page) -> list[str]:
    """What the page says in English: whole texts, and the longer pieces around what is filled in."""
    english = texts("en") - texts("de")
    assert len(english) > 200
    pieces = [
        p.strip() for text in english if "{{" in text for p in re.split(r"\{\{.*?\}\}", text) if len(p.strip()) > 7
    ]
    return [said for said in page.evaluate(TEXTS) if said in english or any(piece in said for piece in pieces)]


def speaks_german(page: Page) -> None:
    """The page is German, and nothing on it is out of place at any size."""
    assert page.evaluate("() => document.documentElement.lang") == "de"
    assert left_over(page) == []
    all_in_place(page)


def rename(page: Page) -> None:
    """Give what the page is about a name with a word that is wider than a phone."""
    word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    page.evaluate("(word) => { document.querySelector('h1').textContent = word; }", word)


def all_in_place(page: Page) -> None:
    """Nothing is out of place at any size, once the page has settled at it."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        found: list[str] = []

        def settled(found: list[str] = found) -> bool:
            found[:] = page.evaluate(OUT_OF_PLACE)
            return not found

        try:
            eventually(settled, 5)
        except AssertionError:
            pytest.fail(f"{page.url} at {width} px: {found}")


@pytest.fixture
def browser() -> Iterator[BrowserContext]:
    with browsing(locale="de-DE", reduced_motion="reduce") as context:
        yield context


def sign_in(page: Page, viewer: Viewer) -> None:
    page.goto(f"{viewer.url}/sign-in")
    form = page.get_by_test_id("sign-in-form")
    form.get_by_label("E-Mail").fill(viewer.email)
    form.get_by_label("Passwort", exact=True).fill(PASSWORD)
    page.get_by_test_id("sign-in-submit").click()
    page.wait_for_url(f"{viewer.url}/home")


def test_a_browser_that_asks_for_german_gets_german(
    bijou: Running, film: JSON, series: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    page.goto(bijou.url)
    expect(page.get_by_test_id("register-link")).to_have_text("Nimm Platz")
    expect(page.get_by_text(re.compile(r"dann ab \d+,\d\d\s\$ im Monat"))).to_be_visible()
    speaks_german(page)

    page.goto(f"{bijou.url}/sign-in")
    page.get_by_test_id("sign-in-submit").click()
    expect(page.get_by_role("alert").first).to_have_text("Das sieht nicht nach einer E-Mail-Adresse aus.")
    form = page.get_by_test_id("sign-in-form")
    form.get_by_label("E-Mail").fill(viewer.email)
    form.get_by_label("Passwort", exact=True).fill("not the password")
    page.get_by_test_id("sign-in-submit").click()
    expect(page.get_by_test_id("form-error")).to_contain_text("E-Mail-Adresse oder Passwort stimmt nicht.")
    speaks_german(page)

    sign_in(page, viewer)
    expect(page.get_by_test_id("hero")).to_be_visible()
    expect(page.get_by_test_id("hero-more")).to_be_visible()
    expect(page.get_by_test_id("row-new").get_by_role("heading")).to_have_text("Neu bei Bijou")
    speaks_german(page)
    rename(page)
    all_in_place(page)

    page.goto(f"{bijou.url}/title/{series['id']}")
    expect(page.get_by_test_id("episode")).to_have_count(2)
    speaks_german(page)

    page.goto(f"{bijou.url}/title/{film['id']}")
    expect(page.get_by_test_id("play")).to_have_text("Abspielen")
    speaks_german(page)
    rename(page)
    all_in_place(page)

    page.goto(f"{bijou.url}/account")
    subscription = page.get_by_test_id("subscription")
    expect(subscription).to_contain_text(re.compile(r"\d+,\d\d\s\$ im Monat"))
    expect(subscription).to_contain_text(re.compile(rf"(am|zum) \d{{1,2}}\. ({MONTHS}) \d{{4}}"))
    speaks_german(page)
    page.get_by_test_id("leave-plan").click()
    expect(page.get_by_role("dialog")).to_contain_text("Bijou kündigen?")
    speaks_german(page)


def test_the_player_speaks_german(bijou: Running, film: JSON, viewer: Viewer, browser: BrowserContext) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/watch/{film['playable_id']}?from=start")
    picture(page)
    page.evaluate("() => document.querySelector('[data-testid=video]').pause()")
    expect(page.get_by_test_id("player")).to_have_attribute("data-paused", "true")
    page.mouse.move(300, 300)
    expect(page.get_by_test_id("controls")).to_have_attribute("data-hidden", "false")
    expect(page.get_by_test_id("play-pause")).to_have_attribute("aria-label", "Abspielen")
    speaks_german(page)
    for menu, says in (("speed", "1,25×"), ("quality", "Automatisch")):
        page.get_by_test_id(menu).click()
        expect(page.get_by_role("menu")).to_contain_text(says)
        assert left_over(page) == []
        page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_test_id("help").click()
    expect(page.get_by_test_id("key-help")).to_contain_text("Leertaste oder K")
    assert left_over(page) == []


def test_a_language_is_chosen_kept_and_never_flashes_another(
    bijou: Running, viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    page.add_init_script(WITNESS)
    page.goto(bijou.url)
    expect(page.get_by_test_id("sign-in-link")).to_have_text("Anmelden")
    assert page.evaluate("() => [...window.seen]") == ["de: Anmelden"]

    page.get_by_test_id("language").click()
    page.get_by_role("menuitemradio", name="English").click()
    expect(page.get_by_test_id("sign-in-link")).to_have_text("Sign in")
    assert page.evaluate("() => document.documentElement.lang") == "en"
    page.reload()
    expect(page.get_by_test_id("sign-in-link")).to_have_text("Sign in")
    assert page.evaluate("() => [...window.seen]") == ["en: Sign in"]

    page.get_by_test_id("language").click()
    page.get_by_role("menuitemradio", name="Deutsch").click()
    enter(page, viewer)
    page.goto(f"{bijou.url}/account")
    page.get_by_test_id("language").click()
    page.get_by_role("menuitemradio", name="English").click()
    expect(page.get_by_role("heading", name="Plan and account")).to_be_visible()


def test_the_app_speaks_english_when_german_cannot_be_fetched(bijou: Running, browser: BrowserContext) -> None:
    page = browser.new_page()
    page.route(re.compile(r"/assets/de-[^/]*\.js$"), lambda route: route.abort())
    page.goto(bijou.url)
    expect(page.get_by_test_id("sign-in-link")).to_have_text("Sign in")
    assert page.evaluate("() => document.documentElement.lang") == "en"


def test_pages_can_be_read_from_right_to_left(
    bijou: Running, film: JSON, series: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/home")
    for path, shown in (
        ("/home", "hero"),
        (f"/title/{series['id']}", "title-page"),
        ("/account", "subscription"),
        ("/profiles", "profiles"),
    ):
        page.goto(bijou.url + path)
        expect(page.get_by_test_id(shown)).to_be_visible()
        page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
        all_in_place(page)
    page.goto(f"{bijou.url}/watch/{film['playable_id']}?from=start")
    picture(page)
    page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    assert page.evaluate(BEGINNING_IS_SHOWN)
    page.goto(f"{bijou.url}/home")
    menu = page.get_by_test_id("account-menu")

    def at() -> float:
        box = menu.bounding_box()
        assert box is not None
        return box["x"] / SIZES[-1][0]

    assert at() > 0.8
    page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    eventually(lambda: at() < 0.2)

"""Browsing without a network: what was seen last is there, says how old it is, is nobody else's, and never outlives a release."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from deploy.edge.settings import DirectoryStore, EdgeSettings
from tests.edge import nginx
from tests.journeys.browser import browsing, enter, sign_in
from tests.journeys.people import PASSWORD, Viewer, eventually
from tests.journeys.platform import ROOT, Running

pytestmark = pytest.mark.journey
JSON = dict[str, Any]
OPEN = """const open = () => new Promise((done, failed) => {
  const asked = indexedDB.open("bijou.answers");
  asked.onsuccess = () => done(asked.result);
  asked.onerror = failed;
});
"""
KEPT = (
    "async () => {"
    + OPEN
    + """
  const db = await open();
  if (!db.objectStoreNames.contains("answers")) return [];
  const all = db.transaction("answers").objectStore("answers").getAll();
  await new Promise((done) => (all.onsuccess = done));
  db.close();
  return all.result.map(({ key, owner }) => ({ key, owner }));
}"""
)
CACHED = """async () => {
  const found = {};
  for (const name of await caches.keys())
    found[name] = (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname);
  return found;
}"""
# Answers of nobody, each a second older than the one before; and some that are too old.
FILL = (
    "async ([many, tooOld, age]) => {"
    + OPEN
    + """
  const db = await open();
  const work = db.transaction("answers", "readwrite");
  const put = (name, at) =>
    work.objectStore("answers").put({ hash: `filled ${name}`, owner: "nobody", at, key: ["filled", name], data: 0 });
  for (let n = 0; n < many; n += 1) put(`${n}`, Date.now() - 60_000 - n * 1000);
  for (let n = 0; n < tooOld; n += 1) put(`too old ${n}`, Date.now() - age - n);
  await new Promise((done) => (work.oncomplete = done));
  db.close();
}"""
)
# What is kept under a word is older than it is.
AGE = (
    "async ([word, age]) => {"
    + OPEN
    + """
  const db = await open();
  const work = db.transaction("answers", "readwrite");
  const all = work.objectStore("answers").getAll();
  all.onsuccess = () => {
    for (const found of all.result)
      if (found.key[0] === word) work.objectStore("answers").put({ ...found, at: Date.now() - age });
  };
  await new Promise((done) => (work.oncomplete = done));
  db.close();
}"""
)
HOUR = 3_600_000


@pytest.fixture
def browser() -> Iterator[BrowserContext]:
    with browsing(service_workers="allow") as context:
        yield context


def worked(page: Page) -> None:
    """Wait until the worker serves this page."""
    eventually(lambda: page.evaluate("navigator.serviceWorker.controller?.state") == "activated")


def paths(page: Page) -> list[str]:
    """What is in any cache."""
    return [path for found in page.evaluate(CACHED).values() for path in found]


def pictures(page: Page) -> list[str]:
    found: list[str] = page.evaluate(CACHED).get("bijou.pictures", [])
    return found


def test_what_was_seen_is_there_and_says_how_old_it_is(
    bijou: Running, film: JSON, other_film: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/home")
    expect(page.get_by_test_id("home")).to_be_visible()
    worked(page)
    for path, shown, key in (
        (f"/title/{film['id']}", "title-page", "title"), ("/browse", "browse", "genres"), ("/home", "home", "home"),
    ):  # fmt: skip
        page.goto(bijou.url + path)
        expect(page.get_by_test_id(shown)).to_be_visible()
        # Whoever leaves before an answer has come has not seen it.
        eventually(lambda key=key: key in {answer["key"][0] for answer in page.evaluate(KEPT)})  # type: ignore[misc]

    browser.set_offline(True)
    browser.add_init_script(f"{{ const now = Date.now; Date.now = () => now() + {2 * HOUR}; }}")
    page.reload()
    expect(page.get_by_test_id("home")).to_be_visible()
    expect(page.get_by_test_id("offline")).to_contain_text("2 hours ago")
    page.goto(f"{bijou.url}/title/{film['id']}")
    expect(page.get_by_test_id("title-page")).to_have_attribute("data-title", film["name"])
    page.goto(f"{bijou.url}/browse")
    expect(page.get_by_test_id("genre-tile").first).to_be_visible()
    # What was not seen is said to be out of reach, in the app.
    page.goto(f"{bijou.url}/title/{other_film['id']}")
    expect(page.get_by_text("We can’t reach Bijou right now")).to_be_visible()

    # Nothing of the account, of playing or of staff is kept, and no answer of the API in any cache.
    assert {str(answer["key"][0]) for answer in page.evaluate(KEPT)} <= {
        "cards", "genres", "home", "list", "newest", "profiles", "reminders", "title",
    }  # fmt: skip
    assert "/index.html" in paths(page)
    assert [path for path in paths(page) if re.match("/(api|media|sw)", path)] == []

    browser.set_offline(False)
    expect(page.get_by_test_id("title-page")).to_have_attribute("data-title", other_film["name"])
    expect(page.get_by_test_id("offline")).to_have_count(0)


def test_nothing_of_one_viewer_is_left_to_the_next(
    bijou: Running, film: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    viewer.choose_profile()
    viewer.call("POST", "/me/profiles", 201, json={"name": "Pip", "kids": True, "password": PASSWORD})
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/home")
    worked(page)
    page.goto(f"{bijou.url}/title/{film['id']}")
    expect(page.get_by_test_id("title-page")).to_be_visible()
    grown = {answer["owner"] for answer in page.evaluate(KEPT)}
    assert len(grown) == 1
    page.evaluate(
        "async () => (await caches.open('bijou.pictures')).put('/images/seen.jpg', new Response('seen'))",
    )

    page.goto(f"{bijou.url}/profiles")
    page.get_by_test_id("profile").filter(has_text="Pip").click()
    page.wait_for_url(re.compile("/home$"))
    expect(page.get_by_test_id("account-menu")).to_be_visible()
    eventually(lambda: {answer["owner"] for answer in page.evaluate(KEPT)}.isdisjoint(grown))
    eventually(lambda: "/images/seen.jpg" not in pictures(page))
    browser.set_offline(True)
    page.goto(f"{bijou.url}/title/{film['id']}")
    expect(page.get_by_text("We can’t reach Bijou right now")).to_be_visible()
    browser.set_offline(False)

    page.goto(f"{bijou.url}/my-list")
    page.get_by_test_id("account-menu").click()
    page.get_by_test_id("sign-out").click()
    page.wait_for_url(re.compile(f"{re.escape(bijou.url)}/$"))
    eventually(lambda: page.evaluate(KEPT) == [])
    eventually(lambda: pictures(page) == [])
    browser.set_offline(True)
    page.goto(f"{bijou.url}/home")
    page.wait_for_url(re.compile("/sign-in"))


def test_what_is_kept_has_an_end(bijou: Running, film: JSON, viewer: Viewer, browser: BrowserContext) -> None:
    """Of many answers the newest stay, and none is shown that is older than a week."""
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/home")
    expect(page.get_by_test_id("home")).to_be_visible()
    worked(page)
    eventually(lambda: "home" in {answer["key"][0] for answer in page.evaluate(KEPT)})
    page.evaluate(FILL, [300, 3, 8 * 24 * HOUR])
    page.goto(f"{bijou.url}/browse")
    expect(page.get_by_test_id("browse")).to_be_visible()
    eventually(lambda: "genres" in {answer["key"][0] for answer in page.evaluate(KEPT)})

    def filled() -> set[str]:
        return {answer["key"][1] for answer in page.evaluate(KEPT) if answer["key"][0] == "filled"}

    # As many as there may be, and of those that were filled in the newest.
    eventually(lambda: len(page.evaluate(KEPT)) == 150 and filled() == {f"{n}" for n in range(len(filled()))})
    assert len(filled()) > 100

    page.evaluate(AGE, ["genres", 8 * 24 * HOUR])
    browser.set_offline(True)
    page.reload()
    expect(page.get_by_text("We can’t reach Bijou right now")).to_be_visible()
    expect(page.get_by_test_id("genre-tile")).to_have_count(0)


@pytest.fixture
def release(bijou: Running, tmp_path: Path) -> Iterator[nginx.Edge]:
    """Another edge before the same platform, with a build of the app of its own."""
    port = next(part["port"] for part in bijou.state()["parts"] if part["name"] == "gateway")
    shutil.copytree(ROOT / "web" / "dist", tmp_path / "dist")
    settings = EdgeSettings(
        public_port=nginx.free_port(),
        gateway=f"127.0.0.1:{port}",
        store=DirectoryStore(bijou.data / "store"),
        web_dist=tmp_path / "dist",
        run_dir=tmp_path / "run",
        grant_secrets=(nginx.SECRET,),
        workers=1,
        user=nginx.run_as(),
    )
    with nginx.running(settings) as edge:
        yield edge


def deploy(dist: Path) -> None:
    """Another release: every script has another name, and those of before are gone."""
    scripts = [file.name for file in (dist / "assets").glob("*.js")]
    named = re.compile(r"(?<=[/\"'`])(?=(?:" + "|".join(map(re.escape, scripts)) + "))")
    for name in scripts:
        (dist / "assets" / name).rename(dist / "assets" / f"next-{name}")
    for file in [dist / "index.html", dist / "sw.js", *(dist / "assets").glob("*.js")]:
        file.write_text(named.sub("next-", file.read_text()))
    worker = dist / "sw.js"
    worker.write_text(re.sub(r'("revision":")\w+(","url":"index.html")', r"\1next\2", worker.read_text()))


def test_a_new_release_is_said_so_and_is_had_with_the_next_page(
    bijou: Running, film: JSON, viewer: Viewer, release: nginx.Edge, browser: BrowserContext
) -> None:
    url = f"http://127.0.0.1:{release.port}"
    page = browser.new_page()
    sign_in(page, url, viewer.email)
    worked(page)
    expect(page.get_by_test_id("newer")).to_have_count(0)
    deploy(release.settings.web_dist)
    page.evaluate("async () => (await navigator.serviceWorker.getRegistration()).update()")
    expect(page.get_by_test_id("newer")).to_be_visible()
    # The page goes on as it is until its viewer wants the new one.
    page.get_by_role("link", name="Browse").first.click()
    expect(page.get_by_test_id("browse")).to_be_visible()
    page.get_by_test_id("newer").get_by_role("button").click()
    expect(page.locator("script[src*=next-app-]")).to_have_count(1)
    expect(page.get_by_test_id("browse")).to_be_visible()
    expect(page.get_by_test_id("newer")).to_have_count(0)

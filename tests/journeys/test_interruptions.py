"""The world goes away under a film, and comes back: the network, the tab, the machine, and the lease."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys import films
from tests.journeys.browser import enter, machine, picture, second, seek, session_of, state, watch
from tests.journeys.people import Staff, Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey
JSON = dict[str, Any]


@pytest.fixture(scope="module")
def long_film(staff: Staff, tmp_path_factory: pytest.TempPathFactory) -> JSON:
    """A film of 150 s: more than any buffer holds, and than a cut of 45 s takes."""
    file = films.make(tmp_path_factory.mktemp("films") / "crossing.mp4", seconds=150, width=426, height=240, tone=262)
    return staff.add_film("The Long Crossing", file)


def goes_on(page: Page, since: float, seconds: float = 40) -> float:
    """Wait until the picture itself is past `since` and moving, with nothing in its place; return its second."""

    def moved() -> float | None:
        at = second(picture(page, seconds))
        return at if at > since + 1 else None

    at = eventually(moved, seconds)
    assert state(page, "phase") == "ready"
    assert not page.get_by_test_id("resume-prompt").is_visible()
    return at


def expire(bijou: Running, session_id: str) -> None:
    """What time does to a lease that nobody renews: it has run out, and the sweeper finds it."""
    with psycopg.connect(bijou.database("playback")) as playback:
        playback.execute("UPDATE leases SET expires_at = now() - interval '1 s' WHERE session_id = %s", (session_id,))
        playback.commit()
        eventually(
            lambda: (
                playback.execute(
                    "SELECT end_reason = 'expired' FROM sessions WHERE session_id = %s", (session_id,)
                ).fetchone()
                == (True,)
            )
        )


@contextmanager
def offline(context: BrowserContext) -> Iterator[None]:
    context.set_offline(True)
    try:
        yield
    finally:
        context.set_offline(False)


def never(read: Callable[[], bool], during: Callable[[], bool], seconds: float) -> None:
    """`read` is not true once until `during` has become true."""

    def over() -> bool:
        assert not read(), "it came true"
        return during()

    eventually(over, seconds)


def test_a_cut_of_45_seconds_is_bridged(
    bijou: Running, long_film: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    """The buffer holds 30 s and the lease lasts 30 s: the film plays to the end of the one, waits, and goes on under another."""
    page = browser.new_page()
    enter(page, viewer)
    watch(page, viewer, long_film["playable_id"])
    eventually(lambda: state(page, "bufferedTo") > 25)
    first, before = session_of(page), second(picture(page))
    with offline(browser):
        cut = page.evaluate("performance.now()")
        goes_on(page, before)
        expect(page.get_by_test_id("reconnecting")).to_be_visible()
        never(
            lambda: state(page, "phase") != "ready",
            lambda: page.evaluate("(cut) => performance.now() - cut > 45000", cut),
            60,
        )
        stood = float(state(page, "position"))
        assert stood > before + 20, "what was buffered was played"
    goes_on(page, stood)
    assert float(state(page, "position")) < stood + 30, "it goes on where it stood"
    eventually(lambda: session_of(page) != first)
    expect(page.get_by_test_id("reconnecting")).to_have_count(0)
    assert [item["session_id"] for item in viewer.call("GET", "/playback/active")["items"]] == [session_of(page)]


def test_ten_minutes_without_a_network_end_like_none(
    bijou: Running, long_film: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    """What ten minutes do that 45 s do not: the server has ended the session and the edge refuses its grant.

    Both happen here as time would do it, but at once: the lease is put into the past while the network is away, the sweeper
    ends the session, and the edge is asked until it refuses what the player still holds.
    """
    page = browser.new_page()
    enter(page, viewer)
    watch(page, viewer, long_film["playable_id"])
    eventually(lambda: state(page, "bufferedTo") > 20)
    first = session_of(page)
    manifest = bijou.url + state(page, "session")["manifests"]["dash"]
    with offline(browser):
        expire(bijou, first)
        eventually(lambda: viewer.http.get(manifest).status_code == 403)
        # Far from anything buffered: what is asked for next is refused, or not there at all.
        seek(page, 100)
        eventually(lambda: state(page, "buffering"))
        expect(page.get_by_test_id("reconnecting")).to_be_visible()
        assert state(page, "phase") == "ready"
    goes_on(page, 100)
    assert session_of(page) != first
    assert [item["session_id"] for item in viewer.call("GET", "/playback/active")["items"]] == [session_of(page)]


def test_a_film_begun_without_a_network_begins_when_it_is_back(
    bijou: Running, long_film: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/title/{long_film['id']}")
    play = page.get_by_test_id("play")
    expect(play).to_be_visible()
    eventually(lambda: page.evaluate("performance.getEntriesByType('resource').some((e) => /screen-/.test(e.name))"))
    with offline(browser):
        play.click()
        expect(page.get_by_test_id("player")).to_have_attribute("data-phase", "deciding")
        expect(page.get_by_test_id("reconnecting")).to_be_visible()
    goes_on(page, 0)


def test_a_frozen_tab_goes_on_where_it_was(
    bijou: Running, long_film: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    """A page in the background is frozen: no timer of it runs, its lease is gone, and it says nothing of it."""
    page = browser.new_page()
    enter(page, viewer)
    watch(page, viewer, long_film["playable_id"])
    seek(page, 60)
    goes_on(page, 60)
    first = session_of(page)
    tools = browser.new_cdp_session(page)
    tools.send("Page.setWebLifecycleState", {"state": "frozen"})
    expire(bijou, first)
    tools.send("Page.setWebLifecycleState", {"state": "active"})
    eventually(lambda: session_of(page) != first)
    at = goes_on(page, 60)
    assert at < 120
    assert not page.get_by_test_id("lease-lost").is_visible()


def test_where_a_film_was_left_without_a_network_is_told_later(
    bijou: Running, long_film: JSON, viewer: Viewer, browser: BrowserContext
) -> None:
    """Nobody hears the goodbye; the page is closed, and the app opened anew when the network is back tells it."""
    page = browser.new_page()
    enter(page, viewer)
    watch(page, viewer, long_film["playable_id"])
    seek(page, 60)
    goes_on(page, 60)
    eventually(lambda: state(page, "bufferedTo") > 75)
    with offline(browser):
        goes_on(page, 66)
        left = float(state(page, "position"))
        page.close()
    page = browser.new_page()
    page.goto(f"{bijou.url}/home")
    resume = f"/me/resume?title_ids={long_film['id']}"
    eventually(lambda: [item["position"] >= left for item in viewer.call("GET", resume)["items"]] == [True])
    eventually(lambda: page.evaluate("() => localStorage.getItem('bijou.unsent') === null"))


def processes(root: int) -> list[int]:
    """A process and all its descendants, parents first."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def browser_of(profile: Path) -> int:
    """The browser that was started with this profile directory."""
    wanted = f"--user-data-dir={profile}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                arguments = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if wanted in arguments and not any(argument.startswith(b"--type=") for argument in arguments):
                return int(entry.name)
    raise AssertionError("no browser runs with this profile")


def test_a_laptop_that_slept_goes_on_where_it_was(
    bijou: Running, long_film: JSON, viewer: Viewer, tmp_path: Path
) -> None:
    """Every process of the browser is stopped, as a sleep stops them, until the server has given the session up."""
    with machine(tmp_path / "profile") as browser:
        page = browser.new_page()
        enter(page, viewer)
        watch(page, viewer, long_film["playable_id"])
        seek(page, 60)
        at = goes_on(page, 60)
        first = session_of(page)
        asleep = processes(browser_of(tmp_path / "profile"))
        assert len(asleep) > 2
        for pid in asleep:
            os.kill(pid, signal.SIGSTOP)
        try:
            expire(bijou, first)
        finally:
            for pid in reversed(asleep):
                os.kill(pid, signal.SIGCONT)
        eventually(lambda: session_of(page) != first)
        later = goes_on(page, at)
        assert later < at + 40, "a sleep is not watched"
        assert not page.get_by_test_id("lease-lost").is_visible()

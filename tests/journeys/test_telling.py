"""What the app tells: nothing that was not agreed to, then impressions and the play they led to, all of it once and in order."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.journeys.browser import enter, picture, second
from tests.journeys.people import Staff, Viewer, eventually
from tests.journeys.platform import Running
from tests.journeys.platform import bijou as command

pytestmark = pytest.mark.journey
EVENTS = "**/api/v1/events"
# How many events wait in the browser's database.
WAITING = """async () => {
  if (!(await indexedDB.databases()).some(({ name }) => name === "bijou.events")) return 0;
  return new Promise((tell) => {
    const opening = indexedDB.open("bijou.events");
    opening.onsuccess = () => {
      const counting = opening.result.transaction("events").objectStore("events").count();
      counting.onsuccess = () => {
        opening.result.close();
        tell(counting.result);
      };
    };
  });
}"""


def told(bijou: Running, viewer: Viewer) -> list[dict[str, Any]]:
    """What the topic holds of this viewer's profile, in its order."""
    done = command(
        bijou.data, "events", "tail", "events.client", "--no-follow", "--json", "-n", "5000", "--key", viewer.profile_id
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line)["data"] for line in done.stdout.splitlines()]


def waiting(page: Page, number: int) -> None:
    """At least so many events wait to be sent."""
    eventually(lambda: page.evaluate(WAITING) >= number)


def agree(page: Page, url: str) -> None:
    page.goto(f"{url}/account")
    for what in ("personalisation", "analytics"):
        switch = page.get_by_test_id(f"telling-{what}")
        expect(switch).not_to_be_checked()
        switch.locator("..").click()
        expect(switch).to_be_checked()


def test_what_is_shown_and_played_is_found_in_the_topic_once_the_viewer_agrees(
    bijou: Running, film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    page.goto(f"{bijou.url}/home")
    card = page.locator(f"[data-testid=title-card][data-id='{film['id']}']").first
    card.scroll_into_view_if_needed()
    agree(page, bijou.url)
    # Nothing of before was kept for later either.
    page.goto(f"{bijou.url}/home")
    card.scroll_into_view_if_needed()
    with page.expect_response(EVENTS, timeout=30_000):
        # It is told after it was in sight for a second.
        expect(card).to_be_in_viewport(ratio=0.5)
    card.click()
    page.get_by_test_id("play").click()
    eventually(lambda: second(picture(page)) > 3)
    # The page goes in the middle of the film: its last words go by themselves. It is not closed yet, for a browser that is told
    # to close a page at once does not wait for what the one before in it has still to say.
    page.goto("about:blank")

    def whole() -> dict[str, list[dict[str, Any]]] | None:
        found: dict[str, list[dict[str, Any]]] = {}
        for event in told(bijou, viewer):
            found.setdefault(event["type"], []).append(event)
        left = [event for event in found.get("playback", ()) if event.get("exit")]
        print({kind: [event.get("exit") or event.get("name") for event in events] for kind, events in found.items()})
        return found if left and found.keys() >= {"impression", "click", "page", "playback"} else None

    found = eventually(whole, seconds=60)
    page.close()
    seen = [event for event in found["impression"] if event["title_id"] == film["id"]]
    assert seen[0]["app"] == "web"
    (click,) = (event for event in found["click"] if event["title_id"] == film["id"])
    played = max(found["playback"], key=lambda event: event["sn"])
    assert click["impression_id"] == played["impression_id"]
    (shown,) = (event for event in seen if event["impression_id"] == click["impression_id"])
    # Who recommended it is another than the making of its row, and the same all the way.
    assert shown["recommendation_id"] == click["recommendation_id"] == played["recommendation_id"]
    assert played["recommendation_id"] not in (None, played["impression_id"])
    assert (played["exit"], played["title_id"]) == ("left", film["id"])
    assert played["msd"] > 0 and played["watched_ms"] > 0 and played["mean_height"] > 0
    # Where it was agreed to is the last page that nothing is known of.
    assert not any("account" in event["name"] for event in found["page"])
    ids = [event["id"] for events in found.values() for event in events]
    assert len(ids) == len(set(ids))

    def joined() -> bool:
        with psycopg.connect(bijou.database("events")) as connection:
            query = "SELECT ended_at IS NOT NULL AND beacon ->> 'exit' = 'left' FROM viewings WHERE session_id = %s"
            return connection.execute(query, [played["session_id"]]).fetchone() == (True,)

    eventually(joined)
    in_the_lake(bijou, played, click["impression_id"])


def in_the_lake(bijou: Running, played: dict[str, Any], impression_id: str) -> None:
    """The play, what led to it and how it went are rows, and the lake counts as the services do."""
    done = command(bijou.data, "lake", "verify")
    assert done.returncode == 0 and "The lake equals the services." in done.stdout, done.stdout + done.stderr
    question = f"""
        SELECT string_agg(DISTINCT split_part(c.type, '.', 3), ' ') AS told, max(CAST(c.data ->> '$.msd' AS INTEGER)) AS msd
        FROM raw.events_client c, lake.sessions s
        WHERE c.data ->> '$.impression_id' = '{impression_id}' AND s.session_id = '{played["session_id"]}';
    """
    done = command(bijou.data, "lake", "shell", "--as-it-is", told=question)
    assert {"impression", "click", "playback", str(played["msd"])} <= set(done.stdout.split()), (
        done.stdout + done.stderr
    )


def test_what_could_not_be_sent_survives_a_reload_and_keeps_its_order(
    bijou: Running, film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    page = browser.new_page()
    enter(page, viewer)
    agree(page, bijou.url)

    def away(route: Route) -> None:
        route.abort()

    browser.route(EVENTS, away)
    # Last words pass by the route, so there are none.
    browser.add_init_script("navigator.sendBeacon = undefined")
    for number, place in enumerate(("/my-list", "/browse"), 1):
        page.goto(f"{bijou.url}{place}")
        waiting(page, number)
    page.get_by_role("link", name="Home").first.click()
    page.wait_for_url("**/home")
    waiting(page, 3)
    browser.unroute(EVENTS, away)
    with page.expect_response(EVENTS, timeout=30_000):
        page.reload()
    names = eventually(
        lambda: found if len(found := [e["name"] for e in told(bijou, viewer) if e["type"] == "page"]) >= 4 else None
    )
    assert [name.rpartition("/")[2] for name in names] == ["my-list", "browse", "home", "home"]


def test_a_wall_tells_which_of_its_films_were_seen(
    bijou: Running, staff: Staff, film: dict[str, Any], viewer: Viewer, browser: BrowserContext
) -> None:
    body = {"name": "By the sea", "title_ids": [film["id"]]}
    made = staff.call("POST", "/admin/collections", 201, json=body)
    page = browser.new_page()
    enter(page, viewer)
    agree(page, bijou.url)
    page.goto(f"{bijou.url}/collection/{made['id']}")
    expect(page.locator(f"[data-testid=title-card][data-id='{film['id']}']")).to_be_in_viewport(ratio=0.5)

    def seen() -> list[dict[str, Any]]:
        return [event for event in told(bijou, viewer) if event.get("row") == f"collection-{made['id']}"]

    (impression,) = eventually(seen, seconds=30)
    assert (impression["type"], impression["title_id"], impression["position"]) == ("impression", film["id"], 0)

"""Two viewers with opposite tastes see different first pages within a minute; without consent everybody sees the same."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.journeys.browser import enter
from tests.journeys.people import Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey


def agree(viewer: Viewer, *consents: str) -> None:
    """Say what may be learned from, and take the token that says so."""
    viewer.call("PUT", "/me/consents", json={"consents": list(consents)})
    answer = viewer.http.post("/auth/refresh", json={"refresh_token": viewer.tokens["refresh_token"]})
    assert answer.status_code == 200, answer.text
    viewer.tokens = {**viewer.tokens, **answer.json()}
    viewer._sign(answer.json()["access_token"])


def rows(viewer: Viewer) -> dict[str, dict[str, Any]]:
    """The rows of the first page by their ids."""
    return {row["id"]: row for row in viewer.call("GET", "/home")["rows"]}


def picks(viewer: Viewer) -> set[str]:
    """What is picked for a viewer, and nothing while nothing is."""
    row = rows(viewer).get("top-picks", {"items": []})
    return {item["title_id"] for item in row["items"]}


def plays(viewer: Viewer, playable_id: str) -> None:
    """Begin to watch, as soon as playback has heard of the plan."""
    body = {"playable_id": playable_id}
    eventually(lambda: viewer.http.post("/playback/sessions", json=body).status_code == 201)


def test_opposite_tastes_see_different_pages_and_consent_ends_it(
    bijou: Running,
    film: dict[str, Any],
    other_film: dict[str, Any],
    series: dict[str, Any],
    browser: BrowserContext,
) -> None:
    ada, bob = Viewer.register(bijou.url), Viewer.register(bijou.url)
    for viewer, watched in ((ada, film), (bob, other_film)):
        viewer.subscribe()
        viewer.choose_profile()
        agree(viewer, "personalisation")
        plays(viewer, watched["playable_id"])
    hers, his = eventually(lambda: picks(ada)), eventually(lambda: picks(bob))
    assert film["id"] not in hers
    assert other_film["id"] in hers
    assert other_film["id"] not in his
    assert film["id"] in his
    picked = rows(ada)["top-picks"]
    assert (picked["reason"]["code"], picked["degraded"]) == ("top_picks", False)

    page = browser.new_page()
    enter(page, ada)
    page.goto(bijou.url)
    expect(page.get_by_test_id("row-top-picks")).to_contain_text("Top picks for you")

    agree(ada)
    assert picks(ada) == set()
    assert {row["kind"] for row in rows(ada).values()} >= {"new"}

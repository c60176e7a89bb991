"""From a draft to a published title and back, and what the others are told of it."""

from typing import Any

import pytest

from libs.chassis.ids import new_id
from libs.contracts.catalog import TitleChanged
from tests.catalog.conftest import Catalog


async def test_a_film_goes_from_draft_to_viewers(catalog: Catalog) -> None:
    made = await catalog.film(
        published=False, description="Slow.", year=2024, genres=["Documentary", "Nature"], cast=["Ada Fern"],
        directors=["Io Reed"], tags=["moss"], country="IS", maturity=7, runtime=5400,
    )  # fmt: skip
    assert made["status"] == "draft"
    assert made["version"] == 1
    assert made["slug"] == "the-moss-hour"
    assert (await catalog.get(f"/titles/{made['id']}")).status_code == 404

    refused = await catalog.edit("POST", f"/titles/{made['id']}/publish")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_playable")
    assert refused.json()["missing"] == ["asset"]

    await catalog.asset(made["playable_id"])
    published = await catalog.edit("POST", f"/titles/{made['id']}/publish")
    assert published.json()["status"] == "published"

    shown = (await catalog.get(f"/titles/{made['id']}")).json()
    assert shown["playable_id"] == made["playable_id"]
    assert shown["genres"] == ["Documentary", "Nature"]
    assert (shown["cast"], shown["directors"], shown["maturity"], shown["runtime"]) == (
        ["Ada Fern"],
        ["Io Reed"],
        7,
        5400,
    )
    assert shown["rating"] == {"average": 0, "count": 0}
    assert shown["my_rating"] is None


async def test_a_series_needs_an_episode_that_can_be_played(catalog: Catalog) -> None:
    title_id = (await catalog.edit("POST", "/titles", json={"type": "series", "name": "Signal Rock"})).json()["id"]

    async def missing() -> Any:
        return (await catalog.edit("POST", f"/titles/{title_id}/publish")).json()["missing"]

    assert await missing() == ["season", "episode", "asset"]
    season = (await catalog.edit("POST", f"/titles/{title_id}/seasons", json={"number": 1})).json()
    assert season["name"] == "Season 1"
    assert await missing() == ["episode", "asset"]
    first, second = [
        (await catalog.edit("POST", f"/seasons/{season['id']}/episodes", json={"number": n, "name": f"E{n}"})).json()
        for n in (1, 2)
    ]
    assert await missing() == ["asset"]
    await catalog.asset(second["playable_id"])
    assert (await catalog.edit("POST", f"/titles/{title_id}/publish")).status_code == 200

    shown = (await catalog.get(f"/titles/{title_id}/seasons/1/episodes")).json()["items"]
    assert [item["id"] for item in shown] == [second["id"]], "an episode without an asset is not shown"
    await catalog.asset(first["playable_id"])
    shown = (await catalog.get(f"/titles/{title_id}/seasons/1/episodes")).json()["items"]
    assert [item["number"] for item in shown] == [1, 2]
    assert shown[0]["runtime"] == 30, "without a runtime of its own an episode lasts as long as its asset"


async def test_others_hear_of_a_title_from_its_publication_on(catalog: Catalog) -> None:
    made = await catalog.film(published=False)
    await catalog.asset(made["playable_id"])
    assert await catalog.events(made["id"]) == []
    version = (await catalog.edit("POST", f"/titles/{made['id']}/publish")).json()["version"]

    await catalog.edit("PATCH", f"/titles/{made['id']}", json={"name": "Moss"}, headers={"If-Match": f'"{version}"'})
    await catalog.edit("POST", f"/titles/{made['id']}/archive")
    events = [TitleChanged.model_validate(item) for item in await catalog.events(made["id"])]
    assert [(event.status, event.name) for event in events] == [
        ("published", "The Moss Hour"), ("published", "Moss"), ("archived", "Moss"),
    ]  # fmt: skip
    assert [event.version for event in events] == [version, version + 1, version + 2]
    asset = events[-1].playables[0].asset
    assert asset is not None
    assert asset.hls == f"{asset.asset_id}/run/master.m3u8"
    assert asset.renditions[0].height == 720


async def test_publishing_twice_changes_nothing(catalog: Catalog) -> None:
    made = await catalog.film()
    before = await catalog.events(made["id"])
    again = await catalog.edit("POST", f"/titles/{made['id']}/publish")
    assert again.status_code == 200
    assert await catalog.events(made["id"]) == before


@pytest.mark.parametrize("action", ["unpublish", "archive"])
async def test_what_is_taken_back_is_gone_for_viewers(catalog: Catalog, action: str) -> None:
    made = await catalog.film()
    assert (await catalog.get(f"/titles/{made['id']}")).status_code == 200
    assert (await catalog.edit("POST", f"/titles/{made['id']}/{action}")).status_code == 200
    assert (await catalog.get(f"/titles/{made['id']}")).status_code == 404
    assert (await catalog.get("/titles")).json()["items"] == []


async def test_an_archived_title_is_restored_before_it_is_published(catalog: Catalog) -> None:
    made = await catalog.film()
    await catalog.edit("POST", f"/titles/{made['id']}/archive")
    refused = await catalog.edit("POST", f"/titles/{made['id']}/publish")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_status")
    assert (await catalog.edit("POST", f"/titles/{made['id']}/restore")).json()["status"] == "draft"
    assert (await catalog.edit("POST", f"/titles/{made['id']}/publish")).json()["status"] == "published"


async def test_an_edit_names_the_version_it_was_made_on(catalog: Catalog) -> None:
    answer = await catalog.edit("POST", "/titles", json={"type": "movie", "name": "The Moss Hour"})
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    path = f"/titles/{answer.json()['id']}"
    read = await catalog.edit("GET", path)
    assert read.headers["etag"] == '"1"'
    assert (await catalog.edit("PATCH", path, json={"year": 2020})).status_code == 428
    weak = f"W/{read.headers['etag']}"  # as it comes through an edge that compresses answers
    first = await catalog.edit("PATCH", path, json={"year": 2020}, headers={"If-Match": weak})
    assert (first.status_code, first.headers["etag"], first.json()["year"]) == (200, '"2"', 2020)
    late = await catalog.edit("PATCH", path, json={"year": 2021}, headers={"If-Match": '"1"'})
    assert (late.status_code, late.json()["version"]) == (412, 2)
    unreadable = await catalog.edit("PATCH", path, json={"year": 2021}, headers={"If-Match": "soon"})
    assert unreadable.status_code == 400


async def test_a_slug_belongs_to_one_title(catalog: Catalog) -> None:
    first = await catalog.film(published=False, slug="moss")
    taken = await catalog.edit("POST", "/titles", json={"type": "movie", "name": "Other", "slug": "moss"})
    assert (taken.status_code, taken.json()["code"], taken.json()["id"]) == (409, "slug_taken", first["id"])
    found = (await catalog.edit("GET", "/titles?slug=moss")).json()
    assert [item["id"] for item in found["items"]] == [first["id"]]
    other = await catalog.film(published=False)
    same_name = await catalog.film(published=False)
    assert other["slug"] != same_name["slug"]
    stolen = await catalog.edit("PATCH", f"/titles/{other['id']}", json={"slug": "moss"}, headers={"If-Match": '"1"'})
    assert (stolen.status_code, stolen.json()["id"]) == (409, first["id"])


async def test_every_edit_is_kept_with_who_and_what(catalog: Catalog) -> None:
    made = await catalog.film(published=False)
    await catalog.edit("PATCH", f"/titles/{made['id']}", json={"year": 1999}, headers={"If-Match": '"1"'})
    await catalog.asset(made["playable_id"])
    kept = (await catalog.edit("GET", f"/titles/{made['id']}/audit")).json()
    by_action = {item["action"]: item for item in kept}
    assert set(by_action) == {"create", "change", "asset_ready"}
    assert by_action["change"]["actor"] == str(catalog.editor_id)
    assert (by_action["change"]["before"], by_action["change"]["after"]) == ({"year": None}, {"year": 1999})
    assert by_action["asset_ready"]["actor"] is None


async def test_only_a_series_has_seasons_and_each_number_once(catalog: Catalog) -> None:
    film = await catalog.film(published=False)
    refused = await catalog.edit("POST", f"/titles/{film['id']}/seasons", json={"number": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_a_series")
    title_id, seasons = await catalog.series(seasons=1, episodes=1)
    again = await catalog.edit("POST", f"/titles/{title_id}/seasons", json={"number": 1})
    assert (again.status_code, again.json()["code"]) == (409, "season_exists")
    again = await catalog.edit("POST", f"/seasons/{again.json()['id']}/episodes", json={"number": 1, "name": "Again"})
    assert (again.status_code, again.json()["playable_id"]) == (409, seasons[0][0]["playable_id"])


async def test_episodes_seasons_and_markers_can_be_changed(catalog: Catalog) -> None:
    title_id, seasons = await catalog.series(seasons=1, episodes=1)
    episode = seasons[0][0]
    changed = await catalog.edit("PATCH", f"/episodes/{episode['id']}", json={"name": "Pilot", "runtime": 1500})
    assert changed.json()["seasons"][0]["episodes"][0]["name"] == "Pilot"
    season_id = changed.json()["seasons"][0]["id"]
    assert (await catalog.edit("PATCH", f"/seasons/{season_id}", json={"name": "Dawn"})).json()["name"] == "Dawn"
    markers = {"intro_start": 2, "intro_end": 9.5, "credits_start": 28}
    assert (await catalog.edit("PATCH", f"/playables/{episode['playable_id']}", json=markers)).status_code == 200
    wrong = await catalog.edit("PATCH", f"/playables/{episode['playable_id']}", json={"intro_end": 1})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "markers_out_of_order")
    event = TitleChanged.model_validate((await catalog.events(title_id))[-1])
    assert (event.playables[0].name, event.playables[0].intro_end, event.playables[0].credits_start) == (
        "Pilot",
        9.5,
        28,
    )


@pytest.mark.parametrize(
    "body",
    [
        {"type": "movie", "name": ""},
        {"type": "movie", "name": "a\x00b"},
        {"type": "movie", "name": "a\ud800b"},
        {"type": "opera", "name": "Aida"},
        {"type": "movie", "name": "A", "maturity": 13},
        {"type": "movie", "name": "A", "status": "published"},
        {"type": "movie", "name": "A", "published_at": "2026-01-01T00:00:00Z"},
        {"type": "movie", "name": "A", "year": 99999999999},
        {"type": "movie", "name": "A", "country": "UK"},
        {"type": "movie", "name": "A", "windows": [{"regions": ["usa"]}]},
        {"type": "movie", "name": "A", "windows": [{"ends_at": "9999-12-31T23:59:59-14:00"}]},
        {
            "type": "movie",
            "name": "A",
            "windows": [{"starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}],
        },
    ],
)
async def test_what_cannot_be_a_title_is_refused(catalog: Catalog, body: dict[str, Any]) -> None:
    import json

    answer = await catalog.edit(
        "POST", "/titles", content=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422, answer.text


async def test_what_is_not_there_is_not_found(catalog: Catalog) -> None:
    nowhere = new_id()
    for method, path, body in (
        ("GET", f"/titles/{nowhere}", None),
        ("POST", f"/titles/{nowhere}/publish", None),
        ("POST", f"/titles/{nowhere}/seasons", {"number": 1}),
        ("POST", f"/seasons/{nowhere}/episodes", {"number": 1, "name": "X"}),
        ("PATCH", f"/seasons/{nowhere}", {"name": "X"}),
        ("PATCH", f"/episodes/{nowhere}", {"name": "X"}),
        ("PATCH", f"/playables/{nowhere}", {"intro_start": 1}),
        ("GET", f"/playables/{nowhere}/assets", None),
        ("PUT", f"/playables/{nowhere}/asset", {"asset_id": str(nowhere)}),
        ("PUT", f"/titles/{nowhere}/artwork/poster", {}),
        ("PUT", f"/episodes/{nowhere}/still", {}),
    ):
        answer = await catalog.edit(method, path, json=body)
        assert answer.status_code == 404, f"{method} {path}: {answer.text}"


@pytest.mark.parametrize("window", [{}, {"starts_at": "2026-11-20T11:00:00Z"}, {"regions": ["US"]}])
async def test_a_window_may_say_as_little_as_it_wants_whenever_it_is_given(
    catalog: Catalog, window: dict[str, Any]
) -> None:
    made = await catalog.film(windows=[window])
    created = (await catalog.edit("GET", f"/titles/{made['id']}")).json()["windows"]
    await catalog.change(made["id"], windows=[])
    assert (await catalog.change(made["id"], windows=[window]))["windows"] == created
    assert (await catalog.get(f"/titles/{made['id']}")).status_code == 200

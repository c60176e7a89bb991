"""Every request that cannot be carried out is refused with its reason, and changes nothing."""

import json
from typing import Any

import pytest

from libs.chassis.ids import new_id
from tests.catalog.conftest import Catalog

NOWHERE = str(new_id())
NEW = {"type": "movie", "name": "A"}

# What editors may get wrong: method, path, body, If-Match, status, code. {film} is published, {draft} is not.
EDITORS: list[tuple[str, str, Any, str | None, int, str]] = [
    ("POST", "/titles", {**NEW, "colour": "red"}, None, 422, "invalid"),
    ("POST", "/titles", {**NEW, "slug": "Moss Hour"}, None, 422, "invalid"),
    ("POST", "/titles", {**NEW, "slug": "moss--hour"}, None, 422, "invalid"),
    ("POST", "/titles", {**NEW, "slug": NOWHERE}, None, 422, "invalid"),
    ("POST", "/titles", {**NEW, "slug": NOWHERE.replace("-", "")}, None, 422, "invalid"),
    ("PATCH", "/titles/{draft}", {"slug": NOWHERE}, "*", 422, "invalid"),
    ("POST", "/titles", {**NEW, "country": "us"}, None, 422, "invalid"),
    ("POST", "/titles", {**NEW, "language": "english!"}, None, 422, "invalid"),
    ("POST", "/titles", {**NEW, "runtime": 0}, None, 422, "invalid"),
    ("POST", "/titles", {**NEW, "year": 1869}, None, 422, "invalid"),
    ("POST", "/titles", {**NEW, "tags": ["x"] * 201}, None, 422, "invalid"),
    ("POST", "/titles", {**NEW, "tags": [" "]}, None, 422, "invalid"),
    ("POST", "/titles", {**NEW, "name": "x" * 201}, None, 422, "invalid"),
    ("POST", "/titles", {**NEW, "description": "x" * 5001}, None, 422, "invalid"),
    ("POST", "/titles", {**NEW, "windows": [{"starts_at": "2026-11-20T12:00:00"}]}, None, 422, "invalid"),
    ("POST", "/titles", {**NEW, "windows": [{"starts_at": "1969-12-31T23:59:59Z"}]}, None, 422, "invalid"),
    ("POST", "/titles", {**NEW, "windows": [{}] * 101}, None, 422, "invalid"),
    ("POST", "/titles", {**NEW, "slug": "taken"}, None, 409, "slug_taken"),
    ("POST", "/titles", [], None, 422, "invalid"),
    ("GET", "/titles?page=0", None, None, 422, "invalid"),
    ("GET", "/titles?page=100001", None, None, 422, "invalid"),
    ("GET", "/titles?limit=0", None, None, 422, "invalid"),
    ("GET", "/titles?limit=101", None, None, 422, "invalid"),
    ("GET", "/titles?status=gone", None, None, 422, "invalid"),
    ("GET", "/titles?type=opera", None, None, 422, "invalid"),
    ("GET", "/titles?slug=A", None, None, 422, "invalid"),
    ("GET", "/titles?q=", None, None, 422, "invalid"),
    ("GET", "/titles?q=a%00b", None, None, 422, "invalid"),
    ("GET", "/titles/not-an-id", None, None, 422, "invalid"),
    ("GET", f"/titles/{NOWHERE}/audit", None, None, 404, "title_not_found"),
    ("GET", "/titles/{film}/audit?limit=101", None, None, 422, "invalid"),
    ("PATCH", "/titles/{film}", {"year": 2000}, None, 428, "precondition_required"),
    ("PATCH", "/titles/{film}", {"year": 2000}, '"0"', 412, "version_mismatch"),
    ("PATCH", "/titles/{film}", {"year": 2000}, 'W/"0"', 412, "version_mismatch"),
    ("PATCH", "/titles/{film}", {"year": 2000}, 'w/"3"', 400, "bad_version"),
    ("POST", "/titles", {**NEW, "windows": [{"regions": ["ZZ"]}]}, None, 422, "invalid"),
    ("PATCH", "/titles/{film}", {"year": 2000}, '"3", "4"', 400, "bad_version"),
    ("PATCH", "/titles/{film}", {"year": 2000}, '"-1"', 400, "bad_version"),
    ("PATCH", "/titles/{film}", {"year": 2000}, '"9999999999"', 400, "bad_version"),
    ("PATCH", "/titles/{film}", {"year": 2000}, '""', 400, "bad_version"),
    ("PATCH", "/titles/{film}", {"name": None}, "*", 422, "invalid"),
    ("PATCH", "/titles/{film}", {"windows": None, "genres": None}, "*", 422, "invalid"),
    ("PATCH", "/titles/{film}", {"status": "draft"}, "*", 422, "invalid"),
    ("PATCH", "/titles/{film}", {"type": "series"}, "*", 422, "invalid"),
    ("PATCH", "/titles/{film}", {"version": 99}, "*", 422, "invalid"),
    ("PATCH", "/titles/{film}", {"slug": "taken"}, "*", 409, "slug_taken"),
    ("PATCH", "/titles/{film}",
     {"windows": [{"starts_at": "2026-01-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}]}, "*", 422, "invalid"),
    ("PATCH", f"/titles/{NOWHERE}", {"year": 2000}, "*", 404, "title_not_found"),
    ("POST", "/titles/{draft}/publish", None, None, 409, "not_playable"),
    ("POST", "/titles/{film}/publish", None, '"0"', 412, "version_mismatch"),
    ("POST", "/titles/{film}/archive", None, '"0"', 412, "version_mismatch"),
    ("POST", "/titles/{film}/archive", None, "now", 400, "bad_version"),
    ("POST", "/titles/{film}/unpublish", None, '"0"', 412, "version_mismatch"),
    ("POST", "/titles/{film}/restore", None, None, 409, "wrong_status"),
    ("POST", "/titles/{archived}/unpublish", None, None, 409, "wrong_status"),
    ("POST", "/titles/{archived}/publish", None, None, 409, "wrong_status"),
    ("POST", f"/titles/{NOWHERE}/archive", None, None, 404, "title_not_found"),
    ("POST", "/titles/{film}/seasons", {"number": 1}, None, 409, "not_a_series"),
    ("POST", "/titles/{series}/seasons", {"number": -1}, None, 422, "invalid"),
    ("POST", "/titles/{series}/seasons", {"number": 10000}, None, 422, "invalid"),
    ("POST", "/titles/{series}/seasons", {"number": 1}, None, 409, "season_exists"),
    ("POST", "/titles/{series}/seasons", {"number": 7}, '"1"', 412, "version_mismatch"),
    ("POST", "/titles/{series}/seasons", {"number": "7"}, None, 422, "invalid"),
    ("POST", "/seasons/{season}/episodes", {"number": 7, "name": "X"}, '"1"', 412, "version_mismatch"),
    ("POST", "/titles/{film}/trailers", {}, 'W/"1"', 412, "version_mismatch"),
    ("PATCH", "/seasons/{season}", {"name": " "}, None, 422, "invalid"),
    ("PATCH", "/seasons/{season}", {"number": 2}, None, 422, "invalid"),
    ("POST", "/seasons/{season}/episodes", {"number": 1, "name": "Again"}, None, 409, "episode_exists"),
    ("POST", "/seasons/{season}/episodes", {"number": 2}, None, 422, "invalid"),
    ("POST", "/seasons/{season}/episodes", {"number": 2, "name": "X", "playable_id": NOWHERE}, None, 422, "invalid"),
    ("PATCH", "/episodes/{episode}", {"name": None}, None, 422, "invalid"),
    ("PATCH", "/episodes/{episode}", {"description": None}, None, 422, "invalid"),
    ("PATCH", "/episodes/{episode}", {"number": 2}, None, 422, "invalid"),
    ("PATCH", "/playables/{playable}", {"intro_start": -1}, None, 422, "invalid"),
    ("PATCH", "/playables/{playable}", {"credits_start": 1e7}, None, 422, "invalid"),
    ("PATCH", "/playables/{playable}", {"intro_start": float("nan")}, None, 422, "invalid"),
    ("PATCH", "/playables/{playable}", {"intro_start": 5, "intro_end": 5}, None, 422, "markers_out_of_order"),
    ("PATCH", "/playables/{playable}", {"asset_id": NOWHERE}, None, 422, "invalid"),
    ("PUT", "/playables/{playable}/asset", {"asset_id": NOWHERE}, None, 404, "asset_not_found"),
    ("PUT", "/playables/{playable}/asset", {"asset_id": None}, None, 422, "invalid"),
    ("PUT", "/titles/{film}/artwork/banner", None, None, 422, "invalid"),
    ("PUT", "/titles/{film}/artwork/still", None, None, 422, "invalid"),
    ("PUT", "/titles/{film}/artwork/poster", None, None, 415, "not_an_image"),
    ("PUT", "/episodes/{episode}/still", None, None, 415, "not_an_image"),
]  # fmt: skip

VIEWERS: list[tuple[str, str, Any, int, str]] = [
    ("GET", "/titles?sort=random", None, 422, "invalid"),
    ("GET", "/titles?limit=0", None, 422, "invalid"),
    ("GET", "/titles?limit=101", None, 422, "invalid"),
    ("GET", "/titles?type=opera", None, 422, "invalid"),
    ("GET", "/titles?genre=", None, 422, "invalid"),
    ("GET", f"/titles?genre={'x' * 81}", None, 422, "invalid"),
    ("GET", "/titles?cursor=bm9uZQ", None, 422, "bad_cursor"),
    ("GET", "/titles/new?cursor=bm9uZQ", None, 422, "bad_cursor"),
    ("GET", "/titles/top-rated?limit=0", None, 422, "invalid"),
    ("GET", "/titles/cards", None, 422, "invalid"),
    ("GET", "/titles/{film}/similar?limit=0", None, 422, "invalid"),
    ("GET", "/titles?language=xx", None, 422, "invalid"),
    ("GET", "/titles?language=english", None, 422, "invalid"),
    ("GET", "/titles?country=ZZ", None, 422, "invalid"),
    ("GET", "/titles/{film}/seasons/-1/episodes", None, 422, "invalid"),
    ("GET", "/titles/{film}/seasons/10000/episodes", None, 422, "invalid"),
    ("GET", "/titles/{film}/seasons/1/episodes", None, 404, "no_such_season"),
    ("GET", "/titles/{draft}", None, 404, "title_not_found"),
    ("GET", "/titles/{archived}/similar", None, 404, "title_not_found"),
    ("GET", f"/titles/{NOWHERE}/seasons", None, 404, "title_not_found"),
    ("PUT", "/titles/{film}/rating", {"stars": 0}, 422, "invalid"),
    ("PUT", "/titles/{film}/rating", {"stars": "3"}, 422, "invalid"),
    ("PUT", "/titles/{film}/rating", {"stars": True}, 422, "invalid"),
    ("GET", "/titles?foo=bar", None, 422, "invalid"),
    ("GET", "/titles?q=moss", None, 422, "invalid"),
    ("GET", "/titles?genre=drama&genre=comedy", None, 422, "invalid"),
    ("PUT", "/titles/{film}/rating", {"stars": 5, "profile_id": NOWHERE}, 422, "invalid"),
    ("PUT", "/titles/{film}/rating", {}, 422, "invalid"),
    ("PUT", "/titles/{draft}/rating", {"stars": 5}, 404, "title_not_found"),
    ("DELETE", "/titles/{archived}/rating", None, 404, "title_not_found"),
]


async def contents(catalog: Catalog) -> list[Any]:
    tables = ("titles", "windows", "seasons", "episodes", "playables", "images", "ratings", "audit", "outbox")
    return [await catalog.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


@pytest.fixture
async def known(catalog: Catalog) -> dict[str, str]:
    """A title of each sort, by the names that the tables above use."""
    film = await catalog.film("Film", slug="film")
    draft = await catalog.film("Draft", published=False, slug="taken")
    archived = await catalog.film("Archived")
    await catalog.edit("POST", f"/titles/{archived['id']}/archive")
    series, episodes = await catalog.series(seasons=1, episodes=1)
    read = (await catalog.edit("GET", f"/titles/{series}")).json()
    return {
        "film": film["id"], "playable": film["playable_id"], "draft": draft["id"], "archived": archived["id"],
        "series": series, "season": read["seasons"][0]["id"], "episode": episodes[0][0]["id"],
    }  # fmt: skip


async def test_what_editors_get_wrong_is_said_and_changes_nothing(catalog: Catalog, known: dict[str, str]) -> None:
    before = await contents(catalog)
    for method, path, body, if_match, status, code in EDITORS:
        headers = {"Content-Type": "application/json"} | ({"If-Match": if_match} if if_match else {})
        content = b"" if body is None else json.dumps(body).encode()
        answer = await catalog.edit(method, path.format(**known), content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code), f"{method} {path} {body}: {answer.text}"
        for foreign in ("Value error", "pattern '", "^["):
            assert foreign not in answer.json()["detail"], "words for people, and none of a library"
        assert answer.headers["content-type"] == "application/problem+json"
    assert await contents(catalog) == before


async def test_what_viewers_get_wrong_is_said_and_changes_nothing(catalog: Catalog, known: dict[str, str]) -> None:
    before = await contents(catalog)
    for method, path, body, status, code in VIEWERS:
        answer = await catalog.client.request(
            method, f"/api/v1{path.format(**known)}", json=body, headers=catalog.viewer
        )
        assert (answer.status_code, answer.json()["code"]) == (status, code), f"{method} {path} {body}: {answer.text}"
    assert await contents(catalog) == before


async def test_conflicts_name_what_is_in_the_way(catalog: Catalog, known: dict[str, str]) -> None:
    taken = await catalog.edit("POST", "/titles", json={**NEW, "slug": "film"})
    assert taken.json()["id"] == known["film"]
    season = await catalog.edit("POST", f"/titles/{known['series']}/seasons", json={"number": 1})
    assert season.json()["id"] == known["season"]
    episode = await catalog.edit("POST", f"/seasons/{known['season']}/episodes", json={"number": 1, "name": "X"})
    assert episode.json()["id"] == known["episode"]
    moved = await catalog.edit("POST", f"/titles/{known['film']}/archive", headers={"If-Match": '"0"'})
    read = await catalog.edit("GET", f"/titles/{known['film']}")
    assert f'"{moved.json()["version"]}"' == read.headers["etag"]
    restored = await catalog.edit("POST", f"/titles/{known['archived']}/publish")
    assert "Restore it first" in restored.json()["detail"] and restored.json()["title_status"] == "archived"
    refused = await catalog.edit("POST", f"/titles/{known['film']}/restore")
    assert "Restore it first" not in refused.json()["detail"] and refused.json()["title_status"] == "published"

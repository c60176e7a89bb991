"""Many at once, and a database that goes away in the middle: one winner, one version, all of an edit or nothing."""

import asyncio
import re
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from libs.contracts.catalog import TitleChanged
from services.catalog.repository import titles
from tests.catalog.conftest import Catalog
from tests.chassis.conftest import eventually
from tests.chassis.cut_off import before_the_commit

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


async def test_a_slug_asked_for_by_many_goes_to_one(catalog: Catalog) -> None:
    body = {"type": "movie", "name": "Moss", "slug": "moss"}
    answers = await asyncio.gather(*(catalog.edit("POST", "/titles", json=body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    [winner] = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    assert {answer.json()["id"] for answer in answers} == {winner}, "the others are told whose it is"
    assert len(await catalog.rows("SELECT 1 FROM titles")) == len(await catalog.rows("SELECT 1 FROM playables")) == 1


@pytest.mark.parametrize("name", ["Moss", "a" * 69 + " long name that goes on", "千と千尋", "b" * 59 + " c" * 40])
async def test_a_name_may_be_taken_by_many_and_each_slug_is_one(catalog: Catalog, name: str) -> None:
    body = {"type": "movie", "name": name, "year": 2020}
    answers = await asyncio.gather(*(catalog.edit("POST", "/titles", json=body) for _ in range(5)))
    slugs = {answer.json()["slug"] for answer in answers}
    assert len(slugs) == 5
    for slug in slugs:
        assert SLUG.fullmatch(slug) and len(slug) <= 80, slug
        found = (await catalog.edit("GET", "/titles", params={"slug": slug})).json()
        assert [item["slug"] for item in found["items"]] == [slug]


async def test_of_two_edits_of_one_version_one_is_made(catalog: Catalog) -> None:
    made = await catalog.film()
    path = f"/titles/{made['id']}"
    version = (await catalog.edit("GET", path)).json()["version"]
    answers = await asyncio.gather(
        *(
            catalog.edit("PATCH", path, json={"name": f"Name {n}"}, headers={"If-Match": f'"{version}"'})
            for n in range(8)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    [winner] = [answer.json() for answer in answers if answer.status_code == 200]
    assert {answer.json()["version"] for answer in answers} == {version + 1}, "the others are told what it is now"
    told = TitleChanged.model_validate((await catalog.events(made["id"]))[-1])
    assert (told.name, told.version) == (winner["name"], version + 1)


async def test_edits_and_assets_at_once_have_one_order(catalog: Catalog) -> None:
    made = await catalog.film()
    path = f"/titles/{made['id']}"
    await asyncio.gather(
        *(catalog.change(made["id"], year=2000 + n) for n in range(4)),
        *(catalog.asset(made["playable_id"], minutes=n + 1) for n in range(4)),
        *(catalog.edit("POST", f"{path}/{action}") for action in ("unpublish", "publish")),
    )
    title = (await catalog.edit("GET", path)).json()
    events = [TitleChanged.model_validate(item) for item in await catalog.events(made["id"])]
    versions = [event.version for event in events]
    assert versions == sorted(set(versions)), "the outbox has them in the order of their versions"
    last = events[-1]
    assert (last.version, last.year, last.status) == (title["version"], title["year"], title["status"])
    assert last.playables[0].asset is not None
    assert str(last.playables[0].asset.asset_id) == title["playable"]["asset_id"]
    newest = await catalog.rows("SELECT asset_id FROM playable_assets ORDER BY uploaded_at DESC LIMIT 1")
    assert UUID(title["playable"]["asset_id"]) == newest[0]["asset_id"]


async def test_seasons_and_episodes_added_twice_at_once_are_there_once(catalog: Catalog) -> None:
    title_id, _ = await catalog.series(seasons=0, published=False)
    seasons = await asyncio.gather(
        *(catalog.edit("POST", f"/titles/{title_id}/seasons", json={"number": 1}) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in seasons) == [201] + [409] * 4
    assert len({answer.json()["id"] for answer in seasons}) == 1
    path, body = f"/seasons/{seasons[0].json()['id']}/episodes", {"number": 1, "name": "Pilot"}
    episodes = await asyncio.gather(*(catalog.edit("POST", path, json=body) for _ in range(5)))
    assert sorted(answer.status_code for answer in episodes) == [201] + [409] * 4
    assert len({answer.json()["playable_id"] for answer in episodes}) == 1
    assert len(await catalog.rows("SELECT 1 FROM playables")) == 1, "whoever came late left nothing behind"


async def test_a_change_and_a_creation_that_want_the_same_names_do_not_wait_in_a_ring(catalog: Catalog) -> None:
    made = await catalog.film(published=False)

    async def somebody_waits() -> bool:
        waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return bool(await catalog.rows(waiting))

    headers = {"If-Match": "*"}
    async with catalog.db.transaction() as session:
        await titles.ensure_genres(session, {"drama": "Drama"})  # as far as a creation gets before it takes its slug
        changing = asyncio.create_task(
            catalog.edit("PATCH", f"/titles/{made['id']}", json={"slug": "moss", "genres": ["Drama"]}, headers=headers)
        )
        await eventually(somebody_waits)
        row = (await catalog.rows("SELECT * FROM titles"))[0] | {"id": UUID(int=1), "slug": "moss"}
        assert await titles.insert_title(session, row)
    answer = await changing
    assert (answer.status_code, answer.json()["code"]) == (409, "slug_taken")


EDITS: list[tuple[str, str, dict[str, Any] | None]] = [
    ("PATCH", "/titles/{title}", {"name": "Another", "genres": ["New"], "windows": [{"regions": ["DE"]}]}),
    ("POST", "/titles/{title}/archive", None),
    ("PATCH", "/playables/{playable}", {"credits_start": 20}),
    ("POST", "/titles/{series}/seasons", {"number": 7}),
    ("PATCH", "/episodes/{episode}", {"name": "Another"}),
]


async def everything(catalog: Catalog) -> list[Any]:
    """Every row that an edit could have left behind."""
    tables = ("titles", "windows", "seasons", "episodes", "playables", "genres", "audit", "outbox")
    return [await catalog.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


async def test_an_edit_cut_off_before_its_commit_left_nothing_and_can_be_made_again(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = await catalog.film()
    series, episodes = await catalog.series(seasons=1, episodes=1)
    known = {
        "title": film["id"], "playable": film["playable_id"], "series": series, "episode": episodes[0][0]["id"],
    }  # fmt: skip
    for method, path, body in EDITS:
        filled, headers = path.format(**known), {"If-Match": "*"}
        before = await everything(catalog)
        with before_the_commit(monkeypatch):
            refused = await catalog.edit(method, filled, json=body, headers=headers)
        assert refused.status_code == 503 and refused.json()["retryable"], f"{path}: {refused.text}"
        assert await everything(catalog) == before, path
        told = len(before[-1])
        assert (await catalog.edit(method, filled, json=body, headers=headers)).status_code in (200, 201), path
        assert len(await catalog.rows("SELECT 1 FROM outbox")) == told + 1, "one edit, one event"


async def test_an_asset_whose_commit_is_cut_off_arrives_when_it_is_told_again(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await catalog.film()
    before = await everything(catalog)
    asset = UUID(int=5)
    with before_the_commit(monkeypatch), pytest.raises(DBAPIError):
        await catalog.asset(made["playable_id"], asset_id=asset, minutes=5)
    assert await everything(catalog) == before
    assert await catalog.rows("SELECT 1 FROM playable_assets WHERE asset_id = $1", asset) == []
    await catalog.asset(made["playable_id"], asset_id=asset, minutes=5)
    told = TitleChanged.model_validate((await catalog.events(made["id"]))[-1])
    assert told.playables[0].asset is not None and told.playables[0].asset.asset_id == asset

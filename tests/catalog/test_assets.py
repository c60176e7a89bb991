"""Assets that arrive: the newest upload is played, whatever order they finish in, unless an editor chose another."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from libs.chassis.ids import new_id
from libs.contracts.catalog import TitleChanged
from services.catalog.repository.titles import Whole
from services.catalog.service import snapshot
from tests.catalog.conftest import Catalog, served
from tests.conftest import AuthHeaders, DatabaseFactory


async def pointed(catalog: Catalog, playable_id: str) -> str | None:
    items = (await catalog.edit("GET", f"/playables/{playable_id}/assets")).json()["items"]
    return next((item["asset_id"] for item in items if item["current"]), None)


async def test_the_newest_upload_is_played_even_if_it_is_ready_first(catalog: Catalog) -> None:
    made = await catalog.film(published=False)
    newer = await catalog.asset(made["playable_id"], minutes=5)
    await catalog.asset(made["playable_id"], minutes=1)
    assert await pointed(catalog, made["playable_id"]) == str(newer)
    newest = await catalog.asset(made["playable_id"], minutes=9)
    assert await pointed(catalog, made["playable_id"]) == str(newest)


async def test_a_rollback_stays_when_the_news_is_repeated(catalog: Catalog) -> None:
    made = await catalog.film()
    first = await pointed(catalog, made["playable_id"])
    second = await catalog.asset(made["playable_id"], minutes=5)
    answer = await catalog.edit("PUT", f"/playables/{made['playable_id']}/asset", json={"asset_id": first})
    assert [item["asset_id"] for item in answer.json()["items"] if item["current"]] == [first]
    await catalog.asset(made["playable_id"], asset_id=second, minutes=5)
    assert await pointed(catalog, made["playable_id"]) == first
    event = TitleChanged.model_validate((await catalog.events(made["id"]))[-1])
    assert event.playables[0].asset is not None
    assert str(event.playables[0].asset.asset_id) == first
    versions = [item["version"] for item in await catalog.events(made["id"])]
    assert versions == sorted(set(versions)), "each event is a version of its own, in order"


async def test_repeated_and_stale_news_changes_nothing(catalog: Catalog) -> None:
    made = await catalog.film()
    asset = UUID(str(await pointed(catalog, made["playable_id"])))
    before = await catalog.events(made["id"])
    await catalog.asset(made["playable_id"], asset_id=asset)
    await catalog.asset(made["playable_id"], asset_id=asset, version=3, duration=99)
    assert await catalog.events(made["id"]) == before
    await catalog.asset(made["playable_id"], asset_id=asset, version=11, duration=31)
    assert len(await catalog.events(made["id"])) == len(before) + 1


async def test_failures_are_kept_with_their_reason_and_never_replace_what_plays(catalog: Catalog) -> None:
    made = await catalog.film()
    current = UUID(str(await pointed(catalog, made["playable_id"])))
    failed = await catalog.failed_asset(made["playable_id"])
    await catalog.failed_asset(made["playable_id"], asset_id=current, version=99)
    items = (await catalog.edit("GET", f"/playables/{made['playable_id']}/assets")).json()["items"]
    assert {(item["asset_id"], item["status"]) for item in items} == {(str(current), "ready"), (str(failed), "failed")}
    assert next(item["error"] for item in items if item["status"] == "failed") == {
        "code": "not_media", "detail": "This is a text file.",
    }  # fmt: skip
    answer = await catalog.edit("PUT", f"/playables/{made['playable_id']}/asset", json={"asset_id": str(failed)})
    assert (answer.status_code, answer.json()["code"]) == (409, "asset_not_ready")


async def test_an_asset_of_another_playable_is_not_found(catalog: Catalog) -> None:
    one, other = await catalog.film("One"), await catalog.film("Other")
    theirs = await pointed(catalog, other["playable_id"])
    answer = await catalog.edit("PUT", f"/playables/{one['playable_id']}/asset", json={"asset_id": theirs})
    assert (answer.status_code, answer.json()["code"]) == (404, "asset_not_found")


async def test_an_asset_nobody_waits_for_does_no_harm(catalog: Catalog) -> None:
    await catalog.asset(str(new_id()))
    assert (await catalog.get("/titles")).json()["items"] == []


async def test_a_published_film_is_never_replaced_by_half_of_it(catalog: Catalog) -> None:
    made = await catalog.film()
    whole = await pointed(catalog, made["playable_id"])
    before = await catalog.events(made["id"])
    half = await catalog.asset(made["playable_id"], minutes=5, duration=15)
    assert await pointed(catalog, made["playable_id"]) == whole
    assert await catalog.events(made["id"]) == before
    items = (await catalog.edit("GET", f"/playables/{made['playable_id']}/assets")).json()["items"]
    assert [(item["asset_id"], item["held_back"]) for item in items] == [
        (str(half), {
            "code": "shorter",
            "detail": "This version is 15 s long, the one viewers get 30 s. Point at it if that is right.",
        }),
        (whole, None),
    ]  # fmt: skip
    answer = await catalog.edit("PUT", f"/playables/{made['playable_id']}/asset", json={"asset_id": str(half)})
    assert [item["current"] for item in answer.json()["items"]] == [True, False]
    assert [item["held_back"] for item in answer.json()["items"]] == [None, None]


@pytest.mark.parametrize(("duration", "replaces"), [(29.7, True), (29.69, False), (45, True)])
async def test_as_whole_is_within_one_percent(catalog: Catalog, duration: float, replaces: bool) -> None:
    made = await catalog.film()
    newer = await catalog.asset(made["playable_id"], minutes=5, duration=duration)
    assert (await pointed(catalog, made["playable_id"]) == str(newer)) is replaces


async def test_a_draft_follows_its_newest_upload_however_long(catalog: Catalog) -> None:
    made = await catalog.film(published=False)
    await catalog.asset(made["playable_id"])
    shorter = await catalog.asset(made["playable_id"], minutes=5, duration=3)
    assert await pointed(catalog, made["playable_id"]) == str(shorter)


@pytest.fixture
async def patient(
    database: DatabaseFactory, object_store: str, jwks_cache: str, auth_headers: AuthHeaders
) -> AsyncIterator[Catalog]:
    async with served(await database("services.catalog"), object_store, jwks_cache, auth_headers, 10) as catalog:
        yield catalog


@pytest.mark.parametrize("if_match", [False, True])
async def test_publishing_waits_for_the_news_that_an_asset_is_ready(
    patient: Catalog, monkeypatch: pytest.MonkeyPatch, if_match: bool
) -> None:
    made = await patient.film(published=False)
    version = (await patient.edit("GET", f"/titles/{made['id']}")).headers["ETag"]
    asked = asyncio.Event()

    def missing(whole: Whole) -> list[str]:
        asked.set()
        return real(whole)

    real = snapshot.missing
    monkeypatch.setattr(snapshot, "missing", missing)
    headers = {"If-Match": version} if if_match else {}
    publishing = asyncio.create_task(patient.edit("POST", f"/titles/{made['id']}/publish", headers=headers))
    await asyncio.wait_for(asked.wait(), 10)
    await patient.asset(made["playable_id"])
    answer = await asyncio.wait_for(publishing, 10)
    assert (answer.status_code, answer.json().get("status")) == (200, "published"), answer.text


async def test_waiting_for_an_asset_does_not_excuse_an_edit_in_between(
    patient: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await patient.film(published=False)
    version = (await patient.edit("GET", f"/titles/{made['id']}")).headers["ETag"]
    asked, real = asyncio.Event(), snapshot.missing

    def missing(whole: Whole) -> list[str]:
        asked.set()
        return real(whole)

    monkeypatch.setattr(snapshot, "missing", missing)
    headers = {"If-Match": version}
    publishing = asyncio.create_task(patient.edit("POST", f"/titles/{made['id']}/publish", headers=headers))
    await asyncio.wait_for(asked.wait(), 10)
    await patient.edit("PATCH", f"/titles/{made['id']}", headers=headers, json={"name": "Another Name"})
    await patient.asset(made["playable_id"])
    answer = await asyncio.wait_for(publishing, 10)
    assert (answer.status_code, answer.json()["code"]) == (412, "version_mismatch")

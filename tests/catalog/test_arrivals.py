"""Assets that arrive: the newest upload is played, whatever order they finish in, unless an editor chose another."""

from uuid import UUID

from libs.chassis.ids import new_id
from libs.contracts.catalog import TitleChanged
from tests.catalog.conftest import Catalog


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

"""The pictures of a title that is taken from viewers: the addresses they know lead nowhere, and those of staff go on."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from libs.chassis.object_store import StoreAway, open_store
from services.catalog.service.withdrawals import AGAIN, SETTLES, Withdrawals
from tests.catalog.conftest import Catalog
from tests.catalog.test_artwork import picture, put
from tests.chassis.conftest import eventually


def there(catalog: Catalog, url: str) -> bool:
    """Whether the edge would find a picture."""
    return (Path(catalog.store.removeprefix("file://")) / url.lstrip("/")).is_file()


async def shown(catalog: Catalog, title_id: str) -> list[str]:
    """Every address of the title's pictures that a viewer is told."""
    body = (
        await catalog.get(f"/titles/{title_id}", catalog.auth_headers(profile_id=catalog.editor_id, language="de"))
    ).json()
    sets = [body["artwork"][f"{kind}_srcset"] for kind in ("poster", "backdrop") if body["artwork"][kind]]
    episodes = (await catalog.get(f"/titles/{title_id}/seasons/1/episodes")).json()["items"]
    sets += [item["still_srcset"] for item in episodes if item["still_srcset"]]
    return [part.split()[0] for each in sets for part in each.split(", ")]


async def a_series(catalog: Catalog) -> str:
    """A series with a poster that was replaced once, one in German, and a still."""
    title_id, ((episode,),) = await catalog.series("Signal Rock", 1, 1)
    await put(catalog, f"/titles/{title_id}/artwork/poster", picture(700, 1000))
    await put(catalog, f"/titles/{title_id}/artwork/backdrop", picture(1300, 700))
    await put(catalog, f"/titles/{title_id}/artwork/poster?language=de", picture(640, 960, "PNG"))
    await put(catalog, f"/episodes/{episode['id']}/still", picture(700, 400))
    return title_id


async def test_addresses_that_viewers_know_lead_nowhere_once_a_title_is_withdrawn(catalog: Catalog) -> None:
    title_id = await a_series(catalog)
    replaced = (await shown(catalog, title_id))[0]
    await put(catalog, f"/titles/{title_id}/artwork/poster?language=de", picture(660, 960, "PNG"))
    known = {replaced, *await shown(catalog, title_id)}
    assert len(known) > 5 and all(there(catalog, url) for url in known)
    before = (await catalog.edit("GET", f"/titles/{title_id}")).json()
    withdrawn = (await catalog.edit("POST", f"/titles/{title_id}/unpublish")).json()
    replicas = [Withdrawals(catalog.db, open_store(catalog.store), catalog.clock) for _ in range(3)]

    async def look() -> list[dict[str, Any]]:
        await asyncio.gather(*(replica.work() for replica in replicas))
        return await catalog.rows("SELECT gone FROM withdrawals")

    async def renamed() -> bool:
        return [bool(row["gone"]) for row in await look()] == [True]

    await eventually(renamed)
    after = (await catalog.edit("GET", f"/titles/{title_id}")).json()
    for pictures in ("artwork", "local_artwork"):
        assert len(after[pictures]) == len(before[pictures]) and all(
            there(catalog, item["url"]) for item in after[pictures]
        )
    assert after["version"] == withdrawn["version"], "nobody's edit"
    catalog.clock.advance(SETTLES.total_seconds())

    async def done() -> bool:
        return await look() == []

    await eventually(done)
    assert not [url for url in known if there(catalog, url)]
    # The same picture put in once more does not bring its address back.
    same = (await put(catalog, f"/titles/{title_id}/artwork/backdrop", picture(1300, 700))).json()["url"]
    assert same not in known and not [url for url in known if there(catalog, url)]
    # Shown again, it has the same pictures at addresses that nobody knew.
    assert (await catalog.edit("POST", f"/titles/{title_id}/publish")).status_code == 200
    again = await shown(catalog, title_id)
    assert len(again) == len(known) - 1 and not known & set(again), "the one that was replaced is gone"
    assert all(there(catalog, url) for url in again)
    after = (await catalog.edit("GET", f"/titles/{title_id}")).json()
    assert (await catalog.events(title_id))[-1]["poster_url"] in [item["url"] for item in after["artwork"]]


async def test_a_title_that_is_shown_again_at_once_keeps_its_addresses(catalog: Catalog) -> None:
    title_id = await a_series(catalog)
    await catalog.app.state.withdrawals.stop()
    known = await shown(catalog, title_id)
    await catalog.edit("POST", f"/titles/{title_id}/unpublish")
    await catalog.edit("POST", f"/titles/{title_id}/publish")
    await Withdrawals(catalog.db, open_store(catalog.store), catalog.clock).work()
    assert await shown(catalog, title_id) == known and all(there(catalog, url) for url in known)
    assert await catalog.rows("SELECT 1 FROM withdrawals") == []
    folder = Path(catalog.store.removeprefix("file://")) / "images" / title_id
    names = [path for path in folder.rglob("*") if path.is_file()]
    assert len(names) == len(await open_store(catalog.store).list(f"images/{title_id}")), "no copy is left"
    assert len(names) >= len(known)


async def test_while_the_store_is_away_it_is_tried_again(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    title_id = await a_series(catalog)
    await catalog.app.state.withdrawals.stop()
    known = await shown(catalog, title_id)
    await catalog.edit("POST", f"/titles/{title_id}/archive")
    store = open_store(catalog.store)
    work = Withdrawals(catalog.db, store, catalog.clock).work

    async def away(*_: Any) -> None:
        raise StoreAway

    for method, pause in (("get_bytes", AGAIN), ("delete_prefix", AGAIN)):
        with monkeypatch.context() as broken:
            broken.setattr(store, method, away)
            await work()
            catalog.clock.advance(SETTLES.total_seconds())
            await work()
        assert await catalog.rows("SELECT 1 FROM withdrawals") != [] and there(catalog, known[0])
        catalog.clock.advance(pause.total_seconds())
    await work()
    catalog.clock.advance(SETTLES.total_seconds())
    await work()
    assert await catalog.rows("SELECT 1 FROM withdrawals") == []
    assert not [url for url in known if there(catalog, url)]


async def test_a_title_that_is_withdrawn_again_while_names_of_before_are_deleted_gets_others(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    title_id = await a_series(catalog)
    await catalog.app.state.withdrawals.stop()
    store = open_store(catalog.store)
    work, delete = Withdrawals(catalog.db, store, catalog.clock).work, store.delete_prefix
    known: set[str] = set()
    await catalog.edit("POST", f"/titles/{title_id}/unpublish")
    await work()
    await catalog.edit("POST", f"/titles/{title_id}/publish")
    known |= set(await shown(catalog, title_id))
    # What it is called now is known too; a picture of before, put in again, is not called as it was.
    put_in = (await put(catalog, f"/titles/{title_id}/artwork/poster?language=de", picture(640, 960, "PNG"))).json()[
        "url"
    ]
    known |= set(await shown(catalog, title_id))
    assert put_in in known and there(catalog, put_in)

    async def meanwhile(key: str) -> None:
        monkeypatch.setattr(store, "delete_prefix", delete)
        await catalog.edit("POST", f"/titles/{title_id}/unpublish")
        await delete(key)

    monkeypatch.setattr(store, "delete_prefix", meanwhile)
    catalog.clock.advance(SETTLES.total_seconds())
    await work()  # deletes, and then gives other names
    catalog.clock.advance(SETTLES.total_seconds())
    await work()
    assert await catalog.rows("SELECT 1 FROM withdrawals") == []
    assert not [url for url in known if there(catalog, url)]
    await catalog.edit("POST", f"/titles/{title_id}/publish")
    assert all(there(catalog, url) for url in await shown(catalog, title_id))


async def test_a_picture_of_which_a_size_is_lost_is_withdrawn_with_the_others(catalog: Catalog) -> None:
    title_id = await a_series(catalog)
    await catalog.app.state.withdrawals.stop()
    known = await shown(catalog, title_id)
    store = open_store(catalog.store)
    await store.delete_prefix(known[0].lstrip("/"))
    await catalog.edit("POST", f"/titles/{title_id}/unpublish")
    for _ in range(2):
        await Withdrawals(catalog.db, store, catalog.clock).work()
        catalog.clock.advance(SETTLES.total_seconds())
    assert await catalog.rows("SELECT 1 FROM withdrawals") == [] and not [url for url in known if there(catalog, url)]
    await catalog.edit("POST", f"/titles/{title_id}/publish")
    again = await shown(catalog, title_id)
    assert len(again) == len(known) - 1 and all(there(catalog, url) for url in again)


async def test_a_series_that_takes_longer_than_a_lease_is_copied_once(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    title_id = await a_series(catalog)
    await catalog.app.state.withdrawals.stop()
    await catalog.edit("POST", f"/titles/{title_id}/unpublish")
    store, other = open_store(catalog.store), open_store(catalog.store)
    copied: list[str] = []
    get = other.get_bytes

    async def counted(key: str) -> bytes:
        copied.append(key)
        return await get(key)

    async def slow(key: str) -> bytes:
        catalog.clock.advance(AGAIN.total_seconds() / 3)
        await Withdrawals(catalog.db, other, catalog.clock).work()
        return await get(key)

    monkeypatch.setattr(store, "get_bytes", slow)
    monkeypatch.setattr(other, "get_bytes", counted)
    await Withdrawals(catalog.db, store, catalog.clock).work()
    assert copied == []
    assert [bool(row["gone"]) for row in await catalog.rows("SELECT gone FROM withdrawals")] == [True]


async def test_who_was_overtaken_leaves_no_copies(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    title_id = await a_series(catalog)
    await catalog.app.state.withdrawals.stop()
    known = await shown(catalog, title_id)
    await catalog.edit("POST", f"/titles/{title_id}/unpublish")
    store, other = open_store(catalog.store), open_store(catalog.store)
    get = store.get_bytes

    async def overtaken(key: str) -> bytes:
        monkeypatch.setattr(store, "get_bytes", get)
        catalog.clock.advance(AGAIN.total_seconds())
        await Withdrawals(catalog.db, other, catalog.clock).work()
        return await get(key)

    monkeypatch.setattr(store, "get_bytes", overtaken)
    await Withdrawals(catalog.db, store, catalog.clock).work()
    catalog.clock.advance(SETTLES.total_seconds())
    await Withdrawals(catalog.db, other, catalog.clock).work()
    assert await catalog.rows("SELECT 1 FROM withdrawals") == []
    named = await catalog.rows(
        "SELECT value FROM images, jsonb_each_text(variants) UNION ALL SELECT value FROM title_images, jsonb_each_text(variants)"
    )
    left = await store.list(f"images/{title_id}")
    assert left == sorted(row["value"] for row in named if title_id in row["value"])
    assert not {f"/{key}" for key in left} & set(known)

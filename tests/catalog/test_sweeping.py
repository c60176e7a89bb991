"""What pictures leave behind in the object store goes, once, and nothing that is in use goes with it."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from libs.chassis.data import migrations
from libs.chassis.object_store import StoreAway, open_store
from services.catalog.repository import titles
from services.catalog.service import sweeping
from services.catalog.service.sweeping import Sweeping
from tests.catalog.conftest import Catalog
from tests.catalog.test_artwork import picture, put
from tests.catalog.test_imports import GOOD, finished, send
from tests.chassis.conftest import eventually


async def objects(catalog: Catalog, below: str = "images") -> set[str]:
    return set(await open_store(catalog.store).list(below))


async def used(catalog: Catalog) -> set[str]:
    """The objects that pictures are made of."""
    rows = await catalog.rows(
        "SELECT value FROM images, jsonb_each_text(variants) UNION SELECT value FROM title_images, jsonb_each_text(variants)"
    )
    return {row["value"] for row in rows}


async def loose(catalog: Catalog) -> set[str]:
    return {row["key"] for row in await catalog.rows("SELECT key FROM loose_objects WHERE swept_at IS NULL")}


async def later(catalog: Catalog) -> None:
    """The time of all that is loose has come."""
    await catalog.rows("UPDATE loose_objects SET due_at = now()")


async def swept(catalog: Catalog, replicas: int = 3) -> None:
    """Several replicas look at once."""
    store = open_store(catalog.store)
    await asyncio.gather(*(Sweeping(catalog.db, store).work() for _ in range(replicas)))


async def posters(catalog: Catalog, *sizes: int) -> tuple[str, list[str]]:
    """A film with one poster after the other; its id and their addresses."""
    title = (await catalog.film())["id"]
    urls = []
    for width in sizes:
        answer = await put(catalog, f"/titles/{title}/artwork/poster", picture(width, 1000))
        assert answer.status_code == 200, answer.text
        urls.append(answer.json()["url"])
    return title, urls


async def test_a_picture_that_was_replaced_goes_after_a_day_and_the_one_in_use_stays(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 2)
    title, (first, *_, last) = await posters(catalog, 700, 710, 720)
    everything = await objects(catalog)
    assert len(everything) == 6 and await loose(catalog) == everything - await used(catalog)
    await swept(catalog)
    assert await objects(catalog) == everything, "a page that is open may still show it"
    [soon] = await catalog.rows("SELECT min(due_at) - now() > interval '23 hours' AS later FROM loose_objects")
    assert soon["later"]
    await later(catalog)
    await swept(catalog)
    assert await objects(catalog) == await used(catalog) == {each for each in everything if last[1:-8] in each}
    assert await loose(catalog) == set()
    # The same picture put in again is not called as the one that went, nor as one that is about to go.
    again = (await put(catalog, f"/titles/{title}/artwork/poster", picture(700, 1000))).json()["url"]
    assert again != first
    back = (await put(catalog, f"/titles/{title}/artwork/poster", picture(720, 1000))).json()["url"]
    assert back != last
    await later(catalog)
    await swept(catalog)
    assert await objects(catalog) == await used(catalog) and back.lstrip("/") in await used(catalog)


async def test_the_same_picture_put_in_twice_keeps_its_name_and_is_not_swept(catalog: Catalog) -> None:
    title, (first, second) = await posters(catalog, 700, 700)
    assert first == second and await loose(catalog) == set()
    audit = (await catalog.edit("GET", f"/titles/{title}/audit")).json()
    assert [item["action"] for item in audit].count("put_poster") == 1
    # Whatever the notes say, what a picture names stays.
    for key in await used(catalog):
        await catalog.rows("INSERT INTO loose_objects (key, due_at) VALUES ($1, now())", key)
    await swept(catalog)
    assert await objects(catalog) == await used(catalog) != set() and await loose(catalog) == set()


async def test_what_was_stored_and_never_became_a_picture_goes(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    title, _ = await posters(catalog, 700)
    before = await objects(catalog)

    async def killed(*_: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(titles, "put_image", killed)
        failed = await put(catalog, f"/titles/{title}/artwork/poster", picture(710, 1000))
        assert failed.status_code == 500
    assert len(await objects(catalog)) == len(before) + 2
    await later(catalog)
    await swept(catalog)
    assert await objects(catalog) == before


async def test_pictures_of_what_is_removed_go_too(catalog: Catalog) -> None:
    done = await send(catalog, GOOD.encode())
    listed = {row["name"]: str(row["id"]) for row in await catalog.rows("SELECT id, name FROM titles")}
    series = f"/titles/{listed['Signal Rock']}"
    [ada] = await catalog.rows("SELECT id::text FROM people WHERE name = 'Ada Fern'")
    season = (await catalog.edit("POST", f"{series}/seasons", json={"number": 1})).json()
    episode = (await catalog.edit("POST", f"/seasons/{season['id']}/episodes", json={"number": 1, "name": "A"})).json()
    await put(catalog, f"/episodes/{episode['id']}/still", picture(700, 400))
    await put(catalog, f"{series}/artwork/backdrop", picture(1300, 700))
    await put(catalog, f"{series}/artwork/poster?language=de", picture(640, 960))
    await put(catalog, f"/people/{ada['id']}/portrait", picture(400, 400))
    kept, _ = await posters(catalog, 700)
    await put(catalog, f"/titles/{kept}/artwork/poster?language=de", picture(640, 960))
    assert (await catalog.edit("DELETE", f"/titles/{kept}/texts/de")).status_code == 204
    assert (await catalog.edit("POST", f"/imports/{done['id']}/undo", json={"force": True})).status_code == 202
    assert (await finished(catalog, f"/imports/{done['id']}"))["status"] == "undone"
    [soon] = await catalog.rows("SELECT max(due_at) < now() + interval '2 minutes' AS soon FROM loose_objects")
    assert soon["soon"], "it is not for a page that is open"
    await later(catalog)
    await swept(catalog)
    assert await objects(catalog) == await used(catalog)
    assert {key.split("/")[1] for key in await objects(catalog)} == {kept}


async def test_while_the_store_is_away_nothing_is_forgotten(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    await posters(catalog, 700, 710, 720)
    await later(catalog)
    store = open_store(catalog.store)
    delete, calls = store.delete_prefix, 0

    async def away(key: str) -> None:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise StoreAway
        await delete(key)

    monkeypatch.setattr(store, "delete_prefix", away)
    await Sweeping(catalog.db, store).work()
    assert len(await loose(catalog)) == 3 and calls == 2, "it does not go on asking"
    await swept(catalog)
    assert len(await loose(catalog)) == 3, "for a while nobody tries again"
    await later(catalog)
    await swept(catalog)
    assert await objects(catalog) == await used(catalog) and await loose(catalog) == set()


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from libs.chassis.data.database import Database
from libs.chassis.object_store import DirectoryStore
from services.catalog.service.sweeping import Sweeping

class Dies(DirectoryStore):
    left = 2
    async def delete_prefix(self, prefix):
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        await super().delete_prefix(prefix)

async def main():
    db = Database(sys.argv[1])
    await db.start()
    await Sweeping(db, Dies(Path(sys.argv[2]))).work()

asyncio.run(main())
"""


async def test_who_is_killed_in_the_middle_is_followed(catalog: Catalog) -> None:
    await posters(catalog, 700, 710, 720)
    await later(catalog)
    folder = catalog.store.removeprefix("file://")
    dead = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", textwrap.dedent(KILLED), catalog.db.url, folder],
        env=os.environ,
        check=False,
    )
    assert dead.returncode == -signal.SIGKILL
    assert len(await loose(catalog)) == 4 and len(await objects(catalog)) == 4, "two are deleted, and not noted as that"
    await later(catalog)
    await swept(catalog)
    assert await objects(catalog) == await used(catalog) and await loose(catalog) == set()


async def test_one_that_is_withdrawn_leaves_nothing_behind(catalog: Catalog) -> None:
    title, _ = await posters(catalog, 700, 710)
    await catalog.edit("POST", f"/titles/{title}/unpublish")

    async def renamed() -> bool:
        await catalog.app.state.withdrawals.work()
        return [bool(row["gone"]) for row in await catalog.rows("SELECT gone FROM withdrawals")] == [True]

    await eventually(renamed)
    assert await used(catalog) & await loose(catalog) == set()
    await later(catalog)
    await swept(catalog)
    assert await objects(catalog) == await used(catalog), "those of before went with what was replaced"


async def test_what_was_replaced_before_there_were_notes_is_found_in_the_log(catalog: Catalog) -> None:
    title, _ = await posters(catalog, 700, 710)
    person = (await catalog.edit("POST", "/people", json={"name": "Ada"})).json()["id"]
    for size in (400, 410):
        await put(catalog, f"/people/{person}/portrait", picture(size, size))
    await put(catalog, f"/titles/{title}/artwork/logo", picture(200, 100))
    await put(catalog, f"/titles/{title}/artwork/logo", picture(210, 100))
    left = await objects(catalog) - await used(catalog)
    assert len(left) == 5
    await asyncio.to_thread(migrations.downgrade, "services.catalog", catalog.db.url, "2026_11_27_undone")
    await asyncio.to_thread(migrations.upgrade, "services.catalog", catalog.db.url)
    assert left <= await loose(catalog)
    await later(catalog)
    await swept(catalog)
    assert await objects(catalog) == await used(catalog) and Path(catalog.store.removeprefix("file://")).is_dir()

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
from services.catalog.repository import loose as loose_objects
from services.catalog.repository import titles
from services.catalog.service import sweeping
from services.catalog.service.sweeping import Sweeping
from tests.catalog.conftest import Catalog
from tests.catalog.files import GOOD, finished, send
from tests.catalog.test_artwork import picture, put
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


async def test_a_picture_that_was_replaced_goes_in_its_time_and_the_one_in_use_stays(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 2)
    title, (first, *_, last) = await posters(catalog, 700, 710, 720)
    everything = await objects(catalog)
    assert len(everything) == 6 and await loose(catalog) == everything - await used(catalog)
    await swept(catalog)
    assert await objects(catalog) == everything, "somebody may take it back"
    [soon] = await catalog.rows("SELECT min(due_at) - now() > interval '29 days' AS later FROM loose_objects")
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
    left = await catalog.rows("SELECT key, due_at < now() + interval '2 minutes' AS soon FROM loose_objects")
    assert {row["soon"] for row in left if kept not in row["key"]} == {True}, "nobody can bring it back"
    assert {row["soon"] for row in left if kept in row["key"]} == {False}, "that title can show it again"
    await later(catalog)
    await swept(catalog)
    assert await objects(catalog) == await used(catalog)
    # Whoever was given a portrait by hand stays, credited or not.
    assert {key.split("/")[1] for key in await objects(catalog)} == {kept, "people"}


async def test_while_the_store_is_away_nothing_is_forgotten(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    await posters(catalog, 700, 710, 720, 730)
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
    assert len(await loose(catalog)) == 5 and calls == 4, "it does not go on asking"
    await swept(catalog)
    assert len(await loose(catalog)) == 5, "for a while nobody tries again"
    await later(catalog)
    await swept(catalog)
    assert await objects(catalog) == await used(catalog) and await loose(catalog) == set()


async def test_one_that_cannot_be_deleted_holds_up_no_others_and_is_tried_ever_more_seldom(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 2)
    await posters(catalog, 700, 710, 720, 730)
    store = open_store(catalog.store)
    delete, bad = store.delete_prefix, min(await loose(catalog))
    await catalog.rows("UPDATE loose_objects SET due_at = now() - interval '1 day'")
    await catalog.rows("UPDATE loose_objects SET due_at = now() - interval '2 days' WHERE key = $1", bad)

    async def refuses(key: str) -> None:
        if key == bad:
            raise StoreAway
        await delete(key)

    monkeypatch.setattr(store, "delete_prefix", refuses)
    await Sweeping(catalog.db, store).work()
    assert await loose(catalog) == {bad}
    for hours in (1, 2, 4):
        [row] = await catalog.rows(
            "SELECT round(extract(epoch FROM due_at - now()) / 3600) AS hours FROM loose_objects WHERE swept_at IS NULL"
        )
        assert row["hours"] == hours
        await catalog.rows("UPDATE loose_objects SET due_at = now() WHERE swept_at IS NULL")
        await Sweeping(catalog.db, store).work()
    await later(catalog)
    await swept(catalog)
    assert await objects(catalog) == await used(catalog) and await loose(catalog) == set()


async def test_a_picture_whose_objects_go_before_it_is_named_is_stored_again(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    title, _ = await posters(catalog, 700, 705)
    hold, slow = loose_objects.hold, 1

    async def after_a_day(session: Any, keys: Any) -> set[str]:
        nonlocal slow
        if slow:
            slow -= 1
            await catalog.rows("UPDATE loose_objects SET due_at = now() WHERE key = ANY ($1)", list(keys))
            await swept(catalog)
        return await hold(session, keys)

    monkeypatch.setattr(loose_objects, "hold", after_a_day)
    answer = await put(catalog, f"/titles/{title}/artwork/poster", picture(710, 1000))
    assert answer.status_code == 200, answer.text
    assert answer.json()["url"].lstrip("/") in await used(catalog) <= await objects(catalog)


async def test_pictures_that_were_replaced_or_removed_can_be_taken_back_as_long_as_they_are_kept(
    catalog: Catalog,
) -> None:
    series, made = await catalog.series(seasons=1, episodes=1, published=False)
    poster, still = f"/titles/{series}/artwork/poster", f"/episodes/{made[0][0]['id']}/still"
    first = [(await put(catalog, path, picture(700, 1000))).json() for path in (poster, f"{poster}?language=de", still)]
    then = (await catalog.edit("GET", f"/titles/{series}")).json()
    for path in (poster, still):
        await put(catalog, path, picture(400, 300))
    assert (await catalog.edit("DELETE", f"/titles/{series}/texts/de")).status_code == 204
    await swept(catalog)

    async def back() -> Any:
        body = {"version": then["version"]}
        return await catalog.edit("POST", f"/titles/{series}/rollback", json=body, headers={"If-Match": "*"})

    answer = await back()
    assert answer.status_code == 200, answer.text
    now = (await catalog.edit("GET", f"/titles/{series}")).json()
    assert [now[name] for name in ("artwork", "local_artwork")] == [then[name] for name in ("artwork", "local_artwork")]
    assert {item["url"].lstrip("/") for item in first} <= await used(catalog) <= await objects(catalog)
    await later(catalog)
    await swept(catalog)
    assert await objects(catalog) == await used(catalog), "what came in between is what went"
    # What is about to go is not shown again.
    for path in (poster, still):
        await put(catalog, path, picture(410, 300))
    await catalog.rows("UPDATE loose_objects SET tries = 1")
    gone = await back()
    assert (gone.status_code, gone.json()["code"]) == (409, "nothing_to_take_back")
    assert await used(catalog) <= await objects(catalog)


async def test_a_title_that_was_withdrawn_takes_no_picture_back_that_viewers_know(catalog: Catalog) -> None:
    title, (_, known) = await posters(catalog, 700, 710)
    then = (await catalog.edit("GET", f"/titles/{title}")).json()["version"]
    await catalog.edit("POST", f"/titles/{title}/unpublish")
    answer = await put(catalog, f"/titles/{title}/artwork/poster", picture(720, 1000))
    assert answer.status_code == 200
    body = {"version": then, "fields": [f"image.{title}.poster"]}

    async def back() -> Any:
        return await catalog.edit("POST", f"/titles/{title}/rollback", json=body, headers={"If-Match": "*"})

    refused = await back()
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_take_back")

    async def gone() -> bool:
        catalog.clock.advance(60)
        await catalog.app.state.withdrawals.work()
        return await catalog.rows("SELECT FROM withdrawals") == []

    await eventually(gone)
    assert (await catalog.edit("POST", f"/titles/{title}/publish")).status_code == 200
    assert (await back()).status_code == 409
    assert known.lstrip("/") not in await objects(catalog) and await used(catalog) <= await objects(catalog)


async def test_who_is_left_of_two_shows_the_portrait_there_is(catalog: Catalog) -> None:
    one, other, third = [(await catalog.edit("POST", "/people", json={"name": name})).json()["id"] for name in "ABC"]
    url = (await put(catalog, f"/people/{other}/portrait", picture(400, 400))).json()["url"]
    await put(catalog, f"/people/{third}/portrait", picture(410, 410))
    for merged in (other, third):
        answer = await catalog.edit("POST", f"/people/{merged}/merge", json={"into": one})
        assert answer.status_code == 200 and answer.json()["portrait_url"] == url, answer.text
    assert url.lstrip("/") in await used(catalog) and not any(third in key for key in await used(catalog))
    # Whatever the notes say, and whoever the key is called after.
    for key in await used(catalog):
        await catalog.rows("INSERT INTO loose_objects (key, due_at) VALUES ($1, now())", key)
    await later(catalog)
    await swept(catalog)
    assert await objects(catalog) == await used(catalog) != set()


async def test_the_portrait_of_who_was_removed_comes_back_for_a_while(catalog: Catalog) -> None:
    person = (await catalog.edit("POST", "/people", json={"name": "Ada"})).json()["id"]
    url = (await put(catalog, f"/people/{person}/portrait", picture(400, 400))).json()["url"]
    assert (await catalog.edit("DELETE", f"/people/{person}")).status_code == 204
    assert await used(catalog) == set()
    await swept(catalog)
    assert (await catalog.edit("POST", f"/people/{person}/restore")).json()["portrait_url"] == url
    assert await used(catalog) == await objects(catalog) and await loose(catalog) == set()
    assert (await catalog.edit("DELETE", f"/people/{person}")).status_code == 204
    await later(catalog)
    await swept(catalog)
    assert (await catalog.edit("POST", f"/people/{person}/restore")).json()["portrait_url"] is None
    assert await objects(catalog) == set()


async def test_a_note_is_never_given_less_time(catalog: Catalog) -> None:
    title, (_, url) = await posters(catalog, 700, 710)
    key = url.lstrip("/")
    await catalog.rows("INSERT INTO loose_objects (key, due_at) VALUES ($1, now() + interval '90 days')", key)
    await put(catalog, f"/titles/{title}/artwork/poster", picture(720, 1000))
    [row] = await catalog.rows(
        "SELECT due_at > now() + interval '89 days' AS kept, picture IS NOT NULL AS known FROM loose_objects WHERE key = $1",
        key,
    )
    assert row["kept"] and row["known"]


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

"""What the cleanup removes, and what it never does: bytes that a row still needs, and those of work that goes on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from libs.chassis.object_store import open_store
from pipelines.transcode.repository.uploads import KEPT
from pipelines.transcode.service.cleanup import Cleanup, SpoolDamaged
from pipelines.transcode.service.masters import folder
from pipelines.transcode.settings import Settings
from tests.transcode.conftest import Api, Inside, master
from tests.transcode.servers import noise

LONG_AGO = KEPT + timedelta(days=1)


@pytest.fixture(autouse=True)
def nobody_else_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The API's own cleanup rests: it would sweep between what a test writes and what it looks at."""

    async def rest(_: Cleanup) -> None: ...

    monkeypatch.setattr(Cleanup, "work", rest)


def id_of(where: str) -> UUID:
    return UUID(where.rpartition("/")[2])


async def stray(settings: Settings, where: str) -> str:
    """What a writer that was killed left in an upload's place."""
    key = f"{folder(id_of(where))}/000000000000000-{uuid4().hex}"
    await open_store(settings.object_store_url).put_bytes(key, b"nobody's")
    return key


async def test_only_what_no_upload_needs_is_removed(api: Api, settings: Settings, inside: Inside) -> None:
    data = noise(100)
    places: dict[str, str] = {}
    strays: dict[str, str] = {}
    for name in ("going", "done", "stopped", "left", "kept"):
        where = places[name] = (await api.create(100)).headers["Location"]
        strays[name] = await stray(settings, where)
        sent = data if name == "done" else data[:60]
        assert (await api.patch(where, 0, sent)).status_code == 204
    assert (await api.client.delete(places["stopped"], headers=api.headers)).status_code == 204
    await inside.age(places["left"], LONG_AGO)
    await inside.age(places["kept"], KEPT - timedelta(minutes=5))
    await inside.cleanup.sweep()
    left = set(await inside.objects())
    assert {name for name in places if strays[name] in left} == {"going", "kept"}
    held = {name for name, where in places.items() if any(key.startswith(folder(id_of(where))) for key in left)}
    assert held == {"going", "kept", "done"}
    for name, sent in (("going", data[:60]), ("kept", data[:60]), ("done", data)):
        assert await master(settings, places[name]) == sent
    known = await inside.connection.fetch("SELECT id FROM uploads")
    assert {row["id"] for row in known} == {id_of(places[name]) for name in held}


async def test_what_was_joined_belongs_to_the_film(api: Api, settings: Settings, inside: Inside) -> None:
    """The parts' own places are looked through a week later, and nothing of the film goes with them."""
    parts = []
    for start in (0, 50):
        headers = {**api.headers, "Upload-Length": "50", "Upload-Concat": "partial"}
        where = (await api.client.post("/api/v1/admin/uploads", headers=headers)).headers["Location"]
        assert (await api.patch(where, 0, noise(100)[start : start + 50])).status_code == 204
        parts.append(where)
    strays = [await stray(settings, where) for where in parts]
    created = await api.create(1)
    film = created.request.headers["Upload-Metadata"]
    headers = {**api.headers, "Upload-Concat": f"final;{' '.join(parts)}", "Upload-Metadata": film}
    joined = (await api.client.post("/api/v1/admin/uploads", headers=headers)).headers["Location"]
    await inside.cleanup.sweep()
    assert set(strays) <= set(await inside.objects()), "whoever joined them may still ask"
    for where in parts:
        await inside.age(where, LONG_AGO)
    await inside.cleanup.sweep()
    assert not set(strays) & set(await inside.objects())
    assert await master(settings, joined) == noise(100)
    for where in parts:
        assert (await api.client.head(where, headers=api.headers)).status_code == 404
    assert await api.offset(joined) == 100


async def test_an_upload_that_is_being_written_is_not_given_up(api: Api, inside: Inside) -> None:
    where = (await api.create(100)).headers["Location"]
    await inside.age(where, LONG_AGO)
    await inside.connection.execute(
        "UPDATE uploads SET claim = $2, claimed_until = now() + interval '5 seconds' WHERE id = $1",
        id_of(where),
        uuid4(),
    )
    await inside.cleanup.sweep()
    assert await api.offset(where) == 0
    await inside.connection.execute(
        "UPDATE uploads SET claimed_until = now() - interval '1 second' WHERE id = $1", id_of(where)
    )
    await inside.cleanup.sweep()
    assert (await api.client.head(where, headers=api.headers)).status_code == 404


@pytest.mark.parametrize("status", ["ready", "failed", "encoding"])
async def test_runs_that_nobody_published_go_a_day_after_the_end(
    api: Api, settings: Settings, inside: Inside, tmp_path: Path, status: str
) -> None:
    store, film = open_store(settings.object_store_url), tmp_path / "film.bin"
    film.write_bytes(b"film")
    mine, other = [UUID(await api.upload(film)) for _ in range(2)]
    for asset_id in (mine, other):
        for attempt in (1, 2, 11, 12):
            await store.put_bytes(f"media/{asset_id}/r{attempt}/master.m3u8", b"#EXTM3U")
    published = f"{mine}/r1/master.m3u8" if status == "ready" else None
    await inside.connection.execute(
        "UPDATE assets SET status = $2, attempt = 12, hls = $3, updated_at = now() - interval '23 hours' WHERE id = $1",
        mine, status, published,
    )  # fmt: skip
    # Its job is in the queue, so it is nobody's orphan.
    await inside.cleanup.sweep()
    everything = {f"media/{asset_id}/r{n}/master.m3u8" for asset_id in (mine, other) for n in (1, 2, 11, 12)}
    assert set(await store.list("media")) == everything
    await inside.connection.execute("UPDATE assets SET updated_at = now() - interval '25 hours' WHERE id = $1", mine)
    await inside.cleanup.sweep()
    left = {key for key in everything if str(other) in key}
    if status == "ready":
        left |= {f"media/{mine}/r1/master.m3u8"}
    if status == "encoding":
        left = everything
    assert set(await store.list("media")) == left


async def spooled(api: Api, settings: Settings, inside: Inside, received: int, content: bytes) -> str:
    """An upload as versions before parts left it: a row that says how much arrived, and a file of this machine."""
    where = (await api.create(100)).headers["Location"]
    await inside.connection.execute(
        "UPDATE uploads SET spooled = true, received = $2 WHERE id = $1", id_of(where), received
    )
    path = settings.work_dir / "uploads" / str(id_of(where))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return where


async def test_a_spooled_file_that_is_too_short_is_kept_and_said_and_stops_nothing_else(
    api: Api, settings: Settings, inside: Inside
) -> None:
    short = await spooled(api, settings, inside, 60, noise(59))
    good = await spooled(api, settings, inside, 60, noise(60) + b"not yet counted")
    with pytest.raises(SpoolDamaged, match="shorter than the 60 bytes"):
        await inside.cleanup.sweep()
    here = settings.work_dir / "uploads"
    assert [path.name for path in here.iterdir()] == [str(id_of(short))]
    assert await master(settings, good) == noise(60)
    assert await api.offset(good) == 60
    assert (await api.patch(short, 60, b"x")).json()["code"] == "upload_moving"


async def test_files_that_are_no_uploads_and_uploads_of_others_stay(
    api: Api, settings: Settings, inside: Inside
) -> None:
    """The directory may hold what is not ours; a file whose upload is unknown here may be another database's."""
    here = settings.work_dir / "uploads"
    elsewhere = await spooled(api, settings, inside, 10, noise(10))
    (here / str(id_of(elsewhere))).unlink()
    strangers = ["notes.txt", str(uuid4())]
    for name in strangers:
        (here / name).write_bytes(b"?")
    gone = await spooled(api, settings, inside, 10, noise(10))
    await inside.connection.execute("UPDATE uploads SET state = 'removed' WHERE id = $1", id_of(gone))
    await inside.cleanup.sweep()
    assert sorted(path.name for path in here.iterdir()) == sorted(strangers)
    query = "SELECT received FROM uploads WHERE id = $1 AND spooled"
    assert await inside.connection.fetchval(query, id_of(elsewhere)) == 10, "another machine has the file"

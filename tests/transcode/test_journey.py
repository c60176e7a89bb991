"""The whole way: upload, encode, check, publish, with the events other services learn it from."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from libs.chassis.object_store import open_store
from libs.contracts.media import AssetFailed, AssetProgress, AssetReady
from pipelines.transcode.media.check import check
from pipelines.transcode.settings import Settings
from pipelines.transcode.worker import Worker
from tests.transcode.conftest import ASSETS, Api, MakeApi, eventually, make_clip


@pytest.fixture
def api_on_s3(make_api: MakeApi) -> Api:
    return make_api()


async def events(settings: Settings) -> list[tuple[str, dict[str, object]]]:
    connection = await asyncpg.connect(settings.database_url)
    try:
        rows = await connection.fetch("SELECT type, payload FROM outbox ORDER BY id")
    finally:
        await connection.close()
    return [(row["type"], orjson.loads(row["payload"])) for row in rows]


async def test_film_becomes_checked_asset(api: Api, worker: Worker, settings: Settings, clip: Path) -> None:
    playable = uuid4()
    asset_id = await api.upload(clip, playable)
    asset = await api.ended(asset_id)
    assert asset["status"] == "ready", asset
    assert asset["progress"] == 1
    assert asset["duration"] == 8
    assert [(rendition["height"], rendition["range"]) for rendition in asset["renditions"]] == [
        (360, "SDR"),
        (240, "SDR"),
    ]
    assert asset["left_out"] == []
    assert asset["hls"] == f"{asset_id}/r1/master.m3u8"
    store = Path(urlsplit(settings.object_store_url).path)
    report = check(store / "media" / asset_id / "r1")
    assert report.problems == []
    told = await events(settings)
    assert told[0] == (
        AssetProgress.TYPE,
        {"asset_id": asset_id, "playable_id": str(playable), "version": 1, "status": "queued", "progress": 0.0},
    )
    ready = AssetReady.model_validate(told[-1][1])
    assert told[-1][0] == AssetReady.TYPE
    assert (ready.asset_id, ready.playable_id, ready.hls) == (UUID(asset_id), playable, asset["hls"])
    versions = [payload["version"] for _, payload in told]
    assert versions == list(range(1, len(told) + 1))
    listed = await api.get(f"{ASSETS}?playable_id={playable}")
    assert [item["id"] for item in listed["items"]] == [asset_id]
    await eventually(lambda: not list((settings.work_dir / "workers").glob("*/*")))
    assert list((store / "masters" / "parts").iterdir())


async def test_text_named_mp4_fails_with_reason(api: Api, worker: Worker, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_text("This is not a film.\n" * 50)
    asset = await api.ended(await api.upload(path))
    assert asset["status"] == "failed"
    assert asset["error"]["code"] == "not_media"
    assert "MP4" in asset["error"]["detail"]
    kind, payload = (await events(settings))[-1]
    assert kind == AssetFailed.TYPE
    assert payload["code"] == "not_media"


async def test_awkward_names_change_nothing(api: Api, worker: Worker, clip: Path) -> None:
    names = ("-i /etc/passwd", "two\nlines.mp4", "%d%05d.mp4", "nul\x00byte.mp4", "../../etc/passwd", "'; rm -rf /")
    assets = [await api.upload(clip, filename=name) for name in names[:2]]
    for asset_id, name in zip(assets, names, strict=False):
        asset = await api.ended(asset_id)
        assert (asset["status"], asset["filename"]) == ("ready", name.replace("\n", "")), asset
    for name in names[2:]:
        created = await api.create(10, filename=name)
        assert created.json()["filename"] == name.replace("\x00", "")


async def test_film_without_sound_and_with_labels(api: Api, worker: Worker, settings: Settings, clips: Path) -> None:
    path = make_clip(clips / "silent.mkv", 5, "426x240", "24000/1001", sound=False)
    asset = await api.ended(await api.upload(path, label_rungs="1"))
    assert asset["status"] == "ready", asset
    assert [track["kind"] for track in asset["tracks"]] == ["audio"]
    assert asset["renditions"][0]["fps"] == 23.976


async def test_published_to_s3(api_on_s3: Api, worker: Worker, settings: Settings, clip: Path, tmp_path: Path) -> None:
    asset = await api_on_s3.ended(await api_on_s3.upload(clip))
    assert asset["status"] == "ready", asset
    store = open_store(settings.object_store_url)
    run = asset["hls"].rpartition("/")[0]
    for key in await store.list(f"media/{run}"):
        target = tmp_path / "copy" / key.removeprefix(f"media/{run}/")
        target.parent.mkdir(parents=True, exist_ok=True)
        await store.download(key, target)
    assert check(tmp_path / "copy").problems == []


REAL = Path(__file__).parents[2].parent / "shared" / "clips" / "bbb480p30s.mp4"


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_file(), reason="there is no real film beside the checkout")
async def test_real_film(api: Api, worker: Worker, settings: Settings) -> None:
    asset = await api.ended(await api.upload(REAL), 240)
    assert asset["status"] == "ready", asset
    assert asset["duration"] == 30
    assert [rendition["height"] for rendition in asset["renditions"]] == [480, 360, 240]
    assert {rendition["fps"] for rendition in asset["renditions"]} == {24}

"""The whole way: upload, encode, check, publish, with the events other services learn it from."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import orjson

from libs.contracts.media import AssetFailed, AssetProgress, AssetReady
from pipelines.transcode.media.check import check
from pipelines.transcode.settings import Settings
from pipelines.transcode.worker import Worker
from tests.transcode.conftest import ASSETS, Api


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
    assert [rendition["height"] for rendition in asset["renditions"]] == [360, 240]
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
    assert not list((settings.work_dir / "jobs").iterdir())


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

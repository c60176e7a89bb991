"""An asset through any sequence of attempts, answers that come too late, cancellations, retries and lost jobs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.chassis.data.database import Database
from libs.contracts.media import Rendition
from pipelines.transcode.repository.assets import Assets, Result
from pipelines.transcode.settings import Settings
from tests.transcode.conftest import Api, Inside

RESULT = Result(9.0, "a/r1/master.m3u8", "a/r1/manifest.mpd", "a/r1/thumbnails.vtt", (
    Rendition(height=360, width=640, codec="avc1.64001f", bitrate=800_000, fps=25),
), ())  # fmt: skip


@dataclass
class Known:
    """An asset as the model knows it."""

    status: str = "queued"
    attempt: int = 0
    strikes: int = 0
    version: int = 1
    code: str | None = None
    waiting: bool = True  # its job is in the queue

    @property
    def live(self) -> bool:
        return self.status not in ("ready", "failed")


class Model:
    """Calls the repository, and says what must come of it."""

    def __init__(self, assets: Assets, inside: Inside, asset_id: UUID, data: st.DataObject) -> None:
        self.assets = assets
        self.inside = inside
        self.asset_id = asset_id
        self.draw = data.draw
        self.known = Known()

    def attempt(self) -> int:
        """An attempt to speak for: mostly the newest, else one that was overtaken."""
        return max(0, self.known.attempt - self.draw(st.sampled_from([0, 0, 0, 1, 2])))

    def may(self, attempt: int) -> bool:
        return self.known.live and attempt == self.known.attempt

    async def begin(self) -> None:
        begun = await self.assets.begin(self.asset_id)
        assert (begun is not None) == self.known.live
        if begun is not None:
            self.known.attempt += 1
            self.known.strikes += 1
            assert (begun.attempt, begun.strikes) == (self.known.attempt, self.known.strikes)

    async def progress(self) -> None:
        attempt, tell = self.attempt(), self.draw(st.booleans())
        status = self.draw(st.sampled_from(["probing", "encoding", "packaging", "checking"]))
        assert await self.assets.progress(self.asset_id, attempt, status, 0.5, tell=tell) == self.may(attempt)
        if self.may(attempt):
            self.known.status = status
            self.known.version += tell

    async def release(self) -> None:
        attempt = self.attempt()
        await self.assets.release(self.asset_id, attempt)
        if self.may(attempt):
            self.known.strikes = max(0, self.known.strikes - 1)

    async def publish(self) -> None:
        attempt = self.attempt()
        may = self.may(attempt)
        assert await self.assets.publish(self.asset_id, attempt, RESULT) == may
        if may:
            self.known.status, self.known.code, self.known.strikes = "ready", None, 0
            self.known.version += 1

    async def fail(self) -> None:
        """By the worker, for its attempt; or by a member of staff, for any."""
        attempt = self.draw(st.sampled_from([self.attempt(), None]))
        may = self.known.live if attempt is None else self.may(attempt)
        assert await self.assets.fail(self.asset_id, attempt, "cancelled", "…") == may
        if may:
            self.known.status, self.known.code = "failed", "cancelled"
            self.known.version += 1

    async def retry(self) -> None:
        assert await self.assets.retry(self.asset_id) == (self.known.status == "failed")
        if self.known.status == "failed":
            self.known.status, self.known.code, self.known.strikes = "queued", None, 0
            self.known.version += 1
            self.known.waiting = True

    async def lose_the_job(self) -> None:
        """The queue says that the job ended, and nobody told the asset; some time goes by."""
        await self.inside.connection.execute(
            "UPDATE procrastinate_jobs SET status = 'failed' WHERE args->>'asset_id' = $1", str(self.asset_id)
        )
        await self.inside.connection.execute(
            "UPDATE assets SET updated_at = now() - interval '2 minutes' WHERE id = $1", self.asset_id
        )
        self.known.waiting = False

    async def sweep(self) -> None:
        requeued = self.asset_id in await self.assets.requeue_orphans()
        assert requeued == (self.known.live and not self.known.waiting)
        self.known.waiting = self.known.waiting or requeued

    async def agree(self) -> None:
        asset = await self.assets.get(self.asset_id)
        assert asset is not None
        known = self.known
        assert (asset.status, asset.attempt, asset.strikes, asset.version, asset.error_code) == (
            known.status, known.attempt, known.strikes, known.version, known.code
        )  # fmt: skip
        for attempt in {known.attempt, known.attempt - 1}:
            assert await self.assets.holds(self.asset_id, attempt) == self.may(attempt)
        assert (asset.hls is not None) == (known.status == "ready")

    async def events(self) -> list[dict[str, Any]]:
        rows = await self.inside.connection.fetch("SELECT payload FROM outbox ORDER BY id")
        found = [json.loads(row["payload"]) for row in rows]
        return [event for event in found if event["asset_id"] == str(self.asset_id)]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
async def test_whatever_comes_too_late_changes_nothing(
    api: Api, settings: Settings, inside: Inside, tmp_path_factory: Any, data: st.DataObject
) -> None:
    """And each change that is told has the next version, the last of them as the asset is."""
    film = tmp_path_factory.getbasetemp() / "film.bin"
    film.write_bytes(b"film")
    db = Database(settings.database_url)
    await db.start()
    try:
        model = Model(Assets(db), inside, UUID(await api.upload(film)), data)
        names = [
            "begin",
            "begin",
            "progress",
            "progress",
            "release",
            "publish",
            "fail",
            "retry",
            "lose_the_job",
            "sweep",
        ]
        for name in data.draw(st.lists(st.sampled_from(names), max_size=20)):
            await getattr(model, name)()
            if model.known.live and name != "lose_the_job" and not model.known.waiting:
                # Whatever was written last counts as a sign of life for a while.
                await model.lose_the_job()
            await model.agree()
        events = await model.events()
        assert [event["version"] for event in events] == list(range(1, model.known.version + 1))
        last = events[-1]
        assert last.get("code") == model.known.code
        assert ("hls" in last) == (model.known.status == "ready")
    finally:
        await db.stop()


async def test_an_asset_whose_worker_lives_is_not_queued_again(
    api: Api, settings: Settings, inside: Inside, tmp_path: Any
) -> None:
    """Its job is being done, or it wrote something within the minute, or it is over."""
    (tmp_path / "film.bin").write_bytes(b"film")
    asset_id = UUID(await api.upload(tmp_path / "film.bin"))
    old = "UPDATE assets SET updated_at = now() - interval '2 minutes' WHERE id = $1"
    job = "UPDATE procrastinate_jobs SET status = $2 WHERE args->>'asset_id' = $1"
    db = Database(settings.database_url)
    await db.start()
    assets = Assets(db)
    try:
        for status, queued in (
            ("todo", False),
            ("doing", False),
            ("succeeded", True),
            ("todo", False),
            ("failed", True),
        ):
            await inside.connection.execute(job, str(asset_id), status)
            await inside.connection.execute(old, asset_id)
            assert (await assets.requeue_orphans() == [asset_id]) is queued, status
        await inside.connection.execute(job, str(asset_id), "failed")
        assert await assets.requeue_orphans() == [], "a minute must pass"
        assert await assets.fail(asset_id, None, "cancelled", "…")
        await inside.connection.execute(old, asset_id)
        assert await assets.requeue_orphans() == []
    finally:
        await db.stop()

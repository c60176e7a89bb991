"""The queue through any sequence of takers that finish, vanish, come back too late, give back, are cancelled or fail."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.chassis.data.database import Database
from libs.contracts.media import LeftOut, Rendition
from pipelines.transcode.domain import Turn
from pipelines.transcode.media.planned import Part
from pipelines.transcode.repository.assets import Assets, Result
from pipelines.transcode.repository.steps import Step, Steps
from pipelines.transcode.settings import Settings
from tests.transcode.conftest import Api, Inside

RESULT = Result(9.0, "a/r1/master.m3u8", "a/r1/manifest.mpd", "a/r1/thumbnails.vtt", (
    Rendition(height=360, width=640, codec="avc1.64001f", bitrate=800_000, fps=25),
), (), (LeftOut(kind="captions", number=0, language="de", reason="it is no text"),))  # fmt: skip
PARTS = (Part("sound", 0, 9.0), Part("chunk", 0, 4.0), Part("chunk", 1, 5.0))
LEASE = 60.0


@dataclass
class Known:
    """An asset as the model knows it: its open steps by kind and number, with who holds them, and what is done."""

    status: str = "queued"
    version: int = 1
    attempt: int = 0
    open: dict[tuple[str, int], UUID | None] = field(default_factory=lambda: {("plan", 0): None})
    done: set[tuple[str, int]] = field(default_factory=set)

    @property
    def live(self) -> bool:
        return self.status not in ("ready", "failed")


class Model:
    """Calls the repository, and says what must come of it."""

    def __init__(self, assets: Assets, steps: Steps, inside: Inside, asset_id: UUID, data: st.DataObject) -> None:
        self.assets = assets
        self.steps = steps
        self.inside = inside
        self.asset_id = asset_id
        self.draw: Any = data.draw
        self.known = Known()
        self.taken: list[Step] = []

    def holds(self, step: Step) -> bool:
        return self.known.live and self.known.open.get((step.kind, step.number)) == step.holder

    def any_taken(self) -> Step | None:
        """Somebody who has taken a step once: mostly who holds one, else whose was taken away."""
        holders = [step for step in self.taken if self.holds(step)]
        among = holders if holders and self.draw(st.sampled_from([True, True, True, False])) else self.taken
        found: Step | None = self.draw(st.sampled_from(among)) if among else None
        return found

    async def take(self) -> None:
        async with self.steps.choosing() as connection:
            films = await self.steps.waiting(connection)
            step = await self.steps.take(connection, Turn(self.asset_id, 0.0), LEASE)
        free = [key for key, holder in self.known.open.items() if holder is None] if self.known.live else []
        assert (self.asset_id in [film.asset_id for film in films if film.free]) == (step is not None) == bool(free)
        if step is not None:
            key = (step.kind, step.number)
            assert key in free
            order = ["plan", "sound", "captions", "chunk", "finish"]
            assert key == min(free, key=lambda one: (order.index(one[0]), one[1])), "what is needed first"
            self.known.attempt += step.kind == "plan" or (step.kind == "finish" and step.takes > 1)
            assert step.attempt == self.known.attempt
            self.known.open[key] = step.holder
            self.taken.append(step)

    async def vanish(self) -> None:
        """A holder is not heard of for longer than its lease."""
        if (step := self.any_taken()) and self.holds(step):
            await self.inside.connection.execute(
                "UPDATE steps SET lease_until = now() - interval '1 second' WHERE id = $1", step.id
            )
            self.known.open[step.kind, step.number] = None
            # Whoever takes it has another token; until then its own still counts, and nothing is lost.
            async with self.steps.choosing() as connection:
                other = await self.steps.take(connection, Turn(self.asset_id, 0.0), LEASE)
            assert other is not None
            key = (other.kind, other.number)
            self.known.attempt += other.kind == "plan" or (other.kind == "finish" and other.takes > 1)
            assert self.known.open[key] is None
            self.known.open[key] = other.holder
            self.taken.append(other)
            if key != (step.kind, step.number):
                assert await self.steps.renew(step, 0.5, LEASE)
                self.known.open[step.kind, step.number] = step.holder
                await self.look()

    async def renew(self) -> None:
        if step := self.any_taken():
            assert await self.steps.renew(step, 0.5, LEASE) == self.holds(step)
            await self.look()

    async def end(self) -> None:
        """Say what came of a step: of a plan its parts, of a part where it is, of the finish that it is published."""
        if (step := self.any_taken()) is None:
            return
        may, key = self.holds(step), (step.kind, step.number)
        if step.kind == "plan":
            assert await self.steps.planned(step, "same", PARTS) == may
            if may:
                del self.known.open[key]
                for part in PARTS:
                    if (part.kind, part.number) not in self.known.done:
                        self.known.open[part.kind, part.number] = None
        elif step.kind == "finish":
            # Only its attempt speaks for the film; one that was given back and nobody took is still that.
            may = self.known.live and step.attempt == self.known.attempt and key in self.known.open
            assert await self.assets.publish(self.asset_id, step.attempt, RESULT) == may
            if may:
                self.known.open, self.known.done = {}, set()
        else:
            before = (await self.steps.results(step)).get(key)
            said = await self.steps.done(step, {"place": str(step.holder)})
            again = key in self.known.done and before is not None and before["place"] == str(step.holder)
            assert said == (may or (again and self.known.live))
            if may:
                del self.known.open[key]
                self.known.done.add(key)
        if may and self.known.live and step.kind != "finish" and not self.known.open:
            self.known.open["finish", self.known.attempt] = None
        await self.look()

    async def release(self) -> None:
        if step := self.any_taken():
            may = self.known.open.get((step.kind, step.number)) == step.holder
            await self.steps.release(step, 0, strike=False)
            if may:
                self.known.open[step.kind, step.number] = None

    async def fail(self) -> None:
        """By who holds a step; or by a member of staff."""
        step = self.any_taken() if self.draw(st.booleans()) else None
        may = self.known.live if step is None else self.holds(step)
        who, holder = (step.id, step.holder) if step else (None, None)
        assert await self.assets.fail(self.asset_id, "cancelled", "…", step=who, holder=holder) == may
        if may:
            self.known.open = {}
        await self.look()

    async def retry(self) -> None:
        assert await self.assets.retry(self.asset_id) == (self.known.status == "failed")
        if self.known.status == "failed":
            self.known.open = {("plan", 0): None}
        await self.look()

    async def look(self) -> None:
        asset = await self.assets.get(self.asset_id)
        assert asset is not None
        assert asset.version >= self.known.version
        self.known.status, self.known.version = asset.status, asset.version

    async def agree(self) -> None:
        await self.look()
        query = "SELECT kind, number, holder, state FROM steps WHERE asset_id = $1"
        rows = await self.inside.connection.fetch(query, self.asset_id)
        found = {(row["kind"], row["number"]): row["holder"] for row in rows if row["state"] != "done"}
        assert found == self.known.open
        assert {(row["kind"], row["number"]) for row in rows if row["state"] == "done"} == self.known.done

    async def events(self) -> list[dict[str, Any]]:
        rows = await self.inside.connection.fetch("SELECT payload FROM outbox ORDER BY id")
        found = [json.loads(row["payload"]) for row in rows]
        return [event for event in found if event["asset_id"] == str(self.asset_id)]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
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
        model = Model(Assets(db), Steps(db), inside, UUID(await api.upload(film)), data)
        names = ["take", "take", "take", "end", "end", "end", "vanish", "renew", "release", "fail", "retry"]
        for name in data.draw(st.lists(st.sampled_from(names), max_size=30)):
            await getattr(model, name)()
            await model.agree()
        events = await model.events()
        assert [event["version"] for event in events] == list(range(1, model.known.version + 1))
        last = events[-1]
        assert ("code" in last) == (model.known.status == "failed")
        assert ("hls" in last) == (model.known.status == "ready")
    finally:
        await db.stop()


async def test_what_is_said_again_counts_while_its_film_is_made(api: Api, settings: Settings, tmp_path: Path) -> None:
    """A worker whose answer was lost asks again; of a film that was cancelled meanwhile it is told so."""
    film = tmp_path / "film.bin"
    film.write_bytes(b"film")
    asset_id = UUID(await api.upload(film))
    db = Database(settings.database_url)
    await db.start()
    try:
        assets, steps = Assets(db), Steps(db)

        async def taken() -> Step:
            async with steps.choosing() as connection:
                step = await steps.take(connection, Turn(asset_id, 0.0), LEASE)
            assert step is not None
            return step

        assert await steps.planned(await taken(), "same", PARTS)
        sound = await taken()
        assert [await steps.done(sound, {"place": "here"}) for _ in range(2)] == [True, True]
        assert await assets.fail(asset_id, "cancelled", "…")
        assert not await steps.done(sound, {"place": "here"})
    finally:
        await db.stop()

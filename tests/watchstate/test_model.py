"""Anything that viewers, devices and late events do, against a model of what holds: the last thing that happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.chassis.ids import new_id
from services.watchstate.domain import is_completed
from tests.watchstate.conftest import Viewer, Watch

Order = tuple[datetime, int, int]


@dataclass
class Line:
    """A line of the history as the model knows it."""

    position: float
    completed: bool
    watched_at: datetime


class Model:
    """One profile and three playables."""

    def __init__(self, watch: Watch, data: st.DataObject) -> None:
        self.watch = watch
        self.draw = data.draw
        self.viewer: Viewer = watch.viewer(device_id=new_id())
        self.other: Viewer = watch.viewer()
        self.holds: dict[UUID, tuple[Order, float, bool]] = {}
        self.lines: dict[tuple[UUID, date], Line] = {}
        self.removed: dict[UUID, datetime] = {}
        self.cleared: datetime | None = None
        self.hidden: dict[UUID, datetime] = {}
        self.seq = 0
        self.wanted: list[UUID] = []

    async def begin(self) -> None:
        film, (one,) = await self.watch.title("Moss", duration=600)
        show, (two, three) = await self.watch.title("Signal Rock", episodes=[(1, 1), (1, 2)], credits_start=500)
        self.title = {one: film, two: show, three: show}
        self.credits = {one: None, two: 500.0, three: 500.0}

    async def beat(self) -> None:
        """From a stream: on time, late, repeated, or of another session at the same moment."""
        playable, position = self.draw(st.sampled_from(list(self.title))), float(self.draw(st.integers(0, 600)))
        at = self.watch.ago(self.draw(st.sampled_from([0, 0, 0, 5, 90, 90_000])))
        session = self.draw(st.sampled_from([self.viewer.session_id, self.other.session_id]))
        self.seq += self.draw(st.integers(0, 1))
        state = self.draw(st.sampled_from(["playing", "playing", "paused", "ended"]))
        for _ in range(self.draw(st.integers(1, 2))):
            await self.watch.watch(
                self.title[playable],
                playable,
                position,
                viewer=self.viewer,
                at=at,
                seq=self.seq,
                session_id=session,
                state=state,
            )
        self.happened(playable, position, (at, session.int, self.seq), ended=state == "ended")

    def happened(self, playable: UUID, position: float, order: Order, *, ended: bool) -> None:
        if self.cleared is not None and order[0] <= self.cleared:
            return
        if order[0] <= self.hidden.get(self.title[playable], datetime.min.replace(tzinfo=UTC)):
            return
        if playable in self.holds and order <= self.holds[playable][0]:
            return
        done = is_completed(position, 600, self.credits[playable], ended=ended)
        self.holds[playable] = (order, position, done)
        line = self.lines.setdefault((playable, order[0].date()), Line(position, False, order[0]))
        line.position, line.completed = position, line.completed or done
        line.watched_at = max(line.watched_at, order[0])

    async def wait(self) -> None:
        self.watch.clock.advance(self.draw(st.sampled_from([1, 60, 86_400])))

    async def remove(self) -> None:
        playable = self.draw(st.sampled_from(list(self.title)))
        answer = await self.watch.call("DELETE", f"/continue-watching/{playable}", self.viewer)
        assert answer.status_code == 204
        self.removed[self.title[playable]] = self.watch.clock.now()

    async def clear(self) -> None:
        """Also while beats of a clock that runs ahead are stored already: their repetitions are late as well."""
        assert (await self.watch.call("DELETE", "/history", self.viewer)).status_code == 204
        latest = max((order[0] for order, _, _ in self.holds.values()), default=self.watch.clock.now())
        self.cleared = max(filter(None, (self.cleared, latest, self.watch.clock.now())))
        self.holds.clear()
        self.lines.clear()
        self.removed.clear()
        self.hidden.clear()

    async def hide(self) -> None:
        """One title alone; what it was hidden for before holds too."""
        title = self.draw(st.sampled_from(sorted(set(self.title.values()))))
        assert (await self.watch.call("DELETE", f"/history/{title}", self.viewer)).status_code == 204
        mine = [playable for playable in self.title if self.title[playable] == title]
        told = [self.holds[playable][0][0] for playable in mine if playable in self.holds]
        before = [self.hidden[title]] if title in self.hidden else []
        self.hidden[title] = max(*told, *before, self.watch.clock.now(), self.watch.clock.now())
        for playable in mine:
            self.holds.pop(playable, None)
        self.lines = {key: line for key, line in self.lines.items() if key[0] not in mine}
        self.removed.pop(title, None)

    async def add(self) -> None:
        title = self.draw(st.sampled_from(sorted(set(self.title.values()))))
        answer = await self.watch.call("POST", "/list", self.viewer, json={"title_id": str(title)})
        assert answer.status_code == (409 if title in self.wanted else 201), answer.text
        self.wanted = self.wanted if title in self.wanted else [title, *self.wanted]

    async def reorder(self) -> None:
        order = self.draw(st.lists(st.sampled_from(sorted(set(self.title.values()))), unique=True))
        answer = await self.watch.call("PUT", "/list/order", self.viewer, json={"title_ids": [str(t) for t in order]})
        named = [title for title in order if title in self.wanted]
        self.wanted = [*named, *(title for title in self.wanted if title not in named)]
        assert answer.json()["title_ids"] == [str(title) for title in self.wanted]

    async def unwant(self) -> None:
        title = self.draw(st.sampled_from(sorted(set(self.title.values()))))
        assert (await self.watch.call("DELETE", f"/list/{title}", self.viewer)).status_code == 204
        self.wanted = [item for item in self.wanted if item != title]

    async def agree(self) -> None:
        ids = ",".join(map(str, self.title))
        items = await self.watch.items(f"/resume/playables?ids={ids}", self.viewer)
        assert {UUID(item["playable_id"]): (item["position"], item["completed"]) for item in items} == {
            playable: (position, done) for playable, (_, position, done) in self.holds.items()
        }
        lines = [
            (UUID(item["playable_id"]), item["position"], item["completed"]) for item in await self.pages("/history", 2)
        ]
        newest_first = sorted(self.lines.items(), key=lambda pair: (pair[1].watched_at, pair[0][0]), reverse=True)
        assert lines == [(playable, line.position, line.completed) for (playable, _), line in newest_first]
        assert [UUID(item["title_id"]) for item in await self.pages("/list", 1)] == self.wanted
        going = {UUID(item["title_id"]) for item in await self.watch.items("/continue-watching", self.viewer)}
        for title in set(self.title.values()):
            mine = [held for playable, held in self.holds.items() if self.title[playable] == title]
            counted = [order[0] for order, position, done in mine if done or position > 30]
            over = all(done for _, _, done in mine) and len(mine) == [*self.title.values()].count(title)
            if (
                not counted
                or (title in self.removed and self.removed[title] >= max(counted))
                or (over and len(mine) == 1)
            ):
                assert title not in going
            elif not any(done for _, _, done in mine):
                assert title in going
        assert await self.watch.items("/history", self.other) == []

    async def pages(self, path: str, limit: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = (await self.watch.call("GET", f"{path}?limit={limit}{cursor}", self.viewer)).json()
            found += page["items"]
            assert len(page["items"]) == limit or page["next_cursor"] is None
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"


STEPS = ("beat", "beat", "beat", "beat", "wait", "wait", "remove", "clear", "hide", "add", "reorder", "unwant")


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
async def test_what_holds_is_what_happened_last(watch: Watch, data: st.DataObject) -> None:
    model = Model(watch, data)
    await model.begin()
    for name in data.draw(st.lists(st.sampled_from(STEPS), min_size=3, max_size=25)):
        await getattr(model, name)()
    await model.agree()


async def test_pages_of_the_history_repeat_and_lose_nothing_while_it_grows(watch: Watch) -> None:
    """What was there at the beginning comes once each; what is watched meanwhile is newer and comes on no later page."""
    title, ids = await watch.title("Signal Rock", episodes=[(1, n) for n in range(1, 10)])
    # Two were reported in the same instant: only the playable tells them apart.
    for number, playable in enumerate(ids[:7]):
        await watch.watch(title, playable, 100, seq=number + 1, at=watch.ago(100 - number // 2))
    seen: list[str] = []
    cursor = ""
    for page in range(4):
        answer = (await watch.call("GET", f"/history?limit=2{cursor}")).json()
        seen += [item["playable_id"] for item in answer["items"]]
        await watch.watch(title, ids[7 + page % 2], 100 + page, seq=20 + page)
        watch.clock.advance(1)
        cursor = f"&cursor={answer['next_cursor']}"
    assert answer["next_cursor"] is None
    assert sorted(seen) == sorted(map(str, ids[:7]))


async def test_a_list_takes_a_thousand_titles_and_no_more(watch: Watch) -> None:
    (first, _), (last, _) = await watch.title("First"), await watch.title("Last")
    assert (await watch.call("POST", "/list", json={"title_id": str(first)})).status_code == 201
    await watch.rows(
        "INSERT INTO list_items (profile_id, title_id, account_id, rank, added_at)"
        " SELECT profile_id, gen_random_uuid(), account_id, n, added_at FROM list_items, generate_series(1, 999) n"
    )
    full = await watch.call("POST", "/list", json={"title_id": str(last)})
    assert (full.status_code, full.json()["code"]) == (409, "list_full")
    assert (await watch.call("POST", "/list", watch.bob, json={"title_id": str(last)})).status_code == 201
    assert (await watch.call("DELETE", f"/list/{first}")).status_code == 204
    assert (await watch.call("POST", "/list", json={"title_id": str(last)})).status_code == 201

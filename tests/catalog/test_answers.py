"""Answers that are kept are those of this second, of viewers of one kind, and of before the next change."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import BaseModel

from libs.chassis.clock import FrozenClock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.contracts.token import Principal
from services.catalog.answers import UNRATED, Answers, packed
from services.catalog.repository import ratings
from services.catalog.service.browse import Browsing
from services.catalog.service.own_stars import OwnStars
from tests.catalog.conftest import NOON, Catalog

NOWHERE = "postgresql://nobody@127.0.0.1:9/none"


class Body(BaseModel):
    number: int


async def test_an_answer_is_kept_for_its_second_and_until_something_is_committed() -> None:
    db, clock, reads = Database(NOWHERE), FrozenClock(NOON), 0
    answers = Answers(db, clock, most=2)

    async def read() -> BaseModel:
        nonlocal reads
        reads += 1
        return Body(number=reads)

    async def overtaken() -> BaseModel:
        body = await read()
        db.commits += 1
        return body

    async def asked(key: str = "a") -> bytes:
        return (await answers.get(key, read)).content

    assert [await asked(), await asked(), await asked("b"), await asked("b")] == [
        b'{"number":1}', b'{"number":1}', b'{"number":2}', b'{"number":2}',
    ]  # fmt: skip
    assert [await asked("c"), await asked("c")] == [b'{"number":3}', b'{"number":4}'], "there is room for two"
    clock.advance(1)
    assert await asked() == b'{"number":5}'
    db.commits += 1
    assert await asked() == b'{"number":6}'
    await answers.get("late", overtaken)
    assert await asked("late") == b'{"number":8}', "what was read before a change is not kept after it"
    await db.stop()


async def test_those_who_ask_at_once_wait_for_one_read_and_for_one_of_after_the_last_change() -> None:
    db, reads, go_on = Database(NOWHERE), 0, asyncio.Event()
    answers = Answers(db, FrozenClock(NOON), most=2)

    async def read() -> BaseModel:
        nonlocal reads
        reads += 1
        number = reads
        await go_on.wait()
        return Body(number=number)

    def ask() -> asyncio.Task[object]:
        return asyncio.ensure_future(answers.get("a", read))

    impatient, patient = ask(), ask()
    await asyncio.sleep(0)
    impatient.cancel()
    db.commits += 1
    after = [ask() for _ in range(5)]
    await asyncio.sleep(0)
    go_on.set()
    assert (await asyncio.gather(patient))[0].content == b'{"number":1}'  # type: ignore[attr-defined]
    assert {answer.content for answer in await asyncio.gather(*after)} == {b'{"number":2}'}  # type: ignore[attr-defined]
    assert reads == 2
    await db.stop()


async def test_what_fails_fails_for_all_who_wait_and_is_tried_again() -> None:
    db = Database(NOWHERE)
    answers = Answers(db, FrozenClock(NOON), most=2)

    async def broken() -> BaseModel:
        await asyncio.sleep(0)
        raise LookupError

    async def whole() -> BaseModel:
        return Body(number=1)

    found = await asyncio.gather(*(answers.get("a", broken) for _ in range(3)), return_exceptions=True)
    assert [type(error) for error in found] == [LookupError] * 3
    assert (await answers.get("a", whole)).content == b'{"number":1}'
    await db.stop()


class Title(BaseModel):
    description: str
    my_rating: int | None = None


@pytest.mark.parametrize("said", ['"my_rating":null', '\\"my_rating":null', "\\", 'x","my_rating":null,"y":"'])
def test_stars_go_where_they_belong_whatever_a_title_says(said: str) -> None:
    shared = packed(Title(description=said))
    assert shared.content.count(UNRATED) == 1
    assert Title.model_validate_json(shared.rated(4).content) == Title(description=said, my_rating=4)
    assert shared.rated(None) is shared
    assert len({shared.tag, shared.rated(1).tag, shared.rated(2).tag}) == 3


async def test_stars_that_are_asked_for_together_are_read_together(monkeypatch: pytest.MonkeyPatch) -> None:
    title, people, reads = new_id(), [new_id() for _ in range(5)], []

    async def own(_db: object, asked: list[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], int]:
        reads.append(len(asked))
        await asyncio.sleep(0)
        if len(reads) == 3:
            raise LookupError
        return {pair: 3 for pair in asked if pair[1] != people[0]}

    monkeypatch.setattr(ratings, "own", own)
    db = Database(NOWHERE)
    stars = OwnStars(db)
    first = asyncio.ensure_future(stars.of(title, people[0]))
    await asyncio.sleep(0)
    assert await asyncio.gather(first, *(stars.of(title, each) for each in people)) == [None, None, 3, 3, 3, 3]
    assert sum(reads) <= 6
    assert len(reads) <= 2
    reads[:] = [0, 0]
    with pytest.raises(LookupError):
        await stars.of(title, people[1])
    assert await stars.of(title, people[1]) == 3
    await db.stop()


@pytest.mark.asyncio(loop_scope="session")
async def test_a_kept_answer_is_for_whoever_may_have_it_and_each_finds_their_own_stars(
    talking: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = (await talking.film("Kept", maturity=12))["id"]
    reads: list[int] = []
    details = Browsing.details

    async def counted(self: Browsing, who: Principal, *more: Any) -> Any:
        reads.append(who.maturity)
        return await details(self, who, *more)

    monkeypatch.setattr(Browsing, "details", counted)
    fan, other = (talking.auth_headers(profile_id=new_id()) for _ in range(2))
    path = f"/api/v1/titles/{film}"
    assert (await talking.client.put(f"{path}/rating", json={"stars": 5}, headers=fan)).status_code == 200
    monkeypatch.setitem(talking.app.state._state, "answers", Answers(talking.db, talking.clock, most=10))

    async def asked(headers: dict[str, str], **more: str) -> httpx.Response:
        return await talking.client.get(path, headers={**headers, **more})

    first = await asked(fan)
    assert [(await asked(each)).json()["my_rating"] for each in (fan, other, fan)] == [5, None, 5]
    assert (await asked(fan, **{"If-None-Match": first.headers["ETag"]})).status_code == 304
    assert (await asked(other, **{"If-None-Match": first.headers["ETag"]})).status_code == 200
    assert len(reads) == 1
    assert (await asked({})).status_code == 401
    assert (await asked(talking.auth_headers())).json()["code"] == "profile_required"
    child = talking.auth_headers(profile_id=new_id(), maturity=7)
    assert (await asked(child)).status_code == 404
    assert (await asked(fan, **{"Accept-Language": "de"})).status_code == 200
    assert reads == [18, 7, 18], "what is of another age or in another language is read for itself"

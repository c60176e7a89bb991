"""Answers that are kept are those of this second, of viewers of one kind, and of before the next change."""

from pydantic import BaseModel

from libs.chassis.clock import FrozenClock
from libs.chassis.data.database import Database
from services.catalog.answers import Answers
from tests.catalog.conftest import NOON


class Body(BaseModel):
    number: int


async def test_an_answer_is_kept_for_its_second_and_until_something_is_committed() -> None:
    db, clock, reads = Database("postgresql://nobody@127.0.0.1:9/none"), FrozenClock(NOON), 0
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

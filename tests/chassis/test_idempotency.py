"""Idempotency keys in parallel, with another body, and after a failure."""

import asyncio
from typing import Any

import pytest

from libs.chassis.data.database import Database
from libs.chassis.data.idempotency import KeyReused, fingerprint, once


async def test_a_hundred_at_once_do_the_work_once(db: Database) -> None:
    done = 0

    async def work() -> tuple[int, dict[str, Any]]:
        nonlocal done
        done += 1
        await asyncio.sleep(0.01)
        return 201, {"charge": done}

    async def request() -> tuple[int, dict[str, Any]]:
        async with db.transaction() as session:
            return await once(session, scope="a", key="key-00000001", body={"plan": "basic"}, work=work)

    answers = await asyncio.gather(*(request() for _ in range(100)))
    assert done == 1
    assert all(answer == (201, {"charge": 1}) for answer in answers)


async def test_another_body_is_refused_and_another_scope_is_separate(db: Database) -> None:
    async def work() -> tuple[int, dict[str, Any]]:
        return 201, {"ok": True}

    async with db.transaction() as session:
        await once(session, scope="a", key="key-00000001", body={"plan": "basic"}, work=work)
    with pytest.raises(KeyReused):
        async with db.transaction() as session:
            await once(session, scope="a", key="key-00000001", body={"plan": "premium"}, work=work)
    async with db.transaction() as session:
        assert await once(session, scope="b", key="key-00000001", body={"plan": "premium"}, work=work) == (
            201,
            {"ok": True},
        )


async def test_a_failure_keeps_nothing_so_that_a_retry_works(db: Database) -> None:
    async def fails() -> tuple[int, dict[str, Any]]:
        raise ConnectionError

    async def works() -> tuple[int, dict[str, Any]]:
        return 201, {"ok": True}

    with pytest.raises(ConnectionError):
        async with db.transaction() as session:
            await once(session, scope="a", key="key-00000001", body={}, work=fails)
    async with db.transaction() as session:
        assert (await once(session, scope="a", key="key-00000001", body={}, work=works))[0] == 201


def test_the_order_of_keys_does_not_matter() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1}) != fingerprint({"a": 2, "b": 1})

"""A database with the sample service's tables, and a way to wait for something."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database
from libs.chassis.messaging.consumers import Received
from libs.contracts.catalog import TitleChanged
from tests.conftest import DatabaseFactory


@pytest.fixture
async def db(database: DatabaseFactory) -> AsyncIterator[Database]:
    db = Database(await database("tests.chassis.sample"))
    await db.start()
    yield db
    await db.stop()


async def eventually(check: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Wait until `check` holds; fail after `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await check():
        assert asyncio.get_running_loop().time() < deadline, "it never came true"
        await asyncio.sleep(0.05)


def title(title_id: UUID, version: int, name: str = "Salt") -> TitleChanged:
    return TitleChanged(
        title_id=title_id, version=version, type="movie", status="published", name=name, changed_at=datetime.now(UTC)
    )


async def note(session: AsyncSession, event: Received[TitleChanged]) -> None:
    """What a service's handler looks like: an upsert that only a newer version wins, counting every application."""
    await session.execute(
        text(
            "INSERT INTO notes (id, version, text, applied) VALUES (:id, :version, :text, 1) ON CONFLICT (id) DO UPDATE"
            " SET version = greatest(notes.version, excluded.version), applied = notes.applied + 1,"
            " text = CASE WHEN excluded.version > notes.version THEN excluded.text ELSE notes.text END"
        ),
        {"id": event.data.title_id, "version": event.data.version, "text": event.data.name},
    )

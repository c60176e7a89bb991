"""The database's own habits: what a failed statement says, and what it keeps to itself."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from libs.chassis.data.database import Database


async def test_a_failed_statement_does_not_repeat_what_people_wrote(empty_database: str) -> None:
    db = Database(empty_database)
    await db.start()
    try:
        with pytest.raises(DBAPIError) as failed:
            async with db.transaction() as session:
                await session.execute(text("SELECT 1 FROM nowhere WHERE name = :name"), {"name": "ada@example.org"})
    finally:
        await db.stop()

    assert "nowhere" in str(failed.value)
    assert "ada@example.org" not in str(failed.value)

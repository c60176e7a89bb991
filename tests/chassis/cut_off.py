"""A database that goes away in the middle of a transaction: everything was written, nothing is committed."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.messaging import outbox
from libs.contracts.envelope import Event


@contextmanager
def before_the_commit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Within it every transaction that adds an event to the outbox loses its connection as soon as it has."""
    real = outbox.add

    async def add(session: AsyncSession, *events: Event) -> None:
        await real(session, *events)
        await session.flush()
        # Killed from inside: this statement never comes back.
        await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "add", add)
        yield

"""A part that deletes, now and then, what is left of sessions that ended long ago."""

from __future__ import annotations

import asyncio

from libs.chassis import telemetry
from libs.chassis.parts import finish
from services.identity.hashing import Hasher
from services.identity.service.sessions import Sessions

log = telemetry.logger(__name__)
EVERY_SECONDS = 3600.0


class Sweep:
    """Also readies the hasher, so that the first sign-in with an unknown address takes no longer than any other."""

    name = "sweep"
    required = False

    def __init__(self, sessions: Sessions, hasher: Hasher) -> None:
        self._sessions = sessions
        self._hasher = hasher
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._hasher.prepare()
        self._task = asyncio.create_task(self._run(), name="sweep")

    async def stop(self) -> None:
        await finish(self._task)

    async def check(self) -> None:
        return None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                if gone := await self._sessions.forget_ended():
                    log.info("sessions_forgotten", sessions=gone)
            except Exception as error:
                log.warning("sweep_failed", reason=f"{type(error).__name__}: {error}")

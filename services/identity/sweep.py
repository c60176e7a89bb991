"""A part that deletes, now and then, what is left of sessions that ended long ago."""

from __future__ import annotations

from libs.chassis import telemetry
from libs.chassis.parts import Loop
from services.identity.hashing import Hasher
from services.identity.service.sessions import Sessions

log = telemetry.logger(__name__)


class Sweep(Loop):
    """Also readies the hasher, so that the first sign-in with an unknown address takes no longer than any other."""

    name = "sweep"
    every = first = 3600.0
    slowest = 60.0

    def __init__(self, sessions: Sessions, hasher: Hasher) -> None:
        super().__init__()
        self._sessions = sessions
        self._hasher = hasher

    async def start(self) -> None:
        await self._hasher.prepare()
        await super().start()

    async def work(self) -> None:
        if gone := await self._sessions.forget_ended():
            log.info("sessions_forgotten", sessions=gone)

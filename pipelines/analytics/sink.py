"""Follows every topic and has it taken in. Any number may run: the commit decides, and who loses stands by."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from libs.chassis import telemetry
from libs.chassis.components import Loop, finish
from libs.chassis.messaging.bus import Bus
from libs.contracts.envelope import Topic
from pipelines.analytics.service.keyring import Keyring
from pipelines.analytics.settings import Settings

log = telemetry.logger(__name__)

CLOSE_SECONDS = 5


class Sink(Loop):
    """A component: reads topics from where their tables end, and commits rows and offsets together."""

    name = "sink"
    every = 0.0
    slowest = 30.0

    def __init__(self, settings: Settings, bus: Bus, keyring: Keyring, topics: list[Topic]) -> None:
        super().__init__()
        self._settings = settings
        self._bus = bus
        self._keyring = keyring
        self._topics = topics
        self._standing_by: dict[str, float] = {}

    async def work(self) -> None:
        epoch = await self._bus.ready()
        following = asyncio.create_task(self._follow(epoch), name="sink:following")
        changed = asyncio.create_task(self._bus.changed(epoch), name="sink:epoch")
        try:
            await asyncio.wait({following, changed}, return_when=asyncio.FIRST_COMPLETED)
            if following.done():
                following.result()
            log.warning("broker_changed", reader=self.name)
        finally:
            await finish(changed)
            await finish(following)

    async def fill(self) -> int:
        """Take in all there is, and return how many rows were new."""
        epoch = await self._bus.ready()
        return await self._follow(epoch, until_quiet=True)

    async def _follow(self, epoch: str, *, until_quiet: bool = False) -> int:
        # pyiceberg and pyarrow take a second and a hundred megabytes: who only asks what this is need not load them.
        from pipelines.analytics.clients import Broker
        from pipelines.analytics.service.following import Following
        from pipelines.analytics.tables import Lake

        lake = await asyncio.to_thread(Lake, self._settings.database_url, self._settings.object_store_url)
        broker = Broker(self._settings)
        try:
            following = Following(self._settings, broker, lake, epoch, self._keyring, self._topics, self._standing_by)
            await following.begin()
            self.well()
            return await following.run(until_quiet=until_quiet)
        finally:
            with suppress(Exception):
                await asyncio.wait_for(broker.close(), CLOSE_SECONDS)
            lake.close()

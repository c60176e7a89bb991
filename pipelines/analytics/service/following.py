"""Reads topics from where their tables end, and has what waits committed in time; what another sink commits is left to it."""

from __future__ import annotations

import asyncio
import time

from libs.chassis import telemetry
from libs.chassis.messaging.received import uncollected
from libs.contracts.envelope import Topic
from pipelines.analytics import quality
from pipelines.analytics.clients import Broker
from pipelines.analytics.seen import Kept
from pipelines.analytics.service.intake import Intake, TakenByAnother
from pipelines.analytics.service.keyring import Keyring
from pipelines.analytics.settings import Settings
from pipelines.analytics.tables import Lake

log = telemetry.logger(__name__)

WAIT_SECONDS = 0.5
# Where nobody says where a topic ends: so long nothing must come.
QUIET_SECONDS = 5.0
LOOK_SECONDS = 60.0
# A topic whose rows another sink commits is left to it for so many times what it may wait between two commits.
STANDS_BY = 3


class MorePartitions(Exception):
    """A topic has more partitions than before; reading begins again with all of them."""


class Following:
    """One connection's worth of reading and writing."""

    def __init__(
        self,
        settings: Settings,
        broker: Broker,
        lake: Lake,
        epoch: str,
        keyring: Keyring,
        topics: list[Topic],
        standing_by: dict[str, float],
    ) -> None:
        self._settings = settings
        self._broker = broker
        self._standing_by = standing_by
        kept = Kept(settings.most_ids)
        self._intakes = {topic.name: Intake(lake, topic, epoch, keyring, kept) for topic in topics}
        self._parts: dict[str, list[int]] = {}
        self._heard = self._looked = time.monotonic()
        self._writing: tuple[Intake, asyncio.Task[int]] | None = None
        self._taken = 0
        self._lost = self._stands_by = False

    async def begin(self) -> None:
        """Go to where each table ends."""
        self._parts = await self._broker.partitions(self._intakes)
        for intake in self._intakes.values():
            await self._open(intake)
        self._heard = time.monotonic()

    async def _open(self, intake: Intake) -> None:
        places = await asyncio.to_thread(intake.open)
        await self._broker.go(intake.topic.name, self._parts[intake.topic.name], places)

    async def run(self, *, until_quiet: bool) -> int:
        """Read and commit; until nothing comes any more, or for ever. While rows are written the next ones are read."""
        self._stands_by = not until_quiet
        try:
            while True:
                self._lost = False
                with uncollected():
                    found = await self._broker.records(WAIT_SECONDS)
                for topic, records in found.items():
                    self._intakes[topic].add(records)
                if found:
                    self._heard = time.monotonic()
                quiet = until_quiet and not found and self._is_at_the_end()
                for intake in self._intakes.values():
                    if self._is_due(intake) or (quiet and intake.held):
                        await self._write(intake)
                    self._tell_lag(intake)
                if quiet or (self._writing is not None and self._writing[1].done()):
                    await self._written()
                if quiet and not self._lost and not any(intake.held for intake in self._intakes.values()):
                    return self._taken
                await self._take_up_again()
                await self._see_new_partitions()
        finally:
            if self._writing is not None:
                await asyncio.wait({self._writing[1]})

    def _is_at_the_end(self) -> bool:
        """Whether all that the broker had when it was last asked is here; a topic's last records may be none of ours."""
        if time.monotonic() - self._heard >= QUIET_SECONDS:
            return True
        for topic, intake in self._intakes.items():
            reached = intake.reached()
            ends = ((part, self._broker.end(topic, part)) for part in self._parts[topic])
            if any(end is None or reached.get(part, 0) < end for part, end in ends):
                return False
        return True

    async def _see_new_partitions(self) -> None:
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        now = await self._broker.partitions(self._intakes)
        for topic, parts in self._parts.items():
            if len(now[topic]) > len(parts):
                raise MorePartitions(topic)

    def _is_due(self, intake: Intake) -> bool:
        waited = time.monotonic() - intake.since
        return bool(intake.held) and (
            len(intake.held) >= self._settings.flush_rows or waited >= self._settings.flush_seconds
        )

    async def _write(self, intake: Intake) -> None:
        """Have what a topic holds written, once what is being written is done."""
        await self._written()
        if intake.held:  # a topic that was taken by another one lets go what it holds
            self._writing = intake, asyncio.create_task(asyncio.to_thread(intake.write, intake.take()))

    async def _written(self) -> None:
        """Wait for what is being written. Only here it shows whether it was: nothing is read meanwhile from a wrong place."""
        if self._writing is None:
            return
        (intake, writing), self._writing = self._writing, None
        try:
            self._taken += await writing
        except TakenByAnother:
            log.warning("topic_taken_by_another_sink", topic=intake.topic.name)
            self._lost = True
            await self._leave(intake)
            if self._stands_by:
                self._stand_by(intake)
            else:
                await self._open(intake)

    async def _leave(self, intake: Intake) -> None:
        await self._broker.leave(intake.topic.name, self._parts[intake.topic.name])
        intake.held = []

    def _stand_by(self, intake: Intake) -> None:
        self._standing_by[intake.topic.name] = time.monotonic() + STANDS_BY * self._settings.flush_seconds

    async def _take_up_again(self) -> None:
        """See whether what another sink took over has stood still since."""
        for topic, until in list(self._standing_by.items()):
            if time.monotonic() < until:
                continue
            await self._written()
            intake = self._intakes[topic]
            before = intake.places
            if await asyncio.to_thread(intake.open) != before:
                self._stand_by(intake)
                continue
            del self._standing_by[topic]
            await self._broker.go(topic, self._parts[topic], intake.places)
            log.info("topic_taken_up_again", topic=topic)

    def _tell_lag(self, intake: Intake) -> None:
        topic = intake.topic.name
        ends = [(part, self._broker.end(topic, part)) for part in self._parts[topic]]
        lag = sum(max(0, end - intake.places.get(part, 0)) for part, end in ends if end is not None)
        quality.LAG.labels(topic).set(lag)

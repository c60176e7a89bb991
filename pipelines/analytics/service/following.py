"""Reads topics from where their tables end, and has what waits committed in time; what another sink commits is left to it."""

from __future__ import annotations

import asyncio
import time

from aiokafka import AIOKafkaConsumer, TopicPartition

from libs.chassis import telemetry
from libs.chassis.messaging.received import uncollected
from libs.contracts.envelope import Topic
from pipelines.analytics import quality
from pipelines.analytics.service.intake import Intake, TakenByAnother
from pipelines.analytics.service.keyring import Keyring
from pipelines.analytics.settings import Settings
from pipelines.analytics.tables import Lake

log = telemetry.logger(__name__)

WAIT_MS = 500
FETCH_BYTES = 4_194_304
# A topic whose rows another sink commits is left to it for so many times what it may wait between two commits.
STANDS_BY = 3


class MorePartitions(Exception):
    """A topic has more partitions than before; reading begins again with all of them."""


class Following:
    """One connection's worth of reading and writing."""

    def __init__(
        self,
        settings: Settings,
        consumer: AIOKafkaConsumer,
        lake: Lake,
        epoch: str,
        keyring: Keyring,
        topics: list[Topic],
        standing_by: dict[str, float],
    ) -> None:
        self._settings = settings
        self._consumer = consumer
        self._standing_by = standing_by
        self._intakes = {
            topic.name: Intake(lake, topic, epoch, keyring, settings.most_ids // len(topics)) for topic in topics
        }
        self._parts: dict[str, list[TopicPartition]] = {}
        self._writing: tuple[Intake, asyncio.Task[int]] | None = None
        self._taken = 0
        self._lost = self._stands_by = False

    async def begin(self) -> None:
        """Go to where each table ends."""
        found = self._consumer.assignment()
        # From here on by hand: what a client assigns itself again it would read from the beginning again.
        self._consumer.unsubscribe()
        self._consumer.assign(sorted(found))
        self._parts = {topic: sorted(part for part in found if part.topic == topic) for topic in self._intakes}
        for intake in self._intakes.values():
            await self._reopen(intake)

    async def _reopen(self, intake: Intake) -> None:
        places = await asyncio.to_thread(intake.open)
        for part in self._parts[intake.topic.name]:
            if part.partition in places:
                self._consumer.seek(part, places[part.partition])
            else:
                await self._consumer.seek_to_beginning(part)

    async def run(self, *, until_quiet: bool) -> int:
        """Read and commit; until nothing comes any more, or for ever. While rows are written the next ones are read."""
        self._stands_by = not until_quiet
        try:
            while True:
                self._lost = False
                with uncollected():
                    found = await self._consumer.getmany(timeout_ms=WAIT_MS)
                for part, records in found.items():
                    self._intakes[part.topic].add(records)
                quiet = until_quiet and not found
                for intake in self._intakes.values():
                    if self._is_due(intake) or (quiet and intake.held):
                        await self._write(intake)
                    self._tell_lag(intake)
                if quiet or (self._writing is not None and self._writing[1].done()):
                    await self._written()
                if quiet and not self._lost and not any(intake.held for intake in self._intakes.values()):
                    return self._taken
                await self._take_up_again()
                self._see_new_partitions()
        finally:
            if self._writing is not None:
                await asyncio.wait({self._writing[1]})

    def _see_new_partitions(self) -> None:
        for topic, parts in self._parts.items():
            if len(self._consumer.partitions_for_topic(topic) or ()) > len(parts):
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
            if self._stands_by:
                self._stand_by(intake)
            else:
                await self._reopen(intake)

    def _stand_by(self, intake: Intake) -> None:
        self._consumer.pause(*self._parts[intake.topic.name])
        intake.held = []
        self._standing_by[intake.topic.name] = time.monotonic() + STANDS_BY * self._settings.flush_seconds

    async def _take_up_again(self) -> None:
        """See whether what another sink took over has stood still since."""
        for topic, until in list(self._standing_by.items()):
            if time.monotonic() < until:
                continue
            await self._written()
            intake = self._intakes[topic]
            before = intake.places
            await self._reopen(intake)
            if intake.places != before:
                self._stand_by(intake)
                continue
            del self._standing_by[topic]
            self._consumer.resume(*self._parts[topic])
            log.info("topic_taken_up_again", topic=topic)

    def _tell_lag(self, intake: Intake) -> None:
        ends = [(part.partition, self._consumer.highwater(part)) for part in self._parts[intake.topic.name]]
        lag = sum(max(0, end - intake.places.get(number, 0)) for number, end in ends if end is not None)
        quality.LAG.labels(intake.topic.name).set(lag)

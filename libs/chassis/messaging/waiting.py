"""Records of a topic that wait to be applied: what somebody writes goes before a crowd, and no key out of order.

A crowd is what one transaction wrote of many things, an import for one: its records say so, or many of them have one time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from aiokafka import ConsumerRecord, TopicPartition

from libs.chassis.messaging.received import CROWD, crowds, says_crowd, time_of

# Of a crowd so many are applied at once at least: more than a handler needs to see that they are one.
FEWEST_OF_A_CROWD = CROWD + 50


class _Place:
    """Of one partition: the offsets that are not applied yet, ascending, and the last one that arrived."""

    def __init__(self, first: int) -> None:
        self.open: dict[int, None] = {}
        self.last = first - 1

    @property
    def next(self) -> int:
        """From where a reader goes on that starts anew."""
        return next(iter(self.open), self.last + 1)


class Waiting:
    """Records that have arrived and were not taken yet, and how far each partition is applied."""

    def __init__(self) -> None:
        self._arrived = 0
        # By the number of their arrival, ascending: those that nobody has looked at, and those of crowds.
        self._new: dict[int, ConsumerRecord] = {}
        self._crowd: dict[int, ConsumerRecord] = {}
        self._of_key: dict[bytes | None, list[int]] = {}
        self._times = Counter[bytes | None]()
        self._places: dict[TopicPartition, _Place] = {}
        self._passed_over = False  # whether the last that was taken had nothing of a crowd that waits

    def __len__(self) -> int:
        return len(self._new) + len(self._crowd)

    def add(self, partition: TopicPartition, records: Sequence[ConsumerRecord]) -> None:
        """Let records of a partition wait, in their order."""
        place = self._places.get(partition)
        if place is None or records[0].offset <= place.last:
            # Another member had it meanwhile: it begins again where that one came to.
            self._forget({partition})
            place = self._places[partition] = _Place(records[0].offset)
        for record in records:
            self._new[self._arrived] = record
            self._arrived += 1
            place.open[record.offset] = None
        place.last = records[-1].offset

    def keep(self, partitions: Collection[TopicPartition]) -> None:
        """Let go of what another member applies by now."""
        if gone := self._places.keys() - set(partitions):
            self._forget(gone)

    def take(self, most: int) -> list[ConsumerRecord]:
        """Return what to apply next: what is of no crowd, with what waits of its keys; else of a crowd, `most` at once.

        Where there is always something of no crowd, every second time some of a crowd goes with it.
        """
        taken = self._sorted_out()
        for key in {record.key for record in taken.values()}:
            for number in list(self._of_key.get(key, ())):
                taken[number] = self._out_of_the_crowd(number)
        share = most if not taken else FEWEST_OF_A_CROWD if self._passed_over else 0
        for number in list(islice(self._crowd, share)):
            taken[number] = self._out_of_the_crowd(number)
        self._passed_over = not share and bool(self._crowd)
        return [taken[number] for number in sorted(taken)]

    def done(self, records: Iterable[ConsumerRecord]) -> dict[TopicPartition, int]:
        """Note that records are applied; return from where on their partitions are not."""
        touched = {}
        for record in records:
            partition = TopicPartition(record.topic, record.partition)
            if (place := self._places.get(partition)) is not None:
                place.open.pop(record.offset, None)
                touched[partition] = place
        return {partition: place.next for partition, place in touched.items()}

    def _sorted_out(self) -> dict[int, ConsumerRecord]:
        """Put what is new and of a crowd there, and return the rest of it."""
        new, self._new = self._new, {}
        times = {number: time_of(record) for number, record in new.items()}
        several = crowds(times.values(), self._times)
        rest = {}
        for number, record in new.items():
            if times[number] not in several and not says_crowd(record):
                rest[number] = record
                continue
            self._crowd[number] = record
            self._of_key.setdefault(record.key, []).append(number)
            self._times[times[number]] += 1
        return rest

    def _out_of_the_crowd(self, number: int) -> ConsumerRecord:
        record = self._crowd.pop(number)
        numbers = self._of_key[record.key]
        numbers.remove(number)
        if not numbers:
            del self._of_key[record.key]
        time = time_of(record)
        self._times[time] -= 1
        if not self._times[time]:
            del self._times[time]
        return record

    def _forget(self, partitions: Collection[TopicPartition]) -> None:
        for partition in partitions:
            self._places.pop(partition, None)
        for number, record in list(self._new.items()):
            if TopicPartition(record.topic, record.partition) in partitions:
                del self._new[number]
        for number, record in list(self._crowd.items()):
            if TopicPartition(record.topic, record.partition) in partitions:
                self._out_of_the_crowd(number)

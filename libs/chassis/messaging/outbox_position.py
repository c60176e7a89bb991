"""How far an outbox is published: up to an id, but for the gaps that transactions still under way have left below it.

Ids are given out before their transactions commit, so a row may appear below rows that are published already. Each id that
was passed without being seen is a gap, looked at again until no transaction is left that could fill it. A crowd that waits is
passed too: what is written after it then goes before it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

# A transaction takes its id of the outbox an instant before it may take its own number, by which we know that it has ended.
SETTLED_SECONDS = 10.0


@dataclass(slots=True)
class Gap:
    """Ids from `low` to `high`, first missed at `since`. Once `fence` is known only older transactions can fill them."""

    low: int
    high: int
    since: float
    fence: int | None = None


@dataclass(slots=True)
class Position:
    """`upto` is the highest id that is published, or has been passed on the way."""

    upto: int = 0
    gaps: list[Gap] = field(default_factory=list)

    def __contains__(self, number: int) -> bool:
        """Tell whether the row with this id is published."""
        return number <= self.upto and not any(gap.low <= number <= gap.high for gap in self.gaps)

    def publish(self, numbers: Iterable[int], at: float) -> None:
        """Note ids as published, in ascending order; what they pass becomes a gap."""
        late = deque[int]()
        for number in numbers:
            if number <= self.upto:
                late.append(number)
                continue
            if number > self.upto + 1:
                self.gaps.append(Gap(self.upto + 1, number - 1, at))
            self.upto = number
        if late:
            self.gaps = list(_without(self.gaps, late))

    def pass_by(self, number: int, at: float) -> None:
        """Go on after this id; what lies before it becomes a gap, though it is not published."""
        if number > self.upto:
            self.gaps.append(Gap(self.upto + 1, number, at))
            self.upto = number

    def forget(self, oldest: int, next_one: int, at: float) -> None:
        """Forget the gaps that nobody can fill any more.

        Every transaction before `oldest` has ended and none has a number from `next_one` on, both as the database said
        before the gaps were last read.
        """
        kept = []
        for gap in self.gaps:
            if gap.fence is None and at - gap.since >= SETTLED_SECONDS:
                gap.fence = next_one
            elif gap.fence is not None and gap.fence <= oldest:
                continue
            kept.append(gap)
        self.gaps = kept


def _without(gaps: Iterable[Gap], numbers: deque[int]) -> Iterator[Gap]:
    """The gaps but for these ids, both ascending: gone through once, since there may be thousands of each."""
    for gap in gaps:
        low = gap.low
        while numbers and numbers[0] <= gap.high:
            number = numbers.popleft()
            if number > low:
                yield Gap(low, number - 1, gap.since, gap.fence)
            low = max(low, number + 1)
        if low <= gap.high:
            yield Gap(low, gap.high, gap.since, gap.fence)

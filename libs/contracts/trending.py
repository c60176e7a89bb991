"""What is watched most: computed by events from closed viewings, followed by whoever puts titles in an order."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from libs.contracts.envelope import Event, Nested, Topic

TRENDING = Topic("events.trending", "region", "what is watched most now, by region", compacted=True, partitions=1)

# The region of everybody, beside those of countries.
WORLD = "world"


class TrendingTitle(Nested):
    """A title's place: `viewers` watched it within the window, `score` is what they count for by now."""

    title_id: UUID
    score: float
    viewers: int


class TrendingChanged(Event):
    """What is watched most in a region, the first before all others; it replaces what was said of the region before.

    `region` is a country (ISO 3166-1 alpha-2) or `world`. The formula is in docs/qoe.md.
    """

    TYPE: ClassVar[str] = "bijou.events.trending.changed.v1"
    TOPIC: ClassVar[Topic] = TRENDING

    region: str
    titles: tuple[TrendingTitle, ...]
    computed_at: datetime

    def key(self) -> str:
        return self.region

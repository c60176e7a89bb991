"""What is tried out and what is switched: experiments and feature flags as staff made them, for whoever decides by them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from libs.contracts.envelope import Event, Nested, Topic

EXPERIMENTS = Topic(
    "events.experiments", "name", "experiments and feature flags as they are now", compacted=True, partitions=1
)

# What exposures call a flag of which a part has its share: this and its name; its arms are `on` and `off`.
OF_A_FLAG = "flag:"

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Audience(Nested):
    """Whom something is meant for: all who meet every condition; an empty one is met by everybody.

    `app_version` is the oldest that will do, by its numbers: 1.10 is newer than 1.9.
    """

    countries: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    app_version: str | None = None


class FlagChanged(Event):
    """A feature flag after a change; a higher `version` replaces a lower one. On, it is so for `share` of its audience."""

    TYPE: ClassVar[str] = "bijou.events.flag.changed.v1"
    TOPIC: ClassVar[Topic] = EXPERIMENTS

    name: str
    version: int
    on: bool
    share: Share = 1.0
    audience: Audience = Audience()
    changed_at: datetime

    def key(self) -> str:
        return f"{OF_A_FLAG}{self.name}"


class Arm(Nested):
    """One of the things that are compared, and its part of those who take part."""

    name: str
    weight: Annotated[int, Field(ge=1, le=1000)] = 1


class ExperimentChanged(Event):
    """An experiment after a change; a higher `version` replaces a lower one. Nobody is in one that does not run.

    Of a `layer`'s thousand places it has those from `first` to `last`, both included: two experiments of a layer share nobody,
    two of different layers do so by chance. The first of `arms` is what they are compared with. `holdout`: the share of profiles
    that is kept out of every experiment.
    """

    TYPE: ClassVar[str] = "bijou.events.experiment.changed.v1"
    TOPIC: ClassVar[Topic] = EXPERIMENTS

    name: str
    version: int
    status: Literal["draft", "running", "stopped"]
    layer: str
    first: Annotated[int, Field(ge=0, le=999)]
    last: Annotated[int, Field(ge=0, le=999)]
    arms: tuple[Arm, ...]
    holdout: Share = 0.0
    audience: Audience = Audience()
    changed_at: datetime

    def key(self) -> str:
        return f"experiment:{self.name}"

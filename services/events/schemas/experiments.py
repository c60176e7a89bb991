"""HTTP bodies: flags, experiments, who gets what of them, and what came of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.chassis import countries, faults, text
from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from libs.contracts.experiments import Share

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,58}[a-z0-9]$", examples=["home.trending"])]
Word = Annotated[str, text.name(60)]
About = Annotated[str, text.line(300)]
Version = Annotated[str, Field(pattern=r"^\d{1,9}(\.\d{1,9}){0,3}$", examples=["1.4.0"])]
Country = Annotated[str, countries.WRITTEN]
CONFIG = ConfigDict(extra="forbid")


class AudienceBody(Body):
    """Whom it is meant for: who meets every condition; an empty one is met by all. `app_version`: the oldest that will do."""

    model_config = ConfigDict(
        extra="forbid", **example(countries=["PT", "DE"], plans=[], devices=["web"], app_version="1.4.0")
    )

    countries: Annotated[list[Country], Field(max_length=250)] = []
    plans: Annotated[list[Word], Field(max_length=50)] = []
    devices: Annotated[list[Literal["web", "mobile", "tablet", "tv", "cast", "other"]], Field(max_length=10)] = []
    app_version: Version | None = None


class FlagBody(Body):
    """What a flag is from now on. `share`: for so many of its audience; who has it at a share has it at every greater one."""

    model_config = ConfigDict(extra="forbid", **example(about="The row of what is watched most", on=True, share=0.25))

    about: About = ""
    on: bool
    share: Share = 1.0
    audience: AudienceBody = AudienceBody()


class FlagOut(BaseModel):
    """A feature flag. `share`: from 0 to 1, of its audience.

    `version` counts its changes: 0, without `changed_at`, is one that code reads and that nobody has changed yet.
    """

    model_config = example(
        name="home.trending", version=3, about="The row of what is watched most", on=True, share=0.25,
        changed_at="2026-11-27T09:30:00Z",
    )  # fmt: skip

    name: str
    version: int
    about: str
    on: bool
    share: float
    audience: AudienceBody
    changed_at: datetime | None


class FlagList(BaseModel):
    """All feature flags, by name."""

    items: list[FlagOut]


class ArmBody(Body):
    """One of the things that are compared; `weight` is its part of who takes part."""

    model_config = ConfigDict(extra="forbid", **example(name="control", weight=1))

    name: Annotated[
        str, faults.form(r"^[A-Za-z0-9_.-]{1,40}$", "must be up to 40 letters, digits, dots, hyphens and underscores")
    ]
    weight: Annotated[int, Field(ge=1, le=1000)] = 1


class ExperimentBody(Body):
    """What an experiment is to be. Of its `layer`'s thousand places it takes those from `first` to `last`.

    The first of `arms` is what the others are compared with.
    """

    model_config = ConfigDict(extra="forbid", **example(
        about="Whether larger cards have people watch for longer", layer="home", first=0, last=499,
        arms=[{"name": "control", "weight": 1}, {"name": "large", "weight": 1}],
    ))  # fmt: skip

    about: About = ""
    layer: Slug
    first: Annotated[int, Field(ge=0, le=999)] = 0
    last: Annotated[int, Field(ge=0, le=999)] = 999
    arms: Annotated[list[ArmBody], Field(min_length=2, max_length=10)]
    audience: AudienceBody = AudienceBody()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.last < self.first:
            raise ValueError("last must not come before first")
        if len({arm.name for arm in self.arms}) < len(self.arms):
            raise ValueError("each arm needs a name of its own")
        return self


class ExperimentOut(BaseModel):
    """An experiment. What it compares cannot change once it has run.

    Of its `layer`'s thousand places it has those from `first` to `last`; `version` counts its changes.
    """

    model_config = example(
        name="larger-cards", version=2, status="running", about="Whether larger cards have people watch for longer", layer="home",
        first=0, last=499, started_at="2026-11-27T09:30:00Z", stopped_at=None, changed_at="2026-11-27T09:30:00Z",
    )  # fmt: skip

    name: str
    version: int
    status: Literal["draft", "running", "stopped"]
    about: str
    layer: str
    first: int
    last: int
    arms: list[ArmBody]
    audience: AudienceBody
    started_at: datetime | None
    stopped_at: datetime | None
    changed_at: datetime


class ExperimentList(BaseModel):
    """All experiments, by name."""

    items: list[ExperimentOut]


class Assignments(BaseModel):
    """What this profile gets: the arm of each experiment it is in, and each flag that somebody made.

    `version` is in the header `Bijou-Experiments` of every answer of the API: another one there means, read this again.
    """

    model_config = example(version="3f9c1b20", experiments={"larger-cards": "large"}, flags={"home.trending": True})

    version: str
    experiments: dict[str, str]
    flags: dict[str, bool]


class Compared(BaseModel):
    """A measure of an arm beside the control's: `estimate` is the difference, `low` to `high` covers it however often one looks.

    `measure`: `watched_minutes`, `returned`, `startup_ms`, `rebuffer_ratio` or `failed_share`; docs/qoe.md has their formulas.
    So many `profiles` met the arm and have a value of it; their mean is `mean`, that of who met the control `control_mean`.
    `p_value` holds at every look too, at this `confidence`. `verdict` is about the arm; `reduced` is the share of variance that
    what was known before took away.
    """

    model_config = example(
        measure="watched_minutes", arm="large", segment=None, profiles=2104, mean=61.2, control_mean=57.9, estimate=3.3,
        low=0.4, high=6.2, p_value=0.011, confidence=0.95, reduced=0.31, guardrail=False, verdict="better",
    )  # fmt: skip

    measure: str
    arm: str
    segment: str | None
    profiles: int
    mean: float
    control_mean: float
    estimate: float | None
    low: float | None
    high: float | None
    p_value: float | None
    confidence: float
    reduced: float
    guardrail: bool
    verdict: Literal["better", "worse", "undecided"]


class ArmCount(BaseModel):
    """So many `profiles` met an arm, whose share of all was to be `meant`. A profile meets no arm but the one it drew."""

    model_config = example(arm="control", profiles=2087, meant=0.5)

    arm: str
    profiles: int
    meant: float


class ExperimentReport(BaseModel):
    """What came of an experiment.

    Where `trustworthy` is false the arms are not of the sizes they were given out in: believe nothing. `mismatch_p_value` is how
    likely such sizes are by chance.
    `harm`: the guardrails that an arm has broken, for certain.
    """

    model_config = example(
        name="larger-cards", status="running", computed_at="2026-11-27T20:00:00Z", trustworthy=True, mismatch_p_value=1.0,
        harm=[],
    )  # fmt: skip

    name: str
    status: str
    computed_at: datetime
    trustworthy: bool
    mismatch_p_value: float
    arms: list[ArmCount]
    results: list[Compared]
    segments: list[Compared]
    harm: list[str]

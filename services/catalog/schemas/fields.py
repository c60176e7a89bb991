"""Field types that the bodies share: what a database or a page cannot hold is refused at the door."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from libs.chassis import countries, faults, languages, text
from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from libs.chassis.slugs import LONGEST
from services.catalog import domain

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def _in_reach(value: datetime) -> datetime:
    if not EARLIEST <= value < LATEST:
        raise ValueError("must lie between the years 1970 and 2200")
    return value


def _no_id(value: str) -> str:
    if domain.looks_like_id(value):
        raise ValueError("must not look like an id: titles are found by both")
    return value


Line = Annotated[str, text.name(200)]
Line0 = Annotated[str, text.line(200)]
Text = Annotated[str, text.paragraph(5000)]
Slug = Annotated[
    str,
    faults.form(
        r"^[a-z0-9]+(-[a-z0-9]+)*$",
        "must be small letters and digits, with single hyphens between, as the-ninth-flash",
        LONGEST,
    ),
    AfterValidator(_no_id),
]
Region = Annotated[str, countries.WRITTEN]
# Where something may be shown, as it is asked for; what is kept from before may name what is no country.
OpenRegion = Annotated[Region, AfterValidator(countries.known)]
Language = Annotated[
    str,
    languages.WRITTEN,
]
# Who the examples are about.
FILM = "01993a02-71b4-7c58-9e2d-4f6a8b0c2d13"
SERIES = "01993a11-0d3a-7416-93cf-2b7d5e8a9c40"
SEASON = "01993a11-0d42-7c09-8b15-7e3f9a6c2d58"
EPISODE = "01993a11-0d4f-7d30-a6e8-1c5b9f7d3e24"
PLAYABLE = "01993a02-71b5-7a0b-8d4c-9e1f3a5b7c2e"
EPISODE_PLAYABLE = "01993a11-0d50-7b62-9f07-4d8e2a6c1b93"
TRAILER = "01993a07-3c14-7d8a-b6e2-5a9f0c4d7e31"
TRAILER_PLAYABLE = "01993a07-3c15-7a40-8f1b-d26c9e3b5a78"
PERSON = "01993a20-4b6f-7f12-8e5d-3c9a7b1e6d48"
ASSET = "01993a05-2f60-7e91-a7b3-c5d8e1f40962"
POSTER = f"/images/{FILM}/poster-9c41d2e8"
PORTRAIT = f"/images/people/{PERSON}/portrait-1f8e60ab"
STILL = f"/images/{SERIES}/{EPISODE}/still-5d07b1c4"


BLURHASH = (
    "The poster, blurred, to show until it has loaded (https://blurha.sh); null of pictures from before there were any."
)


class PartText(Body):
    """What something says in a language; what is null is said as it says it itself."""

    model_config = ConfigDict(extra="forbid") | example(name="Das Cello, das um vier summt")

    name: Line | None = None
    description: Text | None = None


class NameText(Body):
    """What something is called in a language."""

    model_config = ConfigDict(extra="forbid") | example(name="Der letzte Trailer")

    name: Line | None = None


class LifeText(Body):
    """A biography in a language."""

    model_config = ConfigDict(extra="forbid") | example(biography="Spielt Wärter, Piloten und manchmal eine Königin.")

    biography: Text | None = None


T = TypeVar("T", bound=BaseModel)


def by_canonical_tag(texts: dict[str, T]) -> dict[str, T]:
    """Return what is said by language, each under its tag as that is usually written. Raises where two mean one language."""
    found: dict[str, tuple[str, T]] = {}
    for language, said in texts.items():
        if language != (other := found.setdefault(languages.canonical(language), (language, said))[0]):
            raise ValueError(f"{other} and {language} are one language: say it once")
    return {language: said for language, (_, said) in found.items()}


PartTexts = Annotated[
    dict[Language, PartText],
    Field(max_length=50, description="What it says in other languages, by language (BCP 47)."),
    AfterValidator(by_canonical_tag),
]
NameTexts = Annotated[
    dict[Language, NameText],
    Field(max_length=50, description="What it is called in other languages, by language (BCP 47)."),
    AfterValidator(by_canonical_tag),
]
LifeTexts = Annotated[
    dict[Language, LifeText],
    Field(max_length=50, description="The biography in other languages, by language (BCP 47)."),
    AfterValidator(by_canonical_tag),
]
Maturity = Annotated[Literal[0, 7, 12, 16, 18], Field(description="From this age on.")]
Year = Annotated[int, Field(ge=1870, le=2200, description="The year it was first shown.")]
Runtime = Annotated[int, Field(ge=1, le=1_000_000, description="In whole seconds.")]
Seconds = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False, description="In seconds.")]
Number = Annotated[int, Field(ge=0, le=9999, description="Its place in the order.")]
Age = Annotated[int, Field(description="From this age on.")]
Version = Annotated[int, Field(description="Grows with every edit; what If-Match names.")]
Moment = Annotated[AwareDatetime, AfterValidator(_in_reach)]
ActorName = Annotated[
    str | None,
    Field(description="What its first profile is called; null where that is not known, or the account was erased."),
]
Word = Annotated[str, text.line(80, shortest=1)]
TitleType = Literal["movie", "series"]
Status = Literal["draft", "review", "approved", "scheduled", "published", "archived"]
Role = Literal[
    "actor", "voice", "presenter", "director", "creator", "writer", "producer", "composer", "cinematographer", "editor"
]
Availability = Literal["playable", "listed"]
TrailerKind = Annotated[
    Literal["trailer", "teaser", "behind_the_scenes", "clip", "featurette"],
    Field(description="What it is; only trailers and teasers are played where a trailer is offered."),
]
FreeTrailers = Annotated[bool, Field(strict=True, description="Its trailers play without a plan.")]
Descriptor = Literal[
    "violence", "fear", "sex", "nudity", "language", "drugs", "alcohol", "smoking", "discrimination", "self_harm", "suicide",
    "gambling", "flashing_lights",
]  # fmt: skip
ArtworkKind = Literal["poster", "poster_2", "poster_3", "poster_4", "backdrop", "logo"]


class WindowBody(Body):
    """When and where a title may be shown; regions are ISO 3166-1 alpha-2 codes, none means everywhere."""

    # A region that is misspelt must not become a window that is open everywhere.
    model_config = ConfigDict(extra="forbid") | example(starts_at="2026-11-20T00:00:00Z", regions=["IE", "GB"])

    starts_at: Moment | None = None
    ends_at: Moment | None = None
    regions: list[Region] = Field(default_factory=list, max_length=250)

"""What editors send. Durations and markers in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from libs.chassis import countries, text
from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from services.catalog.certificates import age_of
from services.catalog.schemas.fields import (
    ASSET,
    TRAILER,
    Availability,
    Descriptor,
    FreeTrailers,
    Language,
    Line,
    Line0,
    Maturity,
    NameTexts,
    Number,
    OpenRegion,
    PartTexts,
    Runtime,
    Seconds,
    Slug,
    Text,
    TitleType,
    TrailerKind,
    WindowBody,
    Year,
    by_canonical_tag,
)
from services.catalog.schemas.people import MOST_CREDITS, Credits

Names = Annotated[list[Line], Field(max_length=200)]
# As many as there may be credits, which these become.
People = Annotated[list[Line], Field(max_length=MOST_CREDITS)]


def _end_after_they_start(windows: list[WindowBody]) -> list[WindowBody]:
    for window in windows:
        for region in window.regions:
            if region not in countries.COUNTRIES:
                raise ValueError(f"“{region}” is the code of no country (ISO 3166-1 alpha-2)")
        if window.starts_at and window.ends_at and window.starts_at >= window.ends_at:
            raise ValueError("a window must end after it starts")
    return windows


Windows = Annotated[list[WindowBody], Field(max_length=100), AfterValidator(_end_after_they_start)]


class Strict(Body):
    """A body in which a field nobody knows is an error."""

    model_config = ConfigDict(extra="forbid")


def _known_certificates(value: dict[str, str]) -> dict[str, str]:
    for system, rating in value.items():
        age_of(system, rating)
    return value


Certificates = Annotated[
    dict[Annotated[str, text.line(20, shortest=1)], Annotated[str, text.line(20, shortest=1)]],
    Field(max_length=40, description="National age ratings, by system.", examples=[{"FSK": "16", "MPA": "R"}]),
    AfterValidator(_known_certificates),
]
OtherNames = Annotated[list[Line], Field(max_length=50, description="What it is also known as.")]
Descriptors = Annotated[list[Descriptor], Field(max_length=20, description="What the ratings warn of.")]


class TextsBody(Strict):
    """What a title says in a language; what is null is said as the title itself says it."""

    model_config = example(name="Das neunte Licht", description="Auf der Karte blinkt es achtmal.")

    name: Line | None = None
    description: Text | None = None
    tagline: Line0 | None = None


TitleTexts = Annotated[
    dict[Language, TextsBody],
    Field(max_length=100, description="What it says in other languages, by language (BCP 47)."),
    AfterValidator(by_canonical_tag),
]


class NewTitle(Strict):
    """A film or series to create, as a draft. Without a `slug` one is made from the name.

    Without a `maturity` it is the age that satisfies all `certificates`.
    """

    model_config = example(
        type="movie",
        name="The Ninth Flash",
        slug="the-ninth-flash",
        description="The chart says the light blinks eight times. The keeper has started to count nine.",
        year=2023,
        genres=["Thriller", "Mystery"],
        cast=["Isolde Harrow", "Bram Teviot"],
        directors=["Sunniva Falk"],
        tags=["lighthouse", "slow burn"],
        language="en",
        country="IE",
        maturity=16,
        runtime=6240,
    )

    type: TitleType
    name: Line
    slug: Slug | None = None
    description: Text = ""
    tagline: Line0 = ""
    other_names: OtherNames = []
    year: Year | None = None
    genres: Names = []
    cast: People = []
    directors: People = []
    credits: Credits = []
    tags: Names = []
    language: Language = "en"
    country: OpenRegion | None = None
    maturity: Maturity | None = None
    certificates: Certificates = {}
    descriptors: Descriptors = []
    runtime: Runtime | None = None
    availability: Availability = "playable"
    free_trailers: FreeTrailers = True
    windows: Windows = []
    texts: TitleTexts = {}

    @model_validator(mode="after")
    def parts_agree(self) -> Self:
        """Refuse two lists of who has a part."""
        _check_credits(self.model_fields_set, self.cast, self.directors)
        return self


class TitlePatch(Strict):
    """Fields to change; what is left out stays.

    Other `certificates` without a `maturity` change that too: it follows them, but one that was set by hand is never lowered.
    """

    model_config = example(maturity=12, tags=["lighthouse", "island"])

    name: Line | None = None
    slug: Slug | None = None
    description: Text | None = None
    tagline: Line0 | None = None
    other_names: OtherNames | None = None
    year: Year | None = None
    genres: Names | None = None
    cast: People | None = None
    directors: People | None = None
    credits: Credits | None = None
    tags: Names | None = None
    language: Language | None = None
    country: OpenRegion | None = None
    maturity: Maturity | None = None
    certificates: Certificates | None = None
    descriptors: Descriptors | None = None
    runtime: Runtime | None = None
    availability: Availability | None = None
    free_trailers: FreeTrailers | None = None
    windows: Windows | None = None

    @model_validator(mode="after")
    def only_what_may_be_empty_is_emptied(self) -> Self:
        """Refuse null for fields that always have a value."""
        emptied = {name for name in self.model_fields_set if getattr(self, name) is None}
        if wrong := sorted(emptied - {"year", "runtime", "country"}):
            raise ValueError(f"{', '.join(wrong)} cannot be null")
        _check_credits(self.model_fields_set, self.cast, self.directors)
        return self


def _check_credits(given: set[str], *lists: Sequence[str] | None) -> None:
    if "credits" in given and given & {"cast", "directors"}:
        raise ValueError("credits already say who acts and directs: leave cast and directors out")
    if (count := sum(len(names or ()) for names in lists)) > MOST_CREDITS:
        raise ValueError(f"cast and directors are {count} together, where {MOST_CREDITS} are the most")


class NewSeason(Strict):
    """A season to add; season 0 holds the specials. Without a `name` it is called after its number."""

    model_config = example(number=1, name="Unclaimed")

    number: Number
    name: Line | None = None
    texts: PartTexts = {}


class SeasonPatch(Strict):
    """Fields to change; what is left out stays."""

    model_config = example(name="Reclaimed")

    name: Line | None = None
    texts: PartTexts | None = None

    @model_validator(mode="after")
    def both_always_have_a_value(self) -> Self:
        """Refuse null."""
        if wrong := sorted(name for name in self.model_fields_set if getattr(self, name) is None):
            raise ValueError(f"{', '.join(wrong)} cannot be null")
        return self


class NewEpisode(Strict):
    """An episode to add."""

    model_config = example(number=1, name="The Cello That Hums at Four", runtime=1680)

    number: Number
    name: Line
    description: Text = ""
    runtime: Runtime | None = None
    credits: Credits = []
    texts: PartTexts = {}


class EpisodePatch(Strict):
    """Fields to change; what is left out stays."""

    model_config = example(description="At four in the morning it tunes itself.")

    name: Line | None = None
    description: Text | None = None
    runtime: Runtime | None = None
    credits: Credits | None = None
    texts: PartTexts | None = None

    @model_validator(mode="after")
    def names_stay(self) -> Self:
        """Refuse null for fields that always have a value."""
        if wrong := sorted(n for n in self.model_fields_set - {"runtime"} if getattr(self, n) is None):
            raise ValueError(f"{', '.join(wrong)} cannot be null")
        return self


class PlayablePatch(Strict):
    """Markers in seconds; null removes one."""

    model_config = example(intro_start=4, intro_end=61.5, credits_start=1602)

    intro_start: Seconds | None = None
    intro_end: Seconds | None = None
    credits_start: Seconds | None = None


class NewTrailer(Strict):
    """A trailer or another extra to add, after those there are. Without a `language` it has the title's."""

    model_config = example(kind="trailer", name="Trailer", language="en")

    kind: TrailerKind = "trailer"
    name: Line = "Trailer"
    language: Language | None = None
    texts: NameTexts = {}


class TrailerPatch(Strict):
    """Fields to change; what is left out stays."""

    model_config = example(name="The last trailer")

    kind: TrailerKind | None = None
    name: Line | None = None
    language: Language | None = None
    texts: NameTexts | None = None

    @model_validator(mode="after")
    def all_always_have_a_value(self) -> Self:
        """Refuse null for fields that always have a value."""
        if wrong := sorted(name for name in self.model_fields_set if getattr(self, name) is None):
            raise ValueError(f"{', '.join(wrong)} cannot be null")
        return self


class TrailerOrder(Strict):
    """The order wanted; trailers of the title that are not named follow in the order they had."""

    model_config = example(trailer_ids=[TRAILER])

    trailer_ids: list[UUID] = Field(max_length=100)


class Pointer(Strict):
    """The asset that viewers shall get."""

    model_config = example(asset_id=ASSET)

    asset_id: UUID

"""What editors read of a title: all that belongs to it, and its line in the table."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from libs.chassis.http.examples import example
from services.catalog.schemas.admin_media import AdminTrailer, ImageDetails, LocalImage, PlayableDetails
from services.catalog.schemas.browse import CreditItem
from services.catalog.schemas.fields import (
    EPISODE,
    EPISODE_PLAYABLE,
    FILM,
    PLAYABLE,
    POSTER,
    SEASON,
    STILL,
    Age,
    Availability,
    Descriptor,
    FreeTrailers,
    Number,
    PartTexts,
    Runtime,
    Status,
    TitleType,
    Version,
    WindowBody,
    Year,
)


class Created(BaseModel):
    """`playable_id` for films: what uploads name."""

    model_config = example(id=FILM, slug="the-ninth-flash", playable_id=PLAYABLE, version=1, status="draft")

    id: UUID
    slug: str
    playable_id: UUID | None
    version: Version
    status: Status


class Lifecycle(BaseModel):
    """Where a title stands."""

    model_config = example(id=FILM, status="published", version=7, published_at="2026-11-20T09:00:00Z")

    id: UUID
    status: Status
    version: Version
    published_at: datetime | None


class SeasonCreated(BaseModel):
    """A season."""

    model_config = example(id=SEASON, number=1, name="Unclaimed")

    id: UUID
    number: Number
    name: str


class EpisodeCreated(BaseModel):
    """An episode; its film is uploaded for `playable_id`."""

    model_config = example(id=EPISODE, playable_id=EPISODE_PLAYABLE, number=1, name="The Cello That Hums at Four")

    id: UUID
    playable_id: UUID
    number: Number
    name: str


class AdminEpisode(BaseModel):
    """An episode with its playable."""

    model_config = example(
        id=EPISODE,
        number=1,
        name="The Cello That Hums at Four",
        description="At four in the morning it tunes itself.",
        runtime=1680,
        still_url=f"{STILL}-640.webp",
        texts={},
    )

    id: UUID
    number: Number
    name: str
    description: str
    runtime: Runtime | None
    still_url: str | None
    playable: PlayableDetails
    credits: list[CreditItem]
    texts: PartTexts


class AdminSeason(BaseModel):
    """A season with its episodes."""

    model_config = example(id=SEASON, number=1, name="Unclaimed", texts={})

    id: UUID
    number: Number
    name: str
    texts: PartTexts
    episodes: list[AdminEpisode]


class LocalTexts(BaseModel):
    """What a title says in a language; what is null is said as the title itself says it."""

    model_config = example(language="de", name="Das neunte Licht")

    language: str
    name: str | None
    description: str | None
    tagline: str | None


class AdminTitle(BaseModel):
    """A title with all that belongs to it. `playable` for films; `missing` is what publishing still needs."""

    model_config = example(
        id=FILM,
        slug="the-ninth-flash",
        type="movie",
        status="published",
        version=7,
        name="The Ninth Flash",
        description="The chart says the light blinks eight times. The keeper has started to count nine.",
        tagline="Eight is the number.",
        other_names=[],
        year=2023,
        genres=["Thriller", "Mystery"],
        cast=["Isolde Harrow", "Bram Teviot"],
        directors=["Sunniva Falk"],
        tags=["lighthouse", "slow burn"],
        language="en",
        country="IE",
        maturity=16,
        certificates={"FSK": "16"},
        descriptors=["fear"],
        runtime=6240,
        availability="playable",
        free_trailers=True,
        texts=[],
        local_artwork=[],
        seasons=[],
        trailers=[],
        missing=[],
        published_at="2026-11-20T09:00:00Z",
        created_at="2026-11-18T11:20:03Z",
        changed_at="2026-11-20T09:00:00Z",
    )

    id: UUID
    slug: str
    type: TitleType
    status: Status
    version: Version
    name: str
    description: str
    tagline: str
    other_names: list[str]
    year: Year | None
    genres: list[str]
    cast: list[str]
    directors: list[str]
    credits: list[CreditItem]
    tags: list[str]
    language: str
    country: str | None
    maturity: Age
    certificates: dict[str, str]
    descriptors: list[Descriptor]
    runtime: Runtime | None
    availability: Availability
    free_trailers: FreeTrailers
    windows: list[WindowBody]
    artwork: list[ImageDetails]
    texts: list[LocalTexts]
    local_artwork: list[LocalImage]
    playable: PlayableDetails | None
    seasons: list[AdminSeason]
    trailers: list[AdminTrailer]
    missing: list[str]
    published_at: datetime | None
    created_at: datetime
    changed_at: datetime


class AdminTitleRow(BaseModel):
    """A line of the table of titles."""

    model_config = example(
        id=FILM,
        slug="the-ninth-flash",
        type="movie",
        status="published",
        version=7,
        name="The Ninth Flash",
        year=2023,
        poster_url=f"{POSTER}-480.webp",
        playable_id=PLAYABLE,
        ready=True,
        published_at="2026-11-20T09:00:00Z",
        changed_at="2026-11-20T09:00:00Z",
    )

    id: UUID
    slug: str
    type: TitleType
    status: Status
    version: Version
    name: str
    year: Year | None
    poster_url: str | None
    playable_id: UUID | None
    ready: bool
    published_at: datetime | None
    changed_at: datetime

"""What editors see. Durations and markers in seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from libs.chassis.http.declared_problems import ProblemDetails
from libs.chassis.http.examples import example
from libs.chassis.http.units import Pixels
from libs.chassis.http.units import Seconds as Duration
from services.catalog.schemas.browse import CreditItem
from services.catalog.schemas.fields import (
    ASSET,
    EPISODE,
    EPISODE_PLAYABLE,
    FILM,
    PLAYABLE,
    POSTER,
    SEASON,
    STILL,
    TRAILER,
    TRAILER_PLAYABLE,
    Age,
    Availability,
    Descriptor,
    FreeTrailers,
    Number,
    Runtime,
    Status,
    TitleType,
    WindowBody,
    Year,
)

Version = Annotated[int, Field(description="Grows with every edit; what If-Match names.")]


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


class AssetItem(BaseModel):
    """An encoded version of a playable; `current` is the one viewers get. `held_back` says why a newer one is not."""

    model_config = example(
        asset_id=ASSET,
        status="ready",
        current=True,
        duration=6240.4,
        renditions=[{"height": 1080, "width": 1920, "codec": "avc1.640028", "bitrate": 4800000}],
        tracks=[{"kind": "audio", "language": "en", "codec": "mp4a.40.2", "label": "English", "channels": 2}],
        uploaded_at="2026-11-19T15:12:40Z",
        ready_at="2026-11-19T16:03:09Z",
    )

    asset_id: UUID
    status: str
    current: bool
    duration: Duration | None
    renditions: list[dict[str, Any]]
    tracks: list[dict[str, Any]]
    error: dict[str, str] | None
    held_back: dict[str, str] | None
    uploaded_at: datetime | None
    ready_at: datetime | None


class Assets(BaseModel):
    """A playable's assets, the newest upload first."""

    items: list[AssetItem]


class PlayableDetails(BaseModel):
    """A playable as editors see it."""

    model_config = example(
        id=PLAYABLE,
        title_id=FILM,
        asset_id=ASSET,
        ready=True,
        duration=6240.4,
        credits_start=6012,
    )

    id: UUID
    title_id: UUID
    asset_id: UUID | None
    ready: bool
    duration: Duration | None
    intro_start: Duration | None
    intro_end: Duration | None
    credits_start: Duration | None


class ImageDetails(BaseModel):
    """A picture after it was taken in."""

    model_config = example(
        kind="poster",
        url=f"{POSTER}-480.webp",
        srcset=f"{POSTER}-240.webp 240w, {POSTER}-480.webp 480w",
        width=1600,
        height=2400,
        color="#1d2a35",
    )

    kind: str
    url: str
    srcset: str
    width: Pixels
    height: Pixels
    color: str


class AdminEpisode(BaseModel):
    """An episode with its playable."""

    model_config = example(
        id=EPISODE,
        number=1,
        name="The Cello That Hums at Four",
        description="At four in the morning it tunes itself.",
        runtime=1680,
        still_url=f"{STILL}-640.webp",
    )

    id: UUID
    number: Number
    name: str
    description: str
    runtime: Runtime | None
    still_url: str | None
    playable: PlayableDetails
    credits: list[CreditItem]


class AdminSeason(BaseModel):
    """A season with its episodes."""

    model_config = example(id=SEASON, number=1, name="Unclaimed")

    id: UUID
    number: Number
    name: str
    episodes: list[AdminEpisode]


class AdminTrailer(BaseModel):
    """A trailer; its film is uploaded for `playable_id`. Viewers see it once it is `ready`."""

    model_config = example(
        id=TRAILER,
        playable_id=TRAILER_PLAYABLE,
        name="Trailer",
        language="en",
        asset_id=ASSET,
        ready=True,
        duration=18.2,
    )

    id: UUID
    playable_id: UUID
    name: str
    language: str
    asset_id: UUID | None
    ready: bool
    duration: Duration | None


class AdminTrailers(BaseModel):
    """A title's trailers, in the order viewers are offered them."""

    items: list[AdminTrailer]


class LocalTexts(BaseModel):
    """What a title says in a language; what is null is said as the title itself says it."""

    model_config = example(language="de", name="Das neunte Licht")

    language: str
    name: str | None
    description: str | None
    tagline: str | None


class LocalImage(ImageDetails):
    """A picture for a language."""

    model_config = example(
        language="de",
        kind="poster",
        url=f"{POSTER}-480.webp",
        srcset=f"{POSTER}-240.webp 240w, {POSTER}-480.webp 480w",
        width=1600,
        height=2400,
        color="#1d2a35",
    )

    language: str


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


class AuditItem(BaseModel):
    """One edit: `actor` is the account, null for the pipeline."""

    model_config = example(
        id="01993a31-6c0b-7e82-95d7-3f1a8b4c6d20",
        actor="01993a00-0f1e-7a2b-8c3d-4e5f6a7b8c9d",
        action="change",
        version=6,
        before={"maturity": 12},
        after={"maturity": 16},
        at="2026-11-19T17:44:02Z",
    )

    id: UUID
    actor: UUID | None
    action: str
    version: int | None = Field(description="The version that the edit made; null where it is not known.")
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    at: datetime


class ExistsProblem(ProblemDetails):
    """What should be made is there already: as this `id`, where that is known."""

    id: UUID | None = Field(default=None, examples=[FILM])


class EpisodeExistsProblem(ProblemDetails):
    """The episode is there already."""

    id: UUID = Field(examples=[EPISODE])
    playable_id: UUID = Field(examples=[EPISODE_PLAYABLE])


class VersionProblem(ProblemDetails):
    """Somebody else's edit came first; `version` is what they made of it."""

    version: int = Field(examples=[8])


class NotPlayableProblem(ProblemDetails):
    """What publishing still needs; nothing where the status is what does not allow it."""

    missing: list[str] = Field(default=[], examples=[["asset"]])

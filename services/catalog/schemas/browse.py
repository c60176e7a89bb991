"""What viewers read. Durations in whole seconds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from libs.chassis.http.units import WholeSeconds
from services.catalog.schemas.fields import (
    BLURHASH,
    EPISODE,
    EPISODE_PLAYABLE,
    FILM,
    PERSON,
    PLAYABLE,
    PORTRAIT,
    POSTER,
    SEASON,
    STILL,
    TRAILER,
    TRAILER_PLAYABLE,
    Age,
    Availability,
    Descriptor,
    Number,
    Role,
    TitleType,
    TrailerKind,
    Year,
)

PLOT = "The chart says the light blinks eight times. The keeper has started to count nine."


class TrailerItem(BaseModel):
    """A trailer or another extra that can be played.

    By a start of its `playable_id`: without taking a stream, and mostly without a plan.
    """

    model_config = example(
        id=TRAILER, playable_id=TRAILER_PLAYABLE, kind="trailer", name="Trailer", language="en", duration=18
    )

    id: UUID
    playable_id: UUID
    kind: TrailerKind
    name: str
    language: str
    duration: WholeSeconds


TEXT_LANGUAGE = Field(description="Which language its name is in: the viewer's, else the title's own.")


class Poster(BaseModel):
    """A poster in its sizes."""

    model_config = example(url=f"{POSTER}-480.webp", srcset=f"{POSTER}-240.webp 240w, {POSTER}-480.webp 480w")

    url: str
    srcset: str


class Card(BaseModel):
    """A title as a tile in a row. `playable_id` for films that can be played."""

    model_config = example(
        title_id=FILM,
        name="The Ninth Flash",
        type="movie",
        description=PLOT,
        text_language="en",
        year=2023,
        maturity=16,
        genres=["Thriller", "Mystery"],
        runtime=6240,
        availability="playable",
        playable_id=PLAYABLE,
        poster_url=f"{POSTER}-480.webp",
        poster_srcset=f"{POSTER}-240.webp 240w, {POSTER}-480.webp 480w",
        color="#1d2a35",
        blurhash="LGF5]+Yk^6#M@-5c,1J5@[or[Q6.",
    )

    title_id: UUID
    name: str
    type: TitleType
    description: str
    text_language: str = TEXT_LANGUAGE
    year: Year | None
    maturity: Age
    genres: list[str]
    runtime: WholeSeconds | None
    availability: Availability = Field(description="`listed`: shown before it can be played.")
    playable_id: UUID | None
    poster_url: str | None
    poster_srcset: str | None
    backdrop_url: str | None
    backdrop_srcset: str | None
    logo_url: str | None
    color: str | None = Field(description="Average colour of the poster, `#rrggbb`, to show until it has loaded.")
    blurhash: str | None = Field(description=BLURHASH)
    backdrop_blurhash: str | None
    trailer: TrailerItem | None = Field(description="Its first trailer or teaser, where it has one that can be played.")
    other_posters: dict[str, Poster] = Field(
        {},
        description="Posters of which one may be shown instead, by name; none where it has one for the viewer's language.",
    )


class Cards(BaseModel):
    """Cards in the order asked for."""

    items: list[Card]


class RatingSummary(BaseModel):
    """`average` of 1 to 5 stars, 0 while nobody has rated; `count` is how many have."""

    model_config = example(average=4.35, count=212)

    average: float
    count: int


class Artwork(BaseModel):
    """Addresses of the pictures; the `_srcset` fields list every width."""

    model_config = example(
        poster=f"{POSTER}-480.webp",
        poster_srcset=f"{POSTER}-240.webp 240w, {POSTER}-480.webp 480w",
        color="#1d2a35",
        blurhash="LGF5]+Yk^6#M@-5c,1J5@[or[Q6.",
    )

    poster: str | None
    backdrop: str | None
    logo: str | None
    poster_srcset: str | None
    backdrop_srcset: str | None
    logo_srcset: str | None
    color: str | None
    blurhash: str | None = Field(description=BLURHASH)
    backdrop_blurhash: str | None


class Certificate(BaseModel):
    """A national age rating, as in FSK 12."""

    model_config = example(system="FSK", rating="16")

    system: str
    rating: str


class CreditItem(BaseModel):
    """A person's part in a title; `character` for who acts."""

    model_config = example(
        person_id=PERSON,
        name="Isolde Harrow",
        role="actor",
        character="The keeper",
        portrait_url=f"{PORTRAIT}-320.webp",
    )

    person_id: UUID
    name: str
    role: Role
    character: str | None
    portrait_url: str | None


class TitleDetails(BaseModel):
    """Everything about a title that its viewers may know. `my_rating` is 1 to 5 stars."""

    model_config = example(
        id=FILM,
        slug="the-ninth-flash",
        type="movie",
        name="The Ninth Flash",
        description=PLOT,
        tagline="Eight is the number.",
        text_language="en",
        other_names=["Das neunte Licht"],
        year=2023,
        genres=["Thriller", "Mystery"],
        cast=["Isolde Harrow", "Bram Teviot"],
        directors=["Sunniva Falk"],
        tags=["lighthouse", "slow burn"],
        language="en",
        country="IE",
        maturity=16,
        descriptors=["fear"],
        runtime=6240,
        availability="playable",
        playable_id=PLAYABLE,
        published_at="2026-11-20T09:00:00Z",
    )

    id: UUID
    slug: str
    type: TitleType
    name: str
    description: str
    tagline: str
    text_language: str = TEXT_LANGUAGE
    other_names: list[str] = Field(description="What it is also known as.")
    year: Year | None
    genres: list[str]
    cast: list[str] = Field(description="The names of who acts.")
    directors: list[str]
    credits: list[CreditItem] = Field(description="Everybody who has a part, in the order they are named.")
    tags: list[str]
    language: str
    country: str
    maturity: Age
    certificates: list[Certificate] = Field(description="Its national age ratings.")
    descriptors: list[Descriptor] = Field(description="What the ratings warn of.")
    runtime: WholeSeconds | None
    availability: Availability = Field(description="`listed`: shown before it can be played.")
    rating: RatingSummary
    my_rating: int | None
    playable_id: UUID | None
    seasons: int | None = Field(description="How many seasons can be watched, specials apart; null for films.")
    artwork: Artwork
    trailers: list[TrailerItem] = Field(description="Those that can be played, in the order to offer them.")
    published_at: datetime


class SeasonItem(BaseModel):
    """A season with at least one episode that can be played; `episodes` is how many can."""

    model_config = example(id=SEASON, number=1, name="Unclaimed", episodes=6)

    id: UUID
    number: Number
    name: str
    episodes: int


class Seasons(BaseModel):
    """The seasons of a series, in order; the specials (season 0) come last."""

    items: list[SeasonItem]


class EpisodeItem(BaseModel):
    """An episode that can be played."""

    model_config = example(
        id=EPISODE,
        number=1,
        name="The Cello That Hums at Four",
        description="A case without a cello is handed in. At four in the morning it tunes itself.",
        playable_id=EPISODE_PLAYABLE,
        runtime=1680,
        still_url=f"{STILL}-640.webp",
    )

    id: UUID
    number: Number
    name: str
    description: str
    playable_id: UUID
    runtime: WholeSeconds | None
    still_url: str | None
    still_srcset: str | None
    credits: list[CreditItem] = Field(description="Who has a part in this episode alone.")


class Episodes(BaseModel):
    """The episodes of a season, in order."""

    items: list[EpisodeItem]


class GenreItem(BaseModel):
    """A genre; `titles` is how many of it the viewer may see."""

    model_config = example(id="thriller", name="Thriller", titles=3)

    id: str
    name: str
    titles: int


class Genres(BaseModel):
    """Genres by name."""

    items: list[GenreItem]


class RatingBody(Body):
    """A rating; `stars` from 1 to 5."""

    model_config = ConfigDict(extra="forbid") | example(stars=5)

    stars: int = Field(strict=True, ge=1, le=5)


class Rated(BaseModel):
    """The title's rating after mine; `my_rating` is 1 to 5 stars, null where I have taken it back."""

    model_config = example(my_rating=5)

    my_rating: int | None
    rating: RatingSummary

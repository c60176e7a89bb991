"""HTTP bodies of what the gateway composes. Durations and positions in seconds."""

from contextlib import suppress
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from libs.chassis.http.examples import example
from libs.chassis.http.units import Fraction, Seconds, WholeSeconds
from libs.contracts.recommended import RecommendedKind, RowKind

# Who the examples are about.
FILM = "01993a02-71b4-7c58-9e2d-4f6a8b0c2d13"
PLAYABLE = "01993a02-71b5-7a0b-8d4c-9e1f3a5b7c2e"
EPISODE_PLAYABLE = "01993a11-0d50-7b62-9f07-4d8e2a6c1b93"
POSTER = f"/images/{FILM}/poster-9c41d2e8-480.webp"
PLOT = "The chart says the light blinks eight times. The keeper has started to count nine."
TRAILER: dict[str, Any] = {
    "id": "01993a07-3c14-7d8a-b6e2-5a9f0c4d7e31",
    "playable_id": "01993a07-3c15-7a40-8f1b-d26c9e3b5a78",
    "kind": "trailer",
    "name": "Trailer",
    "language": "en",
    "duration": 18,
}
TILE: dict[str, Any] = {
    "title_id": FILM,
    "name": "The Ninth Flash",
    "type": "movie",
    "description": PLOT,
    "year": 2023,
    "maturity": 16,
    "genres": ["Thriller", "Mystery"],
    "runtime": 6240,
    "playable_id": PLAYABLE,
    "poster_url": POSTER,
    "color": "#1d2a35",
    "blurhash": "LGF5]+Yk^6#M@-5c,1J5@[or[Q6.",
}

Year = Annotated[int, Field(description="The year it was first shown.")]
Age = Annotated[int, Field(description="From this age on.")]
Ordinal = Annotated[int, Field(description="Its number in the series; null for films.")]


class Loose(BaseModel):
    """Built from a neighbour's answer: fields this gateway does not know yet are passed on."""

    model_config = ConfigDict(extra="allow")


class Trailer(Loose):
    """A trailer or another extra, played by a start of its `playable_id`: without taking a stream, and mostly without a plan."""

    model_config = example(**TRAILER)

    id: UUID
    playable_id: UUID
    kind: Literal["trailer", "teaser", "behind_the_scenes", "clip", "featurette"] = "trailer"
    name: str
    language: str
    duration: WholeSeconds


class Picture(BaseModel):
    """The poster that was drawn for this profile, with what chance, and in view of what: impressions and clicks say so."""

    model_config = example(name="poster_2", chance=0.933, context="Thriller")

    name: str
    chance: Annotated[float, Field(gt=0, le=1, description="From above 0 to 1.")]
    context: str = ""


class RowItem(BaseModel):
    """A title as a tile in a row. `progress` (0 to 1) and the episode only where a viewing goes on.

    `trailer` is the title's first, where it has one. `availability` is `listed` where nothing of it can be played yet.
    """

    model_config = example(**TILE, progress=0.3, position=1872.4, duration=6240.4)

    title_id: UUID
    name: str
    type: Literal["movie", "series"]
    description: str = ""
    year: Year | None = None
    maturity: Age | None = None
    genres: list[str] = []
    runtime: WholeSeconds | None = None
    availability: Literal["playable", "listed"] = "playable"
    playable_id: UUID | None = None
    poster_url: str | None = None
    poster_srcset: str | None = None
    backdrop_url: str | None = None
    backdrop_srcset: str | None = None
    logo_url: str | None = None
    color: str | None = None
    blurhash: str | None = None
    backdrop_blurhash: str | None = None
    picture: Annotated[Picture, Field(description="Only where one of several posters was drawn.")] | None = None
    trailer: Trailer | None = None
    progress: Fraction | None = None
    position: Seconds | None = None
    duration: Seconds | None = None
    season_number: Ordinal | None = None
    episode_number: Ordinal | None = None
    episode_name: str | None = None
    still_url: str | None = None


class Reason(BaseModel):
    """Why a row was recommended: a code for the app to put into words, and the title or the genre that it is about."""

    model_config = example(code="because_watched", title_id=FILM, title="The Ninth Flash", genre=None)

    code: str
    title_id: UUID | None = None
    title: str | None = None
    genre: str | None = None


class RecommendedRow(BaseModel):
    """A row as recommendation answers it, in titles."""

    id: str
    kind: RecommendedKind
    reason: Reason
    worth: float = 0.0
    title_ids: list[UUID]


def _known(rows: Any) -> Any:
    """Only the rows that are understood: a newer recommendation may know others."""
    if not isinstance(rows, list):
        return rows
    found = []
    for row in rows:
        with suppress(ValidationError):
            found.append(RecommendedRow.model_validate(row))
    return found


class RecommendedTitles(BaseModel):
    """Titles like one, as recommendation answers them."""

    recommendation_id: UUID
    model: str | None
    title_ids: list[UUID]


class RecommendedRows(BaseModel):
    """What recommendation answers for a first page."""

    recommendation_id: UUID
    model: str | None
    rows: Annotated[list[RecommendedRow], BeforeValidator(_known)]
    unwanted: list[UUID] = []
    pictures: dict[UUID, Picture] = {}
    worth: dict[str, float] = {}
    fits: dict[str, float] = {}


class Row(BaseModel):
    """One row. `degraded`: its source missed the deadline and `fallback` stands in.

    `last_good`, `empty`, `as_last_seen`, or `trending`: nothing was recommended in time, and this is what everybody watches.
    """

    model_config = example(
        id="continue-watching",
        kind="continue_watching",
        name="Continue watching",
        impression_id="0199a4cf-7d12-7b9e-a3c4-5e6f7a8b9c0d",
        degraded=False,
    )

    id: str
    kind: RowKind
    name: str
    reason: Annotated[Reason, Field(description="Why it is there, of rows that were recommended.")] | None = None
    recommendation_id: (
        Annotated[UUID, Field(description="Which answer of the recommendations chose it, or put it in its place.")]
        | None
    ) = None
    model: (
        Annotated[
            str,
            Field(
                description="The version of the model that chose it, or put it in its place. `content`: none that was trained;"
                " `plain`, or the name of the fallback: nobody was asked."
            ),
        ]
        | None
    ) = None
    experiments: Annotated[
        dict[str, str], Field(description="The arms that the page was made under: what impressions of it say.")
    ] = {}
    collection_id: UUID | None = Field(None, description="The collection that it is the beginning of, where it is one.")
    impression_id: UUID
    degraded: bool = False
    fallback: str | None = None
    items: list[RowItem]


class Similar(BaseModel):
    """Titles like one. `fallback` names what stands in for an answer that did not come in time: `catalog`, `last_good`."""

    items: list[RowItem]
    recommendation_id: Annotated[UUID, Field(description="Which answer of the recommendations it is.")] | None = None
    model: Annotated[str, Field(description="The version of the model that chose.")] | None = None
    fallback: str | None = None


class HeroTitle(RowItem):
    """The title that the page opens with."""

    model_config = example(id=FILM, **TILE, in_my_list=True)

    id: UUID
    in_my_list: bool | None = None


class Hero(BaseModel):
    """What the page opens with."""

    title: HeroTitle


class Home(BaseModel):
    """The whole first page."""

    hero: Hero | None
    rows: list[Row]


class Resume(Loose):
    """Where the viewer stopped; for a series, in the episode watched last."""

    model_config = example(playable_id=PLAYABLE, position=1872.4, duration=6240.4, completed=False)

    playable_id: UUID
    position: Seconds
    duration: Seconds | None = None
    season_number: Ordinal | None = None
    episode_number: Ordinal | None = None
    completed: bool | None = None


class RatingSummary(BaseModel):
    """`average` of 1 to 5 stars, 0 while nobody has rated; `count` is how many have."""

    model_config = example(average=4.35, count=212)

    average: float
    count: int


class Artwork(Loose):
    """Addresses of the pictures; the `_srcset` fields list every width.

    `color` is the poster's average, `blurhash` the poster, blurred (https://blurha.sh).
    """

    model_config = example(poster=POSTER, color="#1d2a35", blurhash="LGF5]+Yk^6#M@-5c,1J5@[or[Q6.")

    poster: str | None = None
    backdrop: str | None = None
    logo: str | None = None
    poster_srcset: str | None = None
    backdrop_srcset: str | None = None
    logo_srcset: str | None = None
    color: str | None = None
    blurhash: str | None = None
    backdrop_blurhash: str | None = None


class Credit(Loose):
    """A person's part in a title; `character` for who acts."""

    model_config = example(
        person_id="01993a20-4b6f-7f12-8e5d-3c9a7b1e6d48", name="Isolde Harrow", role="actor", character="The keeper"
    )

    person_id: UUID
    name: str
    role: str
    character: str | None = None
    portrait_url: str | None = None


class Certificate(Loose):
    """A national age rating, as in FSK 16."""

    model_config = example(system="FSK", rating="16")

    system: str
    rating: str


class Title(Loose):
    """A title in full. A field named in `degraded` is null because its source missed the deadline, not because it is so."""

    model_config = example(
        id=FILM,
        slug="the-ninth-flash",
        type="movie",
        name="The Ninth Flash",
        description=PLOT,
        year=2023,
        genres=["Thriller", "Mystery"],
        cast=["Isolde Harrow", "Bram Teviot"],
        directors=["Sunniva Falk"],
        tags=["lighthouse", "slow burn"],
        language="en",
        country="IE",
        maturity=16,
        runtime=6240,
        playable_id=PLAYABLE,
        published_at="2026-11-20T09:00:00Z",
        in_my_list=True,
        resume={"playable_id": PLAYABLE, "position": 1872.4, "duration": 6240.4, "completed": False},
        degraded=[],
    )

    id: UUID
    slug: str | None = None
    type: Literal["movie", "series"]
    name: str
    description: str
    tagline: str = ""
    text_language: Annotated[str, Field(description="Which language its name is in.")] | None = None
    other_names: Annotated[list[str], Field(description="What it is also known as.")] = []
    year: Year | None = None
    genres: list[str] = []
    cast: list[str] = []
    directors: list[str] = []
    credits: Annotated[list[Credit], Field(description="Everybody who has a part, in the order they are named.")] = []
    tags: list[str] = []
    language: str | None = None
    country: str | None = None
    maturity: Age
    certificates: Annotated[list[Certificate], Field(description="Its national age ratings.")] = []
    descriptors: Annotated[list[str], Field(description="What the ratings warn of.")] = []
    runtime: WholeSeconds | None = None
    availability: Annotated[
        Literal["playable", "listed"], Field(description="`listed`: shown before it can be played.")
    ] = "playable"
    rating: RatingSummary
    my_rating: Annotated[int, Field(description="From 1 to 5 stars.")] | None = None
    playable_id: UUID | None = None
    seasons: int | None = Field(None, description="How many seasons can be watched, specials apart; null for films.")
    artwork: Artwork
    trailers: Annotated[list[Trailer], Field(description="Those that can be played, in the order to offer them.")] = []
    published_at: str | None = None
    in_my_list: bool | None = None
    resume: Resume | None = None
    degraded: list[str] = []


class Episode(Loose):
    """An episode that can be played."""

    model_config = example(
        id="01993a11-0d4f-7d30-a6e8-1c5b9f7d3e24",
        number=1,
        name="The Cello That Hums at Four",
        description="A case without a cello is handed in. At four in the morning it tunes itself.",
        playable_id=EPISODE_PLAYABLE,
        runtime=1680,
        resume={"playable_id": EPISODE_PLAYABLE, "position": 412.8, "duration": 1680.2, "completed": False},
    )

    id: UUID
    number: Annotated[int, Field(description="Its number in the season.")]
    name: str
    description: str = ""
    playable_id: UUID
    runtime: WholeSeconds | None = None
    still_url: str | None = None
    still_srcset: str | None = None
    resume: Resume | None = None


class Episodes(BaseModel):
    """The episodes of a season, in order; a field named in `degraded` is null because its source missed the deadline."""

    items: list[Episode]
    degraded: list[str] = []

"""Events of the catalogue: the whole title as the other services may know it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Literal, Protocol, TypeVar
from uuid import UUID

from libs.contracts.envelope import Event, Nested, Personal, Topic
from libs.contracts.media import Rendition, Track

UNKNOWN_LANGUAGE = "und"  # BCP 47: what a title of which nobody has said it is in
TITLES = Topic("catalog.titles", "title", "the whole title as published", compacted=True)
RATINGS = Topic("catalog.ratings", "title", "what a profile gave a title, and the title's average after it")


class PlayableAsset(Nested):
    """The asset a playable currently points at. Paths as in `media.AssetReady`; duration in seconds."""

    asset_id: UUID
    duration: float
    hls: str
    dash: str
    thumbnails: str | None = None
    renditions: tuple[Rendition, ...] = ()
    tracks: tuple[Track, ...] = ()


class Playable(Nested):
    """A film, or one episode of a series. Without an `asset` it cannot be played yet."""

    id: UUID
    name: str
    season_number: int | None = None
    episode_id: UUID | None = None
    episode_number: int | None = None
    still_url: str | None = None
    intro_start: float | None = None
    intro_end: float | None = None
    credits_start: float | None = None
    asset: PlayableAsset | None = None


class Trailer(Nested):
    """A short film about a title, not a part of it; in `language` (BCP 47). Without an `asset` it cannot be played yet.

    Only a `trailer` or a `teaser` is played where a trailer is offered; what else there is of a title is an extra.
    """

    id: UUID
    playable_id: UUID
    kind: Literal["trailer", "teaser", "behind_the_scenes", "clip", "featurette"] = "trailer"
    name: str
    language: str
    asset: PlayableAsset | None = None


SPECIALS = 0


class InSeason(Protocol):
    """What has its place in a season; season 0 holds the specials, None is no season at all."""

    @property
    def season_number(self) -> int | None: ...


P = TypeVar("P", bound=InSeason)


def following(playables: Sequence[P], place: int) -> Iterator[P]:
    """What may be offered after the playable at `place` of a title's viewing order, the next first.

    Specials lead to specials and episodes to episodes: a special is never "next" after a finale.
    """
    special = playables[place].season_number == SPECIALS
    return (item for item in playables[place + 1 :] if (item.season_number == SPECIALS) == special)


class Credit(Nested):
    """A person's part in a title: `role` as `actor`, `director`, `writer` and the like; `character` for who acts.

    `other_names` are spellings a search may know them by.
    """

    person_id: UUID
    name: str
    other_names: tuple[str, ...] = ()
    role: str
    character: str | None = None


class Localized(Nested):
    """What a title says in another language (BCP 47); what is None is said as the title itself says it."""

    language: str
    name: str | None = None
    description: str | None = None
    tagline: str | None = None
    poster_url: str | None = None
    backdrop_url: str | None = None
    logo_url: str | None = None


class Window(Nested):
    """When, and in which countries (ISO 3166-1 alpha-2; empty means everywhere), a title may be shown."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    regions: tuple[str, ...] = ()


class TitleChanged(Event):
    """The title after a change; a higher `version` replaces a lower one. Playables are in viewing order.

    Trailers are in the order they are offered. They are no playables: watching one is not watching the title.

    `maturity` is the age needed (0, 7, 12, 16, 18). A title is visible while `status` is `published` and one of its
    windows (no windows: always, everywhere) is open in the viewer's country.

    `credits` are people in the order they are named; `cast` and `directors` are their names alone. `availability` is
    `listed` where a title is shown and found before anything of it can be played. Without `free_trailers` its trailers need a
    plan. `crowd` where it was told with many others, by an import for one, and nobody waits for it.
    `other_posters` name the posters it has beside its own (`poster_2` …), of which one may be shown instead.
    """

    TYPE: ClassVar[str] = "bijou.catalog.title.changed.v1"
    TOPIC: ClassVar[Topic] = TITLES

    title_id: UUID
    version: int
    type: Literal["movie", "series"]
    status: Literal["draft", "review", "approved", "scheduled", "published", "archived"]
    name: str
    slug: str = ""
    description: str = ""
    year: int | None = None
    genres: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    directors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = "en"
    country: str = ""
    maturity: int = 0
    runtime: int | None = None
    poster_url: str | None = None
    backdrop_url: str | None = None
    logo_url: str | None = None
    windows: tuple[Window, ...] = ()
    playables: tuple[Playable, ...] = ()
    trailers: tuple[Trailer, ...] = ()
    published_at: datetime | None = None
    changed_at: datetime
    tagline: str = ""
    other_names: tuple[str, ...] = ()
    localized: tuple[Localized, ...] = ()
    credits: tuple[Credit, ...] = ()
    descriptors: tuple[str, ...] = ()
    availability: Literal["playable", "listed"] = "playable"
    free_trailers: bool = True
    crowd: bool = False
    other_posters: tuple[str, ...] = ()

    def key(self) -> str:
        return str(self.title_id)


class TitleRated(Event):
    """A profile rated a title from 1 to 5, or took its rating back (`stars` None), and the title's ratings after it.

    Without a `profile_id` nobody rated: the title's average is told again.
    """

    TYPE: ClassVar[str] = "bijou.catalog.title.rated.v1"
    TOPIC: ClassVar[Topic] = RATINGS

    title_id: UUID
    profile_id: Annotated[UUID | None, Personal] = None
    stars: int | None = None
    average: float | None = None
    count: int
    rated_at: datetime

    def key(self) -> str:
        return str(self.title_id)

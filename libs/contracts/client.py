"""What apps tell: what was shown, chosen, searched for and played, and what went wrong. Events of one topic, by profile.

Each kind of event is two models: what an app says (`…Said`), and the event made of it, stamped with whose it is and when it
was. What a viewer must have agreed to before it may be kept is its `consent`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.contracts.envelope import Event, Personal, Topic

CLIENT = Topic("events.client", "profile", "what apps tell: shown, chosen, searched, played, gone wrong", hours=168)

# `necessary`: to run the service, and never asked for. The others only of who agreed, and of no child.
Consent = Literal["necessary", "analytics", "personalisation"]

Place = Annotated[int, Field(ge=0, le=10_000)]
Milliseconds = Annotated[int, Field(ge=0, le=86_400_000)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
Words = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
Arm = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_.:-]+$")]


class Said(BaseModel):
    """What every event of an app says. `id` is the same however often it is sent; `at` is the device's own clock.

    `visit` is one stay in the app, from its opening on, and `seq` counts what it told: its order, whatever the clock says.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID
    at: AwareDatetime
    visit: UUID | None = None
    seq: Annotated[int, Field(ge=0, le=10_000_000, description="Of the visit's events, from 0.")] | None = None


class Stamp(BaseModel):
    """What intake adds. `occurred_at` is `at` by our clock: corrected by what the device's differs from it.

    `sampled` is the share of profiles whose events of this type are kept; each stands for 1 / `sampled`.
    """

    account_id: Annotated[UUID, Personal]
    profile_id: Annotated[UUID, Personal]
    device_id: Annotated[UUID | None, Personal] = None
    country: str
    app: str
    app_version: str
    consent: Consent
    occurred_at: datetime
    received_at: datetime
    sampled: float = 1.0

    def key(self) -> str:
        """Return the partition key."""
        return str(self.profile_id)


class Pictured(Said):
    """Which poster a card had, where one was chosen for the profile: with what chance it was, and in view of what."""

    picture: Name | None = None
    picture_chance: (
        Annotated[float, Field(ge=0.001, le=1, allow_inf_nan=False, description="From 0.001 to 1.")] | None
    ) = None
    picture_context: Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] | None = None


class ImpressionSaid(Pictured):
    """A card was half visible or more for a second. `row` and `position` count from 0."""

    type: Literal["impression"]
    impression_id: UUID
    recommendation_id: Annotated[UUID | None, Field(description="Which answer of the recommendations it is of.")] = None
    title_id: UUID
    row: Name
    row_position: Annotated[int, Field(ge=0, le=10_000, description="Of the row on its page, from 0.")]
    position: Place
    model_version: Name | None = None
    experiments: Annotated[dict[Arm, Arm], Field(max_length=20, default_factory=dict)]


class ClickSaid(Pictured):
    """Something was chosen: a card of a row (`impression_id`, `row`, `position`), or a button of a page."""

    type: Literal["click"]
    target: Literal["title", "play", "trailer", "list", "unlist", "rate", "row", "person", "genre"]
    title_id: UUID | None = None
    impression_id: UUID | None = None
    recommendation_id: Annotated[UUID | None, Field(description="Which answer of the recommendations it was in.")] = (
        None
    )
    row: Name | None = None
    position: Place | None = None
    experiments: Annotated[dict[Arm, Arm], Field(max_length=20, default_factory=dict)]


class SearchSaid(Said):
    """An answer of a search was shown, or one of its titles opened: then `position`, from 1, and `title_id`.

    What was searched for stays with search: `query_id` finds it there for who may read it.
    """

    type: Literal["search"]
    query_id: UUID
    results: Annotated[int, Field(ge=0, le=10_000_000, description="How many titles the answer had.")]
    position: Annotated[int, Field(ge=1, le=10_000)] | None = None
    title_id: UUID | None = None


class PageSaid(Said):
    """A page was opened. `seconds`: how long the one before it had been seen."""

    type: Literal["page"]
    name: Name
    title_id: UUID | None = None
    previous: Name | None = None
    seconds: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] | None = None


class PlaybackSaid(Said):
    """How a play is going: an account of all of it until now, so that the newest of a session (`sn`) says everything.

    Names of two and three letters are CMCD's (CTA-5004-B): `sta` the player's state, `msd` milliseconds from the wish to the
    first frame, `bsa` and `bsda` how often and for how many milliseconds the buffer was dry since, `dfa` frames dropped, `br`
    the bitrate and `mtp` the throughput in kbit/s, `pt` the place in milliseconds, `ec` what failed. `switches` counts changes of
    rendition, `mean_height` and `mean_bitrate` (kbit/s) weigh what was seen by its time, `watched_ms` is time that moved.
    """

    type: Literal["playback"]
    session_id: UUID
    title_id: UUID
    playable_id: UUID
    sn: Count
    sta: Literal["starting", "playing", "paused", "rebuffering", "ended", "failed", "left"]
    trailer: bool = False
    recommendation_id: UUID | None = None
    impression_id: UUID | None = None
    msd: Milliseconds | None = None
    bsa: Count = 0
    bsda: Milliseconds = 0
    dfa: Count = 0
    switches: Count = 0
    br: Count | None = None
    mtp: Count | None = None
    pt: Milliseconds | None = None
    watched_ms: Milliseconds = 0
    mean_height: Annotated[float, Field(ge=0, le=20_000, allow_inf_nan=False)] | None = None
    mean_bitrate: Annotated[float, Field(ge=0, le=1e7, allow_inf_nan=False)] | None = None
    ec: Name | None = None
    exit: Literal["ended", "left", "next", "failed", "lost"] | None = None
    edge: Name | None = None
    device_class: Literal["web", "mobile", "tablet", "tv", "cast", "other"] = "web"
    experiments: Annotated[dict[Arm, Arm], Field(max_length=20, default_factory=dict)]


class ErrorSaid(Said):
    """Something went wrong in the app. `trace_id` is the answer's that failed; `message` names no person."""

    type: Literal["error"]
    code: Name
    message: Words = ""
    page: Name | None = None
    trace_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")] | None = None
    fatal: bool = False


class ExposureSaid(Said):
    """A viewer met what an arm of an experiment is: told at that moment, not when the arm was given out."""

    type: Literal["exposure"]
    experiment: Arm
    arm: Arm


class CardShown(ImpressionSaid, Stamp, Event):
    """A card was shown to a profile: half of it or more, for a second."""

    TYPE: ClassVar[str] = "bijou.client.impression.v1"
    TOPIC: ClassVar[Topic] = CLIENT
    CONSENT: ClassVar[Consent] = "personalisation"


class Clicked(ClickSaid, Stamp, Event):
    """A profile chose something."""

    TYPE: ClassVar[str] = "bijou.client.click.v1"
    TOPIC: ClassVar[Topic] = CLIENT
    CONSENT: ClassVar[Consent] = "personalisation"


class Searched(SearchSaid, Stamp, Event):
    """A profile saw the answer of a search, or opened a title of it."""

    TYPE: ClassVar[str] = "bijou.client.search.v1"
    TOPIC: ClassVar[Topic] = CLIENT
    CONSENT: ClassVar[Consent] = "personalisation"


class PageOpened(PageSaid, Stamp, Event):
    """A profile opened a page of the app."""

    TYPE: ClassVar[str] = "bijou.client.page.v1"
    TOPIC: ClassVar[Topic] = CLIENT
    CONSENT: ClassVar[Consent] = "analytics"


class PlaybackTold(PlaybackSaid, Stamp, Event):
    """How a play has gone until now, as its player saw it."""

    TYPE: ClassVar[str] = "bijou.client.playback.v1"
    TOPIC: ClassVar[Topic] = CLIENT
    CONSENT: ClassVar[Consent] = "necessary"


class AppFailed(ErrorSaid, Stamp, Event):
    """Something went wrong in the app."""

    TYPE: ClassVar[str] = "bijou.client.error.v1"
    TOPIC: ClassVar[Topic] = CLIENT
    CONSENT: ClassVar[Consent] = "necessary"


class ArmMet(ExposureSaid, Stamp, Event):
    """A profile met its arm of an experiment."""

    TYPE: ClassVar[str] = "bijou.client.exposure.v1"
    TOPIC: ClassVar[Topic] = CLIENT
    CONSENT: ClassVar[Consent] = "analytics"


# What apps call an event → the event.
CLIENT_EVENTS: dict[str, type[Event]] = {
    "impression": CardShown,
    "click": Clicked,
    "search": Searched,
    "page": PageOpened,
    "playback": PlaybackTold,
    "error": AppFailed,
    "exposure": ArmMet,
}

# What apps call an event → what they say of it.
SAID: dict[str, type[Said]] = {
    "impression": ImpressionSaid,
    "click": ClickSaid,
    "search": SearchSaid,
    "page": PageSaid,
    "playback": PlaybackSaid,
    "error": ErrorSaid,
    "exposure": ExposureSaid,
}

SaidByApps = Annotated[
    ImpressionSaid | ClickSaid | SearchSaid | PageSaid | PlaybackSaid | ErrorSaid | ExposureSaid,
    Field(discriminator="type"),
]

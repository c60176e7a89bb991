"""Dead letters for staff: what a service could not apply, applied again or dropped, and a log of who did it.

Each service that consumes mounts `router(…)`, and all of them have the same operations: which service one is for is in its path.
The command line does the same through the same use cases (`libs/chassis/messaging/redriving.py`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database
from libs.chassis.http.bodies import Body
from libs.chassis.http.declared_problems import raises
from libs.chassis.http.examples import example
from libs.chassis.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from libs.chassis.messaging import dead_letters, redriving
from libs.chassis.messaging.consumers import Consumer
from libs.chassis.problems import NotFound
from libs.chassis.security import auth
from libs.contracts.token import Principal

# What was put aside may be about anybody's account.
Admin = Annotated[Principal, auth.staff()]
LARGEST = 2**63 - 1
MOST = 100
# The gateway gives up after 20 s, and the last one may run into the database's limit of 10 s.
SECONDS = 8.0

EVENT, TITLE = "01993a02-71b4-7c58-9e2d-4f6a8b0c2d13", "01993a02-5f00-7a10-8b1c-2d3e4f506172"
SAYS = '{"title_id": "' + TITLE + '", "version": "four"}'
Number = Annotated[int, Field(ge=1, le=LARGEST, description="The letter's number within its service.")]
Owner = Annotated[str, Field(description="The service that put it aside.")]
PREFIX = "/api/v1/admin/dead-letters"


SHOWN: dict[str, Any] = {
    "service": "playback",
    "id": 17,
    "consumer": "playback",
    "topic": "catalog.titles",
    "partition": 0,
    "position": 4211,
    "event_id": EVENT,
    "type": "bijou.catalog.title.changed.v1",
    "key": TITLE,
    "happened_at": "2026-11-26T20:31:55+00:00",
    "reason": "Malformed: version: a number is expected",
    "created_at": "2026-11-26T20:31:56Z",
}


class DeadLetter(BaseModel):
    """An event that its consumer could not apply, with where it lay.

    `happened_at` is the event's own time as it was written. `event_id`, `type`, `key` and `happened_at` are null where the record
    does not say them.
    """

    model_config = ConfigDict(**example(**SHOWN))

    service: Owner
    id: Number
    consumer: str
    topic: str
    partition: Annotated[int, Field(description="The topic's partition.")]
    position: Annotated[int, Field(description="The record's offset in it.")]
    event_id: str | None
    type: str | None
    key: str | None
    happened_at: str | None
    reason: Annotated[str, Field(description="Why it could not be applied, as it was when it was put aside.")]
    created_at: Annotated[datetime, Field(description="When it was put aside.")]


class WholeDeadLetter(DeadLetter):
    """A dead letter with what it says. `value` is null where the record was empty; what is no UTF-8 is replaced in it."""

    model_config = example(**SHOWN, value=SAYS)

    value: str | None


class DeadLettersBody(Body):
    """Which letters: up to 100 of them."""

    model_config = ConfigDict(extra="forbid", **example(ids=[17, 18]))

    ids: Annotated[list[Number], Field(min_length=1, max_length=MOST)]


class DeadLetterVerdict(BaseModel):
    """What became of one letter.

    `applied` and `dropped`: now or before; it is gone. `failed`: it stays, and `reason` says why. `waiting`: it stays and was not
    tried. `unknown`: there is none of this number, or it was too long ago.
    """

    model_config = ConfigDict(from_attributes=True, **example(id=17, outcome="applied", reason=None))

    id: Number
    outcome: Literal["applied", "dropped", "failed", "waiting", "unknown"]
    reason: str | None


class DeadLetterVerdicts(BaseModel):
    """What became of each letter: those that were tried in the order in which they were applied, then the others."""

    items: list[DeadLetterVerdict]


class DeadLetterAct(BaseModel):
    """What was done to a letter. `actor` is the member of staff's account, null where it was done at the command line."""

    model_config = ConfigDict(
        **example(
            service="playback",
            id=9,
            letter_id=17,
            act="applied",
            actor="01993a02-1c00-7d20-9e3f-405162738495",
            consumer="playback",
            topic="catalog.titles",
            event_id=EVENT,
            type="bijou.catalog.title.changed.v1",
            at="2026-11-26T21:04:10Z",
        ),
    )

    service: Owner
    id: Annotated[int, Field(description="The entry's number within its service.")]
    letter_id: Number
    act: Literal["applied", "dropped", "mended"]
    actor: UUID | None
    consumer: str
    topic: str
    event_id: str | None
    type: str | None
    at: datetime


class DeadLetterNotFound(NotFound):
    """There is no dead letter of this number here: it was applied or dropped, or never was."""

    code = "dead_letter_not_found"


LetterId = Annotated[int, Path(ge=1, le=LARGEST, description="A letter, from the list.", examples=[17])]


class Numbered(Protocol):
    """A row that has a number: the greater, the newer."""

    @property
    def id(self) -> int: ...


R = TypeVar("R", bound=Numbered)
M = TypeVar("M", bound=BaseModel)
# The rows before a number, the newest first, at most so many.
Newest = Callable[[AsyncSession, int, int | None], Awaitable[Sequence[Numbered]]]


def router(service: str, db: Database, consumers: Sequence[Consumer]) -> APIRouter:
    """Return the routes of a service's dead letters, for super admins."""

    made = APIRouter(prefix=f"{PREFIX}/{{service}}", tags=["Staff: dead letters"], dependencies=[Depends(_of(service))])

    async def page(newest: Newest, shown: type[M], cursor: str | None, limit: int) -> Page[M]:
        before = decode_cursor(cursor, int)[0] if cursor else None
        async with db.transaction() as session:
            found = await newest(session, limit + 1, before)
        following = encode_cursor(found[limit - 1].id) if len(found) > limit else None
        return Page(items=[_shown(service, row, shown) for row in found[:limit]], next_cursor=following)

    @made.get("", name="list_dead_letters_of_a_service")
    async def listed(who: Admin, cursor: Cursor = None, limit: Limit = 20) -> Page[DeadLetter]:
        """List dead letters of a service.

        The newest first. They are kept for 90 days.
        """
        return await page(dead_letters.newest, DeadLetter, cursor, limit)

    @made.get("/log", name="list_dead_letter_acts_of_a_service")
    async def logged(who: Admin, cursor: Cursor = None, limit: Limit = 20) -> Page[DeadLetterAct]:
        """List what was done to dead letters of a service.

        The newest first. It is kept for two years.
        """
        return await page(dead_letters.log, DeadLetterAct, cursor, limit)

    @made.get("/{letter_id:int}", name="get_dead_letter", responses=raises(DeadLetterNotFound))
    async def read(who: Admin, letter_id: LetterId) -> WholeDeadLetter:
        """Read a dead letter.

        With all that the event says.
        """
        async with db.transaction() as session:
            letter = await dead_letters.get(session, letter_id)
        if letter is None:
            raise DeadLetterNotFound
        value = None if letter.value is None else letter.value.decode(errors="replace")
        return WholeDeadLetter(**_shown(service, letter, DeadLetter).model_dump(), value=value)

    @made.post("/replay", name="replay_dead_letters")
    async def replayed(body: DeadLettersBody, who: Admin) -> DeadLetterVerdicts:
        """Apply dead letters of a service again.

        Through the handlers they were meant for, in the order they had. One that is applied is gone in the same transaction;
        behind one that fails, those of its key wait. Asking again is safe: an event is applied once. What there was no time for
        waits for the next call.
        """
        return _said(await redriving.replay(db, consumers, body.ids, actor=who.account_id, seconds=SECONDS))

    @made.post("/drop", name="drop_dead_letters")
    async def dropped(body: DeadLettersBody, who: Admin) -> DeadLetterVerdicts:
        """Drop dead letters of a service.

        What they say will never be applied, and cannot be read any more.
        """
        return _said(await redriving.drop(db, body.ids, actor=who.account_id))

    return made


def _of(service: str) -> Callable[[str], None]:
    """Return what a path's `service` is held against: one's own name. The gateway brings none but those here."""

    def named(service: str) -> None:
        pass

    told = Path(description="The service that put it aside.", examples=[service])
    named.__annotations__["service"] = Annotated[Literal[service], told]
    return named


def _shown(service: str, row: Any, shown: type[M]) -> M:
    """Return a row with the service that it is of."""
    columns = {name: getattr(row, name) for name in shown.model_fields if name != "service"}
    return shown(service=service, **columns)


def _said(verdicts: Sequence[redriving.Verdict]) -> DeadLetterVerdicts:
    return DeadLetterVerdicts(items=[DeadLetterVerdict.model_validate(verdict) for verdict in verdicts])

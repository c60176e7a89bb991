"""Events of watchstate: My List, reminders and the viewing history."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from libs.contracts.envelope import Event, Personal, Topic

# A history that was cleared is told for as long as the viewings of before it are (`events.views`).
LISTS = Topic("watch.lists", "profile", "My List, reminder and viewing history changes", hours=720)


class ListChanged(Event):
    """A title entered or left My List, or the list was put in another order."""

    TYPE: ClassVar[str] = "bijou.watch.list.changed.v1"
    TOPIC: ClassVar[Topic] = LISTS

    profile_id: Annotated[UUID, Personal]
    account_id: Annotated[UUID, Personal]
    change: Literal["added", "removed", "reordered", "cleared"]
    title_id: UUID | None = None
    at: datetime

    def key(self) -> str:
        return str(self.profile_id)


class ReminderChanged(Event):
    """A profile waits for a title that cannot be played yet (`asked`), or no more (`withdrawn`).

    `arrived`: the title can be played now where the profile is. `seen`: the profile took note of that.
    """

    TYPE: ClassVar[str] = "bijou.watch.reminder.changed.v1"
    TOPIC: ClassVar[Topic] = LISTS

    profile_id: Annotated[UUID, Personal]
    account_id: Annotated[UUID, Personal]
    change: Literal["asked", "withdrawn", "arrived", "seen"]
    title_id: UUID
    at: datetime

    def key(self) -> str:
        return str(self.profile_id)


class PositionSet(Event):
    """A position that did not come from a running session: an offline batch, a removal, a start-over.

    `position` None means the viewer has no position in this playable any more.
    """

    TYPE: ClassVar[str] = "bijou.watch.position.set.v1"
    TOPIC: ClassVar[Topic] = LISTS

    profile_id: Annotated[UUID, Personal]
    account_id: Annotated[UUID, Personal]
    title_id: UUID
    playable_id: UUID
    position: float | None
    duration: float | None = None
    occurred_at: datetime

    def key(self) -> str:
        return str(self.profile_id)


class HistoryCleared(Event):
    """A profile cleared its viewing history: nothing that it watched until then counts, with a position or without."""

    TYPE: ClassVar[str] = "bijou.watch.history.cleared.v1"
    TOPIC: ClassVar[Topic] = LISTS

    profile_id: Annotated[UUID, Personal]
    account_id: Annotated[UUID, Personal]
    at: datetime

    def key(self) -> str:
        return str(self.profile_id)


class HistoryHidden(Event):
    """A profile hid a title from its viewing history: nothing of it from until then counts. Watched again, it does."""

    TYPE: ClassVar[str] = "bijou.watch.history.hidden.v1"
    TOPIC: ClassVar[Topic] = LISTS

    profile_id: Annotated[UUID, Personal]
    account_id: Annotated[UUID, Personal]
    title_id: UUID
    at: datetime

    def key(self) -> str:
        return str(self.profile_id)

"""Feature flags for a process: it follows what staff switch, and answers from memory."""

from __future__ import annotations

from libs.chassis.assignment import Subject, is_on
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Tail
from libs.chassis.messaging.received import Received
from libs.contracts.experiments import FlagChanged
from libs.contracts.token import Principal


class Flags(Tail):
    """A component: `is_on` never waits.

    Where the broker is away what was known last goes on; a flag that nobody made is as given.
    """

    def __init__(self, bus: Bus) -> None:
        super().__init__("flags", bus, {FlagChanged: self._changed})
        self._known: dict[str, FlagChanged] = {}

    async def _changed(self, event: Received[FlagChanged]) -> None:
        before = self._known.get(event.data.name)
        if before is None or event.data.version >= before.version:
            self._known[event.data.name] = event.data

    def is_on(self, name: str, who: Principal, *, default: bool) -> bool:
        """Tell whether a flag is on for the profile that asks; of an audience it knows the country alone."""
        flag = self._known.get(name)
        if flag is None or who.profile_id is None:
            return default
        return is_on(flag, Subject(who.profile_id, country=who.country))

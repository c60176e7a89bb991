"""What edges are told: which sessions have ended while a grant of theirs is still good by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.http.pagination import BadCursor
from services.playback.grants import Grants
from services.playback.repository import leases
from services.playback.service.connections import Connections
from services.playback.settings import Settings

ENDED_PAGE = 5_000
STILL_COMMITTING = timedelta(seconds=15)  # longer than any statement may take
NOBODY = UUID(int=0)


class Edges:
    """Use cases of edges, which hold the grants' secret."""

    def __init__(self, db: Database, grants: Grants, settings: Settings, clock: Clock | None = None) -> None:
        self._connections = Connections(db, clock)
        self._grants = grants
        self._longest = timedelta(seconds=settings.longest_session)

    def is_edge(self, proof: str) -> bool:
        """Tell whether a proof shows that an edge is asking."""
        return self._grants.shown_by(proof)

    async def ended(self, after: str) -> dict[str, Any]:
        """Return sessions that have ended while their grants had not, since the cursor of the answer before; all at first."""
        async with self._connections.open() as connection:
            now = self._connections.at or await connection.fetchval("SELECT clock_timestamp()")
            since = _moment(after) or (now - self._longest, NOBODY)
            rows = await leases.ended(connection, since, longest=self._longest, at=now, limit=ENDED_PAGE)
        more = len(rows) == ENDED_PAGE
        # An end is written with the time it began at, and may be committed a little later: the last ones are asked for again.
        last = (rows[-1]["ended_at"], rows[-1]["session_id"]) if more else (now - STILL_COMMITTING, NOBODY)
        return {
            "ended": [[str(row["session_id"]), row["until"]] for row in rows],
            "cursor": f"{last[0].isoformat()}~{last[1]}",
            "more": more,
        }


def _moment(cursor: str) -> tuple[datetime, UUID] | None:
    if not cursor:
        return None
    at, _, session_id = cursor.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        return moment.astimezone(UTC), UUID(session_id)
    except (ValueError, OverflowError):
        raise BadCursor from None

"""Assets that arrive from the pipeline, and the pointer from a film, episode or trailer to the one that viewers get."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis import telemetry
from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.problems import Conflict, NotFound
from libs.contracts.media import AssetFailed, AssetReady
from services.catalog import domain
from services.catalog.models import Asset, Playable
from services.catalog.repository import assets, titles
from services.catalog.service.titles import PlayableNotFound
from services.catalog.service.unit_of_work import ARRIVAL, edit

log = telemetry.logger(__name__)

UNSEEN = ("draft", "review")  # titles of which nobody relies on the version that is pointed at


class AssetNotFound(NotFound):
    """This playable has no such asset."""

    code = "asset_not_found"


class AssetNotReady(Conflict):
    """This asset cannot be played: its processing failed. Choose one that is ready."""

    code = "asset_not_ready"


async def ready(session: AsyncSession, event: AssetReady, clock: Clock) -> None:
    """Keep a finished asset; the playable points at it from now on if it was uploaded after the one it points at.

    Only news moves the pointer: the same event again does not undo an editor's choice of an older asset. What viewers get, or
    an editor approved, is replaced only by what is as whole; anything shorter waits until an editor chooses it.
    """
    playable = await titles.pointing(session, event.playable_id)
    values = {
        **event.model_dump(
            mode="json", include={"version", "hls", "dash", "thumbnails", "renditions", "tracks", "duration"}
        ),
        "asset_id": event.asset_id,
        "playable_id": event.playable_id,
        "status": "ready",
        "error_code": None,
        "error_detail": None,
        "uploaded_at": event.uploaded_at,
        "ready_at": event.ready_at,
    }
    if playable is None:
        await assets.put(session, values)
        log.warning("asset_of_unknown_playable", asset_id=str(event.asset_id), playable_id=str(event.playable_id))
        return
    async with edit(session, playable.title_id, action=ARRIVAL, actor=None, now=clock.now()) as editing:
        if not await assets.put(session, values):
            return
        current = await assets.asset(session, playable.asset_id) if playable.asset_id else None
        if current is not None:
            if current.uploaded_at is not None and current.uploaded_at >= event.uploaded_at:
                return
            if editing.title.status not in UNSEEN and not domain.as_whole(event.duration, current.duration):
                log.warning("asset_held_back", asset_id=str(event.asset_id), playable_id=str(event.playable_id))
                return
        playable.asset_id = event.asset_id
        if isinstance(playable, Playable):  # a trailer makes nothing playable
            editing.title.availability = "playable"


async def failed(session: AsyncSession, event: AssetFailed) -> None:
    """Keep why an asset did not become one."""
    await assets.put(
        session,
        {
            "asset_id": event.asset_id, "playable_id": event.playable_id, "version": event.version, "status": "failed",
            "duration": None, "hls": None, "dash": None, "thumbnails": None, "renditions": [], "tracks": [],
            "error_code": event.code, "error_detail": event.detail, "uploaded_at": None, "ready_at": None,
        },
    )  # fmt: skip


class AssetPointers:
    """Use cases of editors with assets."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def assets(self, playable_id: UUID) -> tuple[UUID | None, list[Asset]]:
        """Return which asset a playable points at, and all it has, the newest first."""
        async with self._db.transaction() as session:
            playable = await titles.pointing(session, playable_id)
            if playable is None:
                raise PlayableNotFound
            return playable.asset_id, await assets.of_playable(session, playable_id)

    async def point(
        self, playable_id: UUID, asset_id: UUID, actor: UUID, expect: int | None = None
    ) -> tuple[UUID | None, list[Asset]]:
        """Let viewers get this asset from now on: a rollback, or its opposite."""
        async with self._db.transaction() as session:
            playable = await titles.pointing(session, playable_id)
            if playable is None:
                raise PlayableNotFound
            now = self._clock.now()
            async with edit(session, playable.title_id, action="point", actor=actor, now=now, expect=expect):
                chosen = await assets.asset(session, asset_id)
                if chosen is None or chosen.playable_id != playable_id:
                    raise AssetNotFound
                if chosen.status != "ready":
                    raise AssetNotReady
                playable.asset_id = asset_id
            return asset_id, await assets.of_playable(session, playable_id)

"""Facts as the neighbours would send them: accounts, plans and titles, applied by the consumers' own handlers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson

from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging.consumers import Received
from libs.contracts.billing import EntitlementChanged
from libs.contracts.catalog import Playable, PlayableAsset, TitleChanged
from libs.contracts.envelope import Event
from libs.contracts.identity import AccountChanged, Device, Profile, SessionsRevoked
from libs.contracts.media import Rendition, Track
from libs.contracts.registry import EVENTS
from libs.contracts.watch import PositionSet
from services.playback import consumers
from services.playback.repository import projections
from tests.conftest import AuthHeaders

START = datetime(2030, 1, 1, 12, tzinfo=UTC)
SESSIONS = "/playback/sessions"
HANDLERS: dict[type[Event], Any] = {
    AccountChanged: consumers.accounts_changed,
    SessionsRevoked: consumers.sessions_revoked,
    EntitlementChanged: consumers.entitlements_changed,
    TitleChanged: consumers.titles_changed,
    PositionSet: consumers.positions_set,
}


@dataclass
class Viewer:
    """A signed-in profile on a device, and its request headers."""

    account_id: UUID
    profile_id: UUID
    device_id: UUID
    sign_in_id: UUID
    headers: dict[str, str]
    claims: dict[str, Any] = field(default_factory=dict)


def asset(*heights: int, duration: float = 600.0) -> PlayableAsset:
    asset_id = new_id()
    return PlayableAsset(
        asset_id=asset_id,
        duration=duration,
        hls=f"{asset_id}/1/master.m3u8",
        dash=f"{asset_id}/1/manifest.mpd",
        thumbnails=f"{asset_id}/1/thumbnails.vtt",
        renditions=tuple(
            Rendition(height=h, width=h * 16 // 9, codec="avc1.640028", bitrate=h * 4000)
            for h in heights or (1080, 360, 720)
        ),
        tracks=(
            Track(kind="audio", language="en", codec="mp4a.40.2", label="English", channels=2),
            Track(kind="caption", language="de", codec="wvtt", label="Deutsch"),
        ),
    )


def movie(**changes: Any) -> TitleChanged:
    playable = changes.pop("playable", None) or Playable(id=new_id(), name="Still Water", asset=asset())
    fields: dict[str, Any] = {
        "title_id": new_id(),
        "version": 1,
        "type": "movie",
        "status": "published",
        "name": "Still Water",
        "maturity": 12,
        "playables": (playable,),
        "changed_at": START,
    }
    return TitleChanged(**fields | changes)


class World:
    """Writes facts, reads what was committed."""

    def __init__(self, db: Database, auth_headers: AuthHeaders) -> None:
        self.db = db
        self._auth_headers = auth_headers

    @classmethod
    @asynccontextmanager
    async def on(cls, url: str, auth_headers: AuthHeaders) -> AsyncIterator[World]:
        db = Database(url, pool_size=2, hot_pool_size=2)
        await db.start()
        try:
            yield cls(db, auth_headers)
        finally:
            await db.stop()

    async def tell(self, *events: Event) -> None:
        """Apply events as the consumer would."""
        for event in events:
            received = Received(id=new_id(), type=event.TYPE, time=START, key=event.key(), data=event)
            async with self.db.transaction() as session:
                await HANDLERS[type(event)](session, [received])

    async def know(self, *events: Event) -> None:
        """Store what events say, and leave the streams it concerns to their next heartbeat."""
        async with self.db.transaction() as session:
            for event in events:
                if isinstance(event, AccountChanged):
                    await projections.put_accounts(session, [event])
                elif isinstance(event, EntitlementChanged):
                    await projections.put_entitlements(session, [event])
                elif isinstance(event, TitleChanged):
                    await projections.put_titles(session, [event])
                    await projections.put_playables(session, [event.title_id], list(consumers.playable_rows(event)))
                elif isinstance(event, SessionsRevoked):
                    await projections.put_revoked_sign_ins(
                        session, [(id_, event.revoked_at) for id_ in event.session_ids]
                    )

    def account(self, account_id: UUID, version: int = 1, **changes: Any) -> AccountChanged:
        fields: dict[str, Any] = {"account_id": account_id, "version": version, "changed_at": START}
        return AccountChanged(**fields | changes)

    async def viewer(self, *, streams: int = 2, height: int = 1080, known: bool = True, **plan: Any) -> Viewer:
        """An account with a profile, a device and (unless `streams` is 0) a plan."""
        account_id, profile_id, device_id = new_id(), new_id(), new_id()
        if known:
            await self.tell(
                self.account(
                    account_id,
                    profiles=(Profile(id=profile_id, name="Ada"),),
                    devices=(Device(id=device_id, name="Living room"),),
                )
            )
        if streams:
            await self.tell(self.entitlement(account_id, max_streams=streams, max_height=height, **plan))
        return self.signed_in(account_id, profile_id, device_id)

    def signed_in(self, account_id: UUID, profile_id: UUID, device_id: UUID, **claims: Any) -> Viewer:
        sign_in_id = new_id()
        headers = self._auth_headers(
            account_id=account_id, profile_id=profile_id, device_id=device_id, session_id=sign_in_id, **claims
        )
        return Viewer(account_id, profile_id, device_id, sign_in_id, headers)

    def as_seen(self, viewer: Viewer, **claims: Any) -> dict[str, str]:
        """Headers of the same viewer with other claims."""
        fields: dict[str, Any] = {
            "account_id": viewer.account_id,
            "profile_id": viewer.profile_id,
            "device_id": viewer.device_id,
            "session_id": viewer.sign_in_id,
        }
        return self._auth_headers(**fields | claims)

    def entitlement(self, account_id: UUID, version: int = 1, **changes: Any) -> EntitlementChanged:
        fields: dict[str, Any] = {
            "account_id": account_id,
            "version": version,
            "plan_id": "standard-month",
            "status": "active",
            "max_streams": 2,
            "max_height": 1080,
            "valid_until": START + timedelta(days=30),
        }
        return EntitlementChanged(**fields | changes)

    async def film(self, **changes: Any) -> UUID:
        """A published film; its playable's id."""
        title = movie(**changes)
        await self.tell(title)
        return title.playables[0].id

    async def events(self, kind: type[Event] | None = None) -> list[Any]:
        """Every event committed to the outbox, in order, read back through its contract."""
        rows = await self.db.pool.fetch("SELECT topic, key, type, payload FROM outbox ORDER BY id")
        found = []
        for row in rows:
            contract = EVENTS[row["type"]]
            # Strict: a field the contract does not know, or of another type, is a mistake in the SQL that wrote it.
            event = contract.model_validate_json(orjson.dumps(row["payload"]))
            assert set(row["payload"]) <= set(contract.model_fields)
            assert (row["topic"], row["key"]) == (contract.TOPIC.name, event.key())
            if kind is None or isinstance(event, kind):
                found.append(event)
        return found


async def start(client: httpx.AsyncClient, viewer: Viewer, playable_id: UUID, **body: Any) -> httpx.Response:
    return await client.post(SESSIONS, headers=viewer.headers, json={"playable_id": str(playable_id), **body})


async def beat(
    client: httpx.AsyncClient, viewer: Viewer, session: dict[str, Any], seq: int, position: float, **more: Any
) -> httpx.Response:
    body = {"seq": seq, "fencing": session["fencing"], "position": position, "state": "playing"} | more
    return await client.post(f"{SESSIONS}/{session['session_id']}/heartbeat", headers=viewer.headers, json=body)

"""Events in: playback's copies of accounts, entitlements, titles and positions, and the end of what they no longer allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.consumers import Consumer, Received
from libs.chassis.database import Database
from libs.chassis.messaging import Bus
from libs.contracts.billing import EntitlementChanged
from libs.contracts.catalog import Playable, TitleChanged, following
from libs.contracts.identity import AccountChanged, SessionsRevoked
from libs.contracts.watch import PositionSet
from services.playback.repository import projections


def facts(db: Database, bus: Bus) -> Consumer:
    """Return the consumer that keeps the copies."""
    return Consumer(
        "playback", db, bus,
        {
            AccountChanged: account_changed,
            SessionsRevoked: sessions_revoked,
            EntitlementChanged: entitlement_changed,
            TitleChanged: title_changed,
            PositionSet: position_set,
        },
    )  # fmt: skip


async def account_changed(session: AsyncSession, event: Received[AccountChanged]) -> None:
    if await projections.put_account(session, event.data):
        await projections.end_refused(session, event.data.account_id)


async def sessions_revoked(session: AsyncSession, event: Received[SessionsRevoked]) -> None:
    revoked = event.data
    if revoked.session_ids:
        await projections.put_revoked_sign_ins(session, revoked.session_ids, revoked.revoked_at)
        await projections.end_refused(session, revoked.account_id)


async def entitlement_changed(session: AsyncSession, event: Received[EntitlementChanged]) -> None:
    if await projections.put_entitlement(session, event.data):
        await projections.end_refused(session, event.data.account_id)


async def title_changed(session: AsyncSession, event: Received[TitleChanged]) -> None:
    if await projections.put_title(session, event.data, list(playable_rows(event.data))):
        await projections.end_refused_of_title(session, event.data.title_id)


async def position_set(session: AsyncSession, event: Received[PositionSet]) -> None:
    await projections.put_position(session, event.data)


def playable_rows(title: TitleChanged) -> Iterator[dict[str, Any]]:
    """Return a row for each playable; the next episode is the next one in viewing order that can be played."""
    for place, playable in enumerate(title.playables):
        asset = playable.asset
        next_episode = next((item for item in following(title.playables, place) if item.asset), None)
        yield {
            "playable_id": playable.id,
            "title_id": title.title_id,
            "label": _label(title, playable),
            "asset_id": asset.asset_id if asset else None,
            "duration": asset.duration if asset else 0.0,
            "credits_start": playable.credits_start,
            "hls": asset.hls if asset else None,
            "dash": asset.dash if asset else None,
            "thumbnails": asset.thumbnails if asset else None,
            "heights": sorted({r.height for r in asset.renditions}) if asset else [],
            "answer": _answer(title, playable, next_episode),
        }


def _label(title: TitleChanged, playable: Playable) -> str:
    if playable.episode_number is None:
        return title.name
    return f"{title.name} · S{playable.season_number or 1} E{playable.episode_number} · {playable.name}"


def _answer(title: TitleChanged, playable: Playable, then: Playable | None) -> dict[str, Any]:
    """Return what every start of the playable says about it, as `PlaySession` has it."""
    episode = playable.episode_number is not None
    asset = playable.asset
    tracks = asset.tracks if asset else ()
    return {
        "title": {
            "id": str(title.title_id),
            "type": title.type,
            "name": title.name,
            "season_number": playable.season_number,
            "episode_number": playable.episode_number,
            "episode_name": playable.name if episode else None,
            "poster_url": title.poster_url,
            "backdrop_url": title.backdrop_url,
        },
        "markers": {
            "intro_start": playable.intro_start,
            "intro_end": playable.intro_end,
            "credits_start": playable.credits_start,
        },
        "next_episode": {
            "playable_id": str(then.id),
            "title_id": str(title.title_id),
            "name": then.name,
            "season_number": then.season_number,
            "episode_number": then.episode_number,
            "still_url": then.still_url,
        }
        if then
        else None,
        "tracks": {
            "audio": [
                {"language": t.language, "label": t.label, "codec": t.codec, "channels": t.channels}
                for t in tracks
                if t.kind == "audio"
            ],
            "text": [
                {"language": t.language, "label": t.label, "kind": t.kind}
                for t in tracks
                if t.kind not in ("audio", "video")
            ],
            "video": [
                {"height": r.height, "width": r.width, "codec": r.codec, "bitrate": r.bitrate}
                for r in (asset.renditions if asset else ())
            ],
        },
    }

"""Events in: playback's copies of accounts, entitlements, titles and positions, and the end of what they no longer allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Batch, Consumer, Handler, Received, newest
from libs.contracts.billing import EntitlementChanged
from libs.contracts.catalog import SPECIALS, Playable, PlayableAsset, TitleChanged, following
from libs.contracts.identity import AccountChanged, SessionsRevoked
from libs.contracts.watch import PositionSet
from services.playback.repository import projections
from services.playback.schemas.playables import (
    AudioTrack,
    Markers,
    NextEpisode,
    PlayableAnswer,
    TextTrack,
    TitleRef,
    Tracks,
    VideoRendition,
)


def consumers(db: Database, bus: Bus, _clock: Clock) -> list[Consumer]:
    """Return the consumers of playback."""
    # Versions and times decide which of two events holds, so none of them needs to be remembered.
    handlers: dict[type[Any], Handler] = {
        AccountChanged: Batch(accounts_changed, repeatable=True),
        SessionsRevoked: Batch(sessions_revoked, repeatable=True),
        EntitlementChanged: Batch(entitlements_changed, repeatable=True),
        TitleChanged: Batch(titles_changed, repeatable=True),
        PositionSet: Batch(positions_set, repeatable=True),
    }
    return [Consumer("playback", db, bus, handlers)]


async def accounts_changed(session: AsyncSession, events: Sequence[Received[AccountChanged]]) -> None:
    accounts = newest(events, lambda e: e.account_id, lambda e: e.version)
    written = await projections.put_accounts(session, accounts)
    await projections.end_refused(session, written)
    await projections.forget(session, [account for account in accounts if account.account_id in written])


async def sessions_revoked(session: AsyncSession, events: Sequence[Received[SessionsRevoked]]) -> None:
    sign_ins = {sign_in: event.data.revoked_at for event in events for sign_in in event.data.session_ids}
    await projections.put_revoked_sign_ins(session, sign_ins.items())
    await projections.end_refused(session, {event.data.account_id for event in events})


async def entitlements_changed(session: AsyncSession, events: Sequence[Received[EntitlementChanged]]) -> None:
    entitlements = newest(events, lambda e: e.account_id, lambda e: e.version)
    await projections.end_refused(session, await projections.put_entitlements(session, entitlements))


async def titles_changed(session: AsyncSession, events: Sequence[Received[TitleChanged]]) -> None:
    titles = newest(events, lambda e: e.title_id, lambda e: e.version)
    written = await projections.put_titles(session, titles)
    rows = [row for title in titles if title.title_id in written for row in playable_rows(title)]
    await projections.put_playables(session, written, rows)
    await projections.end_refused_of_titles(session, written)


async def positions_set(session: AsyncSession, events: Sequence[Received[PositionSet]]) -> None:
    # The time comes from a device; one that is ahead of ours must not outrank what is watched next, today or when replayed.
    timely = [
        event._replace(data=event.data.model_copy(update={"occurred_at": min(event.data.occurred_at, event.time)}))
        for event in events
    ]
    await projections.put_positions(
        session, newest(timely, lambda e: (e.profile_id, e.playable_id), lambda e: e.occurred_at)
    )


def playable_rows(title: TitleChanged) -> Iterator[dict[str, Any]]:
    """Return a row for each playable and each trailer; the next episode is the next one in viewing order that can be played."""
    for place, playable in enumerate(title.playables):
        next_episode = next((item for item in following(title.playables, place) if item.asset), None)
        yield {
            "playable_id": playable.id,
            "title_id": title.title_id,
            "label": _label(title, playable),
            **_files(playable.asset),
            "credits_start": playable.credits_start,
            "answer": _answer(title, playable, next_episode).model_dump(mode="json"),
            "trailer": False,
        }
    for trailer in title.trailers:
        shown = Playable(id=trailer.playable_id, name=trailer.name, asset=trailer.asset)
        answer = _answer(title, shown, None).model_copy(update={"trailer": trailer.name})
        yield {
            "playable_id": trailer.playable_id,
            "title_id": title.title_id,
            "label": f"{title.name} · {trailer.name}",
            **_files(trailer.asset),
            "credits_start": None,
            "answer": answer.model_dump(mode="json"),
            "trailer": True,
        }


def _files(asset: PlayableAsset | None) -> dict[str, Any]:
    return {
        "asset_id": asset.asset_id if asset else None,
        "duration": asset.duration if asset else 0.0,
        "hls": asset.hls if asset else None,
        "dash": asset.dash if asset else None,
        "thumbnails": asset.thumbnails if asset else None,
        # What plans are limited by are lines: an upright picture has as many as it is wide.
        "heights": sorted({min(r.height, r.width) for r in asset.renditions}) if asset else [],
    }


def _label(title: TitleChanged, playable: Playable) -> str:
    if playable.episode_number is None:
        return title.name
    season = 1 if playable.season_number is None else playable.season_number
    place = f"Special {playable.episode_number}" if season == SPECIALS else f"S{season} E{playable.episode_number}"
    return f"{title.name} · {place} · {playable.name}"


def _answer(title: TitleChanged, playable: Playable, then: Playable | None) -> PlayableAnswer:
    asset = playable.asset
    tracks = asset.tracks if asset else ()
    return PlayableAnswer(
        title=TitleRef(
            id=title.title_id,
            type=title.type,
            name=title.name,
            season_number=playable.season_number,
            episode_number=playable.episode_number,
            episode_name=playable.name if playable.episode_number is not None else None,
            poster_url=title.poster_url,
            backdrop_url=title.backdrop_url,
        ),
        markers=Markers(
            intro_start=playable.intro_start, intro_end=playable.intro_end, credits_start=playable.credits_start
        ),
        next_episode=_next_episode(title, then) if then else None,
        tracks=Tracks(
            audio=[
                AudioTrack(language=t.language, label=t.label, codec=t.codec, channels=t.channels)
                for t in tracks
                if t.kind == "audio"
            ],
            text=[
                TextTrack(language=t.language, label=t.label, kind=t.kind)
                for t in tracks
                if t.kind not in ("audio", "video")
            ],
            video=[
                VideoRendition(height=r.height, width=r.width, codec=r.codec, bitrate=r.bitrate)
                for r in (asset.renditions if asset else ())
            ],
        ),
    )


def _next_episode(title: TitleChanged, then: Playable) -> NextEpisode:
    return NextEpisode(
        playable_id=then.id,
        title_id=title.title_id,
        name=then.name,
        season_number=then.season_number,
        episode_number=then.episode_number,
        still_url=then.still_url,
    )

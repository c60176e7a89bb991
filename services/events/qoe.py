"""What a viewing was, from what was heard of it: the definitions of docs/qoe.md, whose examples are tests of this."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

# A player that was silent for longer was not watched meanwhile, whatever its last state.
LONGEST_GAP = timedelta(seconds=90)
# A position that moved faster than this, in seconds of film for one of time, and this many more, was moved by a seek.
FASTEST, SLACK = 2.0, 2.0


def watched(
    before: datetime, position: float, state: str, then: datetime, then_position: float
) -> tuple[timedelta, float]:
    """Return what lies between two heartbeats: time in which the picture moved, and seconds of film that were played."""
    gap = min(max(then - before, timedelta(0)), LONGEST_GAP)
    moved = then_position - position
    is_played = 0 < moved <= gap.total_seconds() * FASTEST + SLACK
    return (gap if state == "playing" else timedelta(0)), (moved if is_played else 0.0)


def rebuffer_ratio(stalled: float, played: float) -> float:
    """Return the share of the time after the first frame in which the picture stood still for want of data."""
    return round(stalled / (stalled + played), 4) if stalled + played > 0 else 0.0


def exit_reason(end_reason: str, exit: str | None) -> str:
    """Return why the viewing ended: what the player says where it knows better than playback."""
    if end_reason in ("taken_over", "revoked"):
        return end_reason
    if exit in ("failed", "lost", "next"):
        return exit
    return "ended" if end_reason == "ended" or exit == "ended" else "left" if end_reason == "stopped" else end_reason


# Who left sooner was looking, not watching.
ENOUGH = 120.0
# What was watched to its end was watched for at least this share of it: who jumped there saw the end alone.
SHARE_TO_END = 0.5
# A player's clock and playback's tell the time between two moments of a viewing so differently, in seconds.
CLOCKS = 5.0


def is_watched(record: dict[str, Any]) -> bool:
    """Tell whether a viewing counts for its title: two minutes of it, or all of something shorter.

    "To the end" is a player's word; that half of it was played is what heartbeats, timed by playback, must say too.
    """
    if record["trailer"]:
        return False
    if record["watched_wall"] >= ENOUGH:
        return True
    duration = record["duration"]
    seen = duration is not None and record["watched_media"] >= duration * SHARE_TO_END
    return seen and record["exit_reason"] in ("ended", "next")


def longest(started_at: datetime, ended_at: datetime, end_reason: str) -> float:
    """Return how many seconds a player can have played between these moments, by playback's clock.

    A viewing that `expired` had lost playback, and played on from what it held.
    """
    lasted = max((ended_at - started_at).total_seconds(), 0.0)
    return lasted + (LONGEST_GAP.total_seconds() if end_reason == "expired" else CLOCKS)


def of_player(beacon: dict[str, Any], media: float | None, longest: float) -> dict[str, Any]:
    """Return what the newest account of a player says of a viewing that lasted so many seconds; `media` as heartbeats tell it."""
    played = min(beacon.get("watched_ms", 0) / 1000, longest)
    stalled = min(beacon.get("bsda", 0) / 1000, longest)
    return {
        "told_by": "player",
        "startup_ms": None if (startup := beacon.get("msd")) is None else min(startup, round(longest * 1000)),
        "watched_wall": round(played, 3),
        "watched_media": round(played if media is None else media, 3),
        "rebuffer_count": beacon.get("bsa", 0),
        "rebuffer_seconds": round(stalled, 3),
        "rebuffer_ratio": rebuffer_ratio(stalled, played),
        "switches": beacon.get("switches", 0),
        "dropped_frames": beacon.get("dfa", 0),
        "mean_height": beacon.get("mean_height"),
        "mean_bitrate": beacon.get("mean_bitrate"),
        "error_code": beacon.get("ec"),
        **{name: beacon.get(name) for name in ("country", "edge", "device_class", "app", "app_version")},
        **{name: beacon.get(name) for name in ("recommendation_id", "impression_id")},
        "experiments": beacon.get("experiments") or {},
    }


def of_heartbeats(wall_ms: int, media: float) -> dict[str, Any]:
    """Return what is known of a viewing whose player told nothing."""
    return {"told_by": "heartbeats", "watched_wall": round(wall_ms / 1000, 3), "watched_media": round(media, 3)}

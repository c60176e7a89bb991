"""What the fields of events look like: one viewer's evening, told the same in every event, so that examples can be joined."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

STORY = UUID("0199c4b9-2c70-7b1f-9d08-5e3a7c6f1b92")
EVENING, LATER = "2026-11-27T20:14:31Z", "2026-11-27T21:52:08Z"
# Fields that say when something was over.
ENDS = frozenset({"ended_at", "closed_at", "valid_until", "period_end", "end", "until"})
# By a field's name, or by its model's and its own where the name alone means several things.
EXAMPLES: dict[str, Any] = {
    "active": 2, "amount": 1299, "app": "web", "app_version": "1.4.0", "Audience.app_version": ">=1.4.0", "arm": "large",
    "average": 4.3, "backdrop_url": "/media/artwork/salt-and-light/backdrop.webp", "bitrate": 4_500_000, "br": 4500,
    "bsa": 1, "bsda": 900, "cast": "Inês Duarte", "channels": 2, "character": "Marta", "code": "plan_ended",
    "AssetFailed.code": "unreadable_source", "AppFailed.code": "chunk_missing", "codec": "avc1.640028",
    "Track.codec": "mp4a.40.2", "consents": "personalisation", "count": 128, "countries": "PT", "country": "PT",
    "credits_start": 5820.0, "currency": "EUR", "dash": "manifest.mpd", "descriptors": "violence",
    "description": "A lighthouse keeper counts the ships that do not come back.", "detail": "no video stream was found",
    "device_class": "tv", "devices": "tv", "dfa": 12, "directors": "Ana Prata", "downloads": 2, "dropped_frames": 12,
    "duration": 6000.0, "ec": "chunk_missing", "edge": "eu-1", "end_reason": "stopped", "episode_number": 3,
    "error_code": "chunk_missing", "exit_reason": "left", "experiment": "larger-cards", "experiments": {"larger-cards": "large"},
    "fencing": 17, "first": 0, "fps": 24.0, "genres": "Drama", "height": 1080, "hls": "master.m3u8", "holdout": 0.05,
    "intro_start": 36.0, "intro_end": 78.5, "kind": "audio", "label": "Português", "language": "pt", "last": 499,
    "layer": "home.rows", "limit": 2, "logo_url": "/media/artwork/salt-and-light/logo.webp", "lowered": 1, "maturity": 13,
    "max_height": 2160, "max_streams": 4, "mean_bitrate": 4320.5, "mean_height": 1012.0,
    "message": "The segment 42 could not be loaded.", "model_version": "2026-11-27", "msd": 420, "mtp": 21_000,
    "name": "Salt and Light", "Arm.name": "large", "Credit.name": "Inês Duarte", "Device.name": "Living room",
    "ExperimentChanged.name": "larger-cards", "FlagChanged.name": "home.trending", "Profile.name": "Iris",
    "PageOpened.name": "title", "other_names": "Sal e Luz", "other_posters": "poster_2", "page": "watch",
    "picture": "poster_2", "picture_chance": 0.25, "picture_context": "evening/tv", "plan_id": "premium-month",
    "plans": "premium-month", "position": 1312.5, "CardShown.position": 3, "Clicked.position": 3, "Searched.position": 2,
    "poster_url": "/media/artwork/salt-and-light/poster.webp", "previous": "home", "progress": 0.62, "pt": 1_312_500,
    "range": "SDR", "rebuffer_count": 1, "rebuffer_ratio": 0.0007, "rebuffer_seconds": 0.9, "region": "PT", "regions": "PT",
    "results": 12, "revision": 1, "role": "actor", "Track.role": "main", "roles": "support", "row": "continue-watching",
    "row_position": 1, "runtime": 100, "sampled": 1.0, "score": 84.25, "season_number": 1, "seconds": 41.5, "seq": 12,
    "share": 0.1, "slug": "salt-and-light", "sn": 44, "stars": 5, "startup_ms": 420, "status": "encoding",
    "still_url": "/media/artwork/salt-and-light/still.webp", "switches": 2, "tagline": "Every light is for somebody.",
    "tags": "slow", "thumbnails": "thumbnails.vtt", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "type": "tv",
    "version": 7, "viewers": 131, "vmaf": 94.6, "watched_media": 1308.0, "watched_ms": 1_304_000, "watched_wall": 1304.0,
    "weight": 1, "width": 1920, "year": 2026,
}  # fmt: skip

# Of a field that nobody thought of; a test sees to it that the contracts have none.
OTHERWISE: dict[str, Any] = {
    "string": "text",
    "integer": 1,
    "number": 1.0,
    "object": {},
    "anything": None,
    "null": None,
}


def example(model: str, field: str, schema: dict[str, Any]) -> Any:
    """Return what a field of a model says, where its schema is of one value; of one nobody thought of something that fits."""
    match schema.get("format"):
        case "uuid":
            # Whoever is called the same is the same in every event.
            return str(uuid5(STORY, f"{model}.id" if field == "id" else field.removesuffix("s")))
        case "date-time":
            return LATER if field in ENDS else EVENING
        case "date":
            return EVENING[:10]
    own = f"{model}.{field}"
    if own in EXAMPLES or field in EXAMPLES:
        return EXAMPLES[own if own in EXAMPLES else field]
    return OTHERWISE[schema.get("type", "anything")]

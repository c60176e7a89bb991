"""Publishing: every file of a checked film to the object store, manifests last, then one transaction makes it the asset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from libs.chassis.object_store import ObjectStore
from libs.contracts.media import LeftOut, Rendition, Track
from pipelines.transcode.media.film import Made
from pipelines.transcode.media.work import together
from pipelines.transcode.repository.assets import Assets, Result

AT_ONCE = 8
MANIFESTS = ("master.m3u8", "manifest.mpd")
TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".mp4": "video/mp4",
    ".m4s": "video/iso.segment",
    ".vtt": "text/vtt",
    ".jpg": "image/jpeg",
}


async def put(store: ObjectStore, asset_id: UUID, attempt: int, made: Made) -> str:
    """Put a film into the object store as run `r<attempt>` of an asset, and return where it is below `media/`."""
    run = f"{asset_id}/r{attempt}"
    names = sorted(path.relative_to(made.folder).as_posix() for path in made.folder.rglob("*") if path.is_file())
    await _put(store, run, made.folder, [name for name in names if name not in MANIFESTS])
    await _put(store, run, made.folder, MANIFESTS)
    return run


async def publish(store: ObjectStore, assets: Assets, asset_id: UUID, attempt: int, run: str, made: Made) -> bool:
    """Make a run the asset; False, with nothing of it left behind, when the attempt is over."""
    if await assets.publish(asset_id, attempt, result(run, made)):
        return True
    await store.delete_prefix(f"media/{run}")
    return False


async def _put(store: ObjectStore, run: str, folder: Path, names: Sequence[str]) -> None:
    await together(
        (store.put_file(f"media/{run}/{name}", folder / name, TYPES[Path(name).suffix]) for name in names), AT_ONCE
    )


def result(run: str, made: Made) -> Result:
    """Return what is told of a film: each rendition as measured, not as intended."""
    return Result(
        duration=round(made.report.seconds, 3),
        hls=f"{run}/master.m3u8",
        dash=f"{run}/manifest.mpd",
        thumbnails=f"{run}/thumbnails.vtt",
        renditions=tuple(
            Rendition(
                height=item.height,
                width=item.width,
                codec=item.codec,
                bitrate=max(item.peak, item.average),
                fps=item.fps,
                range=item.range,
            )
            for item in made.report.renditions
        ),
        tracks=tuple(
            Track(
                kind=track.kind,
                language=track.language,
                codec=track.codec,
                label=track.label,
                channels=track.channels,
                role=track.role,
                default=track.default,
            )
            for track in made.tracks
        ),
        left_out=tuple(
            LeftOut(kind=one.kind, number=one.number, language=one.language, reason=one.reason) for one in made.left_out
        ),
    )

"""Small pictures for seeking: JPEG sheets, the WebVTT map players know, and entries in both manifests."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from pipelines.transcode.media import commands
from pipelines.transcode.media.isolation import Limits
from pipelines.transcode.media.sandbox import ChildFailed, run
from pipelines.transcode.media.source import Refused
from pipelines.transcode.media.tools import Tools

WIDTH = 160
SIDE = 5
MOST = 400


@dataclass(frozen=True)
class Sprites:
    """Sheets of `SIDE` by `SIDE` pictures of `width` by `height` pixels, one picture each `every` seconds."""

    every: float
    width: int
    height: int
    count: int
    seconds: float

    @property
    def sheets(self) -> int:
        """Return how many sheet files there are."""
        return math.ceil(self.count / SIDE**2)

    @property
    def durations(self) -> list[float]:
        """Return of how many seconds each sheet is: the last one ends with the film."""
        length = self.every * SIDE**2
        return [min(length, self.seconds - sheet * length) for sheet in range(self.sheets)]


def plan(seconds: float, width: int, height: int) -> Sprites:
    """Choose how often: every 2 seconds in short films, every 10 in long ones."""
    every = 2.0 if seconds <= 2 * MOST else 5.0 if seconds <= 5 * MOST else 10.0
    tall = max(2, round(WIDTH * height / width / 2) * 2)
    wide = WIDTH
    if tall > WIDTH:
        wide, tall = max(2, round(WIDTH * width / height / 2) * 2), WIDTH
    return Sprites(every, wide, tall, max(1, math.ceil(seconds / every)), seconds)


async def make(tools: Tools, folder: Path, video: str, sprites: Sprites, output: Path) -> None:
    """Write the sheets and `thumbnails.vtt` into `output` (a directory inside `folder`) from an encoded rendition."""
    name = f"../{video}" if output.parent == folder else video
    command = commands.sprites(tools.ffmpeg, name, sprites.every, sprites.width, sprites.height, SIDE, sprites.sheets)
    try:
        limits = Limits(seconds=120 + sprites.seconds, cpu_seconds=600)
        await run(command, cwd=output, limits=limits, reads=[folder], writes=[output])
    except ChildFailed as error:
        raise Refused("encode_failed", str(error)) from error
    (output / "thumbnails.vtt").write_text(vtt(sprites), "utf-8")


def vtt(sprites: Sprites) -> str:
    """Return the map from time to a rectangle of a sheet (media fragments, `#xywh=`)."""
    lines = ["WEBVTT", ""]
    for number in range(sprites.count):
        start, end = number * sprites.every, min((number + 1) * sprites.every, sprites.seconds)
        sheet, place = divmod(number, SIDE**2)
        y, x = divmod(place, SIDE)
        where = f"{x * sprites.width},{y * sprites.height},{sprites.width},{sprites.height}"
        lines += [f"{stamp(start)} --> {stamp(end)}", f"sprite_{sheet:03d}.jpg#xywh={where}", ""]
    return "\n".join(lines)


def stamp(seconds: float) -> str:
    """Return a WebVTT time."""
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{milliseconds // 1000:02d}.{milliseconds % 1000:03d}"


def image_playlist(sprites: Sprites) -> str:
    """Return an HLS image media playlist (Roku's image media playlist specification)."""
    length = sprites.every * SIDE**2
    lines = [
        "#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{math.ceil(length)}", "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD", "#EXT-X-IMAGES-ONLY",
    ]  # fmt: skip
    for sheet, duration in enumerate(sprites.durations):
        size = f"{sprites.width}x{sprites.height}"
        lines += [
            f"#EXTINF:{duration:.3f},",
            f"#EXT-X-TILES:RESOLUTION={size},LAYOUT={SIDE}x{SIDE},DURATION={sprites.every:g}",
            f"sprite_{sheet:03d}.jpg",
        ]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def stream_entry(sprites: Sprites, bandwidth: int) -> str:
    """Return the entry of the image playlist in the master playlist."""
    return (
        f"#EXT-X-IMAGE-STREAM-INF:BANDWIDTH={bandwidth},RESOLUTION={sprites.width}x{sprites.height},"
        'CODECS="jpeg",URI="images.m3u8"'
    )


def adaptation_set(sprites: Sprites, bandwidth: int) -> str:
    """Return the DASH image adaptation set (DASH-IF IOP 4.3, section 6.2.6)."""
    return (
        '<AdaptationSet id="900" contentType="image" mimeType="image/jpeg">'
        f'<SegmentTemplate media="sprite_$Number%03d$.jpg" startNumber="0" timescale="1000"'
        f' duration="{round(sprites.every * SIDE**2 * 1000)}"/>'
        f'<Representation id="thumbnails" bandwidth="{bandwidth}" width="{sprites.width * SIDE}"'
        f' height="{sprites.height * SIDE}">'
        f'<EssentialProperty schemeIdUri="http://dashif.org/guidelines/thumbnail_tile" value="{SIDE}x{SIDE}"/>'
        "</Representation></AdaptationSet>"
    )

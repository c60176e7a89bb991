"""Packaging: one set of CMAF segments, an HLS and a DASH manifest over them, and what the packager leaves out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from lxml import etree

from pipelines.transcode.media import bandwidth, commands, thumbnails
from pipelines.transcode.media.commands import Packed
from pipelines.transcode.media.isolation import Limits
from pipelines.transcode.media.manifests import DASH, RANGES, TRANSFER
from pipelines.transcode.media.sandbox import GIGABYTE, ChildFailed, run
from pipelines.transcode.media.source import Refused
from pipelines.transcode.media.thumbnails import Sprites
from pipelines.transcode.media.tools import Tools
from pipelines.transcode.media.tracks import Track, announce

TIMESTAMP_MAP = "X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0"


async def package(
    tools: Tools, output: Path, inputs: Sequence[Packed], tracks: Sequence[Track], sprites: Sprites, seconds: float
) -> None:
    """Package inputs (names relative to the parent of `output`) into `output`, which already holds the sprite sheets.

    `tracks` say what the sounds and captions among the inputs are.
    """
    named = [Packed(**{**vars(item), "name": f"../{item.name}"}) for item in inputs]
    # Of addresses, not of memory: each input has threads with stacks and heaps of their own.
    memory = (4 + len(named)) * GIGABYTE
    limits = Limits(seconds=120 + seconds, cpu_seconds=300 + int(seconds), memory_bytes=memory, files=1024)
    try:
        await run(
            commands.package(tools.packager, named), cwd=output, limits=limits, reads=[output.parent], writes=[output]
        )
    except ChildFailed as error:
        raise Refused("storage_full" if "No space left" in error.errors else "package_failed", str(error)) from error
    add_images(output, sprites)
    announce(output, tracks)
    require_hdr(output)
    bandwidth.declare(output)
    for path in sorted(output.glob("t*/*.vtt")):
        path.write_text(with_timestamp_map(path.read_text("utf-8")), "utf-8")


def add_images(output: Path, sprites: Sprites) -> None:
    """Announce the sprite sheets in both manifests."""
    sizes = [path.stat().st_size for path in sorted(output.glob("sprite_*.jpg"))]
    rate = bandwidth.rates(sizes, sprites.durations).peak
    (output / "images.m3u8").write_text(thumbnails.image_playlist(sprites), "utf-8")
    master = output / "master.m3u8"
    text = master.read_text("utf-8").rstrip("\n")
    master.write_text(f"{text}\n\n{thumbnails.stream_entry(sprites, rate)}\n", "utf-8")
    manifest = output / "manifest.mpd"
    text = manifest.read_text("utf-8")
    added = thumbnails.adaptation_set(sprites, rate)
    manifest.write_text(re.sub(r"(\s*</Period>)", lambda end: f"\n    {added}{end[1]}", text, count=1), "utf-8")


def require_hdr(output: Path) -> None:
    """Make it essential in DASH that a picture is HDR: who does not know what that is takes one that is not."""
    manifest = output / "manifest.mpd"
    tree = etree.fromstring(manifest.read_bytes(), etree.XMLParser(resolve_entities=False, no_network=True))
    for group in tree.iter(f"{DASH}AdaptationSet"):
        for said in group.findall(f"{DASH}SupplementalProperty"):
            if said.get("schemeIdUri") == TRANSFER and int(said.get("value", 0)) in RANGES:
                said.tag = f"{DASH}EssentialProperty"
                # Before what is supplemental, by the schema.
                group.insert(0, said)
    manifest.write_bytes(etree.tostring(tree, xml_declaration=True, encoding="UTF-8"))


def with_timestamp_map(segment: str) -> str:
    """Add the time mapping HLS asks for in every WebVTT segment (RFC 8216, 3.5)."""
    if "X-TIMESTAMP-MAP" in segment:
        return segment
    head, _, rest = segment.partition("\n")
    return f"{head}\n{TIMESTAMP_MAP}\n{rest}"

"""The bit rates that manifests declare, from the bytes of the segments: the packager's leave out the last one.

HLS: RFC 8216, 4.3.4.2 (peak: of segments that last half to one and a half of the target together; both of the variant and the
richest of its sounds). DASH: ISO 23009-1, 5.3.5.2, where the same peak lets a player start after one segment.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from pipelines.transcode.media.manifests import DASH, Stream, attributes, read_hls, resolve

VARIANT = re.compile(r"(#EXT-X-STREAM-INF:.*)\n(.+)")


@dataclass(frozen=True)
class Rates:
    """Bits a second: of the busiest stretch, and over all."""

    peak: int = 0
    average: int = 0

    def __add__(self, other: Rates) -> Rates:
        return Rates(self.peak + other.peak, self.average + other.average)


def rates(sizes: Sequence[int], durations: Sequence[float]) -> Rates:
    """Return the rates of segments by their sizes in bytes and durations in seconds."""
    target = max(durations, default=0.0)
    average = math.ceil(sum(sizes) * 8 / sum(durations)) if target > 0 else 0
    peak = 0.0
    for first in range(len(sizes)):
        size = seconds = 0.0
        for size_, seconds_ in zip(sizes[first:], durations[first:], strict=True):
            size, seconds = size + size_, seconds + seconds_
            if seconds > 1.5 * target:
                break
            if seconds > 0 and seconds >= 0.5 * target:
                peak = max(peak, size * 8 / seconds)
    return Rates(max(math.ceil(peak), average), average)


def of_stream(folder: Path, stream: Stream) -> Rates:
    """Return the rates of a rendition in a directory."""
    return rates([(folder / name).stat().st_size for name in stream.segments], stream.durations)


def of_groups(streams: Iterable[Stream], measured: Mapping[str, Rates]) -> dict[str, Rates]:
    """Return what the sound of a variant may take at most, by its group: any sound of that may be chosen."""
    found: dict[str, Rates] = {}
    for stream in streams:
        if stream.kind == "audio":
            most, one = found.get(stream.group, Rates()), measured[stream.init]
            found[stream.group] = Rates(max(most.peak, one.peak), max(most.average, one.average))
    return found


def declare(folder: Path) -> None:
    """Write what was measured into `master.m3u8` and `manifest.mpd`."""
    streams = [stream for stream in read_hls(folder) if stream.kind in ("video", "audio")]
    measured = {stream.init: of_stream(folder, stream) for stream in streams}
    sounds = of_groups(streams, measured)
    videos = {stream.extra[0]: measured[stream.init] for stream in streams if stream.kind == "video"}
    master = folder / "master.m3u8"

    def variant(match: re.Match[str]) -> str:
        found = videos[resolve(master.name, match[2].strip())] + sounds.get(
            attributes(match[1]).get("AUDIO", ""), Rates()
        )
        return f"{_with(match[1], found)}\n{match[2]}"

    text = VARIANT.sub(variant, master.read_text("utf-8"))
    master.write_text(re.sub(r"#EXT-X-I-FRAME-STREAM-INF:.*", _raised, text), "utf-8")
    manifest = folder / "manifest.mpd"
    tree = etree.fromstring(manifest.read_bytes(), etree.XMLParser(resolve_entities=False, no_network=True))
    for item in tree.iter(f"{DASH}Representation"):
        template = item.find(f"{DASH}SegmentTemplate")
        found = measured.get(template.get("initialization", "")) if template is not None else None
        if found is not None:
            item.set("bandwidth", str(found.peak))
    manifest.write_bytes(etree.tostring(tree, xml_declaration=True, encoding="UTF-8"))


def _with(line: str, found: Rates) -> str:
    line = re.sub(r"([:,])BANDWIDTH=\d+", rf"\g<1>BANDWIDTH={found.peak}", line)
    return re.sub(r"AVERAGE-BANDWIDTH=\d+", f"AVERAGE-BANDWIDTH={found.average}", line)


def _raised(match: re.Match[str]) -> str:
    """A peak below the average cannot be: a picture that lasts longer than the others counts for less than it should."""
    told = attributes(match[0])
    peak, average = int(told.get("BANDWIDTH", 0)), int(told.get("AVERAGE-BANDWIDTH", 0))
    return _with(match[0], Rates(max(peak, average), average))

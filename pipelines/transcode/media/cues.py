"""Caption cues: what a cue is, how WebVTT writes and times it, and how many a viewer can be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipelines.transcode.media.thumbnails import stamp

TIMING = re.compile(r"^(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3}) --> (?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})")
# More words than this in one second no one reads: effects that draw letter by letter, or a file made to hurt.
MOST_A_SECOND = 20


@dataclass(frozen=True)
class Cue:
    """Text shown from `start` to `end` (milliseconds); `text` is WebVTT's, `settings` its place on the picture."""

    start: int
    end: int
    text: str
    settings: str = ""


def cue_times(line: str) -> tuple[float, float] | None:
    """Return start and end in seconds of a WebVTT timing line, None for any other line."""
    match = TIMING.match(line)
    if match is None:
        return None
    numbers = [int(group or 0) for group in match.groups()]
    start, end = (
        hours * 3600 + minutes * 60 + seconds + milliseconds / 1000
        for hours, minutes, seconds, milliseconds in (numbers[:4], numbers[4:])
    )
    return start, end


def fitted(cues: Iterable[Cue], seconds: float, origin: float) -> list[Cue]:
    """Return the cues in the film's time, which begins at `origin` of theirs, cut to its length and in order."""
    # In whole milliseconds, which is all that a time can say: a film may end in the one in which a cue begins.
    first, last = round(origin * 1000), int(seconds * 1000)
    moved = (replace(cue, start=max(cue.start - first, 0), end=min(cue.end - first, last)) for cue in cues)
    return sorted((cue for cue in moved if cue.text and cue.start < cue.end), key=lambda cue: cue.start)


def joined(cues: Sequence[Cue]) -> list[Cue]:
    """Return sorted cues with one for each text that is drawn several times: in layers, or anew for every frame."""
    kept: list[Cue] = []
    latest: dict[str, int] = {}
    for cue in cues:
        at = latest.get(cue.text)
        if at is not None and cue.start <= kept[at].end:
            kept[at] = replace(kept[at], end=max(kept[at].end, cue.end))
        else:
            latest[cue.text] = len(kept)
            kept.append(cue)
    return kept


def thinned(cues: Sequence[Cue]) -> list[Cue]:
    """Return sorted cues without those past `MOST_A_SECOND`; signs give way to speech, which has no place of its own."""
    kept: dict[int, Cue] = {}
    shown: list[int] = []
    for number, cue in enumerate(cues):
        shown = [one for one in shown if max(kept[one].end, kept[one].start + 1000) > cue.start]
        if len(shown) == MOST_A_SECOND:
            sign = next((one for one in shown if kept[one].settings), None)
            if cue.settings or sign is None:
                continue
            shown.remove(sign)
            del kept[sign]
        kept[number] = cue
        shown.append(number)
    return list(kept.values())


def document(cues: Sequence[Cue], seconds: float) -> str:
    """Return a WebVTT file as long as the film: the packager ends a track with its last cue, so that one says nothing."""
    last = int(seconds * 1000)
    blocks = [f"{_times(cue.start, cue.end)} {cue.settings}".rstrip() + f"\n{cue.text}\n" for cue in cues]
    return "\n".join(["WEBVTT\n", *blocks, f"{_times(last - 1, last)}\n\n"])


def _times(start: int, end: int) -> str:
    return f"{stamp(start / 1000)} --> {stamp(end / 1000)}"

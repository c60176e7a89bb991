"""Writes a film's captions as SubRip, one file a language."""

from __future__ import annotations

from demo.cinema.script import Reel


def subrip(reel: Reel, language: str) -> str:
    """Every line in its language, numbered, at its time."""
    blocks = []
    for number, (begins, ends, line) in enumerate(sorted(reel.lines(), key=lambda each: each[0]), 1):
        text = line.en if language == "en" else line.de
        blocks.append(f"{number}\n{_stamp(begins)} --> {_stamp(ends)}\n{text}\n")
    return "\n".join(blocks)


def _stamp(seconds: float) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{milliseconds // 1000:02d},{milliseconds % 1000:03d}"

"""Films made for the journeys: a moving test picture, its frame number in squares or lines in two languages, and a tone."""

from __future__ import annotations

import subprocess
from pathlib import Path

from demo.cinema.tools import ffmpeg
from tests import barcode

RATE = 25
# How long a film in two languages is.
SECONDS = 44


def make(path: Path, *, seconds: int = 12, width: int = 640, height: int = 360, tone: int = 330) -> Path:
    """Write an H.264/AAC film; `tests.barcode` reads its frame numbers, at 25 a second."""
    picture = f"testsrc2=size={width}x{height}:rate={RATE}:duration={seconds}"
    command = [
        ffmpeg(), "-y", "-loglevel", "error",
        "-f", "lavfi", "-i", picture,
        "-f", "lavfi", "-i", f"sine=frequency={tone}:duration={seconds}",
        "-vf", f"{barcode.drawing(width, height)},format=yuv420p",
        "-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-c:a", "aac", "-shortest", str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True, timeout=120)
    return path


def two_voices(path: Path) -> Path:
    """A film with two languages to hear and two to read."""
    lines = path.with_suffix(".srt")
    lines.write_text("".join(f"{n + 1}\n00:00:{n:02d},000 --> 00:00:{n:02d},900\nLine {n}\n\n" for n in range(SECONDS)))
    tags = [f"-metadata:s:{kind}:{n}" for kind in "as" for n in (0, 1)]
    languages = [pair for tag, code in zip(tags, ("eng", "deu") * 2, strict=True) for pair in (tag, f"language={code}")]
    command = [
        ffmpeg(), "-y", "-loglevel", "error",
        "-f", "lavfi", "-i", f"testsrc2=size=480x360:rate=12:duration={SECONDS}",
        "-f", "lavfi", "-i", f"sine=frequency=330:duration={SECONDS}",
        "-f", "lavfi", "-i", f"sine=frequency=440:duration={SECONDS}",
        "-i", str(lines), "-i", str(lines),
        *("-map", "0:v", "-map", "1:a", "-map", "2:a", "-map", "3:s", "-map", "4:s"), *languages,
        "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-c:s", "srt", str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True, timeout=120)
    return path

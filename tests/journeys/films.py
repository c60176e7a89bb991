"""Films made for the journeys: a moving test picture with its frame number in squares, and a tone."""

from __future__ import annotations

import subprocess
from pathlib import Path

from demo.cinema.tools import ffmpeg
from tests import barcode

RATE = 25


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

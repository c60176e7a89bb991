"""Films whose every picture carries its number, so that what comes out can be held against what went in, one by one.

The number stands in twelve blocks across the picture, lowest bit first, white for one. A short beep stands on every whole
second of the sound.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from pipelines.transcode.media.tools import installed

BITS = 12
WIDTH, HEIGHT = 192, 108
BEEPS = "aevalsrc='0.5*sin(2*PI*1000*t)*lt(mod(t,1),0.1)':s=48000"


def write(path: Path, frames: int, options: Sequence[str], *, rate: str = "25", sound: float | None = None) -> Path:
    """Write `frames` numbered pictures, and `sound` seconds of beeps; `options` are ffmpeg's, for filters and output."""
    blocks = ",".join(
        f"drawbox=x={bit * WIDTH // BITS}:w={WIDTH // BITS}:h=ih:t=fill:color=white:enable='mod(floor(n/{2**bit}),2)'"
        for bit in range(BITS)
    )
    picture = f"color=black:s={WIDTH}x{HEIGHT}:r={rate},{blocks},trim=end_frame={frames}"
    inputs = ["-f", "lavfi", "-i", picture, *(["-f", "lavfi", "-t", str(sound), "-i", BEEPS] if sound else [])]
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    command = [installed().ffmpeg, "-nostdin", "-v", "error", "-y", *inputs, *codec, *options, str(path)]
    subprocess.run(command, check=True, timeout=120)
    return path


def read(path: Path) -> list[int]:
    """Return the number in every picture of a film."""
    command = [
        installed().deep,
        "-v",
        "error",
        "-i",
        str(path),
        "-vf",
        f"scale={BITS}:1:flags=area",
        "-f",
        "rawvideo",
    ]
    raw = subprocess.run([*command, "-pix_fmt", "gray", "-"], check=True, capture_output=True, timeout=120).stdout
    rows = [raw[at : at + BITS] for at in range(0, len(raw), BITS)]
    return [sum(1 << bit for bit, level in enumerate(row) if level > 125) for row in rows]


def runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return each number with how often it stands in a row."""
    return [(number, len(list(group))) for number, group in groupby(numbers)]


def beeps(path: Path) -> list[float]:
    """Return when beeps begin, in seconds, to a hundredth."""
    command = [
        installed().ffmpeg,
        "-v",
        "error",
        "-i",
        str(path),
        "-ac",
        "1",
        "-ar",
        "1000",
        "-f",
        "u8",
        "-c:a",
        "pcm_u8",
    ]
    # At a thousand samples a second a beep of 1 kHz would vanish: it is rectified first.
    raw = subprocess.run(
        [*command, "-af", "aeval='abs(val(0))':c=mono,lowpass=f=100", "-"], check=True, capture_output=True, timeout=60
    ).stdout
    loud = [max(raw[at : at + 10]) > 140 for at in range(0, len(raw) - 9, 10)]
    return [at / 100 for at, (before, now) in enumerate(zip([False, *loud], loud, strict=False)) if now and not before]

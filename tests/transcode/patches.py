"""Films of still patches of known colour, in any coding, so that what comes out can be held against what went in."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.transcode.media.tools import installed

Values = NDArray[np.float64]

WIDTH, HEIGHT, SIDE = 288, 64, 32
WEIGHTS = {
    "bt709": (0.2126, 0.0722),
    "smpte170m": (0.299, 0.114),
    "bt470bg": (0.299, 0.114),
    "bt2020nc": (0.2627, 0.0593),
}
# From linear light in BT.709 to that of wider primaries.
WIDER = {
    "bt2020": np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]),
    "smpte432": np.array([[0.8225, 0.1774, 0.0], [0.0332, 0.9669, 0.0], [0.0171, 0.0724, 0.9108]]),
}


def planes(codes: Values, matrix: str, bits: int, *, full: bool, pixels: str) -> bytes:
    """Return one picture of patches side by side; `codes` are red, green and blue of each, from 0 to 1."""
    top = 2**bits - 1
    if matrix == "gbr":
        rows = [codes[:, 1] * top, codes[:, 2] * top, codes[:, 0] * top]
    else:
        red, blue = WEIGHTS[matrix]
        luma = codes @ np.array([red, 1 - red - blue, blue])
        differences = (codes[:, 2] - luma) / (2 - 2 * blue), (codes[:, 0] - luma) / (2 - 2 * red)
        step = 2 ** (bits - 8)
        scale, foot, swing = (top, 0, top) if full else (219 * step, 16 * step, 224 * step)
        rows = [luma * scale + foot, *(part * swing + 128 * step for part in differences)]
    shrink = {"420": (2, 2), "422": (2, 1)}.get(pixels[3:6] if pixels.startswith("yuv") else "", (1, 1))
    made = []
    for number, row in enumerate(rows):
        across, down = shrink if number else (1, 1)
        line = np.repeat(np.rint(row.clip(0, top)).astype("<u2" if bits > 8 else "u1"), SIDE // across)
        made.append(np.tile(line, (HEIGHT // down, 1)).tobytes())
    return b"".join(made)


def write(path: Path, codes: Values, tags: Sequence[str], options: Sequence[str], **coding: Any) -> Path:
    """Write a second of patches; `coding` is that of `planes`, `tags` and `options` are ffmpeg's."""
    picture = planes(codes, **coding)
    size = f"{len(codes) * SIDE}x{HEIGHT}"
    raw = ["-f", "rawvideo", "-pix_fmt", coding["pixels"], "-s", size, "-r", "25", *tags, "-i", "-"]
    command = [installed().deep, "-v", "error", "-y", *raw, *options, str(path)]
    subprocess.run(command, input=picture * 25, check=True, timeout=60)
    return path


def read(path: Path, count: int) -> Values:
    """Return red, green and blue of each patch in the middle of a film, as a player that heeds its tags shows them."""
    command = [
        installed().deep,
        "-v",
        "error",
        "-i",
        str(path),
        "-vf",
        "select=eq(n\\,12),format=rgb24",
        "-frames:v",
        "1",
    ]
    raw = subprocess.run([*command, "-f", "rawvideo", "-"], check=True, capture_output=True, timeout=60).stdout
    told = tags(path)
    picture = np.frombuffer(raw, np.uint8).reshape(told["height"], told["width"], 3)
    places = [(2 * number + 1) * told["width"] // (2 * count) for number in range(count)]
    return picture[told["height"] // 2, places].astype(float)


def tags(path: Path) -> dict[str, Any]:
    """Return ffprobe's stream."""
    command = [installed().ffprobe, "-v", "error", "-select_streams", "v", "-show_streams", "-of", "json", str(path)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)
    return dict(found["streams"][0])


def widened(codes: Values, primaries: str) -> Values:
    """Return the codes in wider primaries of the same colours of BT.709, from 0 to 1."""
    return np.asarray((codes**2.4 @ WIDER[primaries].T).clip(0, 1) ** (1 / 2.4))


def difference(one: Values, other: Values) -> float:
    """Return the greatest difference between colours of 8 bits (CIE 1976, as BT.1886 shows them): 2 is just seen side by side."""
    return float(np.linalg.norm(_lab(one) - _lab(other), axis=1).max())


def _lab(codes: Values) -> Values:
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    light = ((codes / 255) ** 2.4 @ xyz.T) / np.array([0.9505, 1.0, 1.089])
    root = np.where(light > 0.008856, np.cbrt(light), 7.787 * light + 16 / 116)
    return np.stack([116 * root[:, 1] - 16, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])], axis=1)

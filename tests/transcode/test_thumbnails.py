"""Thumbnails of films of any length, the very short ones and the last of each included."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines.transcode.media import thumbnails
from pipelines.transcode.media.tools import Tools
from tests.transcode import numbered


@pytest.mark.parametrize(("frames", "shown"), [(25, [0]), (50, [0]), (51, [0, 50]), (130, [0, 50, 100])])
async def test_each_two_seconds_have_a_picture_of_their_own(
    tools: Tools, tmp_path: Path, frames: int, shown: list[int]
) -> None:
    numbered.write(tmp_path / "v108.mp4", frames, ("-g", "50", "-keyint_min", "50", "-sc_threshold", "0"))
    output = tmp_path / "out"
    output.mkdir()
    sprites = thumbnails.plan(frames / 25, numbered.WIDTH, numbered.HEIGHT)
    await thumbnails.make(tools, tmp_path, "v108.mp4", sprites, output)
    sheet = np.asarray(Image.open(output / "sprite_000.jpg").convert("L"))
    line = sheet[sprites.height // 2].reshape(-1, sprites.width)[: len(shown)]
    middles = ((np.arange(numbered.BITS) + 0.5) * sprites.width / numbered.BITS).astype(int)
    assert [sum(1 << bit for bit, level in enumerate(each[middles]) if level > 125) for each in line] == shown

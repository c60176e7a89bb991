"""A generated clip has the length, size, sound and frame numbers it claims, and moves."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from demo import barcode, catalogue, clips
from demo.catalogue import Clip, Particles
from demo.particles import FLOWS, tile


def test_every_clip_of_the_catalogue_has_a_filter_graph_of_its_own() -> None:
    every = [title.clip for title in catalogue.titles() if title.clip]
    graphs = {clips.filters(clip) for clip in every}
    assert len(graphs) == len(every)
    for graph in graphs:
        assert graph.count("drawbox") == 17


def test_the_command_names_no_path_outside_its_folder() -> None:
    clip = catalogue.titles()[0].clip
    assert clip is not None
    line = clips.command(clip, "picture.jpg", "particles.png", "clip.mp4")
    assert not [word for word in line[1:] if word.startswith(("/", "~", ".."))]
    assert "fontfile=type.ttf" in clips.filters(clip)


@pytest.mark.parametrize("kind", list(FLOWS))
def test_tiles_repeat_without_a_seam(kind: Particles) -> None:
    sheet = np.asarray(tile(kind, 320, 180, 1)).astype(int)
    assert sheet.shape == (360, 640)
    assert sheet.max() > 40
    inner = slice(20, 160)
    assert np.array_equal(sheet[inner, 20:300], sheet[180 + 20 : 180 + 160, 340:620])


@pytest.mark.slow
def test_a_clip_is_what_it_says(tmp_path: Path) -> None:
    clip = Clip(seconds=20, motion="beam", particles="rain", chord=(110.0, 165.0, 220.0), surf=0.3)
    picture = tmp_path / "picture.jpg"
    shades = np.linspace(0, 255, 1280, dtype=np.uint8)
    Image.fromarray(np.dstack([np.tile(shades, (720, 1))] * 3)).save(picture)
    made = tmp_path / "out" / "clip.mp4"
    clips.make(clip, "A title: it's 100% 'odd', \\ really", picture, made)
    assert [path.name for path in made.parent.iterdir()] == ["clip.mp4"]

    small = ["-vf", "scale=426:240", "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    raw = subprocess.run([clips.ffmpeg(), "-v", "error", "-i", str(made), *small], capture_output=True, check=True)
    frames = np.frombuffer(raw.stdout, np.uint8).reshape(-1, 240, 426)
    assert len(frames) == 480
    assert [barcode.read_frame_number(frame) for frame in frames] == list(range(480))
    assert np.abs(frames[100, 60:200].astype(int) - frames[160, 60:200]).mean() > 2

    sound = ["-f", "s16le", "-ac", "1", "-ar", "8000", "-"]
    heard = subprocess.run([clips.ffmpeg(), "-v", "error", "-i", str(made), *sound], capture_output=True, check=True)
    samples = np.frombuffer(heard.stdout, np.int16)
    assert abs(len(samples) / 8000 - 20) < 0.1
    assert samples[40000:80000].std() > 300


def test_a_failure_says_which_film_and_leaves_nothing(tmp_path: Path) -> None:
    clip = Clip(seconds=20, motion="push", particles="dust", chord=(110.0, 165.0, 220.0), surf=0.1)
    (tmp_path / "picture.jpg").write_bytes(b"not a picture")
    with pytest.raises(clips.ClipFailed, match="The Film"):
        clips.make(clip, "The Film", tmp_path / "picture.jpg", tmp_path / "clip.mp4")
    assert not (tmp_path / "clip.mp4").exists()

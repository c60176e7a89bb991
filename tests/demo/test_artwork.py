"""Pictures have their sizes, are the same every time, differ between titles, and leave room for the hero's text."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from demo import artwork, catalogue
from demo.artwork.canvas import Canvas
from demo.artwork.lettering import line

SCENES = [title.scene for title in catalogue.titles()]


def pixels(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_the_same_seed_paints_the_same_bytes() -> None:
    assert artwork.poster("mileage") == artwork.poster("mileage")


@pytest.mark.parametrize("scene", SCENES)
def test_a_poster_has_its_size_and_is_a_picture(scene: str) -> None:
    data = artwork.poster(scene)
    picture = pixels(data)
    assert picture.shape == (1200, 800, 3)
    assert 40_000 < len(data) < 1_000_000
    assert picture.std() > 20


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES)
def test_a_backdrop_is_calmer_on_its_left_where_the_text_goes(scene: str) -> None:
    picture = pixels(artwork.backdrop(scene)).astype(float).mean(axis=2)
    assert picture.shape == (1080, 1920)
    # Blocks of 24 pixels: composition counts, grain does not.
    blocks = picture.reshape(45, 24, 80, 24).mean(axis=(1, 3))
    change = np.abs(np.diff(blocks, axis=1))
    assert change[:, :32].mean() < change[:, 40:].mean()
    assert blocks[:, :32].mean() < 165


@pytest.mark.parametrize("subject", ["cello", "snow"])
def test_a_still_has_its_size(subject: str) -> None:
    assert pixels(artwork.still("lost_property", subject)).shape == (720, 1280, 3)


def test_a_line_of_type_is_as_wide_as_it_was_told() -> None:
    canvas = Canvas(400, 600, 1)
    mask = line(canvas, "PLACE", "serif-Black", y=0.5, size=0.1, width=0.4)
    columns = np.flatnonzero(mask.max(axis=0) > 0.3)
    assert abs((columns[-1] - columns[0]) / 600 - 0.4) < 0.02


def test_shapes_are_whole_at_the_edges_and_nothing_outside() -> None:
    canvas = Canvas(300, 200, 1)
    half = canvas.shape([(-1.0, -1.0), (0.75, -1.0), (0.75, 2.0), (-1.0, 2.0)])
    assert half[:, :149].min() > 0.99
    assert half[:, 152:].max() == 0
    assert canvas.shape([(5.0, 5.0), (6.0, 5.0), (6.0, 6.0)]).max() == 0


def test_light_never_clips_and_shade_never_brightens() -> None:
    canvas = Canvas(60, 40, 1)
    canvas.vertical((0, "#808080"), (1, "#ffffff"))
    before = canvas.pixels.copy()
    everywhere = np.ones((40, 60), np.float32)
    canvas.light(everywhere, "#ffffff", 5.0)
    assert canvas.pixels.max() <= 1
    assert (canvas.pixels >= before - 1e-6).all()
    canvas.shade(everywhere, 0.5)
    assert (canvas.pixels <= 0.5 + 1e-6).all()

"""Owns what is written on a film: its opening in the poster's own lettering, cards between shots, and the credits."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from demo.artwork.canvas import rgb
from demo.artwork.lettering import font
from demo.cinema.layers import Glass, Pane
from demo.cinema.script import Lettering
from demo.cinema.stage import HEIGHT, WIDTH

Mask = NDArray[Any]
Sheet = NDArray[Any]
Block = Sequence[tuple[str, str, int]]


def opening(scene: str, at: Lettering, seconds: float) -> Pane:
    """The film's lettering as on its poster, which comes and goes within a shot."""
    name = scene.partition(":")[0]
    size = (1200, 1800)
    glass = Glass(*size, 1, (0, 0, 1))
    import_module(f"demo.artwork.scenes.{name}").letter(glass)
    black: Sheet = glass.pixels * 255
    through: Sheet = glass.through * 255
    rows: Sheet = through.min(axis=1) < 236
    keep = _without_gaps(rows, tagline=0.3)
    columns = np.flatnonzero((through[keep] < 236).any(axis=0))
    part = slice(max(0, columns[0] - 8), columns[-1] + 9)
    black, through = black[keep][:, part], through[keep][:, part]
    if at.colour:
        black = (1 - through[..., None] / 255) * rgb(at.colour) * 255
    pixels = np.dstack([black[..., ::-1], through]).clip(0, 255).astype(np.uint8)
    return _placed(pixels, at, seconds)


def _without_gaps(rows: NDArray[np.bool_], tagline: float) -> NDArray[np.int64]:
    """The rows that hold the name: lines of type with their gaps cut short, without a small line at the poster's foot."""
    found: list[NDArray[np.int64]] = []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], rows.astype(int), [0]])))
    blocks = [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    tallest = max(b - a for a, b in blocks)
    kept = [(a, b) for a, b in blocks if b - a > tallest * tagline or a < len(rows) * 0.5]
    for n, (a, b) in enumerate(kept):
        before = min(24, (a - kept[n - 1][1]) // 2) if n else 4
        after = min(24, (kept[n + 1][0] - b) // 2) if n + 1 < len(kept) else 4
        found.append(np.arange(max(0, a - before), min(len(rows), b + after)))
    return np.concatenate(found)


def _placed(sheet: NDArray[np.uint8], at: Lettering, seconds: float) -> Pane:
    rows, columns = sheet.shape[:2]
    shrink = min(at.size * HEIGHT / rows, WIDTH * 0.86 / columns)
    wide, tall = int(columns * shrink), int(rows * shrink)
    small = cv2.resize(sheet, (wide, tall), interpolation=cv2.INTER_AREA)
    left, top = int(at.at[0] * WIDTH - wide / 2), int(at.at[1] * HEIGHT - tall / 2)
    return Pane("opening", 0.5, small, max(20, left), max(20, top), f"rise 0.7 1.1; gone {seconds - 1.3:.2f} 0.9")


def written(block: Block, middle: float = 0.5, gap: float = 1.45) -> Mask:
    """Lines of (text, face, pixels) under each other around `middle`, as a mask over the whole picture."""
    sheet = Image.new("L", (WIDTH, HEIGHT))
    pen = ImageDraw.Draw(sheet)
    tall = sum(size * gap for _, _, size in block)
    y = middle * HEIGHT - tall / 2
    for text, face, size in block:
        pen.text((WIDTH / 2, y + size * gap / 2), text, 255, font(face, size), anchor="mm")
        y += size * gap
    return np.asarray(sheet, np.float32) / 255


def _lettered(mask: Mask, colour: str, motion: str) -> Pane:
    tone = rgb(colour)[::-1]
    pixels = np.dstack([mask[..., None] * tone * 255, 255 * (1 - mask)]).astype(np.uint8)
    rows, columns = np.flatnonzero(mask.max(axis=1) > 0), np.flatnonzero(mask.max(axis=0) > 0)
    top, left = int(rows[0]), int(columns[0])
    return Pane(
        "letters", 0.5, np.ascontiguousarray(pixels[top : rows[-1] + 1, left : columns[-1] + 1]), left, top, motion
    )


def card(text: str, seconds: float) -> Pane:
    """A card as silent films have them, in the middle of the picture; bars break its lines."""
    block = [(line.strip(), "serif-LightIt", 41) for line in text.split("|")]
    return _lettered(written(block), "#f4efe6", f"rise 0.3 0.6; gone {seconds - 0.8:.2f} 0.6")


def credits(name: str, directors: Sequence[str], cast: Sequence[str], seconds: float) -> tuple[Pane, ...]:
    """Two cards: who made it, then who is in it."""
    half = seconds / 2
    first = [(name, "serif-LightIt", 44), ("", "sans-Light", 12), ("directed by", "sans-Light", 20)]
    first += [(director, "sans-Semibold", 30) for director in directors]
    second = [("with", "sans-Light", 20), *((player, "sans-Semibold", 27) for player in cast)]
    second += [("", "sans-Light", 16), ("A Bijou short film", "serif-LightIt", 20)]
    return (
        _lettered(written(first), "#f4efe6", f"rise 0.4 0.6; gone {half - 0.5:.2f} 0.5"),
        _lettered(written(second), "#f4efe6", f"rise {half + 0.1:.2f} 0.6; gone {seconds - 0.7:.2f} 0.5"),
    )

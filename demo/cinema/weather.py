"""Owns what drifts through the films: rain, snow, dust and so on, two sheets of it at two paces, that repeat without a seam."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Weather = Literal[
    "rain", "drizzle", "snow", "blizzard", "dust", "pollen", "stars", "sparks", "confetti", "embers", "bubbles"
]
Picture = NDArray[Any]
Light = tuple[float, float, float]


@dataclass(frozen=True)
class Flow:
    """How a sheet moves, in pixels a second (x to the right, y down), how strongly it shows (0–1) and in what colour."""

    x: int
    y: int
    opacity: float
    count: int
    size: tuple[float, float]
    blur: float
    streak: tuple[int, int] = (0, 0)
    colour: tuple[int, int, int] = (255, 255, 255)


FLOWS: dict[Weather, Flow] = {
    "rain": Flow(-96, 960, 0.34, 380, (0.6, 1.2), 0.6, (-7, 46)),
    "drizzle": Flow(-40, 720, 0.20, 260, (0.6, 1.0), 0.7, (-3, 26)),
    "snow": Flow(48, 120, 0.75, 240, (1.0, 3.4), 0.9),
    "blizzard": Flow(520, 260, 0.75, 420, (1.0, 3.2), 1.2, (10, 5)),
    "dust": Flow(40, -20, 0.34, 110, (0.8, 2.2), 1.3, colour=(255, 240, 205)),
    "pollen": Flow(24, -40, 0.60, 70, (1.5, 4.6), 2.2, colour=(250, 240, 160)),
    "stars": Flow(-12, 0, 0.55, 160, (0.5, 1.3), 0.6),
    "sparks": Flow(24, -168, 0.75, 80, (0.8, 2.0), 0.8, (1, -6), (255, 190, 90)),
    "confetti": Flow(48, 96, 0.60, 70, (1.6, 3.6), 0.6, colour=(255, 246, 216)),
    "embers": Flow(30, -90, 0.70, 60, (1.0, 2.6), 1.2, colour=(255, 150, 70)),
    "bubbles": Flow(8, -70, 0.40, 60, (1.5, 5.0), 1.4, colour=(160, 255, 235)),
}


def tile(kind: Weather, width: int, height: int, seed: int) -> Picture:
    """A greyscale sheet of particles twice the picture's size each way, repeating with the picture's period."""
    flow = FLOWS[kind]
    rng = np.random.default_rng(seed)
    sheet = Image.new("L", (width, height))
    pen = ImageDraw.Draw(sheet)
    for _ in range(flow.count):
        x, y, r = rng.random() * width, rng.random() * height, rng.uniform(*flow.size)
        tone = int(90 + 165 * rng.random())
        for dx in (-width, 0, width):
            for dy in (-height, 0, height):
                cx, cy = x + dx, y + dy
                if not (-60 < cx < width + 60 and -60 < cy < height + 60):
                    continue
                if flow.streak != (0, 0):
                    pen.line([(cx, cy), (cx + flow.streak[0], cy + flow.streak[1])], tone, max(1, round(r)))
                else:
                    pen.ellipse([cx - r, cy - r, cx + r, cy + r], tone)
    around = math.ceil(4 * flow.blur)
    edged = cv2.copyMakeBorder(np.asarray(sheet), around, around, around, around, cv2.BORDER_WRAP)
    soft = cv2.GaussianBlur(edged, (0, 0), flow.blur)[around:-around, around:-around]
    doubled: Picture = np.tile(soft, (2, 2))
    return doubled


class Sheets:
    """The weather of one shot, laid over a picture as light."""

    def __init__(self, kind: Weather, width: int, height: int, seed: int, light: Light) -> None:
        self._flow = FLOWS[kind]
        self._width, self._height = width, height
        grey = tile(kind, width, height, seed)
        shares = (part / 255 * self._flow.opacity for part in self._flow.colour[::-1])
        planes = [cv2.convertScaleAbs(grey, alpha=share * lit) for share, lit in zip(shares, light, strict=True)]
        self._sheet: Picture = cv2.merge([*planes, np.zeros_like(grey)])
        self._far: Picture = cv2.convertScaleAbs(self._sheet, alpha=0.5)

    def fall(self, picture: Picture, seconds: float) -> None:
        """Adds what is in the air at this moment."""
        for sheet, pace, offset in ((self._far, 0.55, 173), (self._sheet, 1.0, 0)):
            x = int(-seconds * self._flow.x * pace + offset) % self._width
            y = int(-seconds * self._flow.y * pace + offset) % self._height
            cv2.add(picture, sheet[y : y + self._height, x : x + self._width], dst=picture)


@lru_cache(maxsize=2)
def sheets(kind: Weather, width: int, height: int, seed: int, light: Light) -> Sheets:
    """The weather of several shots, made once; `light` is its colour, blue, green and red."""
    return Sheets(kind, width, height, seed, light)

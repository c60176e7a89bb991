"""Owns what drifts through the demo clips: tiles of rain, snow, dust and so on that repeat without a seam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from demo.catalogue import Particles


@dataclass(frozen=True)
class Flow:
    """How a tile moves, in pixels a second (x to the right, y down), and how strongly it shows (0–1)."""

    x: int
    y: int
    opacity: float
    count: int
    size: tuple[float, float]
    blur: float
    streak: tuple[int, int] = (0, 0)


FLOWS: dict[Particles, Flow] = {
    "rain": Flow(-96, 960, 0.50, 420, (0.6, 1.2), 0.4, (-7, 46)),
    "snow": Flow(48, 120, 0.85, 260, (1.0, 3.6), 0.9),
    "dust": Flow(48, -24, 0.50, 150, (0.8, 2.4), 1.2),
    "pollen": Flow(24, -48, 0.75, 90, (1.5, 5.0), 2.0),
    "stars": Flow(-24, 0, 0.80, 220, (0.5, 1.4), 0.5),
    "sparks": Flow(24, -168, 0.80, 110, (0.8, 2.2), 0.7, (1, -6)),
    "confetti": Flow(48, 96, 0.70, 90, (2.0, 4.5), 0.5),
}


def tile(kind: Particles, width: int, height: int, seed: int) -> Image.Image:
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
    double = Image.new("L", (width * 2, height * 2))
    for at in ((0, 0), (width, 0), (0, height), (width, height)):
        double.paste(sheet, at)
    return double.filter(ImageFilter.GaussianBlur(flow.blur))

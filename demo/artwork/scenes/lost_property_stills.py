"""Lost Property After Dark, episode by episode: one object on the counter, in the light that belongs to it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from demo.artwork import objects
from demo.artwork.canvas import Canvas, Mask
from demo.artwork.lettering import line

EPISODES: dict[str, tuple[Callable[[Canvas, float, float, float], Mask], float, str, str, str]] = {
    "cello": (objects.cello, 0.62, "#1d2f4f", "#ffc46b", "#6b2418"),
    "fireflies": (objects.jar, 0.42, "#10302c", "#d8f06a", "#2d4a3c"),
    "snow": (objects.suitcase, 0.56, "#1b2c4a", "#dff1ff", "#7a3f22"),
    "birdcage": (objects.birdcage, 0.56, "#3a1730", "#ff9a5c", "#d9a441"),
    "telephone": (objects.telephone, 0.48, "#14202e", "#ff7a5c", "#a81c25"),
    "clock": (objects.clock, 0.44, "#2b1e3c", "#ffd58a", "#3f7f7a"),
}


def still(c: Canvas, thing: str) -> None:
    """An episode's picture: one object on the counter, in the light that belongs to it."""
    make, tall, night, lamp, body = EPISODES[thing]
    x0, desk = c.aspect * 0.60, 0.80
    c.vertical((0, "#06060e"), (0.6, night), (1, "#08060c"))
    for i in range(9):
        xa = -0.03 + i * 0.21
        for j in range(3):
            y1 = 0.20 + j * 0.24
            things = objects.ALL[(i * 5 + j * 3 + len(thing)) % len(objects.ALL)](c, xa + 0.1, y1, 0.14)
            c.shade(c.blurred(things, 0.010), 0.65, "#05040a")
            c.light(c.blurred(c.band(y1, y1 + 0.008, 0.004), 0.006), lamp, 0.05)
    c.light(c.halo(x0, desk - tall * 0.55, 0.42, 1.4), lamp, 0.62)
    c.light(c.halo(x0, desk - tall * 0.5, 0.20, 1.6), lamp, 0.45)
    c.layer("counter", 0.45)
    table = c.below(np.full(c.width, desk, np.float32))
    c.wash(table, "#24121a")
    c.light(table * c.halo(x0, desk + 0.03, 0.36, 1.3, 2.0), lamp, 0.72)
    wood = np.clip(c.noise(0.05, 4, stretch=16) * 2 - 0.9, 0, 1)
    c.shade(table * wood, 0.42)
    c.light(c.strokes([[(0, desk), (c.aspect, desk)]], 0.003), lamp, 0.30)
    c.layer("thing", 0.6)
    mask = make(c, x0, desk + 0.045, tall)
    c.shade(c.blurred(np.roll(mask, (int(0.012 * c.density), int(0.03 * c.aspect * c.density)), (0, 1)), 0.022), 0.6)
    c.shade(c.blurred(c.disc(x0, desk + 0.05, 0.03, 0, 6), 0.014), 0.75)
    reflect = np.zeros_like(mask)
    foot = int((desk + 0.045 - c.top) * c.density)
    rows = max(0, min(c.height - foot, foot))
    if rows:
        reflect[foot : foot + rows] = mask[foot - rows : foot][::-1]
    c.shade(c.blurred(reflect, 0.006) * np.clip(1 - (c.y - desk - 0.045) / 0.13, 0, 1), 0.62)
    if thing == "fireflies":
        c.light(mask, "#7fae7c", 0.20)
        c.light(np.clip(mask - np.roll(mask, 4, 1), 0, 1) + np.clip(mask - np.roll(mask, -4, 1), 0, 1), "#f4ffd0", 0.7)
        for _ in range(26):
            fx, fy = x0 + c.rng.normal(0, 0.055), desk - 0.03 - c.rng.random() * tall * 0.58
            c.light(c.halo(fx, fy, 0.013, 1.0), "#e8ff70", 0.95)
        for _ in range(9):
            c.light(c.halo(x0 + c.rng.normal(0, 0.30), desk - 0.1 - c.rng.random() * 0.5, 0.008), "#e8ff70", 0.85)
    else:
        c.wash(mask, body)
        left = np.clip((x0 - c.x) / (tall * 0.34), -1, 1)
        c.shade(mask * np.clip(-left * 0.8 + 0.25, 0, 1), 0.75, "#0a0610")
        c.light(mask * np.clip(left, 0, 1) ** 1.5, lamp, 0.42)
        c.light(np.clip(mask - np.roll(mask, 4, 1), 0, 1), lamp, 0.8)
    if thing == "snow":
        seam = desk + 0.045 - tall * 0.30
        c.wash(mask * c.band(seam - 0.004, seam + 0.004, 0.002), "#eaf6ff")
        c.light(c.halo(x0, seam, 0.10, 1.2, 2.6), "#eaf6ff", 0.6)
        c.wash(c.disc(x0 - tall * 0.25, seam, 0.013) + c.disc(x0 + tall * 0.25, seam, 0.013), "#e6c27a")
        drift = c.below(
            (desk + 0.055 - 0.035 * np.exp(-(((c.x[0] - x0) / 0.36) ** 2)) - 0.01 * np.sin(c.x[0] * 23)).astype(
                np.float32
            ),
            0.012,
        ) * np.exp(-(((c.y - desk - 0.05) / 0.035) ** 2))
        c.light(c.blurred(drift.astype(np.float32), 0.004), "#f4fbff", 0.85)
        for _ in range(150):
            c.light(
                c.disc(x0 + c.rng.normal(0, 0.34), c.rng.random() * 0.86, 0.0025 + 0.004 * c.rng.random(), 0.004),
                "#ffffff",
                0.8,
            )
    if thing == "telephone":
        c.wash(c.disc(x0, desk + 0.045 - tall * 0.20, tall * 0.125), "#1a0a0c")
        for a in np.arange(10) * 0.55 - 2.6:
            c.wash(
                c.disc(
                    x0 + tall * 0.09 * np.cos(a), desk + 0.045 - tall * 0.20 + tall * 0.09 * np.sin(a), tall * 0.017
                ),
                "#ffe9c8",
            )
        for r in (0.30, 0.36, 0.42):
            ring = np.clip(1.4 - np.abs(c.distance(x0, desk - tall * 0.4) - r) * c.height / 2.2, 0, 1) * (
                np.abs(c.x - x0) > r * 0.72
            )
            c.light(ring.astype(np.float32), lamp, 0.45)
    if thing == "clock":
        cy = desk + 0.045 - tall * 0.44
        c.wash(c.disc(x0, cy, tall * 0.30), "#fff1d0")
        ticks = [
            [
                (x0 + tall * 0.25 * np.sin(a), cy - tall * 0.25 * np.cos(a)),
                (x0 + tall * 0.28 * np.sin(a), cy - tall * 0.28 * np.cos(a)),
            ]
            for a in np.arange(12) * np.pi / 6
        ]
        hands = [[(x0, cy), (x0 - tall * 0.045, cy - tall * 0.15)], [(x0, cy), (x0 + tall * 0.02, cy - tall * 0.23)]]
        c.wash(c.strokes(ticks, tall * 0.014), "#2a1a1a")
        c.wash(c.strokes(hands, tall * 0.022), "#2a1a1a")
        c.wash(line(c, "25", "serif-Bold", x=x0, y=cy + tall * 0.17, size=tall * 0.11), "#a8331f")
    if thing == "birdcage":
        for k, (fx, fy) in enumerate(((0.30, 0.30), (0.42, 0.20), (0.52, 0.26))):
            px, py, s = x0 + fx, fy, 0.030 - 0.004 * k
            c.wash(
                c.shape(
                    [
                        (px - s * 1.5, py - s * 0.9),
                        (px, py),
                        (px + s * 1.5, py - s * 1.0),
                        (px + s * 0.25, py + s * 0.45),
                        (px - s * 0.3, py + s * 0.4),
                    ]
                ),
                "#ffd9a0",
                0.9,
            )
    c.vignette(0.66, x0, 0.58)
    c.grain(0.032)

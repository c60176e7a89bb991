"""The Ninth Flash: a lighthouse in weather, its beam over a black sea, and someone standing where nobody should."""

from __future__ import annotations

import numpy as np

from demo.artwork.canvas import Canvas
from demo.artwork.lettering import line

LAMP = "#ffe2a6"


def paint(c: Canvas) -> None:
    tower = c.aspect * (0.70 if c.wide else 0.66)
    lamp = 0.335 if c.wide else 0.40
    sea = 0.80
    c.vertical(
        (0, "#04090d"), (0.45, "#0d2730"), (0.74, "#2c5a5d"), (0.80, "#5f8a80"), (0.81, "#0d2329"), (1, "#03080b")
    )
    clouds = c.noise(0.5, 6, stretch=2.6)
    c.shade(np.clip(clouds * 2.4 - 0.9, 0, 1) * (c.y < sea), 0.62, "#06141a")
    c.light(np.clip(c.noise(0.3, 5, stretch=4) - 0.55, 0, 1) * np.exp(-(((c.y - 0.66) / 0.16) ** 2)), "#9cc4b4", 0.9)

    c.layer("beam", 0.45)
    angle = np.arctan2(c.y - lamp, c.x - tower)
    mist = 0.45 + 0.9 * c.noise(0.22, 5, stretch=2)
    for centre, spread, power in ((np.pi - 0.13, 0.115, 1.0), (0.10, 0.10, 0.55)):
        away = np.abs(np.angle(np.exp(1j * (angle - centre)))).astype(np.float32)
        beam = np.exp(-((away / spread) ** 3.2)) * np.exp(-c.distance(tower, lamp) / (1.25 if c.wide else 0.55))
        c.light(beam * mist * (c.y < 0.9), LAMP, 1.0 * power)
    c.light(c.halo(tower, lamp, 0.16, 0.75), LAMP, 0.75)

    c.layer("sea", 0.35)
    for depth, tone, base in ((0.4, "#23484d", sea - 0.005), (0.75, "#12303a", sea + 0.005)):
        c.wash(c.below(c.profile(base, 0.05 * depth, 0.35, 0.45)), tone, 0.55)
    swell = c.noise(0.09, 5, stretch=9)
    under = np.clip((c.y - sea) * 14, 0, 1)
    c.light(np.clip(swell * 3 - 1.75, 0, 1) * under * np.exp(-((c.x - tower + 0.12) ** 2) / 0.06), LAMP, 0.50)
    c.light(np.clip(swell * 3 - 1.9, 0, 1) * under, "#7fb0ab", 0.28)

    c.layer("tower", 0.55)
    rock = c.profile(0.95, 0.06, 0.18, 0.62, 7)
    hump = 0.27 * np.exp(-(((c.x[0] - tower - 0.02) / 0.20) ** 2)) + 0.09 * np.exp(
        -(((c.x[0] - tower + 0.30) / 0.10) ** 2)
    )
    crag = rock - hump
    foot = 0.79
    body = [(tower - 0.038, foot), (tower - 0.024, lamp + 0.045), (tower + 0.024, lamp + 0.045), (tower + 0.038, foot)]
    mask = c.shape(body)
    c.wash(mask, "#16282d")
    c.light(mask * np.clip((tower - 0.004 - c.x) / 0.03, 0, 1), "#9db9ae", 0.42)
    for top, bottom in ((0.47, 0.55), (0.65, 0.73)):
        stripe = mask * ((c.y > lamp + top * (foot - lamp)) & (c.y < lamp + bottom * (foot - lamp) + 0.02))
        c.wash(stripe, "#5b1a1e", 0.75)
    c.wash(
        c.shape(
            [
                (tower - 0.036, lamp + 0.046),
                (tower - 0.036, lamp + 0.036),
                (tower + 0.036, lamp + 0.036),
                (tower + 0.036, lamp + 0.046),
            ]
        ),
        "#05090b",
    )
    c.layer("lantern", 0.55)
    c.wash(
        c.shape(
            [
                (tower - 0.018, lamp + 0.036),
                (tower - 0.018, lamp - 0.02),
                (tower + 0.018, lamp - 0.02),
                (tower + 0.018, lamp + 0.036),
            ]
        ),
        "#fff4d6",
    )
    c.layer("roof", 0.55)
    c.wash(c.shape([(tower - 0.026, lamp - 0.018), (tower, lamp - 0.058), (tower + 0.026, lamp - 0.018)]), "#05090b")
    c.wash(
        c.strokes(
            [
                [(tower, lamp - 0.05), (tower, lamp - 0.085)],
                [(tower - 0.006, lamp - 0.02), (tower - 0.006, lamp + 0.036)],
                [(tower + 0.006, lamp - 0.02), (tower + 0.006, lamp + 0.036)],
            ],
            0.0022,
        ),
        "#05090b",
    )
    c.layer("glow", 0.55)
    c.light(c.halo(tower, lamp + 0.005, 0.035, 1.1), LAMP, 1.0)
    c.layer("rock", 0.7)
    c.wash(c.below(crag), "#060e12")
    lip = np.exp(-(((c.y - crag[None, :] - 0.003) / 0.0035) ** 2)) * np.clip((tower + 0.05 - c.x) / 0.3, 0, 1)
    c.light(lip.astype(np.float32), "#9fc4b8", 0.32)

    c.layer("watcher", 0.7)
    px = tower - 0.30
    ground = float(np.interp(px, c.x[0], crag)) + 0.004
    c.wash(
        c.shape(
            [
                (px - 0.009, ground),
                (px - 0.012, ground - 0.034),
                (px - 0.006, ground - 0.044),
                (px + 0.006, ground - 0.044),
                (px + 0.012, ground - 0.034),
                (px + 0.010, ground),
            ]
        ),
        "#04090c",
    )
    c.wash(c.disc(px, ground - 0.05, 0.0062), "#04090c")

    c.layer("weather", 1)
    drops = []
    for _ in range(420 if c.wide else 220):
        x, y, n = c.rng.random() * c.aspect * 1.1, c.rng.random(), 0.012 + 0.03 * c.rng.random()
        drops.append([(x, y), (x - n * 0.35, y + n)])
    c.light(c.strokes(drops, 0.0009), "#cfe2dc", 0.20)
    c.vignette(0.55, tower, 0.45)
    c.grain(0.034)


def letter(c: Canvas) -> None:
    left = 0.052
    for text, y in (("THE", 0.083), ("NINTH", 0.166), ("FLASH", 0.250)):
        small = text == "THE"
        mask = line(
            c,
            text,
            "sans-ExtraLight" if small else "sans-Black",
            x=left,
            align="left",
            y=y,
            size=0.034 if small else 0.098,
            tracking=0.42 if small else 0.02,
        )
        c.light(c.blurred(mask, 0.012), LAMP, 0.18)
        c.wash(mask, "#f6ead0" if text != "NINTH" else "#e8503a")
    c.wash(
        line(c, "The chart says it blinks eight times.", "serif-It", x=left, align="left", y=0.292, size=0.0215),
        "#cfe0d8",
        0.9,
    )

"""Extra Time in Ushuaia: one floodlight, falling snow, the southernmost goalkeeper in the world."""

from __future__ import annotations

import numpy as np

from demo.artwork.canvas import Canvas
from demo.artwork.lettering import line

LIGHT = "#eafcff"


def paint(c: Canvas) -> None:
    x0 = c.aspect * (0.68 if c.wide else 0.5)
    c.vertical(
        (0, "#0c1a3a"), (0.35, "#24457a"), (0.52, "#6f8fb5"), (0.60, "#d9a9a0"), (0.61, "#d7e3ea"), (1, "#7894b4")
    )
    c.light(np.clip(c.noise(0.35, 5, stretch=3) * 2 - 1.0, 0, 1) * (c.y < 0.55), "#d8b3b8", 0.28)
    for tone, snow, base, height, scale in (
        ("#7f97ba", "#e9cfd0", 0.585, 0.24, 0.30),
        ("#4c678f", "#c8d6e8", 0.595, 0.17, 0.24),
        ("#263f66", "#8ca6c6", 0.605, 0.10, 0.20),
    ):
        ridge = c.profile(base, height, scale, 0.56, 8)
        mask = c.below(ridge)
        c.wash(mask, tone)
        facet = c.noise(0.05, 5, stretch=0.6) - 0.5 + np.gradient(ridge)[None, :] * c.height * 0.006
        cap = mask * np.clip(1 - (c.y - ridge[None, :]) / (height * 0.62), 0, 1) * np.clip(facet * 5 + 0.35, 0, 1)
        c.light(cap.astype(np.float32), snow, 0.80)
    c.light(c.band(0.53, 0.62, 0.06), "#eec3b8", 0.42)
    houses = []
    for _ in range(60 if c.wide else 26):
        x, w = c.rng.random() * c.aspect, 0.006 + 0.012 * c.rng.random()
        y, h = 0.606 + 0.006 * c.rng.random(), 0.006 + 0.010 * c.rng.random()
        houses.append([(x, y), (x, y - h), (x + w / 2, y - h - 0.006), (x + w, y - h), (x + w, y)])
    c.wash(c.shape(*houses), "#22314f")
    for _ in range(70 if c.wide else 32):
        c.light(c.disc(c.rng.random() * c.aspect, 0.600 + 0.006 * c.rng.random(), 0.0013), "#ffd08a", 0.95)

    c.layer("pitch", 0.3)
    pitch = c.below(np.full(c.width, 0.612, np.float32))
    depth = np.clip((c.y - 0.612) / 0.388, 0, 1)
    c.wash(pitch, "#a9bfd4")
    grass = np.clip(c.noise(0.09, 5, stretch=4) * 2.6 - 1.25, 0, 1)
    c.wash(pitch * grass * (0.25 + 0.75 * depth), "#2f5a52", 0.75)
    c.shade(pitch * depth, 0.55, "#0c1d3c")

    def ground(x: float, z: float) -> tuple[float, float]:
        """A point of the pitch: x in goal widths from its middle, z from 0 (goal line) to 1 (the viewer)."""
        y = 0.735 + 0.30 * z
        return x0 + x * (0.30 + 0.55 * z), y

    chalk = [
        [ground(-4, 0), ground(4, 0)],
        [ground(-1.15, 0), ground(-1.15, 0.38), ground(1.15, 0.38), ground(1.15, 0)],
    ]
    c.light(c.strokes(chalk, 0.006), "#f3fbff", 0.75)
    c.layer("mast", 0.4)
    mast = x0 + (0.46 if c.wide else 0.225)
    lamp_y = 0.175 if c.wide else 0.265
    cone = np.abs(np.arctan2(c.x - mast + 0.0, c.y - lamp_y) + 0.50)
    beam = np.exp(-((cone / 0.40) ** 4)) * np.exp(-c.distance(mast, lamp_y) / 0.62) * (0.65 + 0.45 * c.noise(0.15, 4))
    c.light(beam.astype(np.float32), LIGHT, 0.58)
    pool = c.disc(x0 - 0.02, 0.80, 0.12, 0.12, 3.0) * pitch
    c.light(pool, LIGHT, 0.45)
    c.wash(c.strokes([[(mast, 0.72), (mast, lamp_y)]], 0.0075), "#101c36")
    rungs = [[(mast - 0.008, y), (mast + 0.008, y + 0.008)] for y in np.arange(lamp_y + 0.03, 0.70, 0.02)]
    c.wash(c.strokes(rungs, 0.0018), "#101c36")
    c.wash(
        c.shape(
            [
                (mast - 0.048, lamp_y - 0.032),
                (mast + 0.040, lamp_y - 0.040),
                (mast + 0.042, lamp_y + 0.010),
                (mast - 0.046, lamp_y + 0.018),
            ]
        ),
        "#0c1730",
    )
    for i in range(4):
        for j in range(2):
            lx, ly = mast - 0.037 + 0.0225 * i, lamp_y - 0.022 + 0.023 * j - 0.002 * i
            c.wash(c.disc(lx, ly, 0.0085), "#ffffff")
    c.light(c.halo(mast, lamp_y - 0.01, 0.075, 0.85), LIGHT, 0.95)

    c.layer("goal", 0.5)
    g = 0.145
    left, right, bar, line_y = x0 - g, x0 + g, 0.735 - 0.125, 0.735
    net = []
    for k in np.linspace(0, 1, 16):
        net.append(
            [
                (left + 2 * g * k, bar),
                (left + 0.02 + (2 * g - 0.04) * k, bar + 0.018),
                (left + 0.02 + (2 * g - 0.04) * k, line_y - 0.012),
            ]
        )
    net += [
        [(left + 0.02, bar + 0.018 + 0.095 * k), (right - 0.02, bar + 0.018 + 0.095 * k)] for k in np.linspace(0, 1, 9)
    ]
    c.light(c.strokes(net, 0.0008), "#ffffff", 0.55)
    goal = [[(left, line_y), (left, bar), (right, bar), (right, line_y)]]
    c.shade(
        c.blurred(
            c.strokes(
                [[(left - 0.10, line_y + 0.05), (left, line_y), (right, line_y), (right - 0.10, line_y + 0.05)]], 0.004
            ),
            0.004,
        ),
        0.4,
    )
    c.wash(c.strokes(goal, 0.0065), "#f7fcff")

    c.layer("keeper", 0.6)
    kx, ky, s = x0 - 0.015, 0.760, 0.115
    keeper = c.shape(
        [
            (kx - s * 0.17, ky),
            (kx - s * 0.13, ky - s * 0.45),
            (kx - s * 0.17, ky - s * 0.82),
            (kx - s * 0.10, ky - s * 0.88),
            (kx + s * 0.10, ky - s * 0.88),
            (kx + s * 0.17, ky - s * 0.82),
            (kx + s * 0.13, ky - s * 0.45),
            (kx + s * 0.17, ky),
            (kx + s * 0.07, ky),
            (kx, ky - s * 0.36),
            (kx - s * 0.07, ky),
        ],
    )
    arms = c.strokes(
        [
            [(kx - s * 0.14, ky - s * 0.80), (kx - s * 0.40, ky - s * 0.66), (kx - s * 0.52, ky - s * 0.80)],
            [(kx + s * 0.14, ky - s * 0.80), (kx + s * 0.40, ky - s * 0.66), (kx + s * 0.52, ky - s * 0.80)],
        ],
        s * 0.10,
    )
    c.shade(
        c.blurred(
            c.shape(
                [
                    (kx - s * 0.15, ky - 0.003),
                    (kx + s * 0.15, ky - 0.003),
                    (kx - s * 0.70, ky + 0.16),
                    (kx - s * 1.15, ky + 0.15),
                ]
            ),
            0.005,
        ),
        0.72,
        "#0b1b3b",
    )
    c.wash(np.maximum(keeper, arms), "#c92a2f")
    c.wash(keeper * (c.y > ky - s * 0.46), "#14203c")
    c.wash(c.disc(kx, ky - s * 1.02, s * 0.125), "#e2b18c")
    c.wash(c.disc(kx, ky - s * 1.05, s * 0.135) * (c.y < ky - s * 1.03), "#14203c")
    for side in (-1, 1):
        c.wash(c.disc(kx + side * s * 0.53, ky - s * 0.84, s * 0.085), "#ffd34d")
    c.light(np.maximum(keeper, arms) * np.clip((c.x - kx) / 0.03, 0, 1), "#ffe4d0", 0.5)
    c.layer("ball", 0.75)
    bx, by = ground(-0.52 if c.wide else -0.30, 0.50)
    c.shade(c.blurred(c.disc(bx - 0.022, by + 0.022, 0.014, 0, 2.4), 0.004), 0.6)
    c.wash(c.disc(bx, by, 0.0215), "#f4f7f8")
    c.shade(c.disc(bx, by, 0.0215) * np.clip((bx - c.x + c.y - by) / 0.03 + 0.2, 0, 1), 0.6, "#2b4470")
    for a in np.arange(5) * 2 * np.pi / 5 + 0.3:
        c.wash(c.disc(bx + 0.0135 * np.cos(a), by + 0.0135 * np.sin(a), 0.0042), "#1a2745", 0.9)
    c.wash(c.disc(bx, by, 0.0045), "#1a2745", 0.9)

    c.layer("weather", 1)
    for size, count, strength in ((0.0012, 700, 0.7), (0.0024, 170, 0.75), (0.006, 26, 0.5)):
        flakes = np.zeros((c.height, c.width), np.float32)
        r = max(1, int(size * c.height))
        for _ in range(int(count * (1.9 if c.wide else 1))):
            fx, fy = int(c.rng.random() * c.width), int(c.rng.random() * c.height)
            flakes[fy : fy + r * 2, fx : fx + r * 2] = 0.4 + 0.6 * c.rng.random()
        c.light(c.blurred(flakes, size * 0.8), "#ffffff", strength)
    c.vignette(0.45, x0, 0.6)
    c.grain(0.022)


def letter(c: Canvas) -> None:
    c.wash(line(c, "EXTRA TIME", "sans-Black", y=0.105, size=0.09, width=0.50), "#ffffff")
    c.wash(line(c, "IN USHUAIA", "sans-ExtraLight", y=0.183, size=0.09, width=0.50, tracking=0.02), "#ffe0c8")
    c.wash(line(c, "54° 48′ S. Minute 119.", "serif-It", y=0.953, size=0.0245), "#f2fbff")

"""Mileage: a robot on the roof of a camper van, an enormous sun, and a road that does not turn."""

from __future__ import annotations

import numpy as np

from demo.artwork.canvas import Canvas
from demo.artwork.lettering import line


def paint(c: Canvas) -> None:
    x0 = c.aspect * (0.69 if c.wide else 0.5)
    horizon = 0.665
    sun = (x0, 0.46, 0.275 if c.wide else 0.235)
    c.vertical(
        (0, "#1d3b50"),
        (0.22, "#3f7077"),
        (0.42, "#d99a6a"),
        (0.60, "#f2b46b"),
        (horizon, "#fbd596"),
        (horizon + 0.001, "#c0653a"),
        (1, "#43172a"),
    )
    streaks = np.clip(c.noise(0.16, 5, stretch=7) * 2.2 - 1.05, 0, 1) * np.clip(1 - c.y / 0.6, 0, 1)
    c.light(streaks, "#f7c8a0", 0.6)
    c.light(c.halo(sun[0], sun[1], sun[2] * 1.5, 1.6), "#ffb45e", 0.7)
    c.layer("sun", 0.1)
    disc = c.disc(*sun)
    face = np.clip((c.y - sun[1] + sun[2]) / (2 * sun[2]), 0, 1)[..., None]
    top, low = np.array([1.0, 0.93, 0.70], np.float32), np.array([0.93, 0.30, 0.20], np.float32)
    c.wash(disc, np.broadcast_to(top + (low - top) * face, (c.height, c.width, 3)).astype(np.float32))
    for k in range(7):
        y = sun[1] + sun[2] * (0.18 + k * 0.115)
        c.wash(disc * c.band(y, y + 0.0035 + 0.0016 * k, 0.0015), "#f7c180", 0.72)

    c.layer("mesas", 0.25)
    for k, (tone, height, base) in enumerate(
        (("#d98b63", 0.07, 0.665), ("#b4614f", 0.095, 0.668), ("#7c3a45", 0.06, 0.672))
    ):
        raw = c.profile(0, 1, 0.34, 0.35, 4)
        mesa = base - height * (0.25 + 0.75 / (1 + np.exp(-24 * (-raw - 0.52 - 0.03 * k)))) * (
            0.9 + 0.1 * np.sin(c.x[0] * 3 + k)
        )
        gap = 1 - np.exp(-(((c.x[0] - x0) / (0.19 - 0.02 * k)) ** 4))
        c.wash(c.below((base - (base - mesa) * gap).astype(np.float32)), tone, 0.92)
    c.layer("road", 0.4)
    c.wash(c.below(np.full(c.width, horizon, np.float32)), "#a9502f")
    land = c.below(np.full(c.width, horizon, np.float32))
    depth = np.clip((c.y - horizon) / (1 - horizon), 0, 1)
    c.shade(land * depth, 0.78, "#3b1230")
    grit = c.noise(0.05, 5, stretch=7)
    c.light(land * np.clip(grit * 2.6 - 1.3, 0, 1) * (1 - depth), "#ffbe7c", 0.38)
    c.shade(land * np.clip(1.2 - grit * 2.6, 0, 1), 0.35, "#2b0d20")

    spread = 0.45 if c.wide else 0.34
    road = c.shape([(x0 - 0.012, horizon), (x0 + 0.012, horizon), (x0 + spread, 1.01), (x0 - spread, 1.01)])
    c.wash(road, "#33202e")
    c.light(road * (1 - depth) ** 3, "#ffc98a", 0.75)
    c.light(road * np.exp(-(((c.x - x0) / (0.02 + depth * 0.14)) ** 2)) * (1 - depth * 0.7), "#f08a50", 0.30)
    dashes = []
    for z in np.linspace(0.02, 0.98, 15) ** 2.1:
        near, far = z, min(1.0, z * 1.16 + 0.003)
        dashes.append(
            [
                (x0 + s * (0.0012 + 0.013 * d), horizon + d * (1 - horizon))
                for s, d in ((-1, near), (1, near), (1, far), (-1, far))
            ]
        )
    c.wash(c.shape(*dashes), "#ffd991", 0.9)
    for side in (-1, 1):
        c.wash(
            c.shape(
                [
                    (x0 + side * 0.011, horizon),
                    (x0 + side * 0.0115, horizon),
                    (x0 + side * spread * 0.965, 1.01),
                    (x0 + side * spread * 0.94, 1.01),
                ]
            ),
            "#ffcf94",
            0.55,
        )

    c.layer("van", 0.6)
    s = 0.155 if c.wide else 0.15
    ground = 0.775
    dark, warm = "#2a1526", "#f39a55"

    def box(x: float, y: float, w: float, h: float, cut: float = 0.0) -> list[tuple[float, float]]:
        """A rectangle standing on (x, y), in van widths; `cut` narrows its top."""
        return [
            (x0 + s * (x - w / 2), ground - s * y),
            (x0 + s * (x - w / 2 + cut), ground - s * (y + h)),
            (x0 + s * (x + w / 2 - cut), ground - s * (y + h)),
            (x0 + s * (x + w / 2), ground - s * y),
        ]

    c.shade(
        c.blurred(
            c.shape(
                [
                    (x0 - s * 0.5, ground - 0.004),
                    (x0 + s * 0.5, ground - 0.004),
                    (x0 + s * 0.95, 1.0),
                    (x0 - s * 0.95, 1.0),
                ]
            ),
            0.008,
        )
        * np.clip(1.15 - depth * 1.1, 0, 1),
        0.82,
    )
    van = c.shape(box(0, 0.10, 1.0, 0.62, 0.03), box(0, 0.70, 0.94, 0.30, 0.09))
    c.light(c.blurred(van, 0.006), warm, 0.5)
    c.wash(van, dark)
    c.wash(c.shape(box(-0.36, 0.0, 0.17, 0.16), box(0.36, 0.0, 0.17, 0.16)), "#150a14")
    c.wash(c.shape(box(0, 0.62, 0.70, 0.26, 0.05)), "#8a3f3c")
    c.light(c.shape(box(0.0, 0.62, 0.70, 0.26, 0.05)) * np.clip((c.x - x0 + s * 0.4) / (s * 0.8), 0, 1), "#ffbf7a", 0.5)
    c.wash(c.shape(box(-0.37, 0.30, 0.11, 0.10), box(0.37, 0.30, 0.11, 0.10)), "#e2412f")
    for lx in (-0.37, 0.37):
        c.light(c.halo(x0 + s * lx, ground - s * 0.35, 0.02), "#ff5a3c", 0.8)
    c.wash(c.shape(box(0, 0.20, 0.30, 0.09)), "#f3d7a4", 0.8)
    c.wash(c.shape(box(0, 0.13, 1.04, 0.05)), "#180c18")
    rack = 1.00
    c.wash(c.shape(box(0, rack, 0.92, 0.025), box(-0.33, rack, 0.24, 0.13), box(-0.36, rack + 0.13, 0.16, 0.08)), dark)
    rx = 0.12
    robot = [
        box(rx - 0.10, rack, 0.09, 0.09),
        box(rx + 0.10, rack, 0.09, 0.09),
        box(rx, rack + 0.07, 0.32, 0.34, 0.01),
        box(rx, rack + 0.41, 0.07, 0.05),
        box(rx, rack + 0.45, 0.25, 0.21, 0.008),
        box(rx + 0.085, rack + 0.66, 0.012, 0.14),
    ]
    c.wash(c.shape(*robot), dark)
    c.wash(c.disc(x0 + s * (rx + 0.085), ground - s * (rack + 0.82), s * 0.026), "#e2412f")
    arms = [
        [
            (x0 + s * (rx - 0.16), ground - s * (rack + 0.36)),
            (x0 + s * (rx - 0.25), ground - s * (rack + 0.18)),
            (x0 + s * (rx - 0.20), ground - s * (rack + 0.02)),
        ],
        [
            (x0 + s * (rx + 0.16), ground - s * (rack + 0.36)),
            (x0 + s * (rx + 0.30), ground - s * (rack + 0.46)),
            (x0 + s * (rx + 0.36), ground - s * (rack + 0.68)),
        ],
    ]
    c.wash(c.strokes(arms, s * 0.045), dark)
    c.wash(c.disc(x0 + s * (rx + 0.37), ground - s * (rack + 0.71), s * 0.04), dark)
    c.layer("haze", 0.4)
    c.light(c.band(horizon - 0.05, horizon + 0.03, 0.07), "#ffcf8f", 0.38)
    c.vignette(0.42, x0, 0.5)
    c.grain(0.032)


def letter(c: Canvas) -> None:
    c.wash(line(c, "MILEAGE", "round", y=0.135, size=0.13, width=0.545, tracking=0.03), "#fff1cf")
    c.wash(line(c, "4,012 kilometres. No spare parts.", "serif-It", y=0.172, size=0.0245), "#ffe3b3", 0.95)

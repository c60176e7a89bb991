"""The Cartographer's Alibi: an old sea chart, one red route, and the shadow of a man who was never there."""

from __future__ import annotations

import numpy as np

from demo.artwork.canvas import Canvas
from demo.artwork.lettering import line

INK, RED, PAPER = "#3a2c22", "#b3271e", "#ead9b5"


def paint(c: Canvas) -> None:
    c.vertical((0, PAPER), (1, "#dcc59a"))
    c.shade(np.clip(c.noise(0.5, 6) * 2 - 0.85, 0, 1), 0.30, "#a8763c")
    land = (
        c.noise(0.46 if c.wide else 0.36, 4, rough=0.42)
        + 0.10 * np.sin(c.x * 2.2 + 1)
        + (0.12 * (c.x / c.aspect - 0.45) if c.wide else 0)
    )
    level = 0.50
    slope_y, slope_x = np.gradient(land)
    slope = np.maximum(np.sqrt(slope_x**2 + slope_y**2), 1e-5)
    water = np.clip((level - land) / slope + 0.5, 0, 1)
    c.wash(water.astype(np.float32), "#9db7ae", 0.62)
    relief = np.clip((slope_x + slope_y) * c.height * 0.11, -1, 1)
    c.light(np.clip(-relief, 0, 1) * (1 - water), "#fff3d2", 0.45)
    c.shade(np.clip(relief, 0, 1) * (1 - water), 0.35, "#7b5a35")
    for step, weight, opacity in ((0.02, 0.9, 0.42), (0.10, 1.6, 0.60)):
        away = np.abs((land - level) / step - np.round((land - level) / step)) * step / slope
        c.wash((np.clip(weight - away, 0, 1) * (1 - water)).astype(np.float32), INK, opacity)
    for k, step in enumerate((0.012, 0.028, 0.050)):
        away = np.abs(level - step - land) / slope
        c.wash((np.clip(1.0 - away, 0, 1)).astype(np.float32), "#2f5f62", 0.75 - 0.2 * k)
    c.wash(np.clip(1.8 - np.abs(level - land) / slope, 0, 1).astype(np.float32), INK, 0.9)

    rx, ry = (c.aspect * 0.80, 0.76) if c.wide else (0.135, 0.60)
    rhumbs = [[(rx, ry), (rx + 3 * np.cos(a), ry + 3 * np.sin(a))] for a in np.arange(32) * np.pi / 16]
    c.wash(c.strokes(rhumbs[::2], 0.0008), INK, 0.30)
    c.wash(c.strokes(rhumbs[1::4], 0.0008), RED, 0.35)
    for k in range(16):
        a, long = k * np.pi / 8, (0.088 if k % 4 == 0 else 0.060 if k % 2 == 0 else 0.038)
        tip = (rx + long * np.sin(a), ry - long * np.cos(a))
        for side, tone in ((1, INK), (-1, PAPER)):
            b = a + side * np.pi / 8
            c.wash(c.shape([(rx, ry), tip, (rx + 0.018 * np.sin(b), ry - 0.018 * np.cos(b))]), tone, 0.92)
    for radius in (0.050, 0.053, 0.092):
        c.wash(np.clip(1.1 - np.abs(c.distance(rx, ry) - radius) * c.height, 0, 1), INK, 0.75)
    for k in range(1, 4 if c.wide else 3):
        fx = c.aspect * k / (4 if c.wide else 3)
        c.light(
            np.broadcast_to(np.exp(-np.clip(c.x - fx, 0, 9) / 0.03) * (c.x > fx), (c.height, c.width)).astype(
                np.float32
            ),
            "#fff6dc",
            0.22,
        )
        c.shade(
            np.broadcast_to(np.exp(-np.clip(fx - c.x, 0, 9) / 0.045) * (c.x < fx), (c.height, c.width)).astype(
                np.float32
            ),
            0.30,
            "#6b4520",
        )
    for fy in (0.34, 0.67):
        c.shade(
            np.broadcast_to(np.exp(-np.clip(fy - c.y, 0, 9) / 0.03) * (c.y < fy), (c.height, c.width)).astype(
                np.float32
            ),
            0.22,
            "#6b4520",
        )

    c.layer("shadow", 0.6)
    sx = c.aspect * (0.60 if c.wide else 0.56)
    s, foot = (0.92, 1.06) if c.wide else (0.78, 1.0)

    def body(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        """Points of the shadow, leaning as a low lamp would throw it."""
        return [(sx + s * (x * 0.92 + (1 - y) * 0.10) - 0.05, foot - s * (1 - y)) for x, y in points]

    brim = [
        (0.36 * np.cos(a) * 0.52, 0.215 + 0.026 * np.sin(a) - 0.035 * np.cos(a) ** 2 * np.sign(np.cos(a)) * 0.4)
        for a in np.linspace(0, 2 * np.pi, 40)
    ]
    crown = [
        (-0.105, 0.215),
        (-0.108, 0.125),
        (-0.085, 0.085),
        (-0.03, 0.092),
        (0.0, 0.104),
        (0.035, 0.088),
        (0.085, 0.083),
        (0.108, 0.13),
        (0.105, 0.215),
    ]
    head = [
        (-0.092, 0.20),
        (-0.100, 0.27),
        (-0.118, 0.315),
        (-0.098, 0.325),
        (-0.095, 0.375),
        (-0.05, 0.405),
        (-0.04, 0.45),
        (0.075, 0.45),
        (0.075, 0.38),
        (0.098, 0.30),
        (0.095, 0.20),
    ]
    coat = [
        (-0.055, 0.42),
        (-0.11, 0.40),
        (-0.13, 0.455),
        (-0.25, 0.51),
        (-0.31, 0.62),
        (-0.36, 1.1),
        (0.40, 1.1),
        (0.35, 0.62),
        (0.29, 0.51),
        (0.155, 0.455),
        (0.13, 0.39),
        (0.07, 0.42),
    ]
    shadow = c.shape(body(brim), body(crown), body(head), body(coat))
    soft = c.blurred(shadow, 0.007) * 0.75 + c.blurred(shadow, 0.03) * 0.25
    c.shade(soft, 0.90, "#241a26")

    c.layer("route", 0.05)
    t = np.linspace(0, 1, 26)
    start, end = ((c.aspect * 0.40, 0.80), (c.aspect * 0.90, 0.22)) if c.wide else ((0.075, 0.735), (0.575, 0.43))
    route = [
        (
            start[0] + (end[0] - start[0]) * k + 0.055 * np.sin(k * 7),
            start[1] + (end[1] - start[1]) * k + 0.05 * np.sin(k * 9 + 1) * (1 - k) * k * 3,
        )
        for k in t
    ]
    c.wash(c.strokes([route[i : i + 2] for i in range(0, 25, 2)], 0.0062), "#d6352a")
    ex, ey = route[-1]
    c.wash(
        c.strokes(
            [
                [(ex - 0.019, ey - 0.019), (ex + 0.019, ey + 0.019)],
                [(ex + 0.019, ey - 0.019), (ex - 0.019, ey + 0.019)],
            ],
            0.0085,
        ),
        "#d6352a",
    )
    c.wash(c.disc(*route[0], 0.0095), "#d6352a")
    c.layer("lamp", 0.5)
    c.light(c.halo(c.aspect * (0.78 if c.wide else 0.18), 0.10, 0.5, 1.6), "#ffdf9c", 0.28)
    if c.wide:
        c.shade(np.broadcast_to(np.clip(1 - c.x / 0.95, 0, 1), (c.height, c.width)).astype(np.float32), 0.55, "#2b1d17")
    c.vignette(0.62, c.aspect * (0.68 if c.wide else 0.5), 0.45)
    c.grain(0.030)


def letter(c: Canvas) -> None:
    c.wash(line(c, "THE", "sans-Semibold", y=0.066, size=0.020, tracking=0.5), INK)
    c.wash(line(c, "Cartographer’s", "serif-BoldIt", y=0.128, size=0.085, width=0.56), INK)
    c.wash(line(c, "ALIBI", "serif-Black", y=0.845, size=0.14, width=0.50, tracking=0.06), PAPER)
    c.wash(
        line(c, "HE DREW THE ONLY ROAD OUT. TWICE.", "sans-Semibold", y=0.895, size=0.0175, tracking=0.22), "#e9b9a0"
    )

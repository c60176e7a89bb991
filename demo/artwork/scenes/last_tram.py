"""Last Tram to Graça: rain on a steep street, one headlamp coming, two people under one umbrella."""

from __future__ import annotations

import numpy as np

from demo.artwork.canvas import Canvas
from demo.artwork.lettering import line

GLOW = "#ffc46b"


def _street(c: Canvas, x0: float, vanish: float, side: int) -> None:
    """One side of the street: houses coming nearer, each darker and taller, with a few windows still awake."""
    near = (0.62 if c.wide else 0.40) * side
    edges = [0.07, 0.11, 0.16, 0.235, 0.34, 0.50, 0.78, 1.30, 2.3]
    for k in range(len(edges) - 1):
        a, b = x0 + near * edges[k], x0 + near * edges[k + 1]
        rise = 0.9 + 0.35 * c.rng.random()
        top = (vanish - edges[k] * rise * 0.78, vanish - edges[k + 1] * rise * 0.78)
        foot = (vanish + edges[k] * 0.40, vanish + edges[k + 1] * 0.40)
        fade = k / (len(edges) - 2)
        far, near_by = (0.30, 0.27, 0.42), (0.045, 0.045, 0.10)
        red, green, blue = (f + (n - f) * fade for f, n in zip(far, near_by, strict=True))
        wall = c.shape([(a, top[0]), (b, top[1]), (b, foot[1] + 0.01), (a, foot[0] + 0.01)])
        c.wash(wall, (red, green, blue))
        c.light(
            wall * np.clip(1 - np.abs(c.x - a) / (abs(b - a) * 0.7), 0, 1) * np.clip((c.y - vanish + 0.3) / 0.5, 0, 1),
            GLOW,
            0.18,
        )
        panes = []
        columns, rows = 2 + (k > 3), 5
        for i in range(columns):
            for j in range(rows):
                if c.rng.random() < 0.62:
                    continue
                s0, s1 = (i + 0.30) / columns, (i + 0.68) / columns
                t0, t1 = (j + 0.25) / rows * 0.80 + 0.06, (j + 0.68) / rows * 0.80 + 0.06
                pane = []
                for s, t in ((s0, t0), (s1, t0), (s1, t1), (s0, t1)):
                    upper, lower = top[0] + (top[1] - top[0]) * s, foot[0] + (foot[1] - foot[0]) * s
                    pane.append((a + (b - a) * s, upper + (lower - upper) * t))
                panes.append(pane)
        if panes:
            lamp = c.shape(*panes)
            c.wash(lamp, "#f2b25c", 0.55 + 0.25 * fade)
            c.light(c.blurred(lamp, 0.012), "#ff9d4a", 0.45)


def paint(c: Canvas) -> None:
    x0 = c.aspect * (0.66 if c.wide else 0.5)
    vanish = 0.60
    c.vertical(
        (0, "#0b1030"), (0.35, "#28295c"), (0.55, "#6d4f7c"), (0.62, "#b4726e"), (0.64, "#2a2546"), (1, "#090a1c")
    )
    c.light(np.clip(c.noise(0.4, 5, stretch=2) * 2 - 0.85, 0, 1) * (c.y < vanish), "#7d6aa6", 0.32)
    c.light(c.halo(x0, vanish - 0.06, 0.25, 1.2), "#f09a6c", 0.62)
    ridge = c.profile(vanish - 0.03, 0.05, 0.12, 0.4, 3)
    c.wash(c.below(ridge), "#4a3c66")
    for side in (-1, 1):
        _street(c, x0, vanish, side)
    reach = 0.62 if c.wide else 0.40
    road = c.shape(
        [
            (x0 - reach * 0.07, vanish + 0.026),
            (x0 + reach * 0.07, vanish + 0.026),
            (x0 + reach * 1.5, 1.19),
            (x0 - reach * 1.5, 1.19),
        ]
    )
    c.wash(road, "#17163a")
    c.light(road * np.clip((1 - c.y) * 2.2, 0, 1), "#7a5c86", 0.45)

    tw, th, foot = (0.088, 0.20, 0.745) if not c.wide else (0.098, 0.225, 0.76)

    def box(x: float, y: float, w: float, h: float, cut: float = 0.0) -> list[tuple[float, float]]:
        """A rectangle on the tram's front, in half-widths and heights, standing on y."""
        return [
            (x0 + tw * (x - w), foot - th * y),
            (x0 + tw * (x - w + cut), foot - th * (y + h)),
            (x0 + tw * (x + w - cut), foot - th * (y + h)),
            (x0 + tw * (x + w), foot - th * y),
        ]

    wires = [[(x0 + dx, vanish - 0.02), (x0 + dx * 14, -0.05)] for dx in (-0.012, 0.0, 0.012)]
    wires += [
        [(x0 - reach * 0.30, 0.36), (x0 + reach * 0.30, 0.345)],
        [(x0 - reach * 0.6, 0.16), (x0 + reach * 0.6, 0.19)],
    ]
    c.wash(c.strokes(wires, 0.0018), "#0a0a20", 0.85)
    c.light(c.halo(x0, foot - th * 0.28, 0.21, 1.1), GLOW, 0.55)
    body = c.shape(box(0, 0.08, 1, 0.84, 0.07), box(0, 0.90, 0.80, 0.08, 0.12))
    c.wash(body, "#d79a2b")
    c.shade(body * np.clip(np.abs(c.x - x0) / tw, 0, 1) ** 3, 0.6, "#4a2010")
    upper = c.shape(box(0, 0.50, 0.955, 0.43, 0.03))
    c.wash(upper, "#f0e2c0")
    c.shade(upper, 0.25, "#6b4a2c")
    c.wash(c.shape(box(-0.63, 0.53, 0.25, 0.26), box(0, 0.53, 0.30, 0.26), box(0.63, 0.53, 0.25, 0.26)), "#ffdf9a")
    c.wash(
        c.shape(box(0.02, 0.53, 0.10, 0.15, 0.02)) + c.disc(x0 + tw * 0.02, foot - th * 0.71, th * 0.035),
        "#3a2218",
        0.85,
    )
    c.wash(c.shape(box(0, 0.835, 0.48, 0.085)), "#1d1426")
    c.wash(line(c, "28  GRAÇA", "sans-Bold", x=x0, y=foot - th * 0.857, size=th * 0.062, tracking=0.08), "#ffe9b0")
    c.wash(c.shape(box(0, 0.0, 0.86, 0.09), box(0, 0.10, 1.02, 0.05)), "#1a1024")
    c.wash(
        c.strokes(
            [[(x0 - tw * 0.3, foot - th * 0.98), (x0 + tw * 0.1, foot - th * 1.22), (x0 + 0.002, foot - th * 1.4)]],
            0.003,
        ),
        "#120d20",
    )
    lx, ly = x0, foot - th * 0.30
    c.wash(c.disc(lx, ly, 0.016), "#fffbe8")
    c.light(c.halo(lx, ly, 0.06, 0.8), "#ffeebf", 1.0)
    for side in (-1, 1):
        c.light(c.halo(x0 + side * tw * 0.7, foot - th * 0.25, 0.010), "#ffd38a", 0.7)

    fold = min(max(int((foot + 0.001 - c.top) * c.density), 0), c.height)
    rows = c.height - fold
    source = np.clip(fold - 1 - (np.arange(rows) * 1.05).astype(int), 0, c.height - 1)
    mirror = np.zeros_like(c.pixels)
    mirror[fold:] = c.pixels[source]
    for shift in (each for each in (3, 7, 13, 21) if each < rows):
        mirror[fold + shift :] = mirror[fold + shift :] * 0.7 + mirror[fold:-shift] * 0.3
    ripple = np.clip(c.noise(0.035, 4, stretch=5) * 1.5 - 0.1, 0, 1)
    c.wash(
        (road * (c.y > foot + 0.001) * (0.25 + 0.55 * ripple) * np.clip(1.3 - (c.y - foot) * 2.2, 0, 1)).astype(
            np.float32
        ),
        mirror,
    )
    c.light(
        (
            road * np.exp(-(((c.x - x0) / (0.035 + 0.3 * np.clip(c.y - foot, 0, 1))) ** 2)) * (c.y > foot) * ripple
        ).astype(np.float32),
        GLOW,
        0.55,
    )
    c.layer("couple", 0.8)
    rails = [[(x0 + s * 0.05, foot), (x0 + s * 0.23, 1.02)] for s in (-1, 1)]
    c.light(c.strokes(rails, 0.004), "#ffdca6", 0.6)

    ux, uy = x0 - (0.25 if c.wide else 0.155), 0.90
    for dx, tall in ((-0.020, 0.150), (0.020, 0.138)):
        x = ux + dx
        c.wash(
            c.shape(
                [
                    (x - 0.017, uy),
                    (x - 0.023, uy - tall * 0.45),
                    (x - 0.016, uy - tall * 0.80),
                    (x + 0.016, uy - tall * 0.80),
                    (x + 0.023, uy - tall * 0.45),
                    (x + 0.017, uy),
                ]
            ),
            "#05061a",
        )
        c.wash(c.disc(x, uy - tall * 0.89, 0.0135), "#05061a")
    canopy = c.disc(ux, uy - 0.138, 0.060, 0, 1.45) * (c.y < uy - 0.138)
    c.wash(canopy, "#8d1a33")
    c.light(canopy * np.clip((c.x - ux) / 0.08, 0, 1), "#ff9d6a", 0.55)
    c.wash(c.strokes([[(ux, uy - 0.138), (ux, uy - 0.07)], [(ux, uy - 0.198), (ux, uy - 0.21)]], 0.003), "#05061a")
    c.layer("weather", 1)
    drops = []
    for _ in range(600 if c.wide else 330):
        x, y, n = c.rng.random() * c.aspect * 1.1, c.rng.random() * 1.05 - 0.05, 0.015 + 0.035 * c.rng.random()
        drops.append([(x, y), (x - n * 0.16, y + n)])
    c.light(c.strokes(drops, 0.0010) * (0.25 + c.halo(lx, ly, 0.35, 1.4)), "#ffe9cf", 0.42)
    if c.wide:
        c.shade(np.broadcast_to(np.clip(1 - c.x / 0.95, 0, 1), (c.height, c.width)).astype(np.float32), 0.82, "#0a0b20")
    c.vignette(0.5, x0, 0.62)
    c.grain(0.028)


def letter(c: Canvas) -> None:
    c.wash(line(c, "LAST TRAM", "hand-Bold", y=0.135, size=0.13, width=0.42, tracking=0.06), "#fff0d4")
    c.wash(line(c, "TO GRAÇA", "hand-Bold", y=0.255, size=0.13, width=0.42, tracking=0.06), "#ffc46b")

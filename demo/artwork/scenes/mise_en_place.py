"""Mise en Place: a silver cloche that is also a vault, on a cloth the colour of saffron."""

from __future__ import annotations

import numpy as np

from demo.artwork.canvas import Canvas
from demo.artwork.lettering import line


def paint(c: Canvas) -> None:
    x0 = c.aspect * (0.70 if c.wide else 0.5)
    base, radius = (0.80, 0.43) if c.wide else (0.745, 0.268)
    c.vertical((0, "#5c160c"), (0.35, "#b23a12"), (0.74, "#e58a1f"), (1, "#b3500f"))
    c.light(c.halo(x0, base - radius * 0.6, radius * 1.7, 1.5), "#ffc861", 0.75)
    rays = np.arctan2(base - c.y, c.x - x0)
    fan = (np.cos(rays * 36) > 0).astype(np.float32) * np.clip(c.distance(x0, base) / radius - 0.9, 0, 0.5)
    c.shade(c.blurred(fan, 0.0012) * (c.y < base), 0.32, "#8a2408")
    c.layer("table", 0.4)
    table = c.below(np.full(c.width, base + 0.012, np.float32))
    c.wash(table, "#6e1f0e")
    c.light(table * c.halo(x0, base + 0.05, radius * 1.4, 2, 2.2), "#e86f26", 0.55)
    c.shade(c.blurred(c.disc(x0 + 0.02, base + 0.035, radius * 0.15, 0, 7.6), 0.02), 0.7, "#2a0703")

    plate = c.disc(x0, base + 0.012, radius * 0.13, 0, 8.6)
    c.wash(plate, "#f3e4c4")
    c.shade(plate * np.clip((c.y - base - 0.012) / (radius * 0.12), 0, 1), 0.55, "#7a3a1a")
    c.wash(c.disc(x0, base + 0.004, radius * 0.10, 0, 9.8), "#c9a878")

    dome = c.disc(x0, base, radius) * (c.y < base)
    nx = (c.x - x0) / radius
    ny = (base - c.y) / radius
    nz = np.sqrt(np.clip(1 - nx**2 - ny**2, 0, 1))
    room = 0.5 + 0.5 * np.sin(3.2 * ny + 1.9 * nx * nz + 0.4)
    tone = 0.10 + 0.52 * room**2 + 0.30 * np.clip(nx * -0.62 + ny * 0.5 + nz * 0.55, 0, 1) ** 7
    edge = np.clip(1 - nz, 0, 1) ** 3
    steel = np.stack([tone * 1.02 + edge * 0.42, tone * 0.97 + edge * 0.20, tone * 0.94 + edge * 0.06], axis=2).astype(
        np.float32
    )
    c.wash(dome, np.clip(steel, 0, 1))
    c.light(dome * np.exp(-(((ny - 0.10) / 0.09) ** 2)) * nz, "#ffb45a", 0.62)
    for wx, wy in ((-0.44, 0.62), (-0.30, 0.70)):
        window = np.clip(1 - (np.abs(nx - wx - 0.10 * ny) / 0.055) ** 6, 0, 1) * np.clip(
            1 - (np.abs(ny - wy) / 0.13) ** 6, 0, 1
        )
        c.light(dome * window, "#fff6e2", 0.85)
    c.wash(dome * (np.abs(ny - 0.035) < 0.028), "#2b1710", 0.75)

    hub_y = base - radius * 0.45
    for ring, width, colour in ((0.33, 0.022, "#20130f"), (0.325, 0.010, "#d9b072")):
        away = c.distance(x0, hub_y)
        c.wash(np.clip(1 - np.abs(away - radius * ring) / (radius * width), 0, 1) ** 0.5, colour, 0.95)
    bolts = [(x0 + radius * 0.325 * np.cos(a), hub_y + radius * 0.325 * np.sin(a)) for a in np.arange(12) * np.pi / 6]
    for bx, by in bolts:
        c.wash(c.disc(bx, by, radius * 0.016), "#3a2113")
        c.light(c.disc(bx - 0.001, by - 0.001, radius * 0.008), "#ffe9bd", 0.9)
    c.shade(c.blurred(c.disc(x0 + 0.008, hub_y + 0.014, radius * 0.25), 0.012), 0.5)
    spokes = []
    for a in np.arange(5) * 2 * np.pi / 5 - np.pi / 2:
        spokes.append([(x0, hub_y), (x0 + radius * 0.235 * np.cos(a), hub_y + radius * 0.235 * np.sin(a))])
        c.wash(c.disc(x0 + radius * 0.245 * np.cos(a), hub_y + radius * 0.245 * np.sin(a), radius * 0.034), "#8a5a24")
        c.light(
            c.disc(
                x0 + radius * 0.24 * np.cos(a) - 0.003, hub_y + radius * 0.24 * np.sin(a) - 0.003, radius * 0.016, 0.01
            ),
            "#ffe2a0",
            0.9,
        )
    c.wash(c.strokes(spokes, radius * 0.034), "#3d2412")
    c.wash(
        c.strokes(
            [[(ax - 0.002, ay - 0.002), (bx - 0.002, by - 0.002)] for (ax, ay), (bx, by) in spokes], radius * 0.014
        ),
        "#dba85a",
    )
    c.wash(c.disc(x0, hub_y, radius * 0.075), "#2a180e")
    c.wash(c.disc(x0, hub_y, radius * 0.058), "#c8944a")
    c.light(c.disc(x0 - 0.006, hub_y - 0.007, radius * 0.025, 0.012), "#fff2cf", 0.95)

    knob = base - radius - 0.012
    c.wash(
        c.shape(
            [
                (x0 - 0.013, knob + 0.016),
                (x0 - 0.008, knob - 0.004),
                (x0 + 0.008, knob - 0.004),
                (x0 + 0.013, knob + 0.016),
            ]
        ),
        "#2a1a12",
    )
    c.wash(c.disc(x0, knob - 0.014, 0.017), "#6d4a2c")
    c.light(c.disc(x0 - 0.005, knob - 0.019, 0.007, 0.006), "#fff2d0", 0.95)

    c.layer("steam", 0.6)
    steam = (
        c.noise(0.22, 4)
        * np.exp(-(((c.x - x0 - 0.05 * np.sin(c.y * 16)) / (radius * 0.25)) ** 2))
        * np.clip((base - radius - 0.03 - c.y) * 8, 0, 1)
    )
    c.light(steam.astype(np.float32), "#ffe6bd", 0.30)
    c.vignette(0.5, x0, base - radius * 0.5)
    c.grain(0.026)


def letter(c: Canvas) -> None:
    c.wash(line(c, "MISE", "serif-Black", y=0.175, size=0.15, width=0.50, tracking=0.01), "#fff3d6")
    c.wash(line(c, "en", "serif-LightIt", y=0.236, size=0.078), "#2a0a04")
    c.wash(line(c, "PLACE", "serif-Black", y=0.345, size=0.13, width=0.50, tracking=0.01), "#fff3d6")
    c.wash(
        line(c, "EVERYTHING IN ITS PLACE. EVERYONE IN ON IT.", "sans-Semibold", y=0.875, size=0.0165, tracking=0.16),
        "#ffdf9e",
    )

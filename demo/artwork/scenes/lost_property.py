"""Lost Property After Dark: a wall of shelves glowing from behind, and the one desk that stays open."""

from __future__ import annotations

import numpy as np

from demo.artwork import objects
from demo.artwork.canvas import Canvas
from demo.artwork.lettering import line

_GLOWS = ("#f2a33c", "#e8743b", "#d9a441", "#4fa39a", "#c9553f", "#e9c46a", "#3f7f8f")


def paint(c: Canvas) -> None:
    x0 = c.aspect * (0.70 if c.wide else 0.5)
    floor = 0.80
    c.vertical((0, "#171026"), (0.7, "#241733"), (1, "#0d0816"))
    columns = 5 if not c.wide else 12
    cell = (c.aspect + 0.02) / columns
    tops = [-0.02, 0.16, 0.33, 0.50, 0.66] if c.wide else [0.225, 0.345, 0.465, 0.585, 0.70]
    order = list(c.rng.permutation(len(tops) * columns * 2))
    for j in range(len(tops) - 1):
        y0, y1 = tops[j] + 0.010, tops[j + 1] - 0.006
        for i in range(columns):
            xa, xb = -0.01 + i * cell + 0.006, -0.01 + (i + 1) * cell - 0.006
            glow = _GLOWS[int(order.pop()) % len(_GLOWS)]
            near = np.exp(-(((xa + xb) / 2 - x0) ** 2) / (0.30 if c.wide else 0.09))
            strength = (0.16 + 0.84 * c.rng.random() ** 0.7) * (0.12 + 0.88 * near if c.wide else 1)
            hole = c.shape([(xa, y0), (xb, y0), (xb, y1), (xa, y1)])
            c.wash(hole, "#0e0918")
            c.light(hole * c.halo((xa + xb) / 2, y1 - 0.02, cell * 0.62, 1.6), glow, 0.95 * strength)
            c.shade(hole * np.clip(1 - (c.y - y0) / 0.02, 0, 1), 0.6)
            make = objects.ALL[int(order.pop()) % len(objects.ALL)]
            tall = (y1 - y0) * (0.80 if make in (objects.cello, objects.umbrella, objects.birdcage) else 0.70)
            if make in (objects.suitcase, objects.telephone, objects.hat, objects.teapot):
                tall = min(cell * 0.72, (y1 - y0) * 1.0)
            thing = make(c, (xa + xb) / 2 + c.rng.normal(0, 0.004), y1 + 0.001, tall) * hole
            c.wash(thing, "#140b1c")
            c.light(np.clip(thing - np.roll(thing, (3, -3), (0, 1)), 0, 1) * hole, glow, 0.55 * strength)
            c.light(c.band(y1 - 0.002, y1 + 0.003, 0.002) * ((c.x > xa) & (c.x < xb)), glow, 0.45 * strength)

    c.shade(c.band(tops[-1] - 0.03, floor + 0.1, 0.10), 0.55, "#0c0714")
    c.layer("desk", 0.5)
    half = 0.30 if not c.wide else 0.40
    desk_y = 0.775
    c.light(c.halo(x0 - 0.08, desk_y - 0.11, 0.21, 1.3), "#ffcf7a", 0.72)
    px = x0 + 0.055
    clerk = c.shape(
        [
            (px - 0.075, desk_y),
            (px - 0.066, desk_y - 0.085),
            (px - 0.030, desk_y - 0.108),
            (px + 0.030, desk_y - 0.108),
            (px + 0.066, desk_y - 0.085),
            (px + 0.075, desk_y),
        ]
    )
    head = c.disc(px - 0.004, desk_y - 0.142, 0.033, 0, 0.88)
    cap = c.disc(px - 0.004, desk_y - 0.160, 0.034, 0, 1.0) * (c.y < desk_y - 0.152)
    peak = c.shape(
        [
            (px - 0.040, desk_y - 0.150),
            (px - 0.062, desk_y - 0.143),
            (px - 0.034, desk_y - 0.156),
            (px + 0.03, desk_y - 0.156),
            (px + 0.03, desk_y - 0.150),
        ]
    )
    figure = np.maximum(np.maximum(clerk, head), np.maximum(cap, peak))
    c.wash(figure, "#1a0f22")
    c.light(figure * np.clip((px - 0.02 - c.x) / 0.05, 0, 1), "#ffb75e", 0.65)
    c.light(c.disc(px + 0.022, desk_y - 0.088, 0.004), "#ffd98f", 0.9)

    lx = x0 - 0.115
    c.wash(c.strokes([[(lx, desk_y), (lx, desk_y - 0.09)]], 0.006), "#c08a3e")
    shade = c.shape(
        [
            (lx - 0.060, desk_y - 0.088),
            (lx - 0.048, desk_y - 0.118),
            (lx - 0.02, desk_y - 0.130),
            (lx + 0.02, desk_y - 0.130),
            (lx + 0.048, desk_y - 0.118),
            (lx + 0.060, desk_y - 0.088),
        ]
    )
    c.wash(shade, "#1f7a5c")
    c.light(shade * np.clip((c.y - desk_y + 0.13) / 0.05, 0, 1), "#a8ffcf", 0.5)
    cone = c.shape(
        [(lx - 0.056, desk_y - 0.087), (lx + 0.056, desk_y - 0.087), (lx + 0.14, desk_y), (lx - 0.14, desk_y)]
    )
    c.light(c.blurred(cone, 0.008), "#ffe9b0", 0.62)
    c.light(c.disc(lx, desk_y - 0.086, 0.006, 0.003, 6), "#fff8e0", 1.0)

    top = c.shape(
        [
            (x0 - half, desk_y),
            (x0 + half, desk_y),
            (x0 + half + 0.03, desk_y + 0.030),
            (x0 - half - 0.03, desk_y + 0.030),
        ]
    )
    front = c.shape(
        [
            (x0 - half - 0.01, desk_y + 0.030),
            (x0 + half + 0.01, desk_y + 0.030),
            (x0 + half + 0.01, 1.01),
            (x0 - half - 0.01, 1.01),
        ]
    )
    c.wash(front, "#2a1420")
    panels = [
        [
            (x0 - half + 0.02 + k * (2 * half - 0.04) / 3 + 0.012, desk_y + 0.065),
            (x0 - half + 0.02 + (k + 1) * (2 * half - 0.04) / 3 - 0.012, desk_y + 0.065),
            (x0 - half + 0.02 + (k + 1) * (2 * half - 0.04) / 3 - 0.012, 0.985),
            (x0 - half + 0.02 + k * (2 * half - 0.04) / 3 + 0.012, 0.985),
        ]
        for k in range(3)
    ]
    c.shade(c.shape(*panels), 0.4)
    c.light(c.strokes([[*p, p[0]] for p in panels], 0.0015), "#c9774a", 0.35)
    c.wash(top, "#5a2c22")
    c.light(top * c.halo(lx, desk_y + 0.01, 0.13, 1.3, 1.6), "#ffdf9c", 0.95)
    c.light(
        c.strokes([[(x0 - half - 0.03, desk_y + 0.030), (x0 + half + 0.03, desk_y + 0.030)]], 0.0022), "#ffb566", 0.5
    )
    bell = np.maximum(
        c.disc(x0 - 0.01, desk_y + 0.008, 0.019) * (c.y < desk_y + 0.008), c.disc(x0 - 0.01, desk_y - 0.013, 0.0035)
    )
    c.wash(bell, "#d9a441")
    c.light(c.disc(x0 - 0.017, desk_y - 0.002, 0.005, 0.004), "#fff6da", 0.95)
    c.vignette(0.62, x0, 0.62)
    c.grain(0.030)


def letter(c: Canvas) -> None:
    c.wash(line(c, "LOST", "serif-Black", y=0.086, size=0.07, width=0.32, tracking=0.22), "#ffe2a8")
    c.wash(line(c, "PROPERTY", "serif-Black", y=0.163, size=0.07, width=0.54, tracking=0.10), "#ffe2a8")
    c.wash(line(c, "AFTER DARK", "sans-Light", y=0.205, size=0.026, width=0.46, tracking=0.62), "#f08a4b")
    c.wash(line(c, "Everything turns up. Eventually.", "serif-It", y=0.955, size=0.0225), "#ffe2a8", 0.9)

"""Lost Property After Dark: a wall of shelves glowing from behind, and the one desk that stays open."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from deploy.local.demo.artwork import objects
from deploy.local.demo.artwork.canvas import Canvas, Mask
from deploy.local.demo.artwork.lettering import line

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
    half = 0.30 if not c.wide else 0.40
    desk_y = 0.775
    c.light(c.halo(x0 - 0.08, desk_y - 0.11, 0.21, 1.3), "#ffcf7a", 0.72)
    px = x0 + 0.055
    clerk = c.shape([(px - 0.075, desk_y), (px - 0.066, desk_y - 0.085), (px - 0.030, desk_y - 0.108), (px + 0.030, desk_y - 0.108), (px + 0.066, desk_y - 0.085), (px + 0.075, desk_y)])
    head = c.disc(px - 0.004, desk_y - 0.142, 0.033, 0, 0.88)
    cap = c.disc(px - 0.004, desk_y - 0.160, 0.034, 0, 1.0) * (c.y < desk_y - 0.152)
    peak = c.shape([(px - 0.040, desk_y - 0.150), (px - 0.062, desk_y - 0.143), (px - 0.034, desk_y - 0.156), (px + 0.03, desk_y - 0.156), (px + 0.03, desk_y - 0.150)])
    figure = np.maximum(np.maximum(clerk, head), np.maximum(cap, peak))
    c.wash(figure, "#1a0f22")
    c.light(figure * np.clip((px - 0.02 - c.x) / 0.05, 0, 1), "#ffb75e", 0.65)
    c.light(c.disc(px + 0.022, desk_y - 0.088, 0.004), "#ffd98f", 0.9)

    lx = x0 - 0.115
    c.wash(c.strokes([[(lx, desk_y), (lx, desk_y - 0.09)]], 0.006), "#c08a3e")
    shade = c.shape([(lx - 0.060, desk_y - 0.088), (lx - 0.048, desk_y - 0.118), (lx - 0.02, desk_y - 0.130), (lx + 0.02, desk_y - 0.130), (lx + 0.048, desk_y - 0.118), (lx + 0.060, desk_y - 0.088)])
    c.wash(shade, "#1f7a5c")
    c.light(shade * np.clip((c.y - desk_y + 0.13) / 0.05, 0, 1), "#a8ffcf", 0.5)
    cone = c.shape([(lx - 0.056, desk_y - 0.087), (lx + 0.056, desk_y - 0.087), (lx + 0.14, desk_y), (lx - 0.14, desk_y)])
    c.light(c.blurred(cone, 0.008), "#ffe9b0", 0.62)
    c.light(c.disc(lx, desk_y - 0.086, 0.006, 0.003, 6), "#fff8e0", 1.0)

    top = c.shape([(x0 - half, desk_y), (x0 + half, desk_y), (x0 + half + 0.03, desk_y + 0.030), (x0 - half - 0.03, desk_y + 0.030)])
    front = c.shape([(x0 - half - 0.01, desk_y + 0.030), (x0 + half + 0.01, desk_y + 0.030), (x0 + half + 0.01, 1.01), (x0 - half - 0.01, 1.01)])
    c.wash(front, "#2a1420")
    panels = [[(x0 - half + 0.02 + k * (2 * half - 0.04) / 3 + 0.012, desk_y + 0.065), (x0 - half + 0.02 + (k + 1) * (2 * half - 0.04) / 3 - 0.012, desk_y + 0.065), (x0 - half + 0.02 + (k + 1) * (2 * half - 0.04) / 3 - 0.012, 0.985), (x0 - half + 0.02 + k * (2 * half - 0.04) / 3 + 0.012, 0.985)] for k in range(3)]
    c.shade(c.shape(*panels), 0.4)
    c.light(c.strokes([[*p, p[0]] for p in panels], 0.0015), "#c9774a", 0.35)
    c.wash(top, "#5a2c22")
    c.light(top * c.halo(lx, desk_y + 0.01, 0.13, 1.3, 1.6), "#ffdf9c", 0.95)
    c.light(c.strokes([[(x0 - half - 0.03, desk_y + 0.030), (x0 + half + 0.03, desk_y + 0.030)]], 0.0022), "#ffb566", 0.5)
    bell = np.maximum(c.disc(x0 - 0.01, desk_y + 0.008, 0.019) * (c.y < desk_y + 0.008), c.disc(x0 - 0.01, desk_y - 0.013, 0.0035))
    c.wash(bell, "#d9a441")
    c.light(c.disc(x0 - 0.017, desk_y - 0.002, 0.005, 0.004), "#fff6da", 0.95)
    c.vignette(0.62, x0, 0.62)
    c.grain(0.030)


def letter(c: Canvas) -> None:
    c.wash(line(c, "LOST", "serif-Black", y=0.086, size=0.07, width=0.32, tracking=0.22), "#ffe2a8")
    c.wash(line(c, "PROPERTY", "serif-Black", y=0.163, size=0.07, width=0.54, tracking=0.10), "#ffe2a8")
    c.wash(line(c, "AFTER DARK", "sans-Light", y=0.205, size=0.026, width=0.46, tracking=0.62), "#f08a4b")
    c.wash(line(c, "Everything turns up. Eventually.", "serif-It", y=0.955, size=0.0225), "#ffe2a8", 0.9)


_EPISODES: dict[str, tuple[Callable[[Canvas, float, float, float], Mask], float, str, str, str]] = {
    "cello": (objects.cello, 0.62, "#1d2f4f", "#ffc46b", "#6b2418"),
    "fireflies": (objects.jar, 0.42, "#10302c", "#d8f06a", "#2d4a3c"),
    "snow": (objects.suitcase, 0.56, "#1b2c4a", "#dff1ff", "#7a3f22"),
    "birdcage": (objects.birdcage, 0.56, "#3a1730", "#ff9a5c", "#d9a441"),
    "telephone": (objects.telephone, 0.48, "#14202e", "#ff7a5c", "#a81c25"),
    "clock": (objects.clock, 0.44, "#2b1e3c", "#ffd58a", "#3f7f7a"),
}


def still(c: Canvas, thing: str) -> None:
    """An episode's picture: one object on the counter, in the light that belongs to it."""
    make, tall, night, lamp, body = _EPISODES[thing]
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
    table = c.below(np.full(c.width, desk, np.float32))
    c.wash(table, "#24121a")
    c.light(table * c.halo(x0, desk + 0.03, 0.36, 1.3, 2.0), lamp, 0.72)
    wood = np.clip(c.noise(0.05, 4, stretch=16) * 2 - 0.9, 0, 1)
    c.shade(table * wood, 0.42)
    c.light(c.strokes([[(0, desk), (c.aspect, desk)]], 0.003), lamp, 0.30)
    mask = make(c, x0, desk + 0.045, tall)
    c.shade(c.blurred(np.roll(mask, (int(0.012 * c.height), int(0.03 * c.width)), (0, 1)), 0.022), 0.6)
    c.shade(c.blurred(c.disc(x0, desk + 0.05, 0.03, 0, 6), 0.014), 0.75)
    reflect = np.zeros_like(mask)
    foot = int((desk + 0.045) * c.height)
    rows = min(c.height - foot, foot)
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
        drift = c.below((desk + 0.055 - 0.035 * np.exp(-(((c.x[0] - x0) / 0.36) ** 2)) - 0.01 * np.sin(c.x[0] * 23)).astype(np.float32), 0.012) * np.exp(-(((c.y - desk - 0.05) / 0.035) ** 2))
        c.light(c.blurred(drift.astype(np.float32), 0.004), "#f4fbff", 0.85)
        for _ in range(150):
            c.light(c.disc(x0 + c.rng.normal(0, 0.34), c.rng.random() * 0.86, 0.0025 + 0.004 * c.rng.random(), 0.004), "#ffffff", 0.8)
    if thing == "telephone":
        c.wash(c.disc(x0, desk + 0.045 - tall * 0.20, tall * 0.125), "#1a0a0c")
        for a in np.arange(10) * 0.55 - 2.6:
            c.wash(c.disc(x0 + tall * 0.09 * np.cos(a), desk + 0.045 - tall * 0.20 + tall * 0.09 * np.sin(a), tall * 0.017), "#ffe9c8")
        for r in (0.30, 0.36, 0.42):
            ring = np.clip(1.4 - np.abs(c.distance(x0, desk - tall * 0.4) - r) * c.height / 2.2, 0, 1) * (np.abs(c.x - x0) > r * 0.72)
            c.light(ring.astype(np.float32), lamp, 0.45)
    if thing == "clock":
        cy = desk + 0.045 - tall * 0.44
        c.wash(c.disc(x0, cy, tall * 0.30), "#fff1d0")
        ticks = [[(x0 + tall * 0.25 * np.sin(a), cy - tall * 0.25 * np.cos(a)), (x0 + tall * 0.28 * np.sin(a), cy - tall * 0.28 * np.cos(a))] for a in np.arange(12) * np.pi / 6]
        hands = [[(x0, cy), (x0 - tall * 0.045, cy - tall * 0.15)], [(x0, cy), (x0 + tall * 0.02, cy - tall * 0.23)]]
        c.wash(c.strokes(ticks, tall * 0.014), "#2a1a1a")
        c.wash(c.strokes(hands, tall * 0.022), "#2a1a1a")
        c.wash(line(c, "25", "serif-Bold", x=x0, y=cy + tall * 0.17, size=tall * 0.11), "#a8331f")
    if thing == "birdcage":
        for k, (fx, fy) in enumerate(((0.30, 0.30), (0.42, 0.20), (0.52, 0.26))):
            px, py, s = x0 + fx, fy, 0.030 - 0.004 * k
            c.wash(c.shape([(px - s * 1.5, py - s * 0.9), (px, py), (px + s * 1.5, py - s * 1.0), (px + s * 0.25, py + s * 0.45), (px - s * 0.3, py + s * 0.4)]), "#ffd9a0", 0.9)
    c.vignette(0.66, x0, 0.58)
    c.grain(0.032)

"""The House Has Guests: a green corridor, a door ajar, and a shadow with more arms than it should have."""

from __future__ import annotations

import numpy as np

from demo.artwork.canvas import Canvas, Mask
from demo.artwork.lettering import line


def _paper(c: Canvas, u: Mask, v: Mask) -> Mask:
    """Damask wallpaper from a few waves; u and v in repeats, result 0 to 1."""
    a = (u + 0.5 * (np.floor(v) % 2)) % 1 - 0.5
    b = v % 1 - 0.5
    leaf = np.sqrt((a * 1.5) ** 2 + (b * 0.92) ** 2)
    bloom = 0.5 + 0.5 * np.cos(np.arctan2(b, np.abs(a) + 1e-4) * 7)
    petals = np.exp(-(((leaf - 0.20 - 0.10 * bloom) / 0.045) ** 2)) + np.exp(-((leaf / 0.085) ** 4))
    stem = np.exp(-((a - 0.07 * np.sin(v * 2 * np.pi)) ** 2) / 0.0009) * 0.8
    frame = np.exp(-((np.abs(a) + np.abs(b) * 0.9 - 0.46) ** 2) / 0.0010) * 0.7
    weave: Mask = np.clip(petals + stem + frame, 0, 1).astype(np.float32)
    return weave


def paint(c: Canvas) -> None:
    x0 = c.aspect * (0.70 if c.wide else 0.5)
    wide, high, foot = (0.118, 0.50, 0.66) if c.wide else (0.108, 0.43, 0.685)
    c.vertical((0, "#0a1512"), (0.6, "#16302a"), (1, "#0a1512"))
    repeat = 0.105
    pattern = _paper(c, (c.x - x0) / repeat, c.y / (repeat * 1.35))
    c.light(pattern, "#5f9a80", 0.30)
    c.shade(c.noise(0.35, 5), 0.55, "#02080a")
    wear = np.clip(c.noise(0.16, 5, stretch=0.5) * 2.4 - 1.4, 0, 1)
    c.shade(wear, 0.5, "#0b0a08")

    floor = c.below(np.full(c.width, foot, np.float32))
    c.wash(floor, "#150c0a")
    depth = np.clip((c.y - foot) / (1 - foot), 0, 1)
    plank = ((c.x - x0) / (depth * 0.9 + 0.35)) / 0.085
    grainy = np.abs(plank - np.round(plank))
    c.light(floor * np.clip(grainy * 2, 0, 1) * (0.6 + 0.4 * np.sin(np.round(plank) * 12.9)), "#5b3524", 0.32)
    c.wash(c.band(foot - 0.052, foot + 0.001, 0.002), "#0d1a17")
    c.light(c.band(foot - 0.053, foot - 0.050, 0.002), "#4d7d68", 0.5)
    c.wash(c.band(0.415, 0.428, 0.002) * (1 - c.band(0, foot, 0.01) * 0), "#0a1512", 0.9)

    c.layer("door", 0.3)
    left, right, top = x0 - wide, x0 + wide, foot - high
    frame = c.shape(
        [(left - 0.024, foot), (left - 0.024, top - 0.026), (right + 0.024, top - 0.026), (right + 0.024, foot)]
    )
    c.wash(frame, "#0b1614")
    c.light(frame * np.clip(1 - np.abs(c.x - left + 0.02) / 0.006, 0, 1), "#5f9a80", 0.35)
    doorway = c.shape([(left, foot), (left, top), (right, top), (right, foot)])
    c.wash(doorway, "#ffdf8f")
    c.light(doorway * c.halo(x0 + 0.02, foot - high * 0.4, 0.22), "#fff6d2", 0.9)
    c.shade(doorway * np.clip((c.y - top) / -0.2 + 1, 0, 1), 0.55, "#c2611c")

    spill = c.shape([(left, foot), (right, foot), (right + (0.30 if c.wide else 0.20), 1.02), (left - 0.10, 1.02)])
    c.light(c.blurred(spill, 0.006) * floor * (1 - depth * 0.55), "#ffb64f", 0.80)
    c.light(c.halo(x0, foot - high * 0.4, 0.42, 1.1) * (1 - doorway), "#e9a44c", 0.34)

    guest = []
    cx, base, tall = x0 + 0.012, foot, high * 0.84
    guest.append(
        [
            (cx - 0.022, base),
            (cx - 0.027, base - tall * 0.48),
            (cx - 0.038, base - tall * 0.78),
            (cx - 0.016, base - tall * 0.84),
            (cx + 0.016, base - tall * 0.84),
            (cx + 0.038, base - tall * 0.78),
            (cx + 0.027, base - tall * 0.48),
            (cx + 0.022, base),
        ]
    )
    guest.append(
        [
            (cx - 0.010, base - tall * 0.80),
            (cx - 0.010, base - tall * 0.90),
            (cx + 0.010, base - tall * 0.90),
            (cx + 0.010, base - tall * 0.80),
        ]
    )
    figure = np.maximum(c.shape(*guest), c.disc(cx + 0.004, base - tall * 0.935, 0.026, 0, 0.74))
    limbs = []
    for side, drop, out in ((-1, 0.10, 0.050), (1, 0.10, 0.052), (-1, 0.30, 0.066), (1, 0.34, 0.070)):
        sh = (cx + side * 0.030, base - tall * 0.77)
        elbow = (cx + side * out, base - tall * (0.62 - drop * 0.5))
        hand = (cx + side * (out - 0.012), base - tall * (0.30 - drop * 0.55))
        limbs.append([sh, elbow, hand])
        limbs.extend([[hand, (hand[0] + side * k * 0.004, hand[1] + 0.030)] for k in (-1, 0, 1)])
    figure = np.maximum(figure, c.strokes(limbs, 0.0075))
    c.wash(c.blurred(figure, 0.0012) * doorway, "#120a08")

    scale = (1.02 - foot) / tall * 1.1
    flat = [
        [
            (cx + (px - cx) * (1 + (base - py) * scale * 2.0) + (base - py) * scale * 0.42, base + (base - py) * scale)
            for px, py in shape
        ]
        for shape in (*guest, *limbs)
    ]
    cast = np.maximum(c.shape(flat[0], flat[1]), c.strokes(flat[2:], 0.017))
    c.shade(c.blurred(cast, 0.005) * floor, 0.90, "#0a0404")

    c.layer("ajar", 0.5)
    ajar = [(left, foot + 0.008), (left, top), (left - wide * 0.80, top - 0.035), (left - wide * 0.80, foot + 0.055)]
    c.wash(c.shape(ajar), "#2a1a12")
    c.light(c.shape(ajar) * np.clip(1 - (left - c.x) / (wide * 0.9), 0, 1) ** 2, "#ffbe63", 0.55)
    for t0, t1 in ((0.08, 0.44), (0.54, 0.92)):

        def at(s: float, t: float) -> tuple[float, float]:
            upper, lower = top - 0.035 * s, foot + 0.008 + 0.047 * s
            return left - wide * 0.80 * s, upper + (lower - upper) * t

        c.shade(c.shape([at(0.2, t0), at(0.8, t0), at(0.8, t1), at(0.2, t1)]), 0.5)
        c.light(c.strokes([[at(0.8, t0), at(0.8, t1), at(0.2, t1)]], 0.0016), "#ffcf85", 0.4)
    c.light(c.disc(left - wide * 0.70, foot - high * 0.42, 0.008), "#ffdf9c", 0.95)

    c.layer("portraits", 0.3)
    for k, fx in enumerate((-0.265, 0.262) if not c.wide else (-0.40, 0.27, 0.42)):
        w, h, fy = 0.043 + 0.008 * (k % 2), 0.062, 0.30
        px = x0 + fx
        c.shade(
            c.blurred(
                c.shape(
                    [
                        (px - w, fy - h + 0.012),
                        (px + w + 0.008, fy - h + 0.012),
                        (px + w + 0.008, fy + h + 0.016),
                        (px - w, fy + h + 0.016),
                    ]
                ),
                0.006,
            ),
            0.7,
        )
        c.wash(c.disc(px, fy, h, 0, w / h), "#7a5a2a")
        c.wash(c.disc(px, fy, h - 0.007, 0, w / h), "#0d100d")
        c.wash(c.disc(px, fy - 0.008, 0.014, 0, 0.82), "#3d4a3c")
        c.wash(c.disc(px, fy + 0.045, 0.032, 0, 0.9) * c.disc(px, fy, h - 0.008, 0, w / h), "#3d4a3c")
        c.wash(c.disc(px, fy - 0.007, 0.010, 0.004, 0.8), "#0a0c0a", 0.9)
        c.light(c.disc(px, fy, h, 0, w / h) * np.clip((px - c.x) * np.sign(fx) / 0.04, 0, 1), "#f2b65a", 0.28)
    c.vignette(0.78, x0, 0.52)
    c.grain(0.036)


def letter(c: Canvas) -> None:
    c.wash(line(c, "THE HOUSE", "serif-ExtraLight", y=0.098, size=0.07, width=0.50, tracking=0.12), "#f2dfa9")
    c.wash(line(c, "HAS GUESTS", "serif-ExtraLight", y=0.170, size=0.07, width=0.50, tracking=0.12), "#f2dfa9")
    c.wash(line(c, "Don’t count the coats.", "serif-It", y=0.945, size=0.0245), "#f2dfa9", 0.95)

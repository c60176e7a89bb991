"""Pim and the Paper Moon: a paper theatre, cut in eleven blues, with a boat folded from a letter."""

from __future__ import annotations

import numpy as np

from demo.artwork.canvas import Canvas, Mask
from demo.artwork.lettering import line


def _sheet(c: Canvas, mask: Mask, colour: str, fibre: Mask, lift: float = 0.012) -> None:
    """Lays one sheet of card: its shadow on what is behind, its tone, its fibres and a lit edge."""
    dark = c.blurred(np.roll(mask, (int(lift * c.height), int(lift * 0.4 * c.height)), (0, 1)), lift * 0.9)
    c.shade(np.clip(dark - mask, 0, 1), 0.62, "#0a1233")
    c.wash(mask, colour)
    c.light(mask * fibre, "#ffffff", 0.07)
    edge = np.clip(mask - np.roll(mask, 2, 0), 0, 1) + np.clip(mask - np.roll(mask, -1, 0), 0, 1)
    c.light(edge, "#ffffff", 0.22)


def _cloud(c: Canvas, x: float, y: float, s: float) -> Mask:
    """A cloud of overlapping discs with a flat foot."""
    mask = np.zeros((c.height, c.width), np.float32)
    for dx, dy, r in (
        (-0.09, 0, 0.035),
        (-0.045, -0.02, 0.048),
        (0.012, -0.038, 0.056),
        (0.065, -0.012, 0.042),
        (0.105, 0.002, 0.030),
    ):
        mask = np.maximum(mask, c.disc(x + s * dx, y + s * dy, s * r))
    return mask * np.clip((y + s * 0.018 - c.y) * c.height, 0, 1)


def paint(c: Canvas) -> None:
    x0 = c.aspect * (0.68 if c.wide else 0.5)
    my = 0.40 if c.wide else 0.445
    fibre = np.clip(c.noise(0.006, 2) * 2 - 0.8, 0, 1)
    c.vertical((0, "#fbe6b0"), (0.5, "#fbd9a2"), (1, "#f3a98a"))
    c.light(c.halo(x0, my, 0.26, 2), "#fffbe6", 0.9)

    c.layer("moon", 0.1)
    moon = c.disc(x0, my, 0.150) * (1 - c.disc(x0 + 0.058, my - 0.035, 0.122))
    _sheet(c, moon, "#fff6d8", fibre, 0.014)
    for dx, dy, r in ((-0.098, 0.035, 0.012), (-0.055, 0.094, 0.017), (-0.112, -0.025, 0.007)):
        c.shade(c.disc(x0 + dx, my + dy, r), 0.18, "#c98a4a")

    c.layer("stars", 0.18)
    strings, stars = [], []
    for dx, dy, r in (
        (0.07, -0.10, 0.017),
        (0.125, 0.02, 0.011),
        (-0.165, -0.16, 0.012),
        (0.02, -0.20, 0.009),
        (0.17, -0.13, 0.008),
    ):
        px, py = x0 + dx, my + dy
        strings.append([(px, 0), (px, py)])
        stars.append(
            [
                (
                    px + r * (1 if k % 2 == 0 else 0.45) * np.sin(k * np.pi / 5),
                    py - r * (1 if k % 2 == 0 else 0.45) * np.cos(k * np.pi / 5),
                )
                for k in range(10)
            ]
        )
    strings.append([(x0 - 0.075, 0), (x0 - 0.075, my - 0.128)])
    c.wash(c.strokes(strings, 0.0011), "#d7a46a", 0.75)
    _sheet(c, c.shape(*stars), "#ffffff", fibre, 0.007)
    c.layer("clouds", 0.26)
    _sheet(c, _cloud(c, x0 + 0.14, my + 0.08, 0.82), "#fdf0d8", fibre, 0.010)
    _sheet(c, _cloud(c, x0 - 0.19, my - 0.05, 0.70), "#fdeacb", fibre, 0.010)

    c.layer("hills", 0.36)
    hills = (("#f2a48c", 0.655, 0.09), ("#d9788a", 0.69, 0.10), ("#a25a92", 0.725, 0.08))
    for tone, base, height in hills:
        _sheet(c, c.below(c.profile(base, height, 0.34, 0.35, 3)), tone, fibre)

    c.layer("sea", 0.5)

    def sea(y: float, depth: float, phase: float) -> Mask:
        """One strip of scalloped waves."""
        u = (c.x[0] + phase) / depth
        return c.below((y - 0.20 * depth * np.abs(np.sin(u * np.pi)) ** 0.75).astype(np.float32))

    _sheet(c, sea(0.775, 0.105, 0.02), "#5d62ab", fibre)
    _sheet(c, sea(0.815, 0.125, 0.07), "#44509a", fibre)
    c.layer("boat", 0.6)
    bx, by, s = x0 - 0.01, 0.812, 0.105
    sail_l = c.shape([(bx - s * 0.42, by - s * 0.36), (bx, by - s * 1.10), (bx, by - s * 0.36)])
    sail_r = c.shape([(bx, by - s * 1.10), (bx + s * 0.42, by - s * 0.36), (bx, by - s * 0.36)])
    hull = c.shape(
        [
            (bx - s * 1.0, by - s * 0.40),
            (bx - s * 0.42, by - s * 0.36),
            (bx, by - s * 0.36),
            (bx + s * 0.42, by - s * 0.36),
            (bx + s * 1.0, by - s * 0.40),
            (bx + s * 0.62, by + s * 0.20),
            (bx - s * 0.62, by + s * 0.20),
        ]
    )
    px = bx + s * 0.58
    _sheet(
        c,
        np.maximum(
            c.shape(
                [
                    (px - s * 0.13, by - s * 0.30),
                    (px - s * 0.06, by - s * 0.72),
                    (px + s * 0.06, by - s * 0.72),
                    (px + s * 0.13, by - s * 0.30),
                ]
            ),
            c.disc(px, by - s * 0.84, s * 0.135),
        ),
        "#d8433f",
        fibre,
        0.005,
    )
    c.wash(c.disc(px - s * 0.02, by - s * 0.82, s * 0.095), "#f7cfa4")
    c.wash(c.strokes([[(px - s * 0.06, by - s * 0.62), (px - s * 0.30, by - s * 0.98)]], s * 0.055), "#d8433f")
    _sheet(c, sail_l, "#fffaf0", fibre, 0.006)
    c.wash(sail_r, "#e6dccb")
    _sheet(c, hull, "#fffdf6", fibre, 0.006)
    c.shade(
        c.shape(
            [
                (bx - s * 0.42, by - s * 0.36),
                (bx, by + s * 0.20),
                (bx + s * 0.62, by + s * 0.20),
                (bx + s * 1.0, by - s * 0.40),
            ]
        )
        * hull,
        0.10,
        "#4a5aa0",
    )
    writing = [
        [
            (bx - s * 0.66 + 0.006 * k, by - s * (0.22 - 0.09 * k)),
            (bx - s * 0.20 + 0.003 * k, by - s * (0.22 - 0.09 * k)),
        ]
        for k in range(4)
    ]
    c.wash(c.strokes(writing, 0.0013), "#5d62ab", 0.55)
    c.layer("waves", 0.75)
    for k, (tone, y, depth, phase) in enumerate(
        (("#35408a", 0.862, 0.15, 0.01), ("#283174", 0.912, 0.18, 0.09), ("#1b2259", 0.968, 0.22, 0.03))
    ):
        _sheet(c, sea(y, depth, phase), tone, fibre, 0.013 + 0.003 * k)

    c.layer("frame", 1.0)
    for k, tone in enumerate(("#8fa8dc", "#5f7cc4", "#3d56a5", "#263a80", "#16245a")):
        angle = np.arctan2(c.y - my, c.x - x0)
        wobble = 0.022 * np.sin(angle * 5 + k * 1.3) + 0.014 * np.sin(angle * 9 + k * 2.1)
        open_at = (0.335 + 0.060 * k) if not c.wide else (0.385 + 0.075 * k)
        tall = 1.12 if not c.wide else 1.06
        ring = c.distance(x0, my + 0.03, 0.80 if not c.wide else 1.12) / tall
        mask = np.clip((ring - open_at - wobble) * c.height * 0.8 + 0.5, 0, 1) * np.clip(
            (0.86 + 0.035 * k - c.y) * 30, 0, 1
        )
        _sheet(c, mask.astype(np.float32), tone, fibre, 0.014)
    c.vignette(0.35, x0, 0.5)
    c.grain(0.016)


def letter(c: Canvas) -> None:
    mask = line(c, "PIM", "round", y=0.088, size=0.082, tracking=0.10)
    c.wash(mask, "#fff6d8")
    c.wash(line(c, "and the Paper Moon", "hand-Bold", y=0.134, size=0.046, tracking=0.04), "#ffd98f")

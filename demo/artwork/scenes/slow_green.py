"""Slow Green: moss as a forest, seen from an ant's height with the sun behind it."""

from __future__ import annotations

import numpy as np

from demo.artwork.canvas import Canvas, Mask
from demo.artwork.lettering import line


def paint(c: Canvas) -> None:
    x0 = c.aspect * (0.72 if c.wide else 0.60)
    c.vertical((0, "#0b1a12"), (0.4, "#29462a"), (0.65, "#5f7c35"), (1, "#0d1c12"))
    c.light(c.halo(x0, 0.30, 0.34, 1.3), "#ffeeb0", 0.85)
    c.shade(np.clip(c.noise(0.4, 3) * 2 - 0.9, 0, 1), 0.45, "#07120c")
    for _ in range(46 if c.wide else 30):
        x, y = x0 + c.rng.normal(0, 0.36 if c.wide else 0.2), c.rng.normal(0.34, 0.17)
        r = 0.008 + 0.034 * c.rng.random() ** 2
        ring = c.disc(x, y, r, 0.004) * (0.55 + 0.45 * np.clip(c.distance(x, y) / r, 0, 1) ** 4)
        near = np.exp(-((x - x0) ** 2 + (y - 0.32) ** 2) / 0.09)
        c.light(ring, "#f4f0a4" if c.rng.random() < 0.6 else "#b9dd7c", 0.07 + 0.32 * near * c.rng.random())

    layers = (
        (0.60, 0.10, 0.50, "#6f8c3c", 0.020, 70, 0.10, 0.0045),
        (0.70, 0.12, 0.42, "#48702f", 0.006, 60, 0.16, 0.0016),
        (0.82, 0.14, 0.60, "#24491f", 0.0012, 44, 0.23, 0.0020),
        (0.98, 0.12, 0.45, "#0a1a0e", 0.010, 3, 0.30, 0.0042),
    )
    crest: Mask = np.zeros(c.width, np.float32)
    for depth, (base, height, scale, tone, blur, stalks, tall, thin) in enumerate(layers):
        c.layer(f"moss{depth}", (0.2, 0.4, 0.6, 1.0)[depth])
        mound = c.profile(base, height, scale, 0.30, 3)
        fuzz = mound - 0.010 * c.profile(0, -1, 0.011, 0.7, 3) * (1 + depth * 0.4)
        crest = fuzz if depth == 2 else crest
        body = c.blurred(c.below(fuzz), blur)
        rim = c.blurred(c.below(fuzz), 0.003 + blur) - c.blurred(c.below(fuzz + 0.022), 0.010 + blur)
        c.wash(body, tone)
        c.light(np.clip(rim, 0, 1), "#e9f08c", (0.75, 0.85, 0.62, 0.16)[depth] * 0.9)
        texture = np.clip(c.noise(0.022, 3) * 2.4 - 1.1, 0, 1) * body * np.exp(-((c.y - fuzz[None, :]) / 0.09))
        c.light(np.clip(texture, 0, 1), "#c5dd6c", (0.10, 0.34, 0.34, 0.08)[depth])
        c.shade(body * np.clip((c.y - mound[None, :]) / 0.22, 0, 1), 0.62, "#06110a")
        lines, heads = [], []
        for _ in range(int(stalks * (1.7 if c.wide else 1))):
            x = c.rng.random() * c.aspect
            foot = float(np.interp(x, c.x[0], fuzz)) + 0.01
            h, lean = tall * (0.35 + 0.65 * c.rng.random()), c.rng.normal(0.012, 0.022)
            t = np.linspace(0, 1, 9)
            path = [(x + lean * k * k, foot - h * k) for k in t] + [
                (x + lean * 1.5 + 0.010, foot - h - 0.004),
                (x + lean * 1.5 + 0.016, foot - h + 0.006),
            ]
            lines.append(path)
            tx, ty, r = path[-1][0], path[-1][1], thin * 2.1
            heads.append(
                [
                    (tx - r * 0.6, ty - r),
                    (tx + r * 0.7, ty - r * 0.6),
                    (tx + r * 1.5, ty + r * 2.4),
                    (tx + r * 0.9, ty + r * 3.0),
                    (tx - r * 0.2, ty + r * 1.4),
                ]
            )
        stems = c.strokes(lines, thin)
        pods = c.shape(*heads)
        if blur > 0.004:
            stems, pods = c.blurred(stems, blur * 0.5), c.blurred(pods, blur * 0.5)
        lit = np.exp(-((c.x - x0) ** 2) / 0.16)
        c.wash(stems, ("#a9b457", "#93792f", "#6d4420", "#08140b")[depth])
        c.wash(pods, ("#c5c463", "#c08b35", "#9a5a24", "#0a170c")[depth])
        if depth < 3:
            c.light(np.maximum(stems, pods) * lit, "#ffe796", 0.55)

    c.layer("drop", 0.6)
    dx, r = x0 - 0.13, 0.045
    dy = float(np.interp(dx, c.x[0], crest)) - r * 0.62
    drop = c.disc(dx, dy, r)
    c.shade(c.blurred(c.disc(dx - 0.006, dy + 0.012, r), 0.014), 0.4, "#06110a")
    ny = (c.y - dy) / r
    nx = (c.x - dx) / r
    inside = np.clip(0.15 + 0.75 * np.clip(ny, -1, 1) ** 2 * (ny > -0.2) + 0.1 * nx, 0, 1)
    glass = np.stack([0.25 + 0.72 * inside, 0.34 + 0.64 * inside, 0.14 + 0.40 * inside], axis=2).astype(np.float32)
    c.wash(drop, glass, 0.92)
    c.shade(drop * np.clip(c.distance(dx, dy) / r, 0, 1) ** 5, 0.75, "#16300f")
    c.light(c.disc(dx + r * 0.34, dy - r * 0.42, r * 0.17, 0.006), "#ffffff", 1.0)
    c.light(c.halo(dx + r * 0.34, dy - r * 0.42, r * 0.5), "#fff7cf", 0.55)
    c.light(c.disc(dx - r * 0.3, dy + r * 0.55, r * 0.30, 0.02), "#fdf6b0", 0.8)
    c.layer("shafts", 0.8)
    angle = np.arctan2(c.y + 0.35, c.x - x0 - 0.16)
    shafts = (
        np.clip(np.sin(angle * 29) + 0.6 * np.sin(angle * 53 + 1), 0, 1)
        * np.exp(-np.clip(c.y, 0, 1) / 0.4)
        * np.exp(-((c.x - x0) ** 2) / 0.2)
    )
    c.light(shafts.astype(np.float32), "#fff3b8", 0.30)
    c.vignette(0.6, x0 - 0.05, 0.42)
    c.grain(0.024)


def letter(c: Canvas) -> None:
    c.wash(line(c, "slow", "serif-ExtraLight", y=0.150, size=0.155, tracking=-0.005), "#f7f6dd")
    c.wash(line(c, "green", "serif-ExtraLightIt", y=0.262, size=0.155, tracking=-0.005), "#e2efa0")
    c.wash(
        line(c, "ELEVEN YEARS. ONE SQUARE METRE.", "sans-Semibold", y=0.935, size=0.0165, tracking=0.30), "#e7ecc2", 0.9
    )

"""Tide Tables for Europa: Jupiter over the ice, a bore-hole full of light, one person listening."""

from __future__ import annotations

import numpy as np

from demo.artwork.canvas import Canvas
from demo.artwork.lettering import line


def paint(c: Canvas) -> None:
    x0 = c.aspect * (0.66 if c.wide else 0.5)
    horizon = 0.70
    jx, jy, radius = (x0 + 0.22, 0.40, 0.40) if c.wide else (x0 + 0.09, 0.375, 0.275)
    c.vertical((0, "#02040b"), (0.5, "#070d1f"), (horizon, "#17253f"), (1, "#070c18"))
    for _ in range(520 if c.wide else 260):
        x, y, b = c.rng.random() * c.aspect, c.rng.random() * horizon, c.rng.random() ** 3
        row, across = int(y * c.height), int(x * c.height) % c.width
        c.pixels[row : row + 1 + (b > 0.6), across : across + 1 + (b > 0.6)] += 0.2 + 0.75 * b
    c.light(np.clip(c.noise(0.5, 5) * 2 - 1.05, 0, 1), "#28305f", 0.45)

    c.layer("jupiter", 0.12)
    c.light(c.halo(jx, jy, radius * 1.22, 5), "#e9a777", 0.20)
    ny, nx = (c.y - jy) / radius, (c.x - jx) / radius
    tilt = ny * 0.97 + nx * 0.22
    nz = np.sqrt(np.clip(1 - nx**2 - ny**2, 0, 1))
    churn = c.noise(0.14, 5, stretch=3.4) - 0.5
    lat = np.arcsin(np.clip(tilt, -1, 1)) + 0.055 * churn * (1 + np.sin(tilt * 21))
    stops = np.array(
        [-1.6, -1.1, -0.85, -0.66, -0.5, -0.40, -0.24, -0.13, 0.05, 0.16, 0.34, 0.44, 0.60, 0.75, 1.0, 1.6]
    )
    tones = [
        "#6b5a55",
        "#8f7766",
        "#c3a382",
        "#8a5b41",
        "#ead7b3",
        "#d7b48a",
        "#a65a36",
        "#7d3f28",
        "#f3e6c9",
        "#e8cda0",
        "#b76c40",
        "#8f4a30",
        "#ddc199",
        "#a9805f",
        "#8a7364",
        "#5d4f4d",
    ]
    swatch = np.array([[int(t[i : i + 2], 16) / 255 for i in (1, 3, 5)] for t in tones])
    face = np.stack([np.interp(lat, stops, swatch[:, i]) for i in range(3)], axis=2).astype(np.float32)
    sunlit = np.clip(nx * -0.72 + ny * -0.42 + nz * 0.62, 0, 1) ** 0.8
    c.wash(c.disc(jx, jy, radius), face * (0.02 + 0.98 * sunlit)[..., None])
    spot = np.exp(-((((nx + 0.22) / 0.17) ** 2 + ((tilt - 0.36) / 0.085) ** 2) ** 2)) * c.disc(jx, jy, radius)
    c.wash(spot.astype(np.float32), "#b5472b", 0.8)
    c.shade(c.disc(jx - radius * 0.46, jy - radius * 0.11, radius * 0.035, 0.003), 0.92)
    c.wash(c.disc(jx - radius * 1.02, jy - radius * 0.60, 0.0085), "#f3e3bd")

    c.layer("ice", 0.4)
    for k, (tone, h) in enumerate((("#243a58", 0.055), ("#16263f", 0.035))):
        ridge = c.profile(horizon + 0.012 * k, h, 0.16, 0.62, 7)
        c.wash(c.below(ridge), tone)
        lit = np.exp(-(((c.y - ridge[None, :] - 0.002) / 0.003) ** 2))
        c.light(lit.astype(np.float32), "#e7b58c", 0.35)
    ice = c.below(np.full(c.width, horizon + 0.012, np.float32))
    depth = np.clip((c.y - horizon) / (1 - horizon), 0.001, 1)
    c.wash(ice, "#1f3552")
    px, pz = (c.x - jx + 0.1) / (depth + 0.12), 1 / (depth + 0.12)
    c.light(ice * np.exp(-((px / 1.1) ** 2)) * (1 - depth) ** 1.5, "#e6b48c", 0.55)
    c.light(ice * np.clip(c.noise(0.10, 5, stretch=6) * 2 - 0.9, 0, 1), "#86b7d6", 0.22)
    cracks = np.zeros((c.height, c.width), np.float32)
    for _ in range(15):
        a, b, w = c.rng.normal(0, 0.9), c.rng.normal(0, 2.2), 0.008 + 0.02 * c.rng.random()
        curve = px - b - a * (pz - 3) - 0.13 * np.sin(pz * (1.5 + a) + b * 9)
        cracks = np.maximum(cracks, np.exp(-((curve / (w * (1 + pz * 0.5))) ** 2)))
    c.wash((cracks * ice).astype(np.float32), "#6d3b33", 0.62)
    c.shade(ice * depth, 0.55, "#050a16")

    hx, hy = (x0 - 0.12, 0.855) if c.wide else (x0 - 0.05, 0.83)
    teal = "#5ff4dc"
    c.layer("column", 0.55)
    column = (
        np.exp(-(((c.x - hx) / (0.017 + 0.05 * np.clip(hy - c.y, 0, 1))) ** 2))
        * np.clip((hy - c.y) / 0.02, 0, 1)
        * np.exp(-np.clip(hy - c.y, 0, 2) / 0.27)
    )
    c.light((column * (0.6 + 0.5 * c.noise(0.09, 4))).astype(np.float32), teal, 0.75)
    c.layer("hole", 0.55)
    c.light(c.halo(hx, hy, 0.12, 1.2, 2.6) * ice, teal, 0.72)
    c.wash(c.disc(hx, hy, 0.0125, 0, 3.6), "#0c3d44")
    c.light(c.disc(hx, hy + 0.001, 0.0105, 0.004, 3.6), "#c9fff2", 0.95)
    fx, fy = hx + 0.074, hy + 0.012
    c.shade(
        c.blurred(
            c.shape([(fx - 0.008, fy), (fx + 0.008, fy), (fx + 0.18, fy + 0.038), (fx + 0.15, fy + 0.046)]), 0.003
        ),
        0.75,
    )
    person = c.shape(
        [
            (fx - 0.011, fy),
            (fx - 0.013, fy - 0.038),
            (fx - 0.008, fy - 0.058),
            (fx + 0.010, fy - 0.058),
            (fx + 0.015, fy - 0.036),
            (fx + 0.011, fy),
            (fx + 0.003, fy),
            (fx, fy - 0.02),
            (fx - 0.003, fy),
        ],
        [(fx + 0.008, fy - 0.054), (fx + 0.020, fy - 0.052), (fx + 0.021, fy - 0.026), (fx + 0.010, fy - 0.024)],
    )
    person = np.maximum(person, c.disc(fx, fy - 0.067, 0.0125))
    c.wash(person, "#0a1220")
    c.light(person * np.clip((fx + 0.001 - c.x) / 0.012, 0, 1), teal, 0.75)
    c.light(c.disc(fx - 0.005, fy - 0.068, 0.005, 0.004), "#d8fff4", 0.9)
    c.light(c.band(horizon - 0.03, horizon + 0.05, 0.07), "#9cc4e0", 0.16)
    c.vignette(0.45, x0, 0.5)
    c.grain(0.024)


def letter(c: Canvas) -> None:
    c.wash(line(c, "TIDE TABLES", "sans-ExtraLight", y=0.088, size=0.06, width=0.52, tracking=0.24), "#f4ead8")
    c.wash(line(c, "FOR", "serif-It", y=0.1155, size=0.021, tracking=0.34), "#c9fff2")
    c.wash(line(c, "EUROPA", "sans-ExtraLight", y=0.200, size=0.09, width=0.52, tracking=0.24), "#f4ead8")
    c.wash(line(c, "Something below is keeping time.", "serif-LightIt", y=0.945, size=0.0235), "#bfeee4", 0.95)

"""Things people leave on trains, as masks: one drawing used by the shelves, the stills and the clips."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from demo.artwork.canvas import Canvas, Mask, Points


def _at(x: float, y: float, s: float, points: Points) -> list[tuple[float, float]]:
    return [(x + s * px, y - s * py) for px, py in points]


def cello(c: Canvas, x: float, y: float, s: float) -> Mask:
    """A cello case standing on (x, y), `s` tall."""
    t = np.linspace(0, 1, 60)
    half = 0.17 * np.sin(np.pi * np.clip(t / 0.52, 0, 1)) ** 0.55 * (t < 0.52) + 0.0
    half = np.where(t < 0.36, 0.20 * np.sqrt(np.clip(1 - ((t - 0.19) / 0.195) ** 2, 0, 1)), half)
    half = np.where((t >= 0.30) & (t < 0.62), 0.115 + 0.035 * np.cos((t - 0.30) / 0.32 * 2 * np.pi), half)
    half = np.where((t >= 0.60) & (t < 0.72), 0.15 * np.sqrt(np.clip(1 - ((t - 0.60) / 0.125) ** 2, 0, 1)), half)
    half = np.where(t >= 0.71, 0.047, half)
    half = np.where(t > 0.97, 0.047 * np.sqrt(np.clip(1 - ((t - 0.97) / 0.031) ** 2, 0, 1)), half)
    outline = [(-h, k) for h, k in zip(half, t, strict=True)] + [
        (h, k) for h, k in zip(half[::-1], t[::-1], strict=True)
    ]
    return c.shape(_at(x, y, s, outline))


def suitcase(c: Canvas, x: float, y: float, s: float) -> Mask:
    """A suitcase with its handle, `s` wide."""
    body = _at(
        x,
        y,
        s,
        [(-0.48, 0.0), (-0.5, 0.05), (-0.5, 0.55), (-0.47, 0.6), (0.47, 0.6), (0.5, 0.55), (0.5, 0.05), (0.48, 0)],
    )
    handle = _at(x, y, s, [(-0.13, 0.6), (-0.13, 0.70), (-0.10, 0.72), (0.10, 0.72), (0.13, 0.70), (0.13, 0.6)])
    return np.maximum(c.shape(body), c.strokes([handle], s * 0.035))


def birdcage(c: Canvas, x: float, y: float, s: float) -> Mask:
    """A domed cage, `s` tall, with its door open."""
    a = np.linspace(0, np.pi, 24)
    bars = []
    for k in np.linspace(-1, 1, 9):
        arc = [
            (0.30 * k * np.sin(t) ** 0.8 if t < np.pi / 2 else 0.30 * k, 0.60 + 0.30 * np.cos(t))
            for t in a
            if t <= np.pi / 2
        ]
        bars.append(_at(x, y, s, [*arc, (0.30 * k, 0.06)]))
    rings = [_at(x, y, s, [(-0.30, h), (0.30, h)]) for h in (0.06, 0.33, 0.60)]
    perch = [_at(x, y, s, [(-0.16, 0.24), (0.16, 0.24)])]
    top = c.disc(x, y - s * 0.955, s * 0.035)
    base = c.shape(_at(x, y, s, [(-0.34, 0.0), (-0.34, 0.06), (0.34, 0.06), (0.34, 0.0)]))
    return np.maximum(np.maximum(c.strokes(bars + rings + perch, s * 0.016), base), top)


def jar(c: Canvas, x: float, y: float, s: float) -> Mask:
    """A preserving jar, `s` tall."""
    glass = [
        (-0.26, 0.0),
        (-0.30, 0.04),
        (-0.30, 0.66),
        (-0.22, 0.77),
        (-0.22, 0.82),
        (0.22, 0.82),
        (0.22, 0.77),
        (0.30, 0.66),
        (0.30, 0.04),
        (0.26, 0),
    ]
    lid = [(-0.25, 0.84), (-0.25, 0.96), (0.25, 0.96), (0.25, 0.84)]
    return c.shape(_at(x, y, s, glass), _at(x, y, s, lid))


def telephone(c: Canvas, x: float, y: float, s: float) -> Mask:
    """A telephone with a dial, `s` wide."""
    body = [(-0.40, 0), (-0.38, 0.08), (-0.20, 0.42), (0.20, 0.42), (0.38, 0.08), (0.40, 0)]
    rest = [
        (-0.16, 0.40),
        (-0.18, 0.52),
        (-0.12, 0.52),
        (-0.10, 0.46),
        (0.10, 0.46),
        (0.12, 0.52),
        (0.18, 0.52),
        (0.16, 0.40),
    ]
    t = np.linspace(-1, 1, 20)
    receiver = [(0.46 * k, 0.62 - 0.07 * k**2 - 0.02) for k in t]
    mask = np.maximum(c.shape(_at(x, y, s, body), _at(x, y, s, rest)), c.strokes([_at(x, y, s, receiver)], s * 0.075))
    for side in (-1, 1):
        mask = np.maximum(mask, c.disc(x + s * 0.43 * side, y - s * 0.50, s * 0.085, 0, 1.15))
    return mask


def clock(c: Canvas, x: float, y: float, s: float) -> Mask:
    """An alarm clock with two bells, `s` tall."""
    mask = c.disc(x, y - s * 0.44, s * 0.36)
    for side in (-1, 1):
        mask = np.maximum(mask, c.disc(x + side * s * 0.22, y - s * 0.83, s * 0.13))
    feet = [_at(x, y, s, [(side * 0.20, 0.16), (side * 0.30, 0.0)]) for side in (-1, 1)]
    return np.maximum(mask, c.strokes([*feet, _at(x, y, s, [(0, 0.8), (0, 0.98)])], s * 0.055))


def umbrella(c: Canvas, x: float, y: float, s: float) -> Mask:
    """A rolled umbrella leaning, `s` tall."""
    cloth = _at(x, y, s, [(-0.02, 0.03), (-0.07, 0.62), (-0.02, 0.72), (0.04, 0.72), (0.07, 0.62), (0.02, 0.03)])
    a = np.linspace(0, np.pi, 12)
    crook = _at(
        x,
        y,
        s,
        [(0.01, 0.70), (0.01, 0.92), *((0.07 - 0.06 * np.cos(t), 0.92 + 0.07 * np.sin(t)) for t in a), (0.13, 0.88)],
    )
    return np.maximum(c.shape(cloth), c.strokes([crook], s * 0.028))


def teapot(c: Canvas, x: float, y: float, s: float) -> Mask:
    """A teapot, `s` wide."""
    mask = c.disc(x, y - s * 0.27, s * 0.27, 0, 1.1)
    a = np.linspace(-np.pi / 2, np.pi / 2, 14)
    handle = _at(x, y, s, [(-0.24 - 0.20 * np.cos(t), 0.28 + 0.15 * np.sin(t)) for t in a])
    spout = c.shape(_at(x, y, s, [(0.20, 0.14), (0.38, 0.30), (0.44, 0.50), (0.51, 0.50), (0.46, 0.24), (0.22, 0.06)]))
    return np.maximum(
        np.maximum(mask, c.strokes([handle], s * 0.05)), np.maximum(spout, c.disc(x, y - s * 0.57, s * 0.055))
    )


def hat(c: Canvas, x: float, y: float, s: float) -> Mask:
    """A bowler hat, `s` wide."""
    crown = c.disc(x, y - s * 0.06, s * 0.30) * (c.y < y - s * 0.05)
    whole: Mask = np.maximum(crown, c.disc(x, y - s * 0.055, s * 0.06, 0, 8.0))
    return whole


def lamp(c: Canvas, x: float, y: float, s: float) -> Mask:
    """A table lamp with a conical shade, `s` tall."""
    shade = _at(x, y, s, [(-0.30, 0.52), (-0.15, 0.95), (0.15, 0.95), (0.30, 0.52)])
    foot = _at(
        x,
        y,
        s,
        [(-0.20, 0), (-0.18, 0.05), (-0.03, 0.08), (-0.02, 0.55), (0.02, 0.55), (0.03, 0.08), (0.18, 0.05), (0.20, 0)],
    )
    return c.shape(shade, foot)


def globe(c: Canvas, x: float, y: float, s: float) -> Mask:
    """A globe on its stand, `s` tall."""
    a = np.linspace(-1.9, 1.9, 24)
    arc = [(x + s * 0.40 * np.sin(t + 0.4), y - s * 0.56 + s * 0.40 * np.cos(t + 0.4)) for t in a]
    foot = _at(
        x,
        y,
        s,
        [(-0.22, 0), (-0.20, 0.05), (-0.03, 0.08), (-0.03, 0.18), (0.03, 0.18), (0.03, 0.08), (0.20, 0.05), (0.22, 0)],
    )
    return np.maximum(np.maximum(c.disc(x, y - s * 0.56, s * 0.34), c.strokes([arc], s * 0.03)), c.shape(foot))


ALL: tuple[Callable[[Canvas, float, float, float], Mask], ...] = (
    suitcase, umbrella, birdcage, telephone, cello, clock, teapot, hat, jar, lamp, globe,
)  # fmt: skip

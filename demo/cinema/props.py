"""Owns small things that scenes do not have: a ship, a gull, a moon … each painted onto a canvas at a place, in a size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from demo.artwork import objects
from demo.artwork.canvas import Canvas, Mask, Points
from demo.artwork.lettering import line

Paint = Callable[[Canvas, float, float, float, str], None]


def _at(x: float, y: float, s: float, points: Points) -> list[tuple[float, float]]:
    return [(x + s * px, y - s * py) for px, py in points]


def _whole(c: Canvas, x: float, y: float, s: float, *shapes: Points) -> Mask:
    return c.shape(*(_at(x, y, s, points) for points in shapes))


def ship(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """A steamer with lit portholes, `s` long."""
    hull = [(-0.5, 0.12), (-0.42, 0), (0.42, 0), (0.52, 0.15), (0.3, 0.11)]
    house = [(-0.25, 0.1), (-0.25, 0.2), (0.12, 0.2), (0.16, 0.1)]
    bridge = [(-0.02, 0.2), (-0.02, 0.27), (0.1, 0.27), (0.12, 0.2)]
    funnel = [(-0.17, 0.2), (-0.19, 0.38), (-0.08, 0.38), (-0.07, 0.2)]
    c.wash(_whole(c, x, y, s, hull, house, bridge, funnel), colour)
    c.wash(
        c.strokes([_at(x, y, s, [(0.27, 0.1), (0.27, 0.42)]), _at(x, y, s, [(-0.36, 0.1), (-0.36, 0.36)])], s * 0.012),
        colour,
    )
    for k in range(7):
        c.light(c.disc(x + s * (-0.3 + 0.09 * k), y - s * 0.075, s * 0.013), "#ffd98a", 0.9)
    c.light(c.halo(x + s * 0.27, y - s * 0.42, s * 0.06), "#fff1c4", 0.95)


def lamp(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """Light around a point, to be pulsed."""
    c.light(c.halo(x, y, s, 1.1), colour, 0.9)


def shaft(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """A slanting shaft of light from a window above."""
    beam = c.shape([(x - 0.1 * s, y), (x + 0.1 * s, y), (x + 0.75 * s, y + s), (x + 0.2 * s, y + s)])
    c.light(c.blurred(beam, 0.03 * s), colour, 0.5)


def gull(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """A gull far away."""
    wing = [(-0.5, 0.18), (-0.22, 0.26), (0, 0.02), (0.22, 0.26), (0.5, 0.18)]
    c.wash(c.strokes([_at(x, y, s, wing)], s * 0.09), colour)


def gulls(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """Five of them."""
    for dx, dy, k in ((0, 0, 0.3), (0.5, 0.2, 0.22), (-0.4, 0.3, 0.2), (0.9, -0.1, 0.16), (-0.8, -0.1, 0.17)):
        gull(c, x + dx * s, y + dy * s, s * k, colour)


def moon(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """A moon with its light."""
    c.light(c.halo(x, y, s * 2.2, 1.0), colour, 0.4)
    c.wash(c.disc(x, y, s), colour)
    for dx, dy, k in ((-0.3, -0.2, 0.22), (0.25, 0.3, 0.3), (0.35, -0.35, 0.14)):
        c.shade(c.disc(x + dx * s, y + dy * s, k * s, 0.1 * s), 0.12)


def page(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """A page of a log book, `s` tall: three nights of eight strokes, and one more."""
    sheet = [(-0.46, 0), (-0.45, 1), (0.46, 0.98), (0.47, -0.02)]
    c.shade(c.blurred(_whole(c, x + 0.02 * s, y + 0.03 * s, s, sheet), 0.03 * s), 0.7)
    paper = _whole(c, x, y, s, sheet)
    c.wash(paper, "#e9dcc0")
    c.shade(paper * np.clip(c.noise(0.12, 4) * 2 - 0.9, 0, 1), 0.16, "#7a5a30")
    rules = [_at(x, y, s, [(-0.38, 0.1 + k * 0.1), (0.4, 0.095 + k * 0.1)]) for k in range(9)]
    c.wash(c.strokes(rules, s * 0.003), "#8a9aa0", 0.7)
    for row, night in enumerate(("first night", "second night", "third night")):
        foot = 0.72 - 0.24 * row
        name = line(c, night, "hand-Bold", x=x - 0.36 * s, align="left", y=y - (foot + 0.12) * s, size=0.075 * s)
        c.wash(name, "#20303a")
        ticks = [_at(x, y, s, [(-0.34 + k * 0.062, foot + 0.1), (-0.33 + k * 0.062, foot)]) for k in range(8)]
        c.wash(c.strokes(ticks, s * 0.009), "#20303a")
    c.wash(c.strokes([_at(x, y, s, [(0.2, 0.36), (0.225, 0.22)])], s * 0.015), colour)


def letter(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """An envelope with a seal, `s` wide."""
    body = [(-0.5, 0), (-0.5, 0.62), (0.5, 0.62), (0.5, 0)]
    c.shade(c.blurred(_whole(c, x + 0.02 * s, y + 0.03 * s, s, body), 0.03 * s), 0.6)
    c.wash(_whole(c, x, y, s, body), "#f4ead2")
    c.wash(c.strokes([_at(x, y, s, [(-0.5, 0.62), (0, 0.25), (0.5, 0.62)])], s * 0.008), "#b9a37c")
    c.wash(c.disc(x, y - 0.25 * s, 0.06 * s), colour)


def walker(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """Someone standing in a coat, `s` tall."""
    coat = [(-0.14, 0.0), (-0.2, 0.42), (-0.16, 0.76), (0.16, 0.76), (0.2, 0.42), (0.14, 0.0)]
    c.wash(np.maximum(_whole(c, x, y, s, coat), c.disc(x, y - 0.88 * s, 0.1 * s)), colour)


def bird(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """A small bird with its wings up, `s` wide."""
    shape = [
        (-0.5, 0.3),
        (-0.1, 0.02),
        (0.05, 0.1),
        (0.5, 0.34),
        (0.16, -0.06),
        (0.34, -0.14),
        (0.06, -0.16),
        (-0.12, -0.1),
    ]
    c.wash(_whole(c, x, y, s, shape), colour)


def bubble(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """A ring of light lying on the ice."""
    c.light(np.clip(1 - np.abs(c.distance(x, y, 2.6) - s) / (s * 0.09), 0, 1), colour, 0.8)


def plate(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """A plate seen from the side with something on it, `s` wide."""
    c.shade(c.blurred(c.disc(x, y + 0.05 * s, 0.05 * s, 0, 9), 0.03 * s), 0.6)
    c.wash(c.disc(x, y, 0.055 * s, 0, 9), "#f6ead2")
    c.wash(c.disc(x, y - 0.02 * s, 0.04 * s, 0, 8), "#d8c3a0")
    c.wash(c.disc(x, y - 0.05 * s, 0.13 * s, 0, 1.3) * (c.y < y - 0.03 * s), colour)


def key(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """A key, `s` long."""
    ring = np.clip(1.5 - np.abs(c.distance(x - 0.34 * s, y) - 0.12 * s) / (0.03 * s), 0, 1)
    stem = c.strokes([[(x - 0.22 * s, y), (x + 0.46 * s, y)]], 0.05 * s)
    teeth = [[(at, 0), (at, -long), (at + 0.07, -long), (at + 0.07, 0)] for at, long in ((0.27, 0.15), (0.39, 0.12))]
    teeth_mask = _whole(c, x, y, s, *teeth)
    c.wash(np.maximum(np.maximum(ring, stem), teeth_mask).astype(np.float32), colour)


def ball(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """A football, `s` across."""
    c.wash(c.disc(x, y, s / 2), "#f4f7f8")
    for a in np.arange(5) * 2 * np.pi / 5 + 0.3:
        c.wash(c.disc(x + s * 0.32 * np.cos(a), y + s * 0.32 * np.sin(a), s * 0.1), "#1a2745", 0.9)
    c.wash(c.disc(x, y, s * 0.1), "#1a2745", 0.9)


def train(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """A lit underground train passing, `s` long."""
    c.wash(_whole(c, x, y, s, [(-0.5, 0), (-0.5, 0.16), (-0.47, 0.2), (0.47, 0.2), (0.5, 0.16), (0.5, 0)]), colour)
    lefts = [-0.46 + k * 0.095 for k in range(10)]
    panes = [[(at, 0.09), (at, 0.16), (at + 0.07, 0.16), (at + 0.07, 0.09)] for at in lefts]
    lit = _whole(c, x, y, s, *panes)
    c.wash(lit, "#ffe2a0")
    c.light(c.blurred(lit, 0.02 * s), "#ffb760", 0.5)


def sea(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """The sea from a horizon at `y` down to a shore `s` below."""
    shore = (y + s + 0.006 * np.sin(c.x[0] * 9) + 0.004 * np.sin(c.x[0] * 23 + 1)).astype(np.float32)
    water = np.clip((c.y - y) * c.density, 0, 1) * (1 - c.below(shore, 0.004))
    c.wash(water, colour)
    c.light(water * np.clip(c.noise(0.03, 4, stretch=14) * 2.6 - 1.3, 0, 1), "#dff2ff", 0.5)
    foam = np.exp(-(((c.y - shore[None, :]) / 0.004) ** 2))
    c.light(foam.astype(np.float32), "#ffffff", 0.8)


def glints(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    """The sun's path on the water, `s` tall, under `x`."""
    path = np.exp(-(((c.x - x) / 0.2) ** 2)) * (c.y > y) * (c.y < y + s)
    c.light(path * np.clip(c.noise(0.02, 3, stretch=12) * 3.4 - 1.7, 0, 1), colour, 0.9)


def _object(make: Callable[[Canvas, float, float, float], Mask]) -> Paint:
    def paint(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
        mask = make(c, x, y, s)
        c.wash(mask, colour)
        c.light(np.clip(mask - np.roll(mask, 3, 1), 0, 1), "#ffe6b8", 0.5)

    return paint


ALL: dict[str, Paint] = {
    paint.__name__: paint
    for paint in (
        ship, lamp, shaft, gull, gulls, moon, page, letter, walker, bird, bubble, plate, key, ball, train,
        sea, glints,
    )
} | {f"a {make.__name__}": _object(make) for make in objects.ALL}  # fmt: skip

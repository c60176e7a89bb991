"""Owns where the camera is and how a layer at some depth appears to it, and the small motions of layers themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demo.cinema.script import Camera, Shot

# How much more a near layer moves than one half way, and a far one less.
PARALLAX = 0.8
Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """From window to picture: `scale` picture pixels a window pixel, and the window's point in the picture's middle."""

    scale: float
    x: float
    y: float


def ease(u: float) -> float:
    """Starts and stops gently without ever standing still."""
    return 0.45 * u + 0.55 * u * u * (3 - 2 * u)


def camera(shot: Shot, u: float) -> Camera:
    """Where the camera is at share `u` of the shot: the middle of what it sees and how near."""
    share = ease(min(max(u, 0.0), 1.3))
    x, y, zoom = (a + (b - a) * share for a, b in zip(shot.start, shot.end, strict=True))
    if shot.shake:
        t = u * shot.seconds
        x += shot.shake * 0.004 * (math.sin(9.1 * t) + 0.6 * math.sin(17.3 * t))
        y += shot.shake * 0.006 * (math.sin(11.7 * t + 1) + 0.5 * math.sin(23.9 * t))
    return x, y, zoom


def view(shot: Shot, u: float, depth: float, window: tuple[int, int], picture: tuple[int, int]) -> View:
    """How a layer at `depth` lies in the picture; half way through the shot every layer is where it was painted."""
    (x, y, zoom), (mx, my, mzoom) = camera(shot, u), camera(shot, 0.5)
    pace = 1 + (depth - 0.5) * PARALLAX
    zoom = max(1.0, mzoom * (zoom / mzoom) ** pace)
    wide, tall = 0.5 / zoom, 0.5 / zoom * picture[1] * window[0] / (picture[0] * window[1])
    x = min(max(mx + (x - mx) * pace, wide), 1 - wide)
    y = min(max(my + (y - my) * pace, tall), 1 - tall)
    return View(zoom * picture[0] / window[0], x * window[0], y * window[1])


@dataclass(frozen=True)
class Pose:
    """A layer's own motion at a moment: shift in window heights, turn in degrees, width, and how strongly it shows."""

    x: float = 0.0
    y: float = 0.0
    turn: float = 0.0
    wide: float = 1.0
    gain: float = 1.0
    grow: float = 1.0


def pose(motion: str, t: float) -> Pose:
    """What `"bob 0.01 3; slide 0.02 0"` means at second `t`: motions by name with their numbers, added up."""
    x = y = turn = 0.0
    wide = gain = grow = 1.0
    for part in filter(None, (each.strip() for each in motion.split(";"))):
        name, *words = part.split()
        n = [float(word) for word in words]
        match name:
            case "slide":
                x, y = x + n[0] * t, y + n[1] * t
            case "bob":
                y += n[0] * math.sin(2 * math.pi * t / n[1])
            case "drift":
                x += n[0] * math.sin(2 * math.pi * t / n[1])
            case "sway":
                turn += n[0] * math.sin(2 * math.pi * t / n[1])
            case "spin":
                turn += n[0] * t
            case "sweep":
                # A lamp that turns: its beam is foreshortened twice in a turn and brightest towards us.
                angle = 2 * math.pi * t / n[0]
                wide *= math.copysign(max(0.06, abs(math.cos(angle))), math.cos(angle))
                gain *= 0.45 + 0.55 * abs(math.cos(angle)) + 0.5 * max(0.0, -math.sin(angle)) ** 12
            case "pulse":
                gain *= n[1] + (1 - n[1]) * (0.5 + 0.5 * math.sin(2 * math.pi * t / n[0]))
            case "flicker":
                noise = math.sin(13 * t) * math.sin(3.1 * t) + 0.5 * math.sin(29 * t + 1)
                gain *= 1 - n[0] * (0.5 + 0.33 * noise)
            case "rise":
                gain *= min(1.0, max(0.0, (t - n[0]) / n[1]))
            case "gone":
                gain *= 1 - min(1.0, max(0.0, (t - n[0]) / n[1]))
            case "blink":
                gain *= 1.0 if (t % n[0]) < n[1] else 0.0
            case "grow":
                grow *= 1 + n[0] * t
            case "hop":
                y -= n[0] * abs(math.sin(math.pi * t / n[1]))
            case "throw":
                # By (n[0], n[1]) from second n[2] on, within n[3] seconds, over an arc n[4] high.
                share = min(1.0, max(0.0, (t - n[2]) / n[3]))
                x, y = x + n[0] * share, y + n[1] * share - 4 * n[4] * share * (1 - share)
            case _:
                raise ValueError(f"there is no motion called {name}")
    return Pose(x, y, turn, wide, max(0.0, gain), grow)

"""Owns one picture of one shot: layers under the camera, then light, weather and lettering."""

from __future__ import annotations

import math
import zlib
from dataclasses import replace
from functools import cache, cached_property, lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from demo.artwork.canvas import rgb
from demo.cinema import layers
from demo.cinema.camera import Pose, View, pose, view
from demo.cinema.layers import Pane
from demo.cinema.script import Shot, Timed
from demo.cinema.weather import Sheets, sheets

WIDTH, HEIGHT = 1280, 720
Picture = NDArray[Any]
_LENS = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


class Stage:
    """A shot made ready to be filmed; painting happens with the first picture."""

    def __init__(self, timed: Timed, letters: tuple[Pane, ...] = ()) -> None:
        self.shot: Shot = timed.shot
        self._scene = timed.scene
        self._letters = letters

    @cached_property
    def _panes(self) -> list[Pane]:
        shot = self.shot
        found = [pane for pane in layers.scene_layers(self._scene, shot.window) if pane.name not in shot.without]
        found = [_moved(pane, shot.motion.get(pane.name, "")) for pane in found]
        for prop in shot.props:
            at = next((n for n, pane in enumerate(found) if prop.behind and pane.name == prop.behind), len(found))
            found.insert(at, layers.prop_layer(prop, shot.window))
        return layers.merged(found)

    @cached_property
    def _weather(self) -> Sheets | None:
        kind = self.shot.weather
        return sheets(kind, WIDTH, HEIGHT, zlib.crc32(f"{kind}{self._scene}".encode())) if kind else None

    def picture(self, seconds: float) -> Picture:
        """The picture `seconds` into the shot, as blue, green, red and a fourth channel that means nothing."""
        shot = self.shot
        u = seconds / shot.seconds
        frame = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
        for pane in self._panes:
            _film(frame, pane, view(shot, u, pane.depth, (layers.WIDTH, layers.HEIGHT), (WIDTH, HEIGHT)), seconds)
        if shot.ripple is not None:
            _ripple(frame, shot.ripple, seconds)
        if self._weather:
            self._weather.fall(frame, seconds)
        _expose(frame, shot, u, seconds)
        still = View(1.0, WIDTH / 2, HEIGHT / 2)
        for pane in self._letters:
            _film(frame, pane, still, seconds)
        return frame


def _moved(pane: Pane, motion: str) -> Pane:
    if not motion or not pane.pixels.size:
        return pane
    return replace(layers.feathered(pane) if "sweep" in motion else pane, motion=motion)


def _film(frame: Picture, pane: Pane, seen: View, seconds: float) -> None:
    """Lays a layer onto the picture as the camera sees it, touching only the part of the picture that it covers."""
    moves = pose(pane.motion, seconds) if pane.motion else None
    if moves and moves.gain < 0.004:
        return
    rows, columns = pane.pixels.shape[:2]
    forth = np.array(
        [
            [seen.scale, 0, (pane.left - seen.x) * seen.scale + WIDTH / 2],
            [0, seen.scale, (pane.top - seen.y) * seen.scale + HEIGHT / 2],
            [0, 0, 1],
        ]
    )
    if moves:
        forth = forth @ _own(moves, pane, columns, rows)
    corners = forth @ np.array([[0, columns, columns, 0], [0, 0, rows, rows], [1, 1, 1, 1]], float)
    left, top = (max(0, math.floor(float(edge.min()))) for edge in corners[:2])
    right, bottom = (
        min(most, math.ceil(float(edge.max()))) for edge, most in zip(corners, (WIDTH, HEIGHT), strict=False)
    )
    if right <= left or bottom <= top:
        return
    back = np.linalg.inv(forth)
    back[:2, 2] += back[:2, 0] * left + back[:2, 1] * top
    whole = rows >= layers.HEIGHT - 4 and columns >= layers.WIDTH - 4 and not moves
    edge = cv2.BORDER_REPLICATE if whole else cv2.BORDER_CONSTANT
    size = (right - left, bottom - top)
    part = cv2.warpAffine(pane.pixels, back[:2], size, flags=_LENS, borderMode=edge, borderValue=(0, 0, 0, 255))
    if moves and moves.gain != 1:
        part = _dimmed(part, moves.gain)
    if whole and pane.name == "ground":
        frame[top:bottom, left:right] = part
    else:
        layers.lay(frame[top:bottom, left:right], part)


def _own(moves: Pose, pane: Pane, columns: int, rows: int) -> NDArray[np.float64]:
    """A layer's own motion about its middle, or about the point that its motion names."""
    px, py = _pivot(pane, columns, rows)
    angle = math.radians(moves.turn)
    cos, sin = math.cos(angle) * moves.grow, math.sin(angle) * moves.grow
    turn = np.array([[cos * moves.wide, -sin, 0], [sin * moves.wide, cos, 0], [0, 0, 1]])
    there = np.array([[1, 0, px + moves.x * layers.HEIGHT], [0, 1, py + moves.y * layers.HEIGHT], [0, 0, 1]])
    home = np.array([[1, 0, -px], [0, 1, -py], [0, 0, 1]])
    found: NDArray[np.float64] = there @ turn @ home
    return found


def _pivot(pane: Pane, columns: int, rows: int) -> tuple[float, float]:
    for part in pane.motion.split(";"):
        words = part.split()
        if words and words[0] == "sweep":
            return float(words[2]) * layers.WIDTH - pane.left, float(words[3]) * layers.HEIGHT - pane.top
        if words and words[0] == "sway":
            return columns / 2, float(rows)
    return columns / 2, rows / 2


def _dimmed(pixels: Picture, gain: float) -> Picture:
    """A layer that shows `gain` times as strongly: above one only its light grows."""
    if gain <= 1:
        return cv2.add(cv2.convertScaleAbs(pixels, alpha=gain), (0, 0, 0, 255 * (1 - gain)))
    through = pixels[..., 3].copy()
    brighter = cv2.convertScaleAbs(pixels, alpha=gain)
    brighter[..., 3] = through
    return brighter


def _ripple(frame: Picture, share: float, seconds: float) -> None:
    """Moves water: everything below `share` of the picture's height is shifted row by row, more towards the bottom."""
    top = int(share * HEIGHT)
    rows = np.arange(HEIGHT - top, dtype=np.float32)
    reach = 1.5 + 5 * rows / max(1.0, float(len(rows)))
    wave = np.sin(rows / (4 + rows * 0.03) + seconds * 3.1) * reach
    wave = wave + np.sin(rows / 23 - seconds * 1.7) * 2
    across = np.arange(WIDTH, dtype=np.float32)[None, :] + wave[:, None].astype(np.float32)
    down = np.broadcast_to(rows[:, None], across.shape).astype(np.float32)
    frame[top:] = cv2.remap(frame[top:], across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _expose(frame: Picture, shot: Shot, u: float, seconds: float) -> None:
    """The lens's vignette, the light's colour as it changes, and lightning."""
    first, last = rgb(shot.tint[0]), rgb(shot.tint[1])
    colour = (first + (last - first) * min(max(u, 0.0), 1.0))[::-1]
    flash = sum(0.75 * math.exp(-(seconds - at) * 5) for at in shot.flashes if seconds >= at)
    cv2.multiply(frame, _lens(*(round(float(part) * 128) for part in colour)), dst=frame, scale=1 / 255)
    if flash > 0.02:
        cv2.convertScaleAbs(frame, dst=frame, alpha=1 + flash, beta=34 * flash)


@lru_cache(maxsize=4)
def _lens(blue: int, green: int, red: int) -> Picture:
    """What the lens lets through: less towards the corners, in the light's colour (in 128ths)."""
    return cv2.multiply(_glass(), (blue / 128, green / 128, red / 128, 1))


@cache
def _glass() -> Picture:
    x, y = np.linspace(-1, 1, WIDTH), np.linspace(-1, 1, HEIGHT)
    far = np.sqrt((x[None, :] * 0.85) ** 2 + (y[:, None] * 0.8) ** 2)
    grey = (255 * (1 - 0.38 * np.clip(far - 0.25, 0, 1) ** 1.8)).astype(np.uint8)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGRA)

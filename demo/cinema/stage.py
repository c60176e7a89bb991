"""Owns one picture of one shot: layers under the camera, then weather, light and lettering."""

from __future__ import annotations

import math
import zlib
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from demo.artwork.canvas import rgb
from demo.cinema import layers
from demo.cinema.camera import Pose, View, pose, view
from demo.cinema.layers import Light, Pane
from demo.cinema.script import Shot, Timed
from demo.cinema.weather import Sheets, sheets

# As wide as films for the cinema are, in whole blocks of 16: an encoder would fill up others and pay for what nobody sees.
WIDTH, HEIGHT = 1152, 480
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
        found = layers.merged(self._layers())
        return [layers.tinted(pane, self._light) for pane in found] if self._light else found

    def _layers(self) -> list[Pane]:
        shot = self.shot
        found = [pane for pane in layers.scene_layers(self._scene, shot.window) if pane.name not in shot.without]
        found = [_moved(pane, shot.motion.get(pane.name, "")) for pane in found]
        for prop in shot.props:
            at = next((n for n, pane in enumerate(found) if prop.behind and pane.name == prop.behind), len(found))
            found.insert(at, layers.prop_layer(prop, shot.window))
        return found

    @cached_property
    def _light(self) -> Light | None:
        """The colour of the light, where it is another than white and stays as it is."""
        first, last = self.shot.tint
        return _colour(first) if first == last and first.lower() != "#ffffff" else None

    @cached_property
    def _solid(self) -> list[int | None]:
        """The row of each layer below which it hides what is behind it, where there is one."""
        return [layers.solid_from(pane) if _whole(pane) and not pane.motion else None for pane in self._panes]

    @cached_property
    def _frame(self) -> Picture:
        """Where pictures are filmed, one after the other: a new one each time is memory that the kernel has to clear."""
        return np.zeros((HEIGHT, WIDTH, 4), np.uint8)

    @cached_property
    def _weather(self) -> Sheets | None:
        kind = self.shot.weather
        seed = zlib.crc32(f"{kind}{self._scene}".encode())
        return sheets(kind, WIDTH, HEIGHT, seed, self._light or (1, 1, 1)) if kind else None

    def picture(self, seconds: float) -> Picture:
        """The picture `seconds` into the shot: blue, green, red and a channel that means nothing. Good until the next."""
        shot = self.shot
        u = seconds / shot.seconds
        frame = self._frame
        frame.fill(0)
        seen = [view(shot, u, pane.depth, (layers.WIDTH, layers.HEIGHT), (WIDTH, HEIGHT)) for pane in self._panes]
        solid = [_row(pane, each, row) for pane, each, row in zip(self._panes, seen, self._solid, strict=True)]
        for number, pane in enumerate(self._panes):
            # What a nearer layer hides is not filmed.
            frame = _filmed(frame, pane, seen[number], seconds, min(solid[number + 1 :], default=HEIGHT), solid[number])
        if shot.ripple is not None:
            _ripple(frame, shot.ripple, seconds)
        if self._weather:
            self._weather.fall(frame, seconds)
        _expose(frame, shot, u, seconds)
        still = View(1.0, WIDTH / 2, HEIGHT / 2)
        for pane in self._letters:
            frame = _filmed(frame, pane, still, seconds, HEIGHT, HEIGHT)
        return frame


def _moved(pane: Pane, motion: str) -> Pane:
    if not motion or not pane.pixels.size:
        return pane
    return replace(layers.feathered(pane) if "sweep" in motion else pane, motion=motion)


def _whole(pane: Pane) -> bool:
    """Whether a layer covers all that the camera may see from side to side."""
    return bool(pane.pixels.shape[1] >= layers.WIDTH - 4)


def _row(pane: Pane, seen: View, row: int | None) -> int:
    """The first row of the picture in which only what lies at or below this row of a layer is seen; the last for none."""
    if row is None or pane.top + len(pane.pixels) < layers.HEIGHT - 4:
        return HEIGHT
    return min(max(0, math.ceil((row + 1 + pane.top - seen.y) * seen.scale + HEIGHT / 2)), HEIGHT)


def _filmed(frame: Picture, pane: Pane, seen: View, seconds: float, hidden: int, solid: int) -> Picture:
    """The picture with a layer laid onto it as the camera sees it, above the row from which on it is `hidden`.

    From the row `solid` on it lets nothing through. Only the part of the picture that it covers is touched.
    """
    moves = pose(pane.motion, seconds) if pane.motion else None
    if moves and moves.gain < 0.004:
        return frame
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
        min(most, math.ceil(float(edge.max()))) for edge, most in zip(corners, (WIDTH, hidden), strict=False)
    )
    if right <= left or bottom <= top:
        return frame
    back = np.linalg.inv(forth)
    back[:2, 2] += back[:2, 0] * left + back[:2, 1] * top
    whole = rows >= layers.HEIGHT - 4 and _whole(pane) and not moves
    edge = cv2.BORDER_REPLICATE if whole else cv2.BORDER_CONSTANT
    size = (right - left, bottom - top)
    part = cv2.warpAffine(pane.pixels, back[:2], size, flags=_LENS, borderMode=edge, borderValue=(0, 0, 0, 255))
    if moves and moves.gain != 1:
        part = _dimmed(part, moves.gain)
    if whole and pane.name == "ground" and part.shape == frame.shape:
        return part
    clear = top if whole and pane.name == "ground" else min(max(solid, top), bottom)
    frame[clear:bottom, left:right] = part[clear - top :]
    if clear > top:
        layers.lay(frame[top:clear, left:right], part[: clear - top])
    return frame


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
    """The light's colour where it changes, and lightning."""
    if shot.tint[0] != shot.tint[1]:
        share = min(max(u, 0.0), 1.0)
        mixed = np.array([_colour(tint) for tint in shot.tint]).T @ (1 - share, share)
        cv2.multiply(frame, _filter(*(round(float(part) * 128) for part in mixed)), dst=frame, scale=1 / 128)
    flash = sum(0.75 * math.exp(-(seconds - at) * 5) for at in shot.flashes if seconds >= at)
    if flash > 0.02:
        cv2.convertScaleAbs(frame, dst=frame, alpha=1 + flash, beta=34 * flash)


def _colour(code: str) -> Light:
    red, green, blue = (float(part) for part in rgb(code))
    return blue, green, red


@lru_cache(maxsize=4)
def _filter(blue: int, green: int, red: int) -> Picture:
    """A light of this colour, in 128ths, over the whole picture."""
    return np.full((HEIGHT, WIDTH, 4), (blue, green, red, 128), np.uint8)

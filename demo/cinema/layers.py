"""Owns painted layers: a scene taken apart into what each part adds to a picture and what it lets through.

All paint of the artwork is affine in what lies under it, so a layer is told by what it adds and what it lets through.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from demo.artwork.canvas import Box, Canvas, Colour, Mask
from demo.cinema import props
from demo.cinema.script import Camera, Prop

WIDTH, HEIGHT = 1296, 729
# Pixels of nothing around a layer, so that its edge stays soft wherever the camera moves it.
RIM = 2
Pixels = NDArray[Any]
Light = tuple[float, float, float]


@dataclass(frozen=True)
class Pane:
    """One layer: blue, green, red as added light and, fourth, how much it lets through. It lies at `left`, `top`."""

    name: str
    depth: float
    pixels: Pixels
    left: int = 0
    top: int = 0
    motion: str = ""


class Glass(Canvas):
    """A canvas over nothing that keeps its layers apart: `pixels` is what one adds, `through` what it lets through."""

    def __init__(self, width: int, height: int, seed: int, window: Camera) -> None:
        super().__init__(width, height, seed, window)
        self.parts: list[Pane] = []
        self._now = ("ground", 0.0)
        self._fresh()

    def _fresh(self) -> None:
        self.pixels = np.zeros((self.height, self.width, 3), np.float32)
        self.through = np.ones((self.height, self.width), np.float32)
        self._rows, self._columns = (self.height, 0), (self.width, 0)

    def layer(self, name: str, depth: float = 0.0) -> None:
        """Puts aside what has been painted and begins the next layer."""
        top, left = max(0, self._rows[0] - RIM), max(0, self._columns[0] - RIM)
        box = slice(top, self._rows[1] + RIM), slice(left, self._columns[1] + RIM)
        self.parts.append(_pane(*self._now, self.pixels[box], self.through[box], left, top))
        self._now = (name, depth)
        self._fresh()

    def vertical(self, *stops: tuple[float, Colour]) -> None:
        super().vertical(*stops)
        self._cover((slice(0, self.height), slice(0, self.width)), np.ones(1, np.float32))

    def _cover(self, box: Box, share: Mask) -> None:
        self.through[box] *= 1 - np.clip(share, 0, 1)
        rows, columns = box
        self._rows = (min(self._rows[0], rows.start), max(self._rows[1], min(rows.stop, self.height)))
        self._columns = (min(self._columns[0], columns.start), max(self._columns[1], min(columns.stop, self.width)))

    def vignette(self, strength: float = 0.45, x: float | None = None, y: float = 0.5) -> None:
        """Belongs to the lens, not to the scene."""

    def grain(self, amount: float = 0.028) -> None:
        """Belongs to the film, not to the scene."""


def paint(canvas: Canvas, scene: str) -> None:
    """Paints `ninth_flash`, or `lost_property:cello` for an episode's still."""
    name, _, subject = scene.partition(":")
    if subject:
        import_module(f"demo.artwork.scenes.{name}_stills").still(canvas, subject)
    else:
        import_module(f"demo.artwork.scenes.{name}").paint(canvas)


@lru_cache(maxsize=6)
def scene_layers(scene: str, window: Camera, width: int = WIDTH, height: int = HEIGHT) -> tuple[Pane, ...]:
    """Every layer of a scene seen through a window, far ones first."""
    glass = Glass(width, height, zlib.crc32(scene.encode()), window)
    paint(glass, scene)
    glass.layer("end")
    return tuple(pane for pane in glass.parts if pane.name != "weather")


def prop_layer(prop: Prop, window: Camera, width: int = WIDTH, height: int = HEIGHT) -> Pane:
    """A prop as a layer of its own."""
    glass = Glass(width, height, zlib.crc32(prop.what.encode()), window)
    props.ALL[prop.what](glass, *prop.at, prop.size, prop.colour)
    glass.layer("end")
    return replace(glass.parts[0], name=prop.what, depth=prop.depth, motion=prop.motion)


def _pane(name: str, depth: float, light: Mask, through: Mask, left: int, top: int) -> Pane:
    """Eight bits a channel, dithered so that gradients do not band, and only where there is something."""
    if not light.size:
        return Pane(name, depth, np.zeros((0, 0, 4), np.uint8))
    red, green, blue = cv2.split(light)
    sheet = cv2.merge([blue, green, red, np.where(through > 0.992, 1, through).astype(np.float32)])
    pixels = cv2.addWeighted(sheet, 255, _dither(*through.shape), 1, 0, dtype=cv2.CV_8U)
    planes = cv2.split(pixels)
    used = cv2.max(cv2.max(planes[0], planes[1]), cv2.max(planes[2], cv2.bitwise_not(planes[3]))) > 1
    rows, columns = np.flatnonzero(used.any(axis=1)), np.flatnonzero(used.any(axis=0))
    if not len(rows):
        return Pane(name, depth, np.zeros((0, 0, 4), np.uint8))
    pixels[~used] = (0, 0, 0, 255)
    down, right = max(0, int(rows[0]) - RIM), max(0, int(columns[0]) - RIM)
    part = pixels[down : rows[-1] + 1 + RIM, right : columns[-1] + 1 + RIM]
    return Pane(name, depth, np.ascontiguousarray(part), left + right, top + down)


@lru_cache(maxsize=2)
def _dither(rows: int, columns: int) -> Mask:
    """Noise of one step of eight bits about nothing, the same in every channel."""
    noise = np.random.default_rng(1).random((rows, columns), np.float32) - 0.5
    return cv2.merge([noise] * 4)


def feathered(pane: Pane, share: float = 0.3) -> Pane:
    """A layer whose left and right ends fade out, so that it may be squeezed without showing an edge."""
    columns = pane.pixels.shape[1]
    ramp = np.clip(np.minimum(np.arange(columns), np.arange(columns)[::-1]) / (columns * share), 0, 1)[None, :, None]
    ramp = ramp * ramp * (3 - 2 * ramp)
    pixels = pane.pixels * ramp
    pixels[..., 3] += 255 * (1 - ramp[..., 0])
    return replace(pane, pixels=pixels.astype(np.uint8))


def merged(panes: Sequence[Pane], near: float = 0.21) -> list[Pane]:
    """The same picture from fewer layers: neighbours that move together become one."""
    found: list[Pane] = []
    for pane in panes:
        if not pane.pixels.size:
            continue
        last = found[-1] if found else None
        if last is None or last.motion or pane.motion or abs(last.depth - pane.depth) > near:
            found.append(pane)
        else:
            found[-1] = _over(last, pane)
    return found


def _over(low: Pane, high: Pane) -> Pane:
    left, top = min(low.left, high.left), min(low.top, high.top)
    right = max(low.left + low.pixels.shape[1], high.left + high.pixels.shape[1])
    bottom = max(low.top + low.pixels.shape[0], high.top + high.pixels.shape[0])
    sheet = np.zeros((bottom - top, right - left, 4), np.uint8)
    sheet[..., 3] = 255
    for pane in (low, high):
        rows, columns = pane.pixels.shape[:2]
        part = sheet[pane.top - top : pane.top - top + rows, pane.left - left : pane.left - left + columns]
        through = cv2.multiply(part[..., 3], pane.pixels[..., 3], scale=1 / 255)
        lay(part, pane.pixels)
        part[..., 3] = through
    sheet[..., 3][sheet[..., 3] < 3] = 0
    return Pane(low.name, (low.depth + high.depth) / 2, sheet, left, top)


def lay(picture: Pixels, pixels: Pixels) -> None:
    """Puts a layer onto a picture of the same size, in place."""
    through = cv2.cvtColor(cv2.extractChannel(pixels, 3), cv2.COLOR_GRAY2BGRA)
    cv2.multiply(picture, through, dst=picture, scale=1 / 255)
    cv2.add(picture, pixels, dst=picture)


def solid_from(pane: Pane) -> int:
    """The row of a layer below which nothing behind it is seen, over its whole width; its height where there is none."""
    clear = np.flatnonzero(pane.pixels[..., 3].any(axis=1))
    return int(clear[-1]) + 1 if len(clear) else 0


def tinted(pane: Pane, colour: Light) -> Pane:
    """A layer in a light of this colour, blue, green and red."""
    return replace(pane, pixels=cv2.multiply(pane.pixels, (*colour, 1)))

"""Owns one picture of one shot, made strip by strip: layers under the camera, then light, weather and lettering."""

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
from demo.cinema.camera import View, view
from demo.cinema.layers import Pane
from demo.cinema.placing import HEIGHT, WIDTH, Placed, Sheet, placed
from demo.cinema.script import Shot, Timed
from demo.cinema.weather import Sheets, sheets

Picture = NDArray[Any]
# Rows that are worked on at a time: few enough for a processor's own cache.
STRIP = 40


class Stage:
    """A shot made ready to be filmed; painting happens with the first picture."""

    def __init__(self, timed: Timed, letters: tuple[Pane, ...] = ()) -> None:
        self.shot: Shot = timed.shot
        self._scene = timed.scene
        self._letters = letters

    @cached_property
    def _sheets(self) -> list[Sheet]:
        shot = self.shot
        found = [pane for pane in layers.scene_layers(self._scene, shot.window) if pane.name not in shot.without]
        found = [_moved(pane, shot.motion.get(pane.name, "")) for pane in found]
        for prop in shot.props:
            at = next((n for n, pane in enumerate(found) if prop.behind and pane.name == prop.behind), len(found))
            found.insert(at, layers.prop_layer(prop, shot.window))
        return [Sheet(pane) for pane in layers.merged(found)]

    @cached_property
    def _lettered(self) -> list[Sheet]:
        return [Sheet(pane) for pane in self._letters]

    @cached_property
    def _weather(self) -> Sheets | None:
        kind = self.shot.weather
        return sheets(kind, WIDTH, HEIGHT, zlib.crc32(f"{kind}{self._scene}".encode())) if kind else None

    def picture(self, seconds: float) -> Picture:
        """The picture `seconds` into the shot, as blue, green, red and a fourth channel that means nothing."""
        shot = self.shot
        u = seconds / shot.seconds
        frame = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
        window, picture = (layers.WIDTH, layers.HEIGHT), (WIDTH, HEIGHT)
        seen = [placed(each, view(shot, u, each.pane.depth, window, picture), seconds) for each in self._sheets]
        letters = [placed(each, View(1.0, WIDTH / 2, HEIGHT / 2), seconds) for each in self._lettered]
        exposure = Exposure(shot, u, seconds)
        for top in range(0, HEIGHT, STRIP):
            strip = frame[top : top + STRIP]
            _lay(strip, top, [each for each in seen if each])
            if shot.ripple is not None:
                _ripple(strip, top, shot.ripple, seconds)
            if self._weather:
                self._weather.fall(strip, top, seconds)
            exposure.expose(strip, top)
            _lay(strip, top, [each for each in letters if each])
        return frame


def _lay(strip: Picture, top: int, found: list[Placed]) -> None:
    """Lays layers onto a strip, from the last one on that hides all under it."""
    bottom = top + len(strip)
    first = next((n for n in range(len(found) - 1, 0, -1) if found[n].hides(top, bottom)), 0)
    for each in found[first:]:
        each.lay(strip, top)


def _moved(pane: Pane, motion: str) -> Pane:
    if not motion or not pane.pixels.size:
        return pane
    return replace(layers.feathered(pane) if "sweep" in motion else pane, motion=motion)


def _ripple(strip: Picture, top: int, share: float, seconds: float) -> None:
    """Moves water: every row below `share` of the picture's height is shifted, more towards the bottom."""
    shore = int(share * HEIGHT)
    first = max(0, shore - top)
    if first >= len(strip):
        return
    rows = np.arange(top + first - shore, top + len(strip) - shore, dtype=np.float32)
    reach = 1.5 + 5 * rows / max(1.0, float(HEIGHT - shore))
    wave = np.sin(rows / (4 + rows * 0.03) + seconds * 3.1) * reach
    wave = wave + np.sin(rows / 23 - seconds * 1.7) * 2
    across = np.arange(WIDTH, dtype=np.float32)[None, :] + wave[:, None].astype(np.float32)
    down = np.repeat(np.arange(len(rows), dtype=np.float32)[:, None], WIDTH, axis=1)
    strip[first:] = cv2.remap(strip[first:], across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


class Exposure:
    """The lens's vignette, the light's colour as it changes, and lightning, at one moment of a shot."""

    def __init__(self, shot: Shot, u: float, seconds: float) -> None:
        first, last = rgb(shot.tint[0]), rgb(shot.tint[1])
        colour = (first + (last - first) * min(max(u, 0.0), 1.0))[::-1]
        self._lens = _lens(*(round(float(part) * 128) for part in colour))
        self._flash = sum(0.75 * math.exp(-(seconds - at) * 5) for at in shot.flashes if seconds >= at)

    def expose(self, strip: Picture, top: int) -> None:
        """Lets light onto a strip of the picture that begins at row `top`."""
        cv2.multiply(strip, self._lens[top : top + len(strip)], dst=strip, scale=1 / 255)
        if self._flash > 0.02:
            cv2.convertScaleAbs(strip, dst=strip, alpha=1 + self._flash, beta=34 * self._flash)


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

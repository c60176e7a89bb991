"""Paints the demo's posters, backdrops and stills: one seed, one picture, always the same bytes."""

from __future__ import annotations

import zlib
from importlib import import_module
from types import ModuleType

from demo.artwork.canvas import Canvas

POSTER = (800, 1200)
BACKDROP = (1920, 1080)
STILL = (1280, 720)


def _scene(name: str) -> ModuleType:
    return import_module(f"demo.artwork.scenes.{name}")


def _seed(text: str) -> int:
    return zlib.crc32(text.encode())


def poster(scene: str) -> bytes:
    """The upright picture with its title, 800 × 1200, as JPEG."""
    canvas = Canvas(*POSTER, _seed(scene))
    module = _scene(scene)
    module.paint(canvas)
    module.letter(canvas)
    return canvas.jpeg()


def backdrop(scene: str) -> bytes:
    """The wide picture without type, 1920 × 1080, calm on its left, as JPEG."""
    canvas = Canvas(*BACKDROP, _seed(scene))
    _scene(scene).paint(canvas)
    return canvas.jpeg()


def still(scene: str, subject: str) -> bytes:
    """An episode's picture, 1280 × 720, as JPEG."""
    canvas = Canvas(*STILL, _seed(scene + subject))
    _scene(f"{scene}_stills").still(canvas, subject)
    return canvas.jpeg()

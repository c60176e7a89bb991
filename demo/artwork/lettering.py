"""Owns the type on posters: open fonts from their packages, tracked and fitted lines as masks."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from demo.artwork.canvas import Canvas, Mask

_FACES = {
    "serif": ("font_source_serif_pro", "SourceSerifPro-{}.ttf"),
    "sans": ("font_source_sans_pro", "SourceSansPro-{}.ttf"),
    "hand": ("font_amatic_sc", "AmaticSC-{}.ttf"),
    "round": ("font_fredoka_one", "FredokaOne-{}.ttf"),
}


def font_path(face: str) -> str:
    """The file of `"serif-Black"`, `"sans-ExtraLight"`, `"hand-Bold"`, `"round-Regular"` and their like."""
    family, _, style = face.partition("-")
    package, pattern = _FACES[family]
    return str(files(package) / "files" / pattern.format(style or "Regular"))


@cache
def font(face: str, pixels: int) -> ImageFont.FreeTypeFont:
    """A font at a size in pixels."""
    return ImageFont.truetype(font_path(face), pixels)


def _advances(text: str, face: ImageFont.FreeTypeFont, tracking: float) -> list[float]:
    """Where each letter starts, then where the line ends; kerning kept, `tracking` in ems added between letters."""
    extra = tracking * face.size
    return [face.getlength(text[:i]) + extra * i for i in range(len(text))] + [
        face.getlength(text) + extra * max(0, len(text) - 1)
    ]


def line(
    canvas: Canvas,
    text: str,
    face: str,
    *,
    y: float,
    size: float,
    x: float | None = None,
    align: str = "centre",
    tracking: float = 0.0,
    width: float | None = None,
    squeeze: float = 1.0,
) -> Mask:
    """One line of type as a mask. `y` is its baseline, `size` its em, `x` the point it is aligned to.

    With `width`, the size gives way (down, or up to twice) so that the line is exactly that wide. `squeeze` below 1
    condenses the letters, for billing blocks.
    """
    scale = 2
    pixels = max(6, round(size * canvas.density * scale))
    drawn = font(face, pixels)
    if width is not None:
        natural = _advances(text, drawn, tracking)[-1] * squeeze
        pixels = max(6, min(pixels * 2, int(pixels * width * canvas.density * scale / natural)))
        drawn = font(face, pixels)
    places = _advances(text, drawn, tracking)
    pad = pixels
    image = Image.new("L", (int(places[-1]) + 2 * pad, pixels * 2))
    pen = ImageDraw.Draw(image)
    for letter, at in zip(text, places[:-1], strict=True):
        pen.text((pad + at, int(pixels * 1.3)), letter, fill=255, font=drawn, anchor="ls")
    image = image.resize(
        (max(1, int(image.width * squeeze / scale)), max(1, image.height // scale)), Image.Resampling.LANCZOS
    )
    length = places[-1] * squeeze / scale
    anchor = ((canvas.aspect / 2 if x is None else x) - canvas.left) * canvas.density
    left = anchor - {"left": 0.0, "centre": length / 2, "right": length}[align] - pad * squeeze / scale
    top = (y - canvas.top) * canvas.density - int(pixels * 1.3) / scale
    sheet = Image.new("L", (canvas.width, canvas.height))
    sheet.paste(image, (round(left), round(top)))
    return np.asarray(sheet, np.float32) / 255


def billing(canvas: Canvas, credits: str, *, y: float, colour: str, opacity: float = 0.75) -> None:
    """The condensed credit lines at the foot of a poster, broken at bars."""
    for i, row in enumerate(credits.split("|")):
        mask = line(
            canvas, row.strip().upper(), "sans-Light", y=y + i * 0.022, size=0.0195, tracking=0.13, squeeze=0.62
        )
        canvas.wash(mask, colour, opacity)

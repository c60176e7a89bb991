"""Owns the paint: a float canvas with gradients, masks, light, haze and grain. Knows nothing of any title."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Points = Sequence[tuple[float, float]]
Mask = NDArray[Any]
Colour = str | tuple[float, float, float]
Box = tuple[slice, slice]

# A light that has fallen to e**-7 is less than a quarter of what a picture's eight bits can tell apart.
_FAINT = 7.0


def rgb(colour: Colour) -> NDArray[np.float32]:
    """`"#rrggbb"` or three floats from 0 to 1, as an array of three."""
    if isinstance(colour, str):
        digits = colour.lstrip("#")
        return np.array([int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)], np.float32)
    return np.array(colour, np.float32)


class Canvas:
    """A picture being painted. Lengths are in picture heights: y from 0 (top) to 1, x from 0 to `aspect`.

    Masks are arrays (height, width) from 0 to 1. Everything random comes from `rng`, so a seed gives one picture.
    """

    def __init__(
        self, width: int, height: int, seed: int, window: tuple[float, float, float] = (0.0, 0.0, 1.0)
    ) -> None:
        """`window` is what of the picture the canvas shows, as left, top and height: a lens, for close-ups."""
        self.left, self.top, tall = window
        self.width, self.height = width, height
        self.aspect = width / height
        self.density = height / tall
        self.rng = np.random.default_rng(seed)
        self.x: Mask = (self.left + (np.arange(width, dtype=np.float32) + 0.5) / self.density)[None, :]
        self.y: Mask = (self.top + (np.arange(height, dtype=np.float32) + 0.5) / self.density)[:, None]
        self.pixels: NDArray[np.float32] = np.zeros((height, width, 3), np.float32)

    @property
    def wide(self) -> bool:
        return self.aspect > 1

    def layer(self, name: str, depth: float = 0.0) -> None:
        """Says that what follows is a thing of its own, `depth` from 0 (far) to 1 (near). A still keeps them together."""

    # ---- grounds -------------------------------------------------------------------------------------------------

    def vertical(self, *stops: tuple[float, Colour]) -> None:
        """Covers everything with a gradient from top to bottom; stops are (y, colour)."""
        at = [s[0] for s in stops]
        colours = np.stack([rgb(s[1]) for s in stops])
        column = np.stack([np.interp(self.y[:, 0], at, colours[:, i]) for i in range(3)], axis=1)
        self.pixels[:] = column[:, None, :].astype(np.float32)

    # ---- masks ---------------------------------------------------------------------------------------------------

    def distance(self, x: float, y: float, stretch: float = 1.0) -> Mask:
        """Distance from a point; `stretch` above 1 makes the field wider than tall."""
        return self._distance((slice(None), slice(None)), x, y, stretch)

    def disc(self, x: float, y: float, radius: float, soft: float = 0.0, stretch: float = 1.0) -> Mask:
        """A disc with an anti-aliased edge, or one that fades over `soft`."""
        edge = max(soft, 1.0 / self.density)
        field: Mask = np.zeros((self.height, self.width), np.float32)
        box = self._around(x, y, radius + edge, stretch)
        field[box] = np.clip((float(radius) - self._distance(box, x, y, stretch)) / float(edge) + 0.5, 0, 1)
        return field

    def halo(self, x: float, y: float, radius: float, power: float = 1.0, stretch: float = 1.0) -> Mask:
        """Light around a source: one in the middle, 1/e at `radius`; a low power has a long tail."""
        field: Mask = np.zeros((self.height, self.width), np.float32)
        box = self._around(x, y, radius * _FAINT ** (1 / power), stretch)
        away = self._distance(box, x, y, stretch) / float(radius)
        if away.size:
            field[box] = cv2.exp(-(away if power == 1 else cv2.pow(away, float(power))))
        return field

    def _distance(self, box: Box, x: float, y: float, stretch: float) -> Mask:
        across, down = (self.x[:, box[1]] - float(x)) / float(stretch), self.y[box[0]] - float(y)
        field: Mask = np.sqrt(across * across + down * down)
        return field

    def _around(self, x: float, y: float, reach: float, stretch: float) -> Box:
        """The box that a field about a point lies in; nobody sees what is left of it outside."""
        middle = (float(y - self.top) * self.density, float(x - self.left) * self.density)
        reaches = (reach * self.density + 1, reach * stretch * self.density + 1)
        low = [max(0, math.floor(min(at - far, 1e6))) for at, far in zip(middle, reaches, strict=True)]
        high = [max(0, math.ceil(min(at + far, 1e6))) for at, far in zip(middle, reaches, strict=True)]
        return slice(low[0], high[0]), slice(low[1], high[1])

    def band(self, top: float, bottom: float, soft: float = 0.05) -> Mask:
        """A horizontal band with soft edges, for haze."""
        rise = np.clip((self.y - top) / soft + 0.5, 0, 1)
        fall = np.clip((bottom - self.y) / soft + 0.5, 0, 1)
        smooth = rise * rise * (3 - 2 * rise) * fall * fall * (3 - 2 * fall)
        return np.broadcast_to(smooth, (self.height, self.width))

    def shape(self, *polygons: Points) -> Mask:
        """Filled polygons, anti-aliased."""

        def paint(pen: ImageDraw.ImageDraw, place: Callable[[Points], list[tuple[float, float]]], scale: float) -> None:
            for polygon in polygons:
                pen.polygon(place(polygon), fill=255)

        return self._drawn(polygons, 0.002, paint)

    def strokes(self, lines: Sequence[Points], width: float) -> Mask:
        """Lines of one width with round joints, anti-aliased."""

        def paint(pen: ImageDraw.ImageDraw, place: Callable[[Points], list[tuple[float, float]]], scale: float) -> None:
            for points in lines:
                pen.line(place(points), 255, max(1, round(width * scale)), "curve")

        return self._drawn(lines, width + 0.002, paint)

    def _drawn(self, shapes: Sequence[Points], margin: float, paint: Callable[..., None]) -> Mask:
        """Draws at twice the size, only in the box the shapes touch, and reduces."""
        mask = np.zeros((self.height, self.width), np.float32)
        corners = np.concatenate([np.asarray(points, np.float32) for points in shapes])
        corners -= np.array([self.left, self.top], np.float32)
        low = np.maximum(((corners.min(axis=0) - margin) * self.density).astype(int), 0)
        high = np.minimum(((corners.max(axis=0) + margin) * self.density).astype(int) + 1, (self.width, self.height))
        if (high <= low).any():
            return mask
        image = Image.new("L", (int(high[0] - low[0]) * 2, int(high[1] - low[1]) * 2))
        scale = self.density * 2
        left, top = self.left * scale + 2 * low[0], self.top * scale + 2 * low[1]

        def place(points: Points) -> list[tuple[float, float]]:
            return [(x * scale - left, y * scale - top) for x, y in points]

        paint(ImageDraw.Draw(image), place, scale)
        mask[low[1] : high[1], low[0] : high[0]] = np.asarray(image.reduce(2), np.float32) / 255
        return mask

    def profile(self, base: float, height: float, scale: float, rough: float = 0.5, octaves: int = 6) -> Mask:
        """A skyline: one y per column. `scale` is the width of the largest feature, `rough` how jagged it is."""
        line = np.zeros(self.width, np.float32)
        size, weight, total = scale, 1.0, 0.0
        for _ in range(octaves):
            knots = self.rng.random(int(self.aspect / size) + 4).astype(np.float32)
            at = self.x[0] / size + self.rng.random()
            i = at.astype(int)
            t = at - i
            t = t * t * (3 - 2 * t)
            line += weight * (knots[i] * (1 - t) + knots[np.minimum(i + 1, len(knots) - 1)] * t)
            total += weight
            size, weight = size / 2, weight * rough
        return base - height * line / total

    def below(self, profile: Mask, soft: float = 0.0) -> Mask:
        """Everything under a skyline."""
        edge = max(soft, 1.0 / self.density)
        field: Mask = np.clip((self.y - profile[None, :]) / edge + 0.5, 0, 1)
        return field

    def noise(self, scale: float, octaves: int = 4, stretch: float = 1.0, rough: float = 0.5) -> Mask:
        """Smooth noise from 0 to 1; `scale` is the size of its largest clouds, `stretch` their width over height."""
        finest = scale / 2 ** (octaves - 1) * self.density
        shrink = 1 if finest < 12 else 2 if finest < 40 else 4
        size = (self.width // shrink, self.height // shrink)
        total = np.zeros((size[1], size[0]), np.float32)
        weight, norm = 1.0, 0.0
        for octave in range(octaves):
            cell = scale / 2**octave
            rows, columns = self.height / self.density / cell, self.width / self.density / cell / stretch
            cells = (max(2, int(rows) + 2), max(2, int(columns) + 2))
            small = Image.fromarray(self.rng.random(cells).astype(np.float32))
            total += weight * np.asarray(small.resize(size, Image.Resampling.BICUBIC))
            norm += weight
            weight *= rough
        total = np.clip((total / norm - 0.5) * 1.6 + 0.5, 0, 1)
        if shrink > 1:
            total = np.asarray(Image.fromarray(total).resize((self.width, self.height), Image.Resampling.BILINEAR))
        return total

    def blurred(self, mask: Mask, radius: float) -> Mask:
        """A mask blurred by `radius` (picture heights); large radii are computed small, which no eye can tell."""
        pixels = float(radius) * self.density
        shrink = max(1, int(pixels / 2))
        blurred = np.zeros((self.height, self.width), np.float32)
        box = self._box(mask, margin=math.ceil(3 * pixels) + shrink)
        if box is None:
            return blurred
        part = np.clip(mask[box], 0, 1, dtype=np.float32)
        rows, columns = part.shape
        if shrink > 1:
            small = (max(1, columns // shrink), max(1, rows // shrink))
            part = cv2.resize(part, small, interpolation=cv2.INTER_AREA)
        part = cv2.GaussianBlur(part, (0, 0), pixels / shrink, borderType=cv2.BORDER_REPLICATE)
        if shrink > 1:
            part = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_LINEAR)
        blurred[box] = part
        return blurred

    # ---- laying paint --------------------------------------------------------------------------------------------

    def wash(self, mask: Mask, colour: Colour | Mask, opacity: float = 1.0) -> None:
        """Covers with a colour where the mask is, as opaque paint."""
        box = self._box(mask)
        if box is None:
            return
        share = mask[box] * np.float32(opacity)
        target = self.pixels[box]
        paint = colour[box] if isinstance(colour, np.ndarray) and colour.ndim == 3 else rgb(colour)  # type: ignore[arg-type]
        target += (paint - target) * share[..., None]
        self._cover(box, share)

    def light(self, mask: Mask, colour: Colour, strength: float = 1.0) -> None:
        """Adds light (screen): never darkens, never clips."""
        box = self._box(mask)
        if box is None:
            return
        share = np.clip(mask[box] * np.float32(strength), 0, 1)
        target = self.pixels[box]
        target += (1 - target) * (share[..., None] * rgb(colour))
        self._cover(box, share * rgb(colour).mean())

    def shade(self, mask: Mask, strength: float = 1.0, tint: Colour = (0, 0, 0)) -> None:
        """Darkens (multiply) towards `tint` where the mask is."""
        box = self._box(mask)
        if box is None:
            return
        share = mask[box] * np.float32(strength)
        self.pixels[box] *= 1 - share[..., None] * (1 - rgb(tint))
        self._cover(box, share * (1 - rgb(tint).mean()))

    def _cover(self, box: Box, share: Mask) -> None:
        """Says how much of what lay in the box is covered by what has been painted. A still need not know."""

    def _box(self, mask: Mask, margin: int = 0) -> Box | None:
        """Where a mask is anything but nothing, and `margin` pixels around it."""
        if mask.shape != (self.height, self.width):
            raise ValueError("a mask must cover the canvas")
        rows = np.flatnonzero(mask.max(axis=1) > 0.002)
        if not len(rows):
            return None
        columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].max(axis=0) > 0.002)
        return (
            slice(max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin),
            slice(max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin),
        )

    # ---- finishing -----------------------------------------------------------------------------------------------

    def vignette(self, strength: float = 0.45, x: float | None = None, y: float = 0.5) -> None:
        """Darkens away from the point the eye should rest on."""
        centre = self.aspect / 2 if x is None else x
        reach = max(self.aspect, 1.0) * 0.62
        far = self.distance(centre, y, stretch=max(1.0, self.aspect * 0.75)) / reach
        self.pixels *= (1 - strength * np.clip(far, 0, 1) ** 2.2)[..., None]

    def grain(self, amount: float = 0.028) -> None:
        """Film grain: strongest in the middle tones, one size coarser than a pixel."""
        rows, columns = int(self.height / 1.35), int(self.width / 1.35)
        coarse = Image.fromarray(self.rng.standard_normal((rows, columns)).astype(np.float32))
        field = np.asarray(coarse.resize((self.width, self.height), Image.Resampling.BILINEAR))
        luma = self.pixels.mean(axis=2)
        self.pixels += (field * amount * (0.35 + 2.6 * luma * (1 - luma)))[..., None]

    def image(self) -> Image.Image:
        """The picture, 8 bits a channel, dithered so that gradients do not band."""
        dither = self.rng.random((self.height, self.width, 1)).astype(np.float32) - 0.5
        return Image.fromarray(np.clip(self.pixels * 255 + dither + 0.5, 0, 255).astype(np.uint8))

    def jpeg(self, quality: int = 87) -> bytes:
        """The picture as JPEG bytes."""
        out = io.BytesIO()
        self.image().save(out, "JPEG", quality=quality, optimize=True, progressive=True, subsampling=0)
        return out.getvalue()

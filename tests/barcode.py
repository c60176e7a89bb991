"""Owns the machine-readable frame number of the tests' own films: sixteen squares along the bottom edge.

Geometry, in a picture `w` × `h` of any rung: squares have a side of `h / 20`; the row of sixteen is centred and stands on
the bottom edge, so square k covers x from `(w - 16 s) / 2 + k s` and y from `h - s`. Square 0 is the most significant
bit; white is one, black is zero. At 240p a square is 12 pixels, which survives any encode worth watching.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BITS = 16
ROWS = 20
DARK, BRIGHT = 96, 160

READ_JS = """
(pixels, width, height) => {
  // pixels: RGBA bytes of the picture (CanvasRenderingContext2D.getImageData().data). -1 where no number can be read.
  const side = height / 20, left = (width - 16 * side) / 2;
  let number = 0;
  for (let k = 0; k < 16; k++) {
    const x0 = Math.round(left + (k + 0.3) * side), x1 = Math.max(x0 + 1, Math.round(left + (k + 0.7) * side));
    const y0 = Math.round(height - 0.7 * side), y1 = Math.max(y0 + 1, Math.round(height - 0.3 * side));
    let sum = 0, count = 0;
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) {
      const i = 4 * (y * width + x);
      sum += (pixels[i] + pixels[i + 1] + pixels[i + 2]) / 3;
      count++;
    }
    const mean = sum / count;
    if (mean > 96 && mean < 160) return -1;
    number = number * 2 + (mean >= 160 ? 1 : 0);
  }
  return number;
}
""".strip()


class Unreadable(ValueError):
    """A square is neither black nor white: this is not one of the tests' films, or it is cropped or covered."""


def drawing(width: int, height: int) -> str:
    """The ffmpeg filters that draw the row on every frame; `n` counts frames from 0."""
    side = height // ROWS
    left, top = (width - BITS * side) // 2, height - side
    boxes = [f"drawbox=x={left}:y={top}:w={BITS * side}:h={side}:color=black:t=fill"]
    for k in range(BITS):
        bit = f"enable='mod(floor(n/{2 ** (BITS - 1 - k)}),2)'"
        boxes.append(f"drawbox=x={left + k * side}:y={top}:w={side}:h={side}:color=white:t=fill:{bit}")
    return ",".join(boxes)


def read_frame_number(pixels: NDArray[np.uint8]) -> int:
    """The frame number in a picture, as (height, width) luma or (height, width, channels) RGB(A).

    Raises `Unreadable` where a square is neither dark nor bright.
    """
    grey = pixels[..., :3].mean(axis=2) if pixels.ndim == 3 else pixels.astype(float)
    height, width = grey.shape
    side = height / ROWS
    left = (width - BITS * side) / 2
    rows = slice(round(height - 0.7 * side), max(round(height - 0.7 * side) + 1, round(height - 0.3 * side)))
    number = 0
    for k in range(BITS):
        start = round(left + (k + 0.3) * side)
        mean = float(grey[rows, start : max(start + 1, round(left + (k + 0.7) * side))].mean())
        if DARK < mean < BRIGHT:
            raise Unreadable(f"square {k} has a brightness of {mean:.0f}")
        number = number * 2 + (mean >= BRIGHT)
    return number

"""Draws a rung's lines, like "720p", into its top-right corner with filled boxes: no font and no text filter needed."""

from __future__ import annotations

from pipelines.transcode.media.ladder import Rung

# Seven segments in the order: top, upper right, lower right, bottom, lower left, upper left, middle.
SEGMENTS = {
    "0": "1111110", "1": "0110000", "2": "1101101", "3": "1111001", "4": "0110011", "5": "1011011",
    "6": "1011111", "7": "1110000", "8": "1111111", "9": "1111011", "p": "1100111",
}  # fmt: skip
HEIGHT = 1 / 14
MARGIN = 0.04


def boxes(rung: Rung) -> list[tuple[int, int, int, int]]:
    """Return the boxes of the lettering as (x, y, width, height) in pixels of the rung; all are inside the picture."""
    text = f"{rung.lines}p"
    tall = max(10, round(rung.lines * HEIGHT))
    wide, stroke = max(6, round(tall * 0.55)), max(2, round(tall * 0.16))
    step = wide + stroke * 2
    x = rung.width - round(rung.width * MARGIN) - step * len(text) + stroke * 2
    y = round(rung.height * MARGIN)
    half = (tall - stroke) // 2
    found = []
    for letter in text:
        places = (
            (x, y, wide, stroke),
            (x + wide - stroke, y, stroke, half + stroke),
            (x + wide - stroke, y + half, stroke, tall - half),
            (x, y + tall - stroke, wide, stroke),
            (x, y + half, stroke, tall - half),
            (x, y, stroke, half + stroke),
            (x, y + half, wide, stroke),
        )
        found += [place for place, lit in zip(places, SEGMENTS[letter], strict=True) if lit == "1"]
        x += step
    return found


def filters(rung: Rung) -> list[str]:
    """Return the filters that draw the lettering: a dark plate, then white strokes."""
    strokes = boxes(rung)
    left, top = min(box[0] for box in strokes), min(box[1] for box in strokes)
    right, bottom = max(x + w for x, _, w, _ in strokes), max(y + h for _, y, _, h in strokes)
    pad = max(2, round(rung.height * 0.012))
    plate = f"drawbox=x={left - pad}:y={top - pad}:w={right - left + 2 * pad}:h={bottom - top + 2 * pad}"
    return [f"{plate}:color=black@0.6:t=fill"] + [
        f"drawbox=x={x}:y={y}:w={w}:h={h}:color=white:t=fill" for x, y, w, h in strokes
    ]

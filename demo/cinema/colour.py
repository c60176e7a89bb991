"""Owns how pictures become video: BT.709 in 4:2:0, which every player takes HD for and nothing has to convert again."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[Any]


def _analysis(red: float, blue: float) -> NDArray[np.float64]:
    """From red, green and blue to luma and the two differences of colour, in steps of eight bits of limited range."""
    luma = np.array([red, 1 - red - blue, blue])
    differences = [(np.array([0, 0, 1]) - luma) / (2 * (1 - blue)), (np.array([1, 0, 0]) - luma) / (2 * (1 - red))]
    return np.diag([219, 224, 224]) @ np.array([luma, *differences])


# OpenCV knows BT.601 alone; what comes of it is BT.709 after this. Grey stays as it is, so the rest is little.
_MORE = _analysis(0.2126, 0.0722) @ np.linalg.inv(_analysis(0.299, 0.114))


def coded(picture: Picture) -> Picture:
    """Blue, green, red and anything as the planes of limited range 4:2:0 under each other."""
    rows, columns = picture.shape[:2]
    sheet: Picture = cv2.cvtColor(picture, cv2.COLOR_BGRA2YUV_I420)
    luma, (blue, red) = sheet[:rows], sheet[rows:].reshape(2, rows // 2, columns // 2)
    lighter, bluer, redder = (_mixed(blue, red, float(more[1]), float(more[2])) for more in _MORE)
    cv2.addWeighted(luma, 1, cv2.resize(lighter, (columns, rows), interpolation=cv2.INTER_NEAREST), 1, -128, dst=luma)
    blue[:], red[:] = bluer, redder
    return sheet


def vignetted(sheet: Picture) -> Picture:
    """Coded planes as a lens shows them, darker towards the corners; in place."""
    glass, rest = _lens(sheet.shape[0] * 2 // 3, sheet.shape[1])
    cv2.multiply(sheet, glass, dst=sheet, scale=1 / 255)
    return cv2.add(sheet, rest, dst=sheet)


@cache
def _lens(rows: int, columns: int) -> tuple[Picture, Picture]:
    """What the lens lets through, plane under plane, and what makes up for it that black and grey are not nought."""
    x, y = np.linspace(-1, 1, columns), np.linspace(-1, 1, rows)
    far = np.sqrt((x[None, :] * 0.85) ** 2 + (y[:, None] * 0.8) ** 2)
    glass = 1 - 0.38 * np.clip(far - 0.25, 0, 1) ** 1.8
    half = cv2.resize(glass, (columns // 2, rows // 2), interpolation=cv2.INTER_AREA)
    planes = np.concatenate([glass, np.stack([half, half]).reshape(rows // 2, columns)])
    nought = np.concatenate([np.full((rows, columns), 16), np.full((rows // 2, columns), 128)])
    return np.rint(planes * 255).astype(np.uint8), np.rint((1 - planes) * nought).astype(np.uint8)


def _mixed(blue: Picture, red: Picture, more_blue: float, more_red: float) -> Picture:
    return cv2.addWeighted(blue, more_blue, red, more_red, 128 * (1 - more_blue - more_red))

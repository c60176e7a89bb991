"""Owns how pictures become video: BT.709 in 4:2:0, which every player takes HD for and nothing has to convert again."""

from __future__ import annotations

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


def _mixed(blue: Picture, red: Picture, more_blue: float, more_red: float) -> Picture:
    return cv2.addWeighted(blue, more_blue, red, more_red, 128 * (1 - more_blue - more_red))

"""The table through which light that is not BT.709's becomes that: HDR bent by its brightest part, wide colours brought inside.

Transfer functions: ITU-R BT.1886, and BT.2100 for PQ and HLG (with its OOTF at 1,000 nits). Diffuse white: BT.2408, 203 nits.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.transcode.media.colour import HLG, NEAR, PQ, RANGES, TABLE
from pipelines.transcode.media.source import Colour

Values = NDArray[np.float64]

# Points a side: PQ, HLG and BT.1886 are so even to the eye that between two points a straight line is right.
SIDE = 33
GAMMA = 2.4
# In nits: what is full white in SDR, and up to where light is kept as it is; from there to the film's peak it is bent.
WHITE, KNEE, BEND = 206.0, 100.0, 1.8
HLG_PEAK, HLG_GAMMA = 1000.0, 1.2
LUMINANCE = {"bt709": np.array([0.2126, 0.7152, 0.0722]), "bt2020": np.array([0.2627, 0.6780, 0.0593])}
# x and y of red, green, blue and white.
PRIMARIES = {
    "bt709": [(0.640, 0.330), (0.300, 0.600), (0.150, 0.060), (0.3127, 0.3290)],
    "bt2020": [(0.708, 0.292), (0.170, 0.797), (0.131, 0.046), (0.3127, 0.3290)],
    "smpte431": [(0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3140, 0.3510)],
    "smpte432": [(0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3127, 0.3290)],
}


def write(folder: Path, colour: Colour) -> None:
    """Write a picture's table into a directory, as the filter reads it: whole, or not at all."""
    part = folder / f"{TABLE}.part"
    np.savetxt(part, table(colour), "%.6f", header=f"LUT_3D_SIZE {SIDE}", comments="")
    part.rename(folder / TABLE)


def table(colour: Colour) -> Values:
    """Return what every red, green and blue of a grid becomes, red fastest, from 0 to 1."""
    codes = np.linspace(0, 1, SIDE)
    blue, green, red = (axis.ravel() for axis in np.meshgrid(codes, codes, codes, indexing="ij"))
    light = _light(colour.transfer)(np.stack([red, green, blue], axis=1))
    if colour.transfer in RANGES:
        most = np.maximum(light.max(axis=1, keepdims=True), 1e-6)
        # One factor for all three, so that hues stay.
        light = light * bent(most, colour.peak) / most
    return np.asarray(_inside(light @ _to_bt709(colour.primaries).T) ** (1 / GAMMA))


def bent(nits: Values, peak: float) -> Values:
    """Return the light in SDR of so many nits: the same up to the knee, from there ever less, 1 at the peak and above."""
    code, knee, top = ((value / WHITE) ** (1 / GAMMA) for value in (nits, KNEE, peak))
    above = _roll((np.maximum(code, knee) - knee) / (1 - knee)) / _roll((top - knee) / (1 - knee))
    return np.asarray(np.where(code <= knee, code, np.minimum(1.0, knee + (1 - knee) * above)) ** GAMMA)


def _roll(way: Values | float) -> Values:
    return np.asarray(way / (1 + way**BEND) ** (1 / BEND))


def _light(transfer: str) -> Callable[[Values], Values]:
    """Return from codes to light: nits for HDR, else 1 for white."""
    power = {"linear": 1.0, "smpte428": 2.6}.get(transfer, GAMMA)
    return {PQ: _pq, HLG: _hlg}.get(transfer, lambda codes: codes**power)


def _pq(codes: Values) -> Values:
    root = codes ** (32 / 2523)
    bright = np.maximum(root - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * root)
    return np.asarray(10_000 * bright ** (16384 / 2610))


def _hlg(codes: Values) -> Values:
    scene = np.where(codes <= 0.5, codes**2 / 3, (np.exp((codes - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    luminance = scene @ LUMINANCE["bt2020"]
    return np.asarray(HLG_PEAK * scene * luminance[:, None] ** (HLG_GAMMA - 1))


def _inside(light: Values) -> Values:
    """Return colours that BT.709 can show: as bright, of the same hue, and only so much paler as needed."""
    grey = np.clip(light @ LUMINANCE["bt709"], 0, 1)[:, None]
    least, most = light.min(axis=1, keepdims=True), light.max(axis=1, keepdims=True)
    down = np.where(least < 0, grey / np.maximum(grey - least, 1e-9), 1.0)
    up = np.where(most > 1, (1 - grey) / np.maximum(most - grey, 1e-9), 1.0)
    return np.asarray(np.clip(grey + (light - grey) * np.minimum(down, up), 0, 1))


def _to_bt709(primaries: str) -> Values:
    """Return the matrix from light in these primaries to BT.709's, white to white."""
    return np.eye(3) if primaries in NEAR else np.linalg.inv(_to_xyz("bt709")) @ _to_xyz(primaries)


def _to_xyz(primaries: str) -> Values:
    """Return the matrix to CIE XYZ of which the primaries' own white is 1 each (SMPTE RP 177)."""
    *points, white = (np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in PRIMARIES[primaries])
    columns = np.stack(points, axis=1) / white[:, None]
    return np.asarray(columns * np.linalg.solve(columns, np.ones(3)))

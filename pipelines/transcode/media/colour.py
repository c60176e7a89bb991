"""What the numbers of a picture mean, as players read them, and the filters that make BT.709 of them."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

from pipelines.transcode.media.source import Colour, Refused

PQ, HLG = "smpte2084", "arib-std-b67"
RANGES = {PQ: "PQ", HLG: "HLG"}
TABLE = "colour.cube"
# A film's peak where it tells none, and what is believed. Nits.
PEAK, LEAST, MOST = 1000.0, 300.0, 10_000.0

# So close to BT.709's that they are carried as they are, under their own name; and those that are converted.
NEAR = frozenset(("bt709", "smpte170m", "smpte240m", "bt470bg"))
WIDE = frozenset(("bt2020", "smpte431", "smpte432"))
# Ways to code light that are not shown as BT.1886, as every screen shows the others, whatever their name.
UNLIKE = frozenset((PQ, HLG, "linear", "smpte428"))
# Matrices by the scaler's names. Constant luminance is read as what it nearly is.
MATRICES = {
    "bt709": "bt709", "smpte170m": "smpte170m", "bt470bg": "bt470bg", "fcc": "smpte170m", "smpte240m": "smpte240m",
    "bt2020nc": "bt2020", "bt2020c": "bt2020", "gbr": "gbr",
}  # fmt: skip
RGB = ("gbr", "rgb", "bgr", "argb", "abgr", "0rgb", "0bgr", "pal8")
DISPLAY = ("green_x", "green_y", "blue_x", "blue_y", "red_x", "red_y", "white_point_x", "white_point_y")


def understand(stream: dict[str, Any]) -> Colour:
    """Return what the numbers of ffprobe's stream mean; what it does not say is taken from the size of the picture.

    Raises Refused where they mean something that cannot be converted.
    """
    for side in stream.get("side_data_list", ()):
        if "DOVI" in side.get("side_data_type", "") and not side.get("dv_bl_signal_compatibility_id"):
            raise Refused("unsupported_codec", f"Dolby Vision profile {side.get('dv_profile')} without a base layer")
    primaries, transfer, matrix = (_told(stream, f"color_{name}") for name in ("primaries", "transfer", "space"))
    pixels, range_ = str(stream.get("pix_fmt", "")), stream.get("color_range")
    width, height = int(stream.get("width") or 0), int(stream.get("height") or 0)
    if pixels.startswith(RGB):
        matrix, full = "gbr", range_ != "tv"
    else:
        full = range_ == "pc" or pixels.startswith("yuvj")
    if transfer in RANGES or primaries == "bt2020":
        primaries, matrix = primaries or "bt2020", matrix or "bt2020nc"
    if not primaries:
        lines = {576: "bt470bg", 486: "smpte170m", 480: "smpte170m"}
        primaries = {"bt2020nc": "bt2020", "bt2020c": "bt2020"}.get(matrix, matrix) or lines.get(height, "bt709")
    # As Chromium and mpv take it: what is not told is of television before HD where the picture is as small.
    matrix = matrix or ("bt709" if width >= 1280 or height > 576 else "smpte170m")
    if matrix not in MATRICES:
        raise Refused("unsupported_codec", f"a picture in {matrix}")
    peak = PEAK if transfer in RANGES else 0.0
    return Colour(primaries if primaries in NEAR | WIDE else "bt709", transfer or "bt709", matrix, full, peak)


def _told(stream: dict[str, Any], name: str) -> str:
    value = str(stream.get(name) or "")
    return "" if value in ("unknown", "unspecified", "reserved") else value


def measured(colour: Colour, frame: dict[str, Any]) -> Colour:
    """Return the colour of an HDR picture with what ffprobe found beside its first frame: mastering display and light levels."""
    found = {side.get("side_data_type", ""): side for side in frame.get("side_data_list", ())}
    display, light = found.get("Mastering display metadata", {}), found.get("Content light level metadata", {})
    brightest = _number(light.get("max_content")), _number(display.get("max_luminance"))
    peak = next((nits for nits in brightest if LEAST <= nits <= MOST), PEAK)
    levels = f"{brightest[0]:.0f},{_number(light.get('max_average')):.0f}" if 0 < brightest[0] <= MOST else ""
    return replace(colour, peak=PEAK if colour.transfer == HLG else peak, mastering=_display(display), light=levels)


def _display(found: dict[str, Any]) -> str:
    """Return a mastering display as x265 writes it (in 0.00002, and 0.0001 nits), empty where something of it lacks."""
    points = [round(_number(found.get(name)) * 50_000) for name in DISPLAY]
    most, least = (round(_number(found.get(f"{name}_luminance")) * 10_000) for name in ("max", "min"))
    if not (all(0 < point <= 50_000 for point in points) and 0 <= least < most <= MOST * 10_000):
        return ""
    pairs = (f"{name}({x},{y})" for name, x, y in zip(("G", "B", "R", "WP"), points[::2], points[1::2], strict=True))
    return "".join((*pairs, f"L({most},{least})"))


def _number(text: object) -> float:
    try:
        value = float(Fraction(str(text)))
    except (ValueError, ZeroDivisionError):
        return 0.0
    return value if 0 < value < 1e9 else 0.0


def tabled(colour: Colour) -> bool:
    """Say whether a picture needs the table: its light is not BT.709's. Matrix and range alone are the scaler's work."""
    return colour.transfer in UNLIKE or colour.primaries in WIDE


def through_table(colour: Colour, width: int, height: int) -> list[str]:
    """Return the filters that scale a picture and take it through its table; what comes out is `converted`, in 10 bits."""
    return [
        f"scale={width}:{height}:flags=bicubic:{_meant(colour)}", "format=gbrp10le", f"lut3d=file={TABLE}:interp=tetrahedral",
        "scale=out_color_matrix=bt709:out_range=limited", "format=yuv420p10le",
        # What the display was and how bright the brightest is are true no more.
        "sidedata=mode=delete",
    ]  # fmt: skip


def converted(colour: Colour) -> Colour:
    """Return what a picture is after its table."""
    return Colour() if tabled(colour) else colour


def scaled(colour: Colour, width: int, height: int) -> list[str]:
    """Return the filters that make a rendition of BT.709 in 8 bits and limited range, and tell the encoder that it is that."""
    scale = f"scale={width}:{height}:flags=bicubic:{_meant(colour)}:out_color_matrix=bt709:out_range=limited"
    said = f"setparams=range=limited:color_primaries={colour.primaries}:color_trc=bt709:colorspace=bt709"
    return [scale, "setsar=1", "format=yuv420p", said]


def kept(colour: Colour, width: int, height: int) -> list[str]:
    """Return the filters that make a rendition of HDR in 10 bits and limited range, as it was graded."""
    scale = f"scale={width}:{height}:flags=bicubic:{_meant(colour)}:out_color_matrix=bt2020:out_range=limited"
    said = f"setparams=range=limited:color_primaries={colour.primaries}:color_trc={colour.transfer}:colorspace=bt2020nc"
    return [scale, "setsar=1", "format=yuv420p10le", said, "sidedata=mode=delete"]


def as_fractions(mastering: str) -> str:
    """Return a mastering display as SVT-AV1 writes it, from x265's."""
    numbers = re.findall(r"(\w+)\((\d+),(\d+)\)", mastering)
    units = {"L": 10_000}
    pairs = ((name, *(int(part) / units.get(name, 50_000) for part in parts)) for name, *parts in numbers)
    return "".join(f"{name}({one:.5f},{two:.5f})" for name, one, two in pairs)


def _meant(colour: Colour) -> str:
    """Return the scaler's options that say how its input is meant."""
    limits = f"in_range={'full' if colour.full else 'limited'}"
    return limits if colour.matrix == "gbr" else f"in_color_matrix={MATRICES[colour.matrix]}:{limits}"

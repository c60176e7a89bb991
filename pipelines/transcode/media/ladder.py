"""Which renditions a source gets: sizes, frame rate, codecs, bit rates and H.264 levels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from pipelines.transcode.media.source import Picture

RATES = (
    Fraction(10),
    Fraction(12),
    Fraction(25, 2),
    Fraction(15),
    Fraction(16),
    Fraction(18),
    Fraction(20),
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(48),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
)
HEIGHTS = (2160, 1440, 1080, 720, 480, 360, 240)
FEW = 3
REFERENCES = 4
# What keeps HDR, by how many bits each needs of what H.264 does, and the quality it is told. Two sizes each: a screen for HDR
# may have a slow line as well.
HDR_CODECS = {"hevc": (0.7, 22), "av1": (0.6, 32)}
HDR_LOWER = 0.5

# Height of a 16:9 frame, CRF, peak bits per second at 30 frames a second or fewer.
_QUALITY = (
    (240, 24, 400_000),
    (360, 23, 800_000),
    (480, 23, 1_400_000),
    (720, 22, 3_000_000),
    (1080, 21, 5_800_000),
    (1440, 21, 10_000_000),
    (2160, 21, 18_000_000),
)

# ITU-T H.264 table A-1: level, macroblocks per second, per frame, per decoded picture buffer, kbit/s (Main).
_LEVELS = (
    (10, 1_485, 99, 396, 64),
    (11, 3_000, 396, 900, 192),
    (12, 6_000, 396, 2_376, 384),
    (13, 11_880, 396, 2_376, 768),
    (20, 11_880, 396, 2_376, 2_000),
    (21, 19_800, 792, 4_752, 4_000),
    (22, 20_250, 1_620, 8_100, 4_000),
    (30, 40_500, 1_620, 8_100, 10_000),
    (31, 108_000, 3_600, 18_000, 14_000),
    (32, 216_000, 5_120, 20_480, 20_000),
    (40, 245_760, 8_192, 32_768, 20_000),
    (42, 522_240, 8_704, 34_816, 50_000),
    (50, 589_824, 22_080, 110_400, 135_000),
    (51, 983_040, 36_864, 184_320, 240_000),
    (52, 2_073_600, 36_864, 184_320, 240_000),
)


@dataclass(frozen=True)
class Rung:
    """One video rendition; `peak` in bit/s, `level` as in table A-1 times ten.

    `coder` is "avc" for BT.709 in 8 bits, "hevc" or "av1" for what the source is, in 10.
    """

    width: int
    height: int
    crf: int
    peak: int
    level: int
    coder: str = "avc"

    @property
    def name(self) -> str:
        """Return the directory name of the rendition; an edge reads from it which plans may see it."""
        return f"v{self.lines}" if self.coder == "avc" else f"v{self.lines}-{self.coder}"

    @property
    def lines(self) -> int:
        """Return what a picture is called after, and plans are limited by: an upright one of 1080 by 1920 is 1080p as well."""
        return min(self.width, self.height)

    @property
    def codec(self) -> str:
        """Return the RFC 6381 string of H.264 High at this level."""
        return f"avc1.6400{self.level:02x}"


def frame_rate(rate: Fraction) -> Fraction:
    """Return the constant rate a source is encoded at: its own when common, else the next common one, 60 at most."""
    nearest = min(RATES, key=lambda common: abs(rate - common))
    if abs(rate - nearest) / nearest < Fraction(1, 200):
        return nearest
    return next((common for common in RATES if common >= rate), RATES[-1])


def gop(rate: Fraction) -> int:
    """Return the frames in a group of pictures of two seconds; 29.97 gives 60."""
    return round(rate * 2)


def level(width: int, height: int, rate: Fraction, peak: int) -> int:
    """Return the lowest H.264 level that allows this size, rate and peak with four reference frames."""
    frame = -(-width // 16) * -(-height // 16)
    for number, per_second, per_frame, buffer, kbits in _LEVELS:
        fits = frame <= per_frame and frame * rate <= per_second and frame * REFERENCES <= buffer
        if fits and peak <= kbits * 1250:
            return number
    return _LEVELS[-1][0]


def ladder(picture: Picture, rate: Fraction, top: int = 1080) -> tuple[Rung, ...]:
    """Return the rungs, highest first: the source's own size capped to a `top`p frame, then lower ones, never larger."""
    sizes = _sizes(picture, top, gap=0.7)
    if len(sizes) < FEW:
        sizes = _sizes(picture, top, gap=0.8)
    return tuple(_rung(width, height, rate) for width, height in sizes)


def hdr_ladder(rungs: tuple[Rung, ...]) -> tuple[Rung, ...]:
    """Return the rungs that keep HDR beside these: the highest, and the next of at most half its lines, in each codec."""
    lower = [rung for rung in rungs if rung.height <= rungs[0].height * HDR_LOWER][:1]
    return tuple(
        replace(rung, coder=coder, crf=crf, peak=round(rung.peak * share / 1000) * 1000)
        for coder, (share, crf) in HDR_CODECS.items()
        for rung in (rungs[0], *lower)
    )


def _sizes(picture: Picture, top: int, gap: float) -> list[tuple[int, int]]:
    first = _fit(picture, top)
    sizes = [first]
    for height in HEIGHTS:
        size = _fit(picture, height)
        if size[1] <= sizes[-1][1] * gap:
            sizes.append(size)
    return sizes


def _fit(picture: Picture, height: int) -> tuple[int, int]:
    """Return the largest even size of the picture's shape inside a frame of 16:9 (or 9:16) without enlarging."""
    long, short = Fraction(height * 16, 9), Fraction(height)
    box = (long, short) if picture.width >= picture.height else (short, long)
    # 854x480 is the customary even size for 853.33: half a pixel more is not an enlargement.
    scale = min((box[0] + 1) / picture.width, box[1] / picture.height, Fraction(1))
    return _even(picture.width * scale), _even(picture.height * scale)


def _even(pixels: Fraction) -> int:
    return max(2, round(pixels / 2) * 2)


def _rung(width: int, height: int, rate: Fraction) -> Rung:
    pixels = width * height
    faster = 1.5 if rate > 30 else 1.0
    for lines, crf, peak in _QUALITY:
        area = lines * lines * 16 / 9
        if pixels <= area * 1.2 or lines == HEIGHTS[0]:
            peak = max(100_000, round(peak * faster * min(1.0, pixels / area) / 1000) * 1000)
            return Rung(width, height, crf, peak, level(width, height, rate, peak))
    raise AssertionError

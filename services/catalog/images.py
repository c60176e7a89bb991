"""Pictures in: what was uploaded is decoded, checked, stripped of everything but its pixels, and made in our sizes."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass

import blurhash
from PIL import ExifTags, Image, ImageOps

from libs.chassis.problems import Invalid, TooLarge, Unsupported
from services.catalog.artwork import KINDS

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
# WebP holds no side longer than 16,383 pixels. Widths are ours; this is for what is far taller than it is wide.
MAX_HEIGHT = 16_383
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 84
BLUR_PIXELS = 32
QUARTER_TURNS = (5, 6, 7, 8)  # of Exif's orientations: what lies on its side in the file


class ImageTooLarge(TooLarge):
    """This picture is larger than 10 MB. Save it at a lower quality or a smaller size and try again."""

    code = "image_too_large"


class TooManyPixels(Invalid):
    """This picture has more than 40 million pixels. Make it smaller and try again."""

    code = "too_many_pixels"


class NotAnImage(Unsupported):
    """This is not a JPEG, PNG or WebP picture. Save it in one of these formats and try again."""

    code = "not_an_image"


class BrokenImage(Invalid):
    """This picture is damaged and cannot be read to its end. Save it again and retry."""

    code = "broken_image"


@dataclass(frozen=True)
class Prepared:
    """A picture in our sizes: `variants` maps widths in pixels to WebP bytes; `color` is `#rrggbb`, the average.

    `blurhash` is what to show while it loads: some thirty signs that every platform has a library for (https://blurha.sh).
    """

    digest: str
    width: int
    height: int
    color: str
    blurhash: str
    variants: dict[int, bytes]


def prepare(data: bytes, kind: str) -> Prepared:
    """Check and resize a picture; never enlarges. Takes a second of CPU for large ones: call it in a thread."""
    rules = KINDS[kind]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise TooManyPixels from None
    except Exception:
        raise NotAnImage from None
    # The header is enough to refuse what would take gigabytes to decode.
    if picture.width * picture.height > MAX_PIXELS:
        raise TooManyPixels
    try:
        # A JPEG far larger than our widest size is decoded at a fraction of it.
        if picture.format == "JPEG":
            widest = rules.widths[-1]
            turned = picture.getexif().get(ExifTags.Base.Orientation) in QUARTER_TURNS
            picture.draft("RGB", (1, widest) if turned else (widest, 1))
        upright = _eight_bit(ImageOps.exif_transpose(picture))
        pixels = upright.convert("RGBA" if rules.alpha and upright.has_transparency_data else "RGB")
    except Exception:
        raise BrokenImage from None
    if pixels.height > MAX_HEIGHT:
        pixels = pixels.resize((max(1, pixels.width * MAX_HEIGHT // pixels.height), MAX_HEIGHT))
    widths = [width for width in rules.widths if width <= pixels.width] or [pixels.width]
    variants = {width: _encode(pixels, width) for width in widths}
    red, green, blue = _average(pixels)
    return Prepared(
        digest=hashlib.sha256(data).hexdigest()[:16],
        width=pixels.width,
        height=pixels.height,
        color=f"#{red:02x}{green:02x}{blue:02x}",
        blurhash=_blurred(pixels),
        variants=variants,
    )


def _eight_bit(picture: Image.Image) -> Image.Image:
    # Pillow cuts 16 bits of grey to 8 by clipping, which makes everything white.
    return picture.point(lambda value: value / 256).convert("L") if picture.mode.startswith("I") else picture


def _encode(pixels: Image.Image, width: int) -> bytes:
    height = max(1, round(pixels.height * width / pixels.width))
    scaled = pixels if width == pixels.width else pixels.resize((width, height), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    scaled.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()


def _blurred(pixels: Image.Image) -> str:
    """Four patches along the longer side, three along the other; more of them are no likeness, only longer."""
    small = pixels.convert("RGB")
    small.thumbnail((BLUR_PIXELS, BLUR_PIXELS), Image.Resampling.BOX)
    across, down = (3, 4) if pixels.height > pixels.width else (4, 3)
    seen, stride = small.tobytes(), small.width * 3
    rows = [[seen[at : at + 3] for at in range(row, row + stride, 3)] for row in range(0, len(seen), stride)]
    return str(blurhash.encode(rows, components_x=across, components_y=down))


def _average(pixels: Image.Image) -> tuple[int, int, int]:
    value = pixels.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(value, tuple)
    return int(value[0]), int(value[1]), int(value[2])

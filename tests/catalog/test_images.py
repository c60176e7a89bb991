"""Strange pictures: whatever the bytes are, the answer is our sizes or a reason, never an accident."""

import io
import random
from typing import Any

import blurhash
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from libs.chassis.problems import Problem
from services.catalog import artwork, images
from services.catalog.artwork import KINDS
from services.catalog.images import prepare

RED, BLUE = (255, 0, 0), (0, 0, 255)
BEHIND = b"<script>alert(1)</script>PK\x03\x04"


def encoded(picture: Image.Image, fmt: str = "PNG", **save: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, fmt, **save)
    return out.getvalue()


def plain(width: int, height: int, color: tuple[int, ...] = RED) -> Image.Image:
    return Image.new("RGB" if len(color) == 3 else "RGBA", (width, height), color)


def turned(width: int, height: int, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(plain(width, height), "JPEG", exif=exif)


def made(prepared: images.Prepared, width: int) -> Image.Image:
    return Image.open(io.BytesIO(prepared.variants[width]))


def near(color: str, red: int, green: int, blue: int) -> bool:
    found = bytes.fromhex(color.removeprefix("#"))
    return all(abs(one - other) <= 3 for one, other in zip(found, (red, green, blue), strict=True))


@pytest.mark.parametrize(("size", "kind"), [((400, 600), "poster"), ((640, 360), "backdrop")])
def test_a_blurhash_is_a_likeness(size: tuple[int, int], kind: str) -> None:
    """Red above and blue below come out as such, wherever it is decoded."""
    halves = plain(*size, color=(200, 30, 20))
    halves.paste((20, 30, 200), (0, size[1] // 2, *size))
    hash_ = prepare(encoded(halves, "PNG"), kind).blurhash
    rows = blurhash.decode(hash_, 8, 8)
    above, below = rows[0][4], rows[7][4]
    assert above[0] > 150 > 90 > above[2]
    assert below[2] > 150 > 90 > below[0]
    assert len(hash_) == 28


@settings(max_examples=25, deadline=None)
@given(
    width=st.integers(1, 2000), height=st.integers(1, 60), kind=st.sampled_from(sorted(KINDS)),
    fmt=st.sampled_from(["PNG", "JPEG", "WEBP"]),
)  # fmt: skip
def test_every_size_that_fits_is_made_and_none_is_larger_than_the_picture(
    width: int, height: int, kind: str, fmt: str
) -> None:
    found = prepare(encoded(plain(width, height), fmt), kind)
    fitting = [size for size in KINDS[kind].widths if size <= width] or [width]
    assert list(found.variants) == fitting
    for size in found.variants:
        assert made(found, size).size == (size, max(1, round(found.height * size / found.width)))
        assert made(found, size).format == "WEBP"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_that_lies_on_its_side_loses_no_size(orientation: int) -> None:
    lying = orientation >= 5
    found = prepare(turned(*((2600, 1300) if lying else (1300, 2600)), orientation), "poster")
    assert list(found.variants) == [320, 640, 1280]
    assert found.height > found.width, "it is upright"


@pytest.mark.parametrize(("width", "height"), [(300, 20_000), (1, 40_000)])
def test_what_is_taller_than_webp_allows_is_made_smaller(width: int, height: int) -> None:
    found = prepare(encoded(plain(width, height)), "poster")
    assert found.height == images.MAX_HEIGHT
    assert found.width == max(1, width * images.MAX_HEIGHT // height)
    assert [made(found, size).size[0] for size in found.variants] == list(found.variants)


def test_a_line_of_pixels_keeps_a_height() -> None:
    found = prepare(encoded(plain(20_000, 1)), "poster")
    assert [made(found, width).size for width in found.variants] == [(320, 1), (640, 1), (1280, 1)]


def test_one_pixel_is_a_picture() -> None:
    found = prepare(encoded(plain(1, 1)), "logo")
    assert (found.width, found.height, found.color, list(found.variants)) == (1, 1, "#ff0000", [1])


@pytest.mark.parametrize(
    ("picture", "fmt", "color"),
    [
        (Image.new("CMYK", (400, 400), (0, 255, 255, 0)), "JPEG", (255, 0, 0)),
        (Image.new("L", (400, 400), 99), "JPEG", (99, 99, 99)),
        (Image.new("1", (400, 400), 1), "PNG", (255, 255, 255)),
        (Image.new("I;16", (400, 400), 0x6400), "PNG", (100, 100, 100)),
        (Image.new("LA", (400, 400), (80, 255)), "PNG", (80, 80, 80)),
        (Image.new("P", (400, 400), 0), "PNG", (0, 0, 0)),
        (Image.new("YCbCr", (400, 400), (76, 85, 255)), "JPEG", (255, 0, 0)),
    ],
    ids=["print colours", "grey", "black and white", "16 bits of grey", "grey with alpha", "palette", "YCbCr"],
)
def test_colours_are_what_they_were(picture: Image.Image, fmt: str, color: tuple[int, int, int]) -> None:
    found = prepare(encoded(picture, fmt), "poster")
    assert near(found.color, *color), found.color
    assert made(found, 320).mode == "RGB"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_only_logos_are_transparent(kind: str) -> None:
    found = prepare(encoded(plain(400, 400, (10, 200, 10, 40))), kind)
    mode = "RGBA" if KINDS[kind].alpha else "RGB"
    assert made(found, min(found.variants)).mode == mode
    palette = prepare(encoded(Image.new("P", (320, 320), 0), transparency=0), kind)
    assert made(palette, 320).mode == mode
    assert made(prepare(encoded(plain(320, 320)), kind), 320).mode == "RGB", "nothing to see through"


@pytest.mark.parametrize("fmt", ["PNG", "WEBP"])
def test_of_what_moves_the_first_picture_is_taken(fmt: str) -> None:
    moving = encoded(plain(400, 400), fmt, save_all=True, append_images=[plain(400, 400, BLUE)] * 2, duration=100)
    found = prepare(moving, "poster")
    assert near(found.color, *RED)
    assert getattr(made(found, 320), "n_frames", 1) == 1


@pytest.mark.parametrize("fmt", ["PNG", "JPEG", "WEBP"])
def test_what_hides_behind_a_picture_is_left_behind(fmt: str) -> None:
    found = prepare(encoded(plain(700, 700), fmt) + BEHIND, "poster")
    for data in found.variants.values():
        assert BEHIND not in data
        assert data.startswith(b"RIFF")


@pytest.mark.parametrize("kind", ["poster", "logo"])
def test_texts_and_colour_profiles_are_left_behind(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "where the director lives"
    data = encoded(plain(400, 400), "JPEG", exif=exif, icc_profile=b"profile" * 50, comment=b"taken by")
    for variant in prepare(data, kind).variants.values():
        kept = Image.open(io.BytesIO(variant))
        assert not kept.getexif() and "icc_profile" not in kept.info
        assert b"director" not in variant and b"taken by" not in variant


NOISE = Image.frombytes("RGB", (97, 61), random.Random(7).randbytes(97 * 61 * 3))
SOUND = {fmt: encoded(NOISE, fmt) for fmt in ("PNG", "JPEG", "WEBP")}


@settings(max_examples=60, deadline=None)
@given(data=st.data(), fmt=st.sampled_from(["PNG", "JPEG", "WEBP"]))
def test_a_damaged_picture_is_made_or_refused_with_a_reason(data: st.DataObject, fmt: str) -> None:
    whole = bytearray(SOUND[fmt])
    if data.draw(st.booleans(), label="cut"):
        whole = whole[: data.draw(st.integers(0, len(whole)))]
    for _ in range(data.draw(st.integers(0, 8), label="flips")):
        if whole:
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = prepare(bytes(whole), "poster")
    except Problem as problem:
        assert problem.code in ("not_an_image", "broken_image", "too_many_pixels")
    else:
        assert found.variants


@given(st.binary(max_size=300))
def test_noise_is_no_picture(data: bytes) -> None:
    with pytest.raises(Problem) as refused:
        prepare(data, "poster")
    assert refused.value.code == "not_an_image"


@pytest.mark.parametrize("fmt", ["GIF", "BMP", "TIFF", "ICO", "PPM"])
def test_other_formats_are_refused_even_though_they_could_be_read(fmt: str) -> None:
    with pytest.raises(images.NotAnImage):
        prepare(encoded(plain(64, 64), fmt), "poster")


def test_the_name_of_a_picture_is_its_content() -> None:
    one, other = encoded(plain(50, 50)), encoded(plain(50, 50, BLUE))
    assert prepare(one, "poster").digest == prepare(one, "logo").digest != prepare(other, "poster").digest


def test_exactly_forty_million_pixels_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_PIXELS", 100 * 100)
    assert prepare(encoded(plain(100, 100)), "poster")
    with pytest.raises(images.TooManyPixels):
        prepare(encoded(plain(101, 100)), "poster")


@pytest.mark.parametrize(
    ("kind", "widths", "named"),
    [("poster", (320, 640, 1280), 640), ("poster", (320,), 320), ("poster", (1280,), 1280), ("poster", (97,), 97),
     ("backdrop", (640, 1280, 1920), 1920), ("backdrop", (640, 1280), 1280), ("still", (1280, 320, 640), 640)],
)  # fmt: skip
def test_an_answer_names_the_widest_that_is_not_too_wide(kind: str, widths: tuple[int, ...], named: int) -> None:
    variants = {str(width): f"images/{width}.webp" for width in widths}
    assert artwork.url(kind, variants) == f"/images/{named}.webp"
    ordered = ", ".join(f"/images/{width}.webp {width}w" for width in sorted(widths))
    assert artwork.srcset(variants) == ordered


def test_without_a_picture_there_is_no_address() -> None:
    assert (
        artwork.url("poster", None) is artwork.url("poster", {}) is artwork.srcset(None) is artwork.srcset({}) is None
    )

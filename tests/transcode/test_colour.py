"""Whatever the numbers of a picture mean, its renditions show the same colours in BT.709; of HDR as many as SDR can show."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.transcode.media import colour, encode
from pipelines.transcode.media.chunks import split
from pipelines.transcode.media.commands import EncodePlan
from pipelines.transcode.media.ladder import ladder
from pipelines.transcode.media.probe import probe
from pipelines.transcode.media.source import Colour, Refused
from pipelines.transcode.media.timeline import Timeline
from pipelines.transcode.media.tonemap import bent
from pipelines.transcode.media.tools import Tools
from tests.transcode import patches

GREY, HALF = [[level] * 3 for level in (0.0, 0.05, 0.2, 0.5, 1.0)], 0.5
SHOWN = np.array([*GREY, [0.75, 0.1, 0.1], [0.1, 0.7, 0.15], [0.15, 0.2, 0.8], [0.85, 0.65, 0.5]])
NITS = (0, 1, 18, 100, 203, 400, 1000)
X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "4"]


async def made(tools: Tools, folder: Path, kind: str, codes: patches.Values, tags: list[str], **coding: Any) -> Path:
    """Return the rendition that is made of patches."""
    path = folder / "source.bin"
    codec = X264 if coding["matrix"] != "gbr" else ["-c:v", "ffv1"]
    patches.write(folder / f"source.{kind}", codes, tags, codec, **coding).rename(path)
    source = await probe(tools, folder, path.name)
    rate = Fraction(25)
    film = Timeline(0.0, rate, 25, [number / 25 for number in range(25)])
    plan = EncodePlan(path.name, source.demuxer, source.picture, rate, ladder(source.picture, rate), "ultrafast")
    (chunk,) = split(film, 4)
    encode.prepare(folder, plan)
    frames = await encode.encode(tools, folder, plan, chunk, lambda done: None)
    await encode.join(tools, folder, plan, plan.rungs[0].name, [chunk], frames)
    return folder / f"{plan.rungs[0].name}.mp4"


def tagged(primaries: str = "", transfer: str = "", matrix: str = "", range_: str = "") -> list[str]:
    told = {"color_primaries": primaries, "color_trc": transfer, "colorspace": matrix, "color_range": range_}
    return [part for name, value in told.items() if value for part in (f"-{name}", value)]


@pytest.mark.parametrize(
    ("kind", "pixels", "matrix", "full", "primaries", "told"),
    [
        ("mp4", "yuv420p", "bt709", False, "bt709", tagged("bt709", "bt709", "bt709")),
        ("mp4", "yuv420p", "bt709", True, "bt709", tagged("bt709", "bt709", "bt709", "pc")),
        ("mp4", "yuv420p", "smpte170m", False, "bt709", []),
        ("mp4", "yuv444p", "smpte170m", True, "bt709", tagged("bt709", "bt709", "smpte170m", "pc")),
        ("mkv", "yuv422p10le", "bt470bg", False, "bt709", tagged("bt470bg", "bt470bg", "bt470bg")),
        ("mp4", "yuv420p10le", "bt2020nc", False, "bt2020", tagged("bt2020", "bt2020-10", "bt2020nc")),
        ("mp4", "yuv444p", "bt709", False, "smpte432", tagged("smpte432", "bt709", "bt709")),
        ("mkv", "gbrp", "gbr", True, "bt709", []),
    ],
    ids=["BT.709", "full", "untagged", "full BT.601 4:4:4", "PAL 4:2:2 10 bits", "BT.2020 in SDR", "P3", "RGB"],
)
async def test_colours_stay(
    tools: Tools, tmp_path: Path, kind: str, pixels: str, matrix: str, full: bool, primaries: str, told: list[str]
) -> None:
    codes = patches.widened(SHOWN, primaries) if primaries != "bt709" else SHOWN
    bits = 10 if pixels.endswith("10le") else 8
    path = await made(tools, tmp_path, kind, codes, told, matrix=matrix, bits=bits, full=full, pixels=pixels)
    assert patches.difference(patches.read(path, len(SHOWN)), SHOWN * 255) < 3
    found = patches.tags(path)
    assert (found["pix_fmt"], found["color_range"]) == ("yuv420p", "tv")
    assert (found["color_space"], found["color_transfer"]) == ("bt709", "bt709")
    assert found["color_primaries"] == ("bt470bg" if "bt470bg" in told else "bt709")


async def test_untagged_and_large_is_bt709(tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty patches are 1,280 pixels wide."""
    monkeypatch.setattr(patches, "HEIGHT", 160)
    codes = np.tile(SHOWN, (5, 1))[:40]
    path = await made(tools, tmp_path, "mp4", codes, [], matrix="bt709", bits=8, full=False, pixels="yuv420p")
    assert patches.difference(patches.read(path, 40), codes * 255) < 3


def pq(nits: patches.Values) -> patches.Values:
    level = (nits.clip(0) / 10_000) ** (2610 / 16384)
    return np.asarray(((107 / 128 + 2413 / 128 * level) / (1 + 2392 / 128 * level)) ** (2523 / 32))


def hlg(nits: patches.Values) -> patches.Values:
    light = nits / 1000
    luminance = (light @ np.array([0.2627, 0.6780, 0.0593]))[:, None]
    scene = light * luminance.clip(1e-9) ** (-0.2 / 1.2)
    loud = 0.17883277 * np.log((12 * scene - 0.28466892).clip(1e-9)) + 0.55991073
    return np.asarray(np.where(scene <= 1 / 12, np.sqrt(3 * scene), loud))


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
async def test_hdr_becomes_sdr(tools: Tools, tmp_path: Path, transfer: str) -> None:
    """Up to 100 nits light is as it was, white is nearly white, what is brighter is still apart; hues stay."""
    hues = np.array([[100, 0, 0], [0, 100, 0], [60, 35, 25]])
    light = np.array([[nits] * 3 for nits in NITS] + [list(patches.WIDER["bt2020"] @ hue) for hue in hues], float)
    codes = {"smpte2084": pq, "arib-std-b67": hlg}[transfer](light)
    told = tagged("bt2020", transfer, "bt2020nc", "tv")
    coding = {"matrix": "bt2020nc", "bits": 10, "full": False, "pixels": "yuv420p10le"}
    path = await made(tools, tmp_path, "mp4", codes, told, **coding)
    found = patches.read(path, len(light))
    black, faint, dim, lit, white, bright, brightest = found[:7, 1]
    assert black <= 2
    wanted = [255 * (nits / 206) ** (1 / 2.4) for nits in (1, 18, 100)]
    assert np.abs(np.array([faint, dim, lit]) - wanted).max() <= 3
    assert 228 <= white <= 245
    assert white + 8 <= bright <= brightest - 4
    assert brightest >= 252
    assert np.ptp(found[:7], axis=1).max() <= 2
    assert patches.difference(found[7:], 255 * (hues / 206) ** (1 / 2.4)) < 8
    after = patches.tags(path)
    names = ("color_primaries", "color_transfer", "color_space", "color_range", "pix_fmt")
    assert [after[name] for name in names] == ["bt709", "bt709", "bt709", "tv", "yuv420p"]


def test_light_is_bent_but_never_turned() -> None:
    nits = np.linspace(0, 4000, 4001)
    for peak in (300, 1000, 4000):
        shown = bent(nits, peak)
        assert (np.diff(shown) >= 0).all()
        assert np.allclose(shown[:101], nits[:101] / 206)
        assert shown[peak] == pytest.approx(1)


@pytest.mark.parametrize(
    ("stream", "wanted"),
    [
        ({"width": 720, "height": 576}, Colour("bt470bg", "bt709", "smpte170m")),
        ({"width": 720, "height": 480}, Colour("smpte170m", "bt709", "smpte170m")),
        ({"width": 1280, "height": 536}, Colour()),
        ({"width": 640, "height": 360, "color_space": "bt709", "color_primaries": "unknown"}, Colour()),
        ({"height": 1080, "color_transfer": "smpte2084"}, Colour("bt2020", "smpte2084", "bt2020nc", False, 1000.0)),
        ({"height": 1080, "pix_fmt": "gbrp", "color_space": "gbr"}, Colour(matrix="gbr", full=True)),
    ],
)
def test_what_is_not_told_is_taken_as_players_take_it(stream: dict[str, Any], wanted: Colour) -> None:
    assert colour.understand(stream) == wanted


def dolby(profile: int, base: int) -> dict[str, Any]:
    side = {"side_data_type": "DOVI configuration record", "dv_profile": profile, "dv_bl_signal_compatibility_id": base}
    return {"height": 1080, "color_transfer": "arib-std-b67", "side_data_list": [side]}


def test_dolby_vision_is_its_base_layer() -> None:
    assert colour.understand(dolby(8, 4)).transfer == "arib-std-b67"
    with pytest.raises(Refused, match="Dolby Vision profile 5"):
        colour.understand(dolby(5, 0))


def test_a_numbering_of_colours_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(Refused, match="ictcp"):
        colour.understand({"height": 1080, "color_space": "ictcp"})


def test_what_a_film_tells_of_its_light() -> None:
    light = {"side_data_type": "Content light level metadata", "max_content": 4000, "max_average": 400}
    display = {
        "side_data_type": "Mastering display metadata",
        "min_luminance": "1/10000",
        "max_luminance": "10000000/10000",
    }
    points = ("13250", "34500", "7500", "3000", "34000", "16000", "15635", "16450")
    display |= {name: f"{point}/50000" for name, point in zip(colour.DISPLAY, points, strict=True)}
    found = colour.measured(
        Colour("bt2020", colour.PQ, "bt2020nc", False, 1000.0), {"side_data_list": [light, display]}
    )
    assert (found.peak, found.light) == (4000, "4000,400")
    assert found.mastering == "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
    assert colour.measured(found, {}) == Colour("bt2020", colour.PQ, "bt2020nc", False, 1000.0)

"""HDR is kept beside SDR, in HEVC and AV1 of 10 bits, as it was graded; who has a screen for SDR is shown SDR."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lxml import etree
from playwright.sync_api import Route

from deploy.local import web
from pipelines.transcode.media import encode, packets
from pipelines.transcode.media.check import check
from pipelines.transcode.media.chunks import split
from pipelines.transcode.media.commands import EncodePlan
from pipelines.transcode.media.film import SOURCE, Film, Made, Options
from pipelines.transcode.media.ladder import hdr_ladder, ladder
from pipelines.transcode.media.manifests import DASH, TRANSFER, read_hls
from pipelines.transcode.media.probe import probe
from pipelines.transcode.media.source import Picture
from pipelines.transcode.media.tools import Tools
from pipelines.transcode.service.publish import result
from tests.journeys.browser import browsing, chromium
from tests.transcode import numbered, patches
from tests.transcode.test_colour import NITS, pq, tagged

DISPLAY = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
X265 = ["-c:v", "libx265", "-preset", "ultrafast", "-crf", "4", "-tag:v", "hvc1", "-x265-params"]
SHAKA = Path(web.__file__).parents[2] / "web/node_modules/shaka-player/dist/shaka-player.compiled-es2021.js"


async def told(stage: str, share: float) -> None:
    """Nobody listens."""


@pytest.fixture
def _no_chromium_after() -> Iterator[None]:
    """Its event loop would be in the way of tests that have one."""
    yield
    chromium.close()


@pytest.fixture(scope="module")
def film(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A second of grey patches in HDR10, mastered on a display of 1,000 nits."""
    folder = tmp_path_factory.mktemp("hdr")
    codes = pq(np.array([[nits] * 3 for nits in NITS], float))
    options = [*X265, f"log-level=none:hdr10=1:master-display={DISPLAY}:max-cll=1000,400"]
    coding = {"matrix": "bt2020nc", "bits": 10, "full": False, "pixels": "yuv420p10le"}
    path = patches.write(folder / "film.mp4", codes, tagged("bt2020", "smpte2084", "bt2020nc", "tv"), options, **coding)
    path.rename(folder / SOURCE)
    return asyncio.run(Film(tools, folder, Options(preset="ultrafast"), told).make())


def test_a_small_ladder_keeps_hdr() -> None:
    rungs = ladder(Picture(0, "hevc", 1920, 1080), Fraction(25))
    kept = hdr_ladder(rungs)
    assert [rung.name for rung in kept] == ["v1080-hevc", "v480-hevc", "v1080-av1", "v480-av1"]
    assert all(rung.peak < rungs[0].peak for rung in kept)


@pytest.mark.parametrize("coder", ["hevc", "av1"])
def test_hdr_is_as_it_was_graded(film: Made, tools: Tools, coder: str) -> None:
    """Also what display it was graded on, and how bright it is at most."""
    folder = film.folder.parent
    made = next(folder.glob(f"v*-{coder}.mp4"))
    assert patches.difference(patches.read(made, len(NITS)), patches.read(folder / SOURCE, len(NITS))) < 2
    found = patches.tags(made)
    names = ("pix_fmt", "color_range", "color_primaries", "color_transfer", "color_space")
    assert [found[name] for name in names] == ["yuv420p10le", "tv", "bt2020", "smpte2084", "bt2020nc"]
    published = film.folder / made.stem
    whole = folder / f"{made.stem}.whole.mp4"
    whole.write_bytes((published / "init.mp4").read_bytes() + (published / "00001.m4s").read_bytes())
    command = [tools.deep, "-i", str(whole), "-vf", "showinfo", "-frames:v", "1", "-f", "null", "-"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stderr
    assert "MaxCLL=1000, MaxFALL=400" in shown
    assert "has_primaries:1 has_luminance:1 r(0.6800,0.3200) g(0.2650,0.6900) b(0.1500" in shown
    assert "max_luminance=1000.000000" in shown


def test_sdr_says_nothing_of_hdr(film: Made, tools: Tools) -> None:
    made = next(path for path in film.folder.parent.glob("v*.mp4") if "-" not in path.name)
    command = [tools.deep, "-i", str(made), "-vf", "showinfo", "-frames:v", "1", "-f", "null", "-"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stderr
    assert "MaxCLL" not in shown
    assert "Mastering" not in shown
    assert patches.read(made, len(NITS))[3, 1] == pytest.approx(188, abs=3)


def test_both_manifests_say_what_is_hdr_and_sdr_comes_first(film: Made) -> None:
    streams = [stream for stream in read_hls(film.folder) if stream.kind == "video"]
    found = [(stream.codecs[:4], stream.range) for stream in streams]
    assert found[0] == ("avc1", "SDR")
    assert set(found) == {("avc1", "SDR"), ("hvc1", "PQ"), ("av01", "PQ")}
    told = [(rendition.codec[:4], rendition.range) for rendition in result("asset/r1", film).renditions]
    assert sorted(told) == sorted(found)
    tree = etree.fromstring((film.folder / "manifest.mpd").read_bytes())
    sets = [group for group in tree.iter(f"{DASH}AdaptationSet") if group.get("contentType") == "video"]
    essential = [[said.get("value") for said in group.findall(f"{DASH}EssentialProperty")] for group in sets]
    # Who does not know what it says leaves the set alone.
    assert essential == [[], ["16"], ["16"]]
    assert sets[1][0].get("schemeIdUri") == TRANSFER


def test_a_range_that_is_not_so_is_found(film: Made) -> None:
    master = film.folder / "master.m3u8"
    before = master.read_text("utf-8")
    master.write_text(before.replace("VIDEO-RANGE=PQ", "VIDEO-RANGE=SDR"), "utf-8")
    assert any(problem.startswith("colour: ") for problem in check(film.folder).problems)
    master.write_text(before, "utf-8")
    assert check(film.folder).problems == []


async def test_every_picture_of_hdr_is_in_its_place(tools: Tools, tmp_path: Path) -> None:
    """Over the seam of two chunks."""
    said = "setparams=range=tv:color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"
    numbered.write(tmp_path / "film.mp4", 175, ["-vf", said]).rename(tmp_path / SOURCE)
    source = await probe(tools, tmp_path, SOURCE)
    grid = await packets.read(tools, tmp_path, SOURCE, source, 60)
    rungs = ladder(source.picture, grid.rate)
    plan = EncodePlan(SOURCE, "mov", source.picture, grid.rate, rungs + hdr_ladder(rungs), "ultrafast")
    chunks = split(grid, 4)
    assert len(chunks) == 2
    encode.prepare(tmp_path, plan)
    frames = [await encode.encode(tools, tmp_path, plan, chunk, lambda done: None) for chunk in chunks]
    for rung in plan.rungs:
        await encode.join(tools, tmp_path, plan, rung.name, chunks, sum(frames))
        assert numbered.read(tmp_path / f"{rung.name}.mp4") == list(range(175))


PLAY = """
async (name) => {
  shaka.polyfill.installAll();
  const video = document.querySelector("video");
  const player = new shaka.Player();
  window.player = player;
  await player.attach(video);
  player.configure({ preferredVideo: [{ label: "", role: "", language: "", codec: "", layout: "", hdrLevel: "SDR" }] });
  await player.load(`http://localhost/${name}`);
  video.currentTime = 0.5;
  await new Promise((done) => video.requestVideoFrameCallback(done));
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const at = (part) => context.getImageData(video.videoWidth * part, video.videoHeight / 2, 1, 1).data[1];
  const variants = player.getVariantTracks().map(({ active, hdr, videoCodec }) => ({ active, hdr, videoCodec }));
  return { variants, shown: [...Array(7).keys()].map((number) => at((2 * number + 1) / 14)) };
}
"""


@pytest.mark.usefixtures("_no_chromium_after")
def test_a_screen_for_sdr_is_shown_sdr(film: Made) -> None:
    """Though Chromium plays AV1 of 10 bits as well."""

    def serve(route: Route) -> None:
        path = route.request.url.removeprefix("http://localhost/").split("?")[0]
        if path:
            route.fulfill(path=film.folder / path)
        else:
            route.fulfill(body="<!doctype html><video muted></video>", content_type="text/html")

    with browsing() as context:
        page = context.new_page()
        page.route("http://localhost/**", serve)
        page.goto("http://localhost/")
        page.add_script_tag(path=SHAKA)
        found: list[dict[str, Any]] = [page.evaluate(PLAY, name) for name in ("manifest.mpd", "master.m3u8")]
    for one in found:
        assert {"PQ", "SDR"} <= {variant["hdr"] for variant in one["variants"]}
        [active] = [variant for variant in one["variants"] if variant["active"]]
        assert active["hdr"] == "SDR" and active["videoCodec"].startswith("avc1")
        assert one["shown"][2] == pytest.approx(91, abs=8)
        assert one["shown"][3] == pytest.approx(188, abs=8)
        assert one["shown"][4] < one["shown"][5] < one["shown"][6]

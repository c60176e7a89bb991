"""A film in 5.1 keeps it beside its stereo: every loudspeaker its own sound, both as loud, and stereo where nobody chose."""

from __future__ import annotations

import asyncio
import math
import subprocess
from pathlib import Path

import numpy as np
import pytest
from lxml import etree
from numpy.typing import NDArray

from pipelines.transcode.media import sound
from pipelines.transcode.media.check import check
from pipelines.transcode.media.commands import LOUDNESS, Heard
from pipelines.transcode.media.film import SOURCE, Film, Made, Options
from pipelines.transcode.media.manifests import DASH, attributes
from pipelines.transcode.media.source import Sound
from pipelines.transcode.media.tools import Tools
from tests.transcode.conftest import make_clip

Values = NDArray[np.float32]

SECONDS = 2.0
# Of the loudspeakers in order: left, right, centre, LFE, left and right behind. Hertz.
TONES = (300, 400, 500, 60, 700, 800)
AROUND = "|".join(f"0.2*sin(2*PI*{tone}*t)" for tone in TONES)


def recorded(tools: Tools, path: Path, layout: str, codec: str) -> Path:
    source = ["-f", "lavfi", "-i", f"aevalsrc='{AROUND}':c={layout}:s=48000:d={SECONDS}"]
    command = [tools.ffmpeg, "-v", "error", "-y", *source, "-c:a", codec, str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


def level(samples: Values, tone: int) -> Values:
    """How loud a tone is in each channel, over a second of it."""
    spectrum = np.abs(np.fft.rfft(samples[24_000:72_000], axis=0)) / 24_000
    return np.asarray(spectrum[tone], np.float32)


def decoded(tools: Tools, path: Path, channels: int) -> Values:
    command = [tools.ffmpeg, "-v", "error", "-i", str(path), "-ar", "48000", "-f", "f32le", "-"]
    raw = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    return np.frombuffer(raw, np.float32).reshape(-1, channels)


@pytest.mark.parametrize(
    ("layout", "codec", "centre", "behind"),
    [("5.1", "flac", math.sqrt(0.5), math.sqrt(0.5)), ("5.1(side)", "ac3", 0.5946, 0.5)],
    ids=["BS.775", "as AC-3 says"],
)
async def test_every_loudspeaker_has_its_own(
    tools: Tools, tmp_path: Path, layout: str, codec: str, centre: float, behind: float
) -> None:
    source = Sound(0, codec, 6, surround=True)
    heard = Heard(recorded(tools, tmp_path / "sound.mkv", layout, codec).name, "matroska", 0)
    [around] = await sound.surround(tools, tmp_path, heard, source, SECONDS, SECONDS)
    measured = await sound.measure(tools, tmp_path, heard, SECONDS)
    stereo = await sound.encode(tools, tmp_path, heard, source, measured, SECONDS)
    assert (around.channels, stereo.channels) == (6, 2)
    for one in (around, stereo):
        assert one.loudness == pytest.approx(LOUDNESS, abs=sound.TOLERANCE)

    samples = decoded(tools, tmp_path / around.name, 6)
    each = np.array([level(samples, tone) for tone in TONES])
    loud = each[0, 0]
    # A low tone in the LFE is as loud as the others too, and nowhere but there.
    assert np.diag(each) == pytest.approx(np.full(6, loud), rel=0.05)
    assert (each - np.diag(np.diag(each))).max() < loud / 30

    mixed = np.array([level(decoded(tools, tmp_path / stereo.name, 2), tone) for tone in TONES])
    wanted = [[1, 0], [0, 1], [centre, centre], [0, 0], [behind, 0], [0, behind]]
    assert mixed / mixed[0, 0] == pytest.approx(np.array(wanted), abs=0.04)


async def test_a_commentary_and_stereo_stay_as_they_are(tools: Tools, tmp_path: Path) -> None:
    heard = Heard("none.mkv", "matroska", 0)
    for source in (Sound(0, "aac", 2), Sound(0, "aac", 6, role="commentary", surround=True)):
        assert await sound.surround(tools, tmp_path, heard, source, SECONDS, SECONDS) == []


@pytest.fixture(scope="module")
def film(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """An English film in 5.1, and a commentary in stereo."""
    folder = tmp_path_factory.mktemp("surround")
    more = ["-f", "lavfi", "-i", f"aevalsrc='{AROUND}':c=5.1:s=48000", "-f", "lavfi", "-i", "sine=440"]
    maps = ["-map", "0:v", "-map", "1:a", "-map", "2:a", "-disposition:a:1", "comment"]
    named = ["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=eng"]
    make_clip(
        folder / "film.mkv", SECONDS, sound=False, before_output=(*more, *maps), more=("-c:a", "flac", *named)
    ).rename(folder / SOURCE)

    async def told(stage: str, share: float) -> None:
        pass

    return asyncio.run(Film(tools, folder, Options(preset="ultrafast"), told).make())


def test_hls_has_the_same_sounds_in_both_groups(film: Made) -> None:
    lines = (film.folder / "master.m3u8").read_text("utf-8").splitlines()
    sounds = [attributes(line) for line in lines if line.startswith("#EXT-X-MEDIA:TYPE=AUDIO")]
    found = {(one["GROUP-ID"], one["NAME"]): (one["CHANNELS"], one["DEFAULT"], one["URI"]) for one in sounds}
    assert found == {
        ("audio", "English"): ("2", "YES", "a0/main.m3u8"),
        ("audio", "English (commentary)"): ("2", "NO", "a2/main.m3u8"),
        ("surround", "English"): ("6", "YES", "a1/main.m3u8"),
        ("surround", "English (commentary)"): ("2", "NO", "a2/main.m3u8"),
    }
    groups = [attributes(line)["AUDIO"] for line in lines if line.startswith("#EXT-X-STREAM-INF:")]
    # A player that takes the first variant has stereo.
    assert groups == sorted(groups)
    assert set(groups) == {"audio", "surround"}


def test_dash_says_channels_and_prefers_stereo(film: Made) -> None:
    tree = etree.fromstring((film.folder / "manifest.mpd").read_bytes())
    found = {}
    for group in tree.iter(f"{DASH}AdaptationSet"):
        if group.get("contentType") == "audio":
            [channels] = group.iter(f"{DASH}AudioChannelConfiguration")
            roles = [role.get("value") for role in group.findall(f"{DASH}Role")]
            found[group.findtext(f"{DASH}Label")] = (channels.get("value"), roles, group.get("selectionPriority"))
    assert found == {
        "English": ("2", ["main"], "2"),
        "English 5.1": ("6", ["main"], None),
        "English (commentary)": ("2", ["commentary"], None),
    }


def test_the_tracks_are_told_and_bit_rates_are_those_of_each_group(film: Made) -> None:
    told = [(track.label, track.channels, track.default) for track in film.tracks]
    assert told == [("English", 2, True), ("English 5.1", 6, False), ("English (commentary)", 2, False)]
    master = film.folder / "master.m3u8"
    before = master.read_text("utf-8")
    variants = [attributes(line) for line in before.splitlines() if line.startswith("#EXT-X-STREAM-INF:")]
    rates = {one["AUDIO"]: int(one["BANDWIDTH"]) for one in variants}
    assert rates["surround"] - rates["audio"] > 100_000
    master.write_text(before.replace(str(rates["surround"]), str(rates["audio"])), "utf-8")
    assert any("bandwidth" in problem for problem in check(film.folder).problems)
    master.write_text(before, "utf-8")
    assert check(film.folder).problems == []

"""One gain for a whole track: its range kept, its peaks under ours, no hole; what is heard in a source is heard in the film."""

from __future__ import annotations

import math
import subprocess
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.transcode.media import commands, sound
from pipelines.transcode.media.commands import LOUDNESS, PEAK, Heard
from pipelines.transcode.media.sound import SLACK, Loudness, holes
from pipelines.transcode.media.source import Refused, Sound
from pipelines.transcode.media.tools import Tools

SECONDS = 12.0
NOISE = f"anoisesrc=d={SECONDS}:c=pink:r=48000:seed=7:a={{level}}"
CLICK = "aevalsrc='between(mod(t,4),1,1.05)*0.9*sin(2*PI*500*t)':s=48000:d=12"
# Faint for six seconds, then ten decibels louder.
STEP = NOISE.format(level=0.05) + ",volume='if(lt(t,6),0.32,1)':eval=frame"


def recorded(tools: Tools, path: Path, graph: str) -> Path:
    command = [
        tools.ffmpeg,
        "-v",
        "error",
        "-y",
        "-filter_complex",
        graph,
        "-map",
        "[o]",
        "-ac",
        "2",
        "-c:a",
        "flac",
        str(path),
    ]
    subprocess.run(command, check=True, timeout=60)
    return path


def levels(tools: Tools, path: Path, second: float = 1.0) -> list[float]:
    """The level of every second in dBFS."""
    command = [tools.ffmpeg, "-v", "error", "-i", str(path), "-ac", "1", "-ar", "48000", "-f", "f32le", "-"]
    samples = array("f", subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)
    size = int(48_000 * second)
    parts = [samples[at : at + size] for at in range(0, len(samples) - size + 1, size)]
    return [10 * math.log10(sum(value * value for value in part) / size + 1e-12) for part in parts]


async def made(tools: Tools, folder: Path, name: str) -> tuple[Loudness, Loudness, Path]:
    """A track measured, encoded, and measured again."""
    heard = Heard(name, "matroska", 0)
    before = await sound.measure(tools, folder, heard, SECONDS)
    encoded = await sound.encode(tools, folder, heard, Sound(0, "flac", 2), before, SECONDS)
    after = await sound.measure(tools, folder, Heard(encoded.name, "mov", 0), SECONDS)
    return before, after, folder / encoded.name


@pytest.mark.parametrize(
    "graph",
    [
        f"{NOISE.format(level=0.05)}[n];{CLICK}[c];[n][c]amix=2:normalize=0[o]",
        f"{STEP}[o]",
        f"{NOISE.format(level=0.9)}[o]",
    ],
    ids=["quiet with peaks", "a wide range", "too loud"],
)
async def test_one_gain_for_the_whole_track(tools: Tools, tmp_path: Path, graph: str) -> None:
    source = recorded(tools, tmp_path / "sound.mkv", graph)
    before, after, path = await made(tools, tmp_path, source.name)
    assert abs(after.integrated - LOUDNESS) <= sound.TOLERANCE
    assert after.peak <= PEAK + 1
    gains = [late - early for early, late in zip(levels(tools, source), levels(tools, path), strict=True)]
    # Where a limiter works, peaks are less; nowhere is anything made louder than the rest.
    quiet = [gain for number, gain in enumerate(gains) if "c" not in graph or number % 4 != 1]
    assert max(quiet) - min(quiet) < 1.0
    assert before.silences == after.silences == ()


async def test_the_end_is_kept(tools: Tools, tmp_path: Path) -> None:
    """A tone of a tenth of a second at the very end, after silence."""
    graph = f"aevalsrc='0.2*sin(2*PI*440*t)*(lt(t,5)+gt(t,{SECONDS - 0.1}))':s=48000:d={SECONDS}[o]"
    source = recorded(tools, tmp_path / "sound.mkv", graph)
    before, after, _ = await made(tools, tmp_path, source.name)
    assert len(before.silences) == len(after.silences) == 1
    assert after.silences[0] == pytest.approx(before.silences[0], abs=SLACK)


async def test_a_track_that_ends_before_the_film_is_silent_from_there_on(tools: Tools, tmp_path: Path) -> None:
    source = recorded(tools, tmp_path / "sound.mkv", "sine=frequency=300:sample_rate=48000:duration=5[o]")
    before, after, path = await made(tools, tmp_path, source.name)
    assert len(levels(tools, path)) == SECONDS
    for measured in (before, after):
        [silence] = measured.silences
        assert silence == pytest.approx((5, SECONDS), abs=SLACK)


async def test_a_hole_is_found_in_the_samples(tools: Tools, tmp_path: Path) -> None:
    """Both files say they last as long; a twelfth of a second of one is silent."""
    tone = f"sine=frequency=300:sample_rate=48000:duration={SECONDS}"
    whole = recorded(tools, tmp_path / "whole.mkv", f"{tone}[o]")
    holed = recorded(tools, tmp_path / "holed.mkv", f"{tone},volume='if(between(t,7,7.08),0,1)':eval=frame[o]")
    one, other = [
        await sound.measure(tools, tmp_path, Heard(path.name, "matroska", 0), SECONDS) for path in (whole, holed)
    ]
    assert holes(one, one) == holes(other, other) == holes(other, one) == []
    [(start, end)] = holes(one, other)
    assert (start, end) == pytest.approx((7, 7.08), abs=SLACK)


async def test_sound_that_comes_out_silent_is_refused(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = recorded(tools, tmp_path / "sound.mkv", f"sine=frequency=300:sample_rate=48000:duration={SECONDS}[o]")
    cut = "volume='if(between(t,3,3.2),0,1)':eval=frame"
    real = commands.gain
    monkeypatch.setattr(commands, "gain", lambda by, peak: f"{real(by, peak)},{cut}")
    with pytest.raises(Refused) as refusal:
        await made(tools, tmp_path, source.name)
    assert refusal.value.code == "encode_failed"
    assert "3." in refusal.value.because


Spans = tuple[tuple[float, float], ...]
SPANS = st.lists(st.floats(0, 100), max_size=12, unique=True).map(
    lambda at: tuple((start, end) for start, end in zip(sorted(at)[::2], sorted(at)[1::2], strict=False))
)


@given(SPANS, SPANS)
def test_holes_are_what_no_silence_of_the_source_covers(source: Spans, made: Spans) -> None:
    found = holes(Loudness(-20, -3, source), Loudness(-16, -3, made))
    for start, end in found:
        assert end - start > SLACK
        assert any(one[0] <= start and end <= one[1] for one in made)
    for start, end in made:
        if any(one[0] <= start and end <= one[1] for one in source):
            assert not any(start <= hole[0] and hole[1] <= end for hole in found)
        if end - start > SLACK and not any(one[0] <= end + SLACK and start <= one[1] + SLACK for one in source):
            assert (start, end) in found


async def test_a_track_of_silence_has_no_loudness(tools: Tools, tmp_path: Path) -> None:
    recorded(tools, tmp_path / "silence.mka", "anullsrc=r=48000:cl=stereo,atrim=duration=2[o]")
    found = await sound.measure(tools, tmp_path, Heard("silence.mka", "matroska", 0), 2.0)
    assert (found.integrated, found.peak) == (-math.inf, -math.inf)
    assert found.silences == ((0.0, 2.0),)

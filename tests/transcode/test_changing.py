"""What changes on its way, as broadcasts and recordings of screens do: the size of the picture, the loudspeakers of the sound."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pipelines.transcode.media.film import SOURCE, Film, Options
from pipelines.transcode.media.tools import Tools
from tests.transcode import numbered

SECONDS = 3
SURROUND = "pan=5.1|FL=c0|FR=c0|FC=c0|LFE=c0|BL=c0|BR=c0"
BROADCAST = ("-c:a", "ac3", "-b:a", "384k")


async def joined(tools: Tools, folder: Path, *halves: tuple[str, ...]) -> None:
    """Make a film of recordings of the same numbers, one after the other in one transport stream."""

    async def on_stage(_: str, __: float) -> None: ...

    with (folder / SOURCE).open("wb") as film:
        for number, options in enumerate(halves):
            late = ("-output_ts_offset", str(number * SECONDS))
            part = numbered.write(folder / f"{number}.ts", 25 * SECONDS, (*BROADCAST, *options, *late), sound=SECONDS)
            film.write(part.read_bytes())
    await Film(tools, folder, Options(preset="ultrafast", chunk_seconds=4), on_stage).make()


def louder(tools: Tools, sound: Path) -> Path:
    """A beep of one loudspeaker of six is faint."""
    output = sound.with_suffix(".wav")
    command = [tools.ffmpeg, "-v", "error", "-i", str(sound), "-af", "volume=12dB", str(output)]
    subprocess.run(command, check=True, timeout=60)
    return output


@pytest.mark.parametrize("interlaced", [False, True])
async def test_a_picture_that_changes_its_size(tools: Tools, tmp_path: Path, interlaced: bool) -> None:
    """Each picture once, at the size that the film began with."""
    fields = ("-flags", "+ildct+ilme", "-x264-params", "tff=1") if interlaced else ()
    size = "384:216", "192:108", "320:180"
    await joined(tools, tmp_path, *(("-vf", f"scale={one}:flags=neighbor", *fields) for one in size))
    numbers = numbered.read(tmp_path / "v216.mp4")
    assert numbers[:: 2 if interlaced else 1] == list(range(25 * SECONDS)) * 3
    beeps = numbered.beeps(next(tmp_path.glob("a*.mp4")))
    assert all(abs(beep - second) < 0.06 for beep, second in zip(beeps, range(9), strict=True))


@pytest.mark.parametrize(
    ("first", "second"),
    [(("-af", SURROUND), ("-ac", "2")), (("-ac", "1"), ("-ac", "2", "-ar", "32000"))],
    ids=["5.1, then stereo", "another rate"],
)
async def test_a_sound_that_changes_its_loudspeakers(
    tools: Tools, tmp_path: Path, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    await joined(tools, tmp_path, first, second)
    for made in list(tmp_path.glob("a*.mp4")):
        beeps = numbered.beeps(louder(tools, made))
        assert all(abs(beep - second) < 0.06 for beep, second in zip(beeps, range(2 * SECONDS), strict=True)), made
    assert len(list(tmp_path.glob("a*_6.mp4"))) == (SURROUND in first)

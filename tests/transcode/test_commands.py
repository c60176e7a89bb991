"""Command lines, without the programs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pipelines.transcode.media import commands, lettering
from pipelines.transcode.media.chunks import Chunk
from pipelines.transcode.media.commands import EncodePlan, Packed
from pipelines.transcode.media.ladder import ladder
from pipelines.transcode.media.source import Picture, Source

PICTURE = Picture(0, "h264", 1920, 1080, (Fraction(25),))


def plan(*, labels: bool = False, interlaced: bool = False) -> EncodePlan:
    picture = Picture(0, "h264", 1920, 1080, (Fraction(25),), interlaced)
    return EncodePlan("source.bin", "mov", picture, Fraction(25), ladder(picture, Fraction(25)), "medium", labels)


def value(command: list[str], option: str) -> str:
    return command[command.index(option) + 1]


def test_encode_reads_only_a_local_file_of_a_known_kind() -> None:
    command = commands.encode_chunk("ffmpeg", plan(), Chunk(0, 0, 100, False), "chunks/00000.part")
    at = command.index("-i")
    assert command[at + 1] == "file:source.bin"
    for option, wanted in (("-protocol_whitelist", "file"), ("-format_whitelist", "mov"), ("-f", "mov")):
        assert value(command[:at], option) == wanted
    assert "-nostdin" in command


def test_encode_decodes_once_and_writes_every_rung() -> None:
    command = commands.encode_chunk("ffmpeg", plan(), Chunk(2, 200, 100, False, 9.4, 9.28), "chunks/00002.part")
    assert command.count("-i") == 1
    assert command.count("libx264") == 4
    assert value(command, "-ss") == "9.280000"
    # An accurate seek would drop the picture that is still shown there.
    assert command.index("-noaccurate_seek") < command.index("-i")
    assert [part for part in command if part.endswith(".mp4")] == [
        f"file:chunks/00002.part/v{height}.mp4" for height in (1080, 720, 480, 240)
    ]
    assert {command[n + 1] for n, part in enumerate(command) if part == "-g"} == {"50"}
    assert {command[n + 1] for n, part in enumerate(command) if part == "-frames:v"} == {"100"}


@pytest.mark.parametrize(("preset", "references"), [("ultrafast", "1"), ("superfast", "1"), ("medium", "4")])
def test_a_preset_that_asks_for_speed_looks_back_at_one_picture(preset: str, references: str) -> None:
    command = commands.encode_chunk("ffmpeg", replace(plan(), preset=preset), Chunk(0, 0, 100, False), "chunks/0.part")
    assert {command[n + 1] for n, part in enumerate(command) if part == "-refs"} == {references}
    # Without these, gradients in the dark fall into blocks; every slower preset has them by itself.
    kept = {option: command.count(option) for option in ("-aq-mode", "-deblock")}
    assert set(kept.values()) == {4 if preset == "ultrafast" else 0}


def test_bufsize_keeps_the_peak() -> None:
    command = commands.encode_chunk("ffmpeg", plan(), Chunk(0, 0, 100, False), "x")
    assert value(command, "-maxrate") == value(command, "-bufsize") == "5800000"


def test_filter_graph() -> None:
    graph = commands.picture_filter(plan(interlaced=True), Chunk(1, 100, 100, True, 5.4, 5.28, 7))
    assert graph.startswith(
        "[0:0]scale=interl=-1,bwdif=mode=send_field,settb=AVTB,fps=fps=25/1:start_time=5.400000:eof_action=pass,tpad=stop_mode=clone:stop=7,"
        "setpts=PTS-STARTPTS,split=4[s0][s1][s2][s3];"
    )
    scaled = (
        "scale=1280:720:flags=bicubic:in_color_matrix=bt709:in_range=limited:out_color_matrix=bt709:out_range=limited"
    )
    assert f"[s1]{scaled},setsar=1,format=yuv420p,setparams=range=limited:color_primaries=bt709:" in graph
    assert "drawbox" not in graph
    assert "drawbox" in commands.picture_filter(plan(labels=True), Chunk(0, 0, 100, True))


def test_lettering_stays_in_the_upper_right_corner() -> None:
    for rung in plan().rungs:
        for x, y, width, height in lettering.boxes(rung):
            assert rung.width * 0.5 < x
            assert x + width <= rung.width * (1 - lettering.MARGIN) + 1
            assert y >= round(rung.height * lettering.MARGIN)
            assert y + height < rung.height * 0.2


@pytest.mark.parametrize(
    ("rate", "scale"), [(Fraction(25), 12_800), (Fraction(24000, 1001), 24_000), (Fraction(25, 2), 12_800)]
)
def test_every_frame_is_a_whole_number_of_ticks(rate: Fraction, scale: int) -> None:
    assert commands.timescale(rate) == scale
    assert (scale / rate).denominator == 1


def test_package_uses_templates_and_knows_its_languages() -> None:
    command = commands.package(
        "packager",
        [
            Packed("../v1080.mp4", "v1080", "video"),
            Packed("../a1.mp4", "a0", "audio"),
            Packed("../a2.mp4", "a1", "audio"),
            Packed("../t0.vtt", "t0", "text"),
        ],
    )
    assert value(command, "--segment_duration") == "4"
    streams = [part for part in command if part.startswith("in=")]
    assert len(streams) == 5
    # Two tracks of one language would become one at two bit rates.
    assert ["dash_label=a0" in streams[1], "dash_label=a1" in streams[2]] == [True, True]
    assert not any("language=" in stream for stream in streams)
    assert streams[3].endswith("hls_only=1")
    assert streams[4].endswith("dash_only=1")
    assert all("output=" not in stream for stream in streams)


def test_one_gain_and_a_limiter_only_where_a_peak_would_pass() -> None:
    assert commands.gain(7.0, -8.5) == "volume=7.00dB"
    assert commands.gain(7.0, -8.4).startswith("volume=7.00dB,aresample=192000,alimiter=limit=0.8414:")


def test_remux_keeps_the_chosen_streams() -> None:
    command = commands.remux("ffmpeg", Source("mpegts", PICTURE), "source.bin", "source.mkv")
    assert value(command, "-map") == "0:0"
    assert value(command, "-c") == "copy"

"""Every kind of file that is said to be accepted becomes a film, picture by picture; others are refused by their right name."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.transcode.media import formats, probe
from pipelines.transcode.media.film import SOURCE, Film, Options
from pipelines.transcode.media.source import Refused
from pipelines.transcode.media.tools import Tools
from tests.transcode import numbered, packed

FRAMES = 30
PICTURE = f"scale={2 * numbered.WIDTH}:{2 * numbered.HEIGHT}:flags=neighbor"

HD, PAL, CIF = (
    f"scale={size}"
    for size in ("1920:1080:flags=neighbor", "720:576:flags=neighbor,setsar=64/45", "352:288:flags=neighbor")
)
HEVC = ("-c:v", "libx265", "-crf", "12", "-x265-params", "log-level=none")


@dataclass(frozen=True)
class Kind:
    """A file: its ending, and how ffmpeg makes its picture and its sound."""

    ending: str
    picture: tuple[str, ...]
    sound: tuple[str, ...] = ("-c:a", "aac")
    scaled: str = PICTURE
    # How often each picture is shown: of two fields twice.
    shown: int = 1


COMMON = {
    "AV1 in MP4": Kind("mp4", ("-c:v", "libsvtav1", "-preset", "12", "-crf", "20"), ("-c:a", "libopus")),
    "MXF": Kind("mxf", ("-c:v", "mpeg2video", "-b:v", "5M"), ("-c:a", "pcm_s16le")),
    "Xvid in AVI": Kind("avi", ("-c:v", "mpeg4", "-vtag", "XVID", "-q:v", "3", "-bf", "2"), ("-c:a", "libmp3lame")),
}
OTHERS = {
    "AV1 in WebM": Kind("webm", ("-c:v", "libsvtav1", "-preset", "12", "-crf", "20"), ("-c:a", "libopus")),
    "VP8": Kind("webm", ("-c:v", "libvpx", "-b:v", "2M"), ("-c:a", "libvorbis")),
    "VP9": Kind("webm", ("-c:v", "libvpx-vp9", "-b:v", "2M", "-cpu-used", "8"), ("-c:a", "libopus")),
    "DNxHD in MXF": Kind(
        "mxf", ("-c:v", "dnxhd", "-b:v", "120M", "-pix_fmt", "yuv422p"), ("-c:a", "pcm_s24le"), HD
    ),
    "DNxHR in MOV": Kind("mov", ("-c:v", "dnxhd", "-profile:v", "dnxhr_sq", "-pix_fmt", "yuv422p"), ("-c:a", "pcm_s24be")),
    "ProRes": Kind("mov", ("-c:v", "prores_ks", "-profile:v", "1"), ("-c:a", "pcm_s16be")),
    "CineForm": Kind("mov", ("-c:v", "cfhd", "-pix_fmt", "yuv422p10le"), ("-c:a", "alac")),
    "QuickTime Animation": Kind("mov", ("-c:v", "qtrle", "-pix_fmt", "rgb24"), ("-c:a", "pcm_s16be")),
    "PNG in MOV": Kind("mov", ("-c:v", "png"), ("-c:a", "pcm_s16le")),
    "Motion JPEG in AVI": Kind("avi", ("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p"), ("-c:a", "pcm_s16le")),
    "HuffYUV in AVI": Kind("avi", ("-c:v", "huffyuv", "-pix_fmt", "yuv422p"), ("-c:a", "adpcm_ms")),
    "uncompressed AVI": Kind("avi", ("-c:v", "rawvideo", "-pix_fmt", "yuv420p"), ("-c:a", "pcm_u8")),
    "uncompressed RGB in AVI": Kind("avi", ("-c:v", "rawvideo", "-pix_fmt", "bgr24"), ("-c:a", "pcm_s16le")),
    "DivX 3": Kind("mkv", ("-c:v", "msmpeg4", "-q:v", "3"), ("-c:a", "libmp3lame")),
    "H.264 in AVI": Kind("avi", ("-c:v", "libx264", "-bf", "0", "-crf", "12"), ("-c:a", "ac3")),
    "Windows Media 8": Kind("wmv", ("-c:v", "wmv2", "-q:v", "3"), ("-c:a", "wmav2")),
    "Windows Media 7": Kind("asf", ("-c:v", "wmv1", "-q:v", "3"), ("-c:a", "wmav1")),
    "Flash, Sorenson": Kind("flv", ("-c:v", "flv1", "-q:v", "3"), ("-c:a", "libmp3lame", "-ar", "44100")),
    "Flash, H.264": Kind("flv", ("-c:v", "libx264", "-crf", "12"), ("-c:a", "aac")),
    "DVD": Kind(
        "vob", ("-c:v", "mpeg2video", "-b:v", "5M", "-maxrate", "8M", "-bufsize", "2M", "-bf", "2"), ("-c:a", "ac3"),
        PAL,
    ),
    "MPEG-1": Kind("mpg", ("-c:v", "mpeg1video", "-b:v", "2M"), ("-c:a", "mp2")),
    "3GP of an old phone": Kind(
        "3gp", ("-c:v", "h263", "-q:v", "3"), ("-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1"), CIF
    ),
    "DV in AVI": Kind(
        "avi", ("-c:v", "dvvideo", "-pix_fmt", "yuv420p"), ("-c:a", "pcm_s16le"), PAL, shown=2
    ),
    "DV": Kind(
        "dv", ("-c:v", "dvvideo", "-pix_fmt", "yuv420p"), ("-c:a", "pcm_s16le"), PAL, shown=2
    ),
    "Theora": Kind("ogv", ("-c:v", "libtheora", "-q:v", "9"), ("-c:a", "libvorbis")),
    "FFV1": Kind("mkv", ("-c:v", "ffv1"), ("-c:a", "flac")),
    "HEVC in a transport stream": Kind("ts", HEVC, ("-c:a", "ac3")),
    "AVCHD": Kind("m2ts", ("-c:v", "libx264", "-crf", "12"), ("-c:a", "pcm_bluray")),
    "VVC": Kind("mp4", ("-c:v", "libvvenc", "-preset", "faster", "-qp", "20", "-pix_fmt", "yuv420p10le"), ("-c:a", "aac")),
    "JPEG 2000 in MXF": Kind("mxf", ("-c:v", "jpeg2000", "-pix_fmt", "yuv422p10le"), ("-c:a", "pcm_s16le")),
    "screen of an old PC": Kind("avi", ("-c:v", "zmbv"), ("-c:a", "pcm_s16le")),
}  # fmt: skip


def write(tools: Tools, folder: Path, kind: Kind) -> Path:
    """Write numbered pictures with beeps as a kind of file."""
    plain = numbered.write(folder / "plain.mkv", FRAMES, ("-qp", "0"), sound=FRAMES / 25)
    path = folder / f"film.{kind.ending}"
    command = [tools.deep, "-nostdin", "-v", "error", "-y", "-i", str(plain), "-vf", kind.scaled, *kind.picture]
    subprocess.run([*command, *kind.sound, "-ac", "2", *kind.sound[2:], str(path)], check=True, timeout=120)
    return path


async def becomes_a_film(tools: Tools, folder: Path, kind: Kind) -> None:
    async def on_stage(_: str, __: float) -> None: ...

    (folder / "job").mkdir()
    write(tools, folder, kind).rename(folder / "job" / SOURCE)
    made = await Film(tools, folder / "job", Options(preset="ultrafast"), on_stage).make()
    lowest = min((folder / "job").glob("v*.mp4"), key=lambda path: int(path.stem[1:]))
    assert numbered.read(lowest) == [number for number in range(FRAMES) for _ in range(kind.shown)]
    assert len(numbered.beeps(folder / "job" / "a1.mp4")) == 2
    assert not made.report.problems


@pytest.mark.parametrize("name", COMMON)
async def test_common_kinds_become_films(tools: Tools, tmp_path: Path, name: str) -> None:
    await becomes_a_film(tools, tmp_path, COMMON[name])


@pytest.mark.media
@pytest.mark.parametrize("name", OTHERS)
async def test_every_kind_becomes_a_film(tools: Tools, tmp_path: Path, name: str) -> None:
    await becomes_a_film(tools, tmp_path, OTHERS[name])


@pytest.mark.media
async def test_two_pictures_in_one_packet_are_two_pictures(tools: Tools, tmp_path: Path) -> None:
    options = ("-c:v", "mpeg4", "-vtag", "XVID", "-q:v", "3", "-bf", "1", "-c:a", "libmp3lame")
    plain = numbered.write(tmp_path / "plain.avi", FRAMES, options, sound=FRAMES / 25)
    (tmp_path / "job").mkdir()
    assert packed.pack(plain, tmp_path / "job" / SOURCE) > FRAMES / 3

    async def on_stage(_: str, __: float) -> None: ...

    await Film(tools, tmp_path / "job", Options(preset="ultrafast"), on_stage).make()
    assert numbered.read(tmp_path / "job" / f"v{numbered.HEIGHT}.mp4") == list(range(FRAMES))


async def refusal(tools: Tools, folder: Path, data: bytes) -> Refused:
    (folder / SOURCE).write_bytes(data)
    with pytest.raises(Refused) as refused:
        await probe.probe(tools, folder, SOURCE)
    return refused.value


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\0\0\0\x18ftypheic" + bytes(500), "This is a HEIC picture. This kind of file is not accepted. "),
        (b"RIFF\0\0\0\0WAVEfmt " + bytes(500), "This is a WAV sound. "),
        (b"\0\0\0\1\x67" + bytes(500), "This is a bare H.264 or H.265 stream without a container. "),
        (b"\0\0\1\x04RED2" + bytes(500), "This is REDCODE RAW (R3D). "),
    ],
    ids=["heic", "wav", "bare", "r3d"],
)
async def test_other_files_are_refused_by_their_name(tools: Tools, tmp_path: Path, data: bytes, sentence: str) -> None:
    refused = await refusal(tools, tmp_path, data)
    assert refused.code == "unsupported_container"
    assert refused.detail.startswith(sentence)


@pytest.mark.parametrize(
    ("tag", "named"),
    [
        (b"aprn", "The picture is ProRes RAW. "),
        (b"encv", "The picture is copy-protected (encrypted). "),
        (b"brvn", "The picture is Blackmagic RAW. "),
        (b"SVQ9", "The picture is SVQ9. "),
    ],
)
async def test_codecs_are_refused_by_their_name(
    tools: Tools, clip: Path, tmp_path: Path, tag: bytes, named: str
) -> None:
    data = clip.read_bytes()
    at = data.index(b"avc1", data.index(b"stsd"))
    refused = await refusal(tools, tmp_path, data[:at] + tag + data[at + 4 :])
    assert refused.code == "unsupported_codec"
    assert refused.detail.startswith(named)


def test_what_is_said_to_be_accepted_can_be_decoded(tools: Tools) -> None:
    """By the ffmpeg that the table names, from the kinds of file it names."""

    def listed(program: str, what: str) -> list[list[str]]:
        found = subprocess.run(
            [program, "-v", "error", "-hide_banner", what], capture_output=True, text=True, check=True
        )
        return [line.split() for line in found.stdout.splitlines() if len(line.split()) > 2]

    decoded = {
        program: {row[1] for row in listed(program, "-codecs") if row[0][0] == "D"}
        for program in (tools.ffmpeg, tools.deep)
    }
    assert [codec for codec in formats.PICTURES if codec not in decoded[tools.decoder(codec)]] == []
    assert formats.SOUNDS.keys() - decoded[tools.ffmpeg] == set()
    demuxers = {name for row in listed(tools.ffmpeg, "-demuxers") for name in row[1].split(",")}
    assert {container.demuxer for container in formats.CONTAINERS} - demuxers == set()


def test_the_list_in_the_docs_is_the_probes() -> None:
    assert (Path(__file__).parents[2] / "docs" / "formats.md").read_text() == formats.page()

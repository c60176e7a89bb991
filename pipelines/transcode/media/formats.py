"""What is accepted and what is refused by its name: containers by their first bytes, codecs by the prober's name for them.

The probe decides by these tables and docs/formats.md is made from them, so that neither can say what the other does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Bytes at places that must all be there.
Sign = tuple[tuple[int, bytes], ...]
# So many bytes of a file are looked at.
HEAD = 1024


@dataclass(frozen=True)
class Container:
    """A kind of file; `demuxer` is ffmpeg's name for who reads it, `signs` are its possible beginnings."""

    name: str
    demuxer: str
    signs: tuple[Sign, ...]
    endings: str


# A transport stream's packets: alone, with a time code before each, or with what a broadcast mends them by after each.
PACKETS = (188, 192, 204)
# A recording may begin within a packet: wherever five of them begin one after another.
RECORDED = tuple(
    tuple((first + number * size, b"G") for number in range(5)) for size in PACKETS for first in range(size)
)

CONTAINERS = (
    Container(
        "MP4, QuickTime, 3GP", "mov",
        tuple(((4, kind),) for kind in (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")),
        ".mp4 .m4v .mov .3gp .3g2",
    ),
    Container("Matroska, WebM", "matroska", (((0, b"\x1a\x45\xdf\xa3"),),), ".mkv .webm"),
    Container(
        "MPEG transport stream, with AVCHD's and Blu-ray's time codes too", "mpegts",
        (((0, b"G"), (188, b"G"), (376, b"G")), ((4, b"G"), (196, b"G"), (388, b"G")), *RECORDED), ".ts .m2ts .mts",
    ),
    Container("MPEG program stream, DVD's too", "mpeg", (((0, b"\0\0\1\xba"),),), ".mpg .vob"),
    Container("MXF", "mxf", (((0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02"),),), ".mxf"),
    Container("AVI", "avi", (((0, b"RIFF"), (8, b"AVI ")),), ".avi"),
    Container("Windows Media (ASF)", "asf", (((0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),),), ".wmv .asf"),
    Container("Flash video", "flv", (((0, b"FLV\x01"),),), ".flv"),
    Container("Ogg", "ogg", (((0, b"OggS"),),), ".ogv"),
    Container("DV, raw", "dv", (((0, b"\x1f\x07\x00\x3f"),), ((0, b"\x1f\x07\x00\xbf"),)), ".dv"),
)  # fmt: skip

# Files that are something else, looked for first: a HEIC picture begins like an MP4.
OTHERS: Mapping[str, tuple[Sign, ...]] = {
    "a HEIC picture": (((4, b"ftypheic"),), ((4, b"ftypmif1"),)),
    "an AVIF picture": (((4, b"ftypavif"),),),
    "a Canon RAW picture (CR3)": (((4, b"ftypcrx "),),),
    "a PNG picture": (((0, b"\x89PNG"),),),
    "a JPEG picture": (((0, b"\xff\xd8\xff"),),),
    "a GIF picture": (((0, b"GIF8"),),),
    "a WebP picture": (((0, b"RIFF"), (8, b"WEBP")),),
    "a TIFF or DNG picture": (((0, b"II*\0"),), ((0, b"MM\0*"),)),
    "a WAV sound": (((0, b"RIFF"), (8, b"WAVE")),),
    "an MP3 sound": (((0, b"ID3"),), ((0, b"\xff\xfb"),)),
    "a FLAC sound": (((0, b"fLaC"),),),
    "a playlist (HLS), which only names films": (((0, b"#EXTM3U"),),),
    "a RealMedia file": (((0, b".RMF"),),),
    "a Flash program (SWF)": (((0, b"FWS"),), ((0, b"CWS"),)),
    "REDCODE RAW (R3D)": (((4, b"RED1"),), ((4, b"RED2"),)),
    "an IVF file": (((0, b"DKIF"),),),
    "a bare H.264 or H.265 stream without a container": (((0, b"\0\0\0\1"),), ((0, b"\0\0\1\x67"),)),
    "uncompressed video (YUV4MPEG)": (((0, b"YUV4MPEG2"),),),
    "a GXF file": (((0, b"\0\0\0\0\1\xbc"),),),
}  # fmt: skip

PICTURES: Mapping[str, str] = {
    "h264": "H.264 (AVC)", "hevc": "H.265 (HEVC)", "vvc": "H.266 (VVC)", "av1": "AV1", "vp8": "VP8", "vp9": "VP9",
    "mpeg2video": "MPEG-2", "mpeg1video": "MPEG-1", "mpeg4": "MPEG-4 part 2 (Xvid, DivX)", "h263": "H.263",
    "prores": "ProRes", "dnxhd": "DNxHD, DNxHR", "cfhd": "CineForm", "jpeg2000": "JPEG 2000", "apv": "APV", "dvvideo": "DV",
    "vc1": "VC-1", "wmv3": "Windows Media Video 9", "wmv2": "Windows Media Video 8", "wmv1": "Windows Media Video 7",
    "msmpeg4v1": "Microsoft MPEG-4 1", "msmpeg4v2": "Microsoft MPEG-4 2", "msmpeg4v3": "Microsoft MPEG-4 3 (DivX 3)",
    "flv1": "Sorenson H.263 (Flash)", "vp6": "VP6", "vp6f": "VP6 (Flash)", "theora": "Theora", "svq1": "Sorenson Video 1",
    "svq3": "Sorenson Video 3", "cinepak": "Cinepak", "qtrle": "QuickTime Animation", "mjpeg": "Motion JPEG", "png": "PNG",
    "hap": "Hap", "ffv1": "FFV1", "huffyuv": "HuffYUV", "ffvhuff": "HuffYUV (FFmpeg's)", "utvideo": "Ut Video",
    "magicyuv": "MagicYUV", "zmbv": "Zip Motion Blocks (DOSBox)", "rawvideo": "uncompressed", "v210": "uncompressed, 10 bit",
}  # fmt: skip
SOUNDS: Mapping[str, str] = {
    "aac": "AAC", "aac_latm": "AAC in LATM", "mp3": "MP3", "mp2": "MPEG-1 layer 2", "ac3": "Dolby Digital (AC-3)",
    "eac3": "Dolby Digital Plus (E-AC-3)", "dts": "DTS", "truehd": "Dolby TrueHD", "mlp": "MLP", "opus": "Opus",
    "vorbis": "Vorbis", "flac": "FLAC", "alac": "Apple Lossless", "amr_nb": "AMR", "amr_wb": "AMR wideband", "speex": "Speex",
    "nellymoser": "Nellymoser", "wmav1": "Windows Media Audio 1", "wmav2": "Windows Media Audio 2",
    "wmapro": "Windows Media Audio Pro", "wmalossless": "Windows Media Audio Lossless", "adpcm_ima_wav": "ADPCM (IMA)",
    "adpcm_ima_qt": "ADPCM (QuickTime)", "adpcm_ms": "ADPCM (Microsoft)", "adpcm_swf": "ADPCM (Flash)", "pcm_alaw": "A-law",
    "pcm_mulaw": "µ-law", "s302m": "SMPTE 302M",
    **{
        f"pcm_{kind}": "PCM" for kind in (
            "u8", "s8", "s16le", "s16be", "s24le", "s24be", "s32le", "s32be", "f32le", "f32be", "f64le", "f64be", "bluray",
            "dvd",
        )
    },
}  # fmt: skip
TEXTS: Mapping[str, str] = {
    "mov_text": "MP4's timed text", "subrip": "SubRip", "webvtt": "WebVTT", "ass": "ASS", "ssa": "SSA", "text": "plain text",
}  # fmt: skip

PICTURED = ("hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle", "xsub")

# Named better than the prober does, or known by their tag alone.
REFUSED: Mapping[str, str] = {
    "prores_raw": "ProRes RAW", "aprn": "ProRes RAW", "aprh": "ProRes RAW HQ", "brvn": "Blackmagic RAW", "brst": "Blackmagic RAW",
    "brxq": "Blackmagic RAW", "CRAW": "Canon Cinema RAW Light", "evc": "MPEG-5 EVC", "jpegxs": "JPEG XS", "lcevc": "LCEVC",
    "ac4": "Dolby AC-4", "ac-4": "Dolby AC-4", "mha1": "MPEG-H 3D Audio", "mhm1": "MPEG-H 3D Audio",
    "mpegh_3d_audio": "MPEG-H 3D Audio", "dolby_e": "Dolby E", "apac": "Apple Positional Audio",
}  # fmt: skip
# Pictures of which only the decoder says whether they are two fields: no header does.
UNSAID = ("dvvideo", "mpeg4", "vc1")
PROTECTED = ("encv", "enca", "drmi", "drms")
# These the usual ffmpeg has no decoder for; the other one in the lock has.
OTHER_DECODER = ("av1", "png", "zmbv")
# Sounds that Matroska holds by a name of its own; any other is decoded before its file is put into one.
KEPT = (
    "aac", "mp3", "mp2", "ac3", "eac3", "dts", "truehd", "mlp", "opus", "vorbis", "flac", "alac", "pcm_u8", "pcm_s16le",
    "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le",
)  # fmt: skip


def container(head: bytes) -> Container | str:
    """Return the container by the first bytes of a file, or the name of what it is instead; "" for what nobody knows."""
    for name, signs in OTHERS.items():
        if _begins(head, signs):
            return name
    return next((each for each in CONTAINERS if _begins(head, each.signs)), "")


def _begins(head: bytes, signs: tuple[Sign, ...]) -> bool:
    return any(all(head.startswith(data, at) for at, data in sign) for sign in signs)


def named(codec: str, tag: str, described: str) -> str:
    """Return what to call a codec that is refused: by our name, the prober's description, or what stands in the file."""
    if tag in PROTECTED:
        return "copy-protected (encrypted)"
    return REFUSED.get(codec) or REFUSED.get(tag) or described or (tag if tag.isprintable() else "") or codec


def page() -> str:
    """Return the list of what is accepted as a page."""
    lines = [
        "# What can be uploaded", "",
        "Generated by `make generate` from `pipelines/transcode/media/formats.py`, which the probe decides by. A file's first"
        " bytes say what it is, never its name. Whatever is not here is refused, by its right name where it has one.", "",
        "## Files", "", "| kind | usual endings |", "| --- | --- |",
        *(f"| {each.name} | `{'` `'.join(each.endings.split())}` |" for each in CONTAINERS), "",
    ]  # fmt: skip
    for title, codecs in (("Pictures", PICTURES), ("Sounds", SOUNDS), ("Subtitles", TEXTS)):
        rows = [f"| {name} | {_codes(codecs, name)} |" for name in dict.fromkeys(codecs.values())]
        lines += [f"## {title}", "", "| codec | ffmpeg's name |", "| --- | --- |", *rows, ""]
    refused = sorted({*REFUSED.values(), *(name.split(",")[0] for name in OTHERS)}, key=str.casefold)
    lines += [
        "Subtitles that are pictures (DVD, DVB, Blu-ray) are left out; so is a sound nothing can decode, where another can be.",
        "", "## Refused by name", "", f"{'; '.join(refused)}; anything encrypted.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _codes(codecs: Mapping[str, str], name: str) -> str:
    return " ".join(f"`{code}`" for code, called in codecs.items() if called == name)

"""Command lines as pure functions: the name of a program and its arguments, never a shell, never a user's text.

Every path is relative to the job's directory, which is the working directory of the child, so neither the name of an
upload nor of the work directory can be read as an option, a pattern or a protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipelines.transcode.media import colour, formats, lettering
from pipelines.transcode.media.chunks import Chunk
from pipelines.transcode.media.ladder import REFERENCES, Rung, gop
from pipelines.transcode.media.source import Picture, Source

LOUDNESS = -16.0
PEAK = -1.5
SAMPLE_RATE = 48_000
# By how many channels.
AUDIO_BITS = {2: 128_000, 6: 384_000}
LAYOUTS = {2: "stereo", 6: "5.1"}
MIXED = "clev=0.7071:slev=0.7071:lfe_mix_level=0:rematrix_maxval=16:internal_sample_fmt=fltp"
SILENCE_SECONDS = 0.04
# What x265 and SVT-AV1 call about as much effort as x264's presets: about twice its time.
HDR_PRESETS = {
    "ultrafast": ("ultrafast", "10"), "superfast": ("ultrafast", "10"), "veryfast": ("superfast", "9"),
    "faster": ("superfast", "9"), "fast": ("veryfast", "9"), "medium": ("faster", "8"), "slow": ("fast", "7"),
    "slower": ("medium", "6"),
}  # fmt: skip
SEGMENT_SECONDS = 4
# Of a file that is read at all.
MOST_STREAMS = 256
GOP_SECONDS = 2
# Only what a local file needs: a playlist, a reference or a manifest inside the source cannot open anything else.
SAFE = ("-protocol_whitelist", "file")
# Where pictures change their size the filters would begin anew, and with them the film's time: the scaler takes any size.
# Sounds that change fail instead.
SAME_GRAPH = ("-reinit_filter", "0")


def _ffmpeg(program: str) -> list[str]:
    return [program, "-nostdin", "-hide_banner", "-nostats", "-v", "error", "-y"]


def _input(name: str, demuxer: str) -> list[str]:
    return [*SAFE, "-format_whitelist", demuxer, "-f", demuxer, "-i", f"file:{name}"]


def probe(program: str, name: str, demuxer: str) -> list[str]:
    """Describe format and streams as JSON."""
    return [
        program, "-hide_banner", "-v", "error", *SAFE, "-format_whitelist", demuxer, "-f", demuxer,
        "-max_streams", str(MOST_STREAMS), "-show_entries",
        "stream=index,codec_name,codec_long_name,codec_tag_string,codec_type,width,height,sample_aspect_ratio,avg_frame_rate,"
        "r_frame_rate,nb_frames,field_order,channels,channel_layout,sample_rate,pix_fmt,color_range,color_space,color_transfer,color_primaries:"
        "stream_tags=language,title:stream_disposition=attached_pic,default,forced,comment,"
        "hearing_impaired,visual_impaired,captions,descriptions:"
        "stream_side_data=rotation,side_data_type,dv_profile,dv_bl_signal_compatibility_id:program=program_id:program_stream=index",
        "-of", "json", "-i", f"file:{name}",
    ]  # fmt: skip


def first_picture(program: str, name: str, demuxer: str, index: int) -> list[str]:
    """Describe as JSON whether a stream's first picture is two fields, and what stands beside it."""
    return [
        program, "-hide_banner", "-v", "error", *SAFE, "-format_whitelist", demuxer, "-f", demuxer, "-max_streams",
        str(MOST_STREAMS), "-select_streams", str(index), "-read_intervals", "%+#1", "-show_entries",
        "frame=interlaced_frame:frame_side_data",
        "-of", "json", "-i", f"file:{name}",
    ]  # fmt: skip


def packets(program: str, name: str, demuxer: str) -> list[str]:
    """List every packet, a line each: stream, time shown, how long, flags."""
    return [
        program, "-hide_banner", "-v", "error", *SAFE, "-format_whitelist", demuxer, "-f", demuxer, "-max_streams",
        str(MOST_STREAMS), "-show_entries", "packet=stream_index,pts_time,duration_time,flags", "-of", "compact=p=0:nk=1",
        "-i", f"file:{name}",
    ]  # fmt: skip


def unpack(program: str, source: Source, name: str, output: str) -> list[str]:
    """Copy a picture of which two are put into one packet (Xvid, DivX) into an AVI where each has its own."""
    return [
        *_ffmpeg(program), *_input(name, source.demuxer), "-map", f"0:{source.picture.index}", "-c", "copy",
        "-bsf:v", "mpeg4_unpack_bframes", "-f", "avi", f"file:{output}",
    ]  # fmt: skip


def remux(program: str, source: Source, name: str, output: str, picture: str = "") -> list[str]:
    """Copy the chosen streams into Matroska with an index: seeking in a transport stream is not exact.

    `picture` is an AVI that holds the picture instead.
    """
    others = [*(sound.index for sound in source.sounds), *(text.index for text in source.texts)]
    decoded = [number for number, sound in enumerate(source.sounds) if sound.codec not in formats.KEPT]
    return [
        *_ffmpeg(program), "-fflags", "+genpts", *_input(name, source.demuxer),
        *(["-fflags", "+genpts", *_input(picture, "avi"), "-map", "1:0"] if picture else ["-map", f"0:{source.picture.index}"]),
        *(part for index in others for part in ("-map", f"0:{index}")), "-c", "copy",
        *(part for number in decoded for part in (f"-c:a:{number}", "pcm_s24le")),
        *(["-bsf:v", "mpeg4_unpack_bframes"] if source.picture.codec == "mpeg4" and not picture else []),
        # RGB without compression has no name of Matroska's own, but AVI's.
        *(["-allow_raw_vfw", "1"] if source.picture.codec == "rawvideo" else []), "-f", "matroska", f"file:{output}",
    ]  # fmt: skip


@dataclass(frozen=True)
class EncodePlan:
    """Everything the picture's encode depends on; two equal plans give interchangeable chunks."""

    name: str
    demuxer: str
    picture: Picture
    rate: Fraction
    rungs: tuple[Rung, ...]
    preset: str
    labels: bool = False
    threads: int = 1


def encode_chunk(program: str, plan: EncodePlan, chunk: Chunk, folder: str) -> list[str]:
    """Encode one chunk to every rung, decoding once; `<folder>/<rung>.mp4` each, progress on standard output."""
    # An accurate seek would drop the picture that is still shown where the chunk begins.
    seek = [] if chunk.seek is None else ["-noaccurate_seek", "-seek_timestamp", "1", "-ss", f"{chunk.seek:.6f}"]
    command = [
        *_ffmpeg(program), "-progress", "pipe:1", "-threads", str(plan.threads), "-copyts", *seek, *SAME_GRAPH,
        *_input(plan.name, plan.demuxer), "-filter_complex", picture_filter(plan, chunk), "-filter_complex_threads",
        str(plan.threads),
    ]  # fmt: skip
    for number, rung in enumerate(plan.rungs):
        coded = {"avc": _x264, "hevc": _x265, "av1": _av1}[rung.coder](plan, rung)
        command += [
            "-map", f"[v{number}]", *coded, "-map_metadata", "-1", "-map_chapters", "-1", "-frames:v", str(chunk.frames),
            "-video_track_timescale", str(timescale(plan.rate)), "-f", "mp4", f"file:{folder}/{rung.name}.mp4",
        ]  # fmt: skip
    return command


def picture_filter(plan: EncodePlan, chunk: Chunk) -> str:
    """Return the filter graph: the chunk's slots at a constant rate once, then one branch a rung."""
    common = [
        # A deinterlacer wants all of one size.
        *(["scale=interl=-1,bwdif=mode=send_field"] if plan.picture.interlaced else []),
        # In a clock so fine that two chunks agree on where a picture between two slots belongs; and a last picture that
        # jitter brought close to the one before it is passed on as well.
        f"settb=AVTB,fps=fps={plan.rate.numerator}/{plan.rate.denominator}:start_time={chunk.start:.6f}:eof_action=pass",
        *([f"tpad=stop_mode=clone:stop={chunk.held}"] if chunk.held else []),
        "setpts=PTS-STARTPTS",
    ]
    meant, largest = plan.picture.colour, plan.rungs[0]
    table = colour.through_table(meant, largest.width, largest.height) if colour.tabled(meant) else []
    marks = [f"[s{number}]" for number in range(len(plan.rungs))]
    # SDR's rungs come first; those that keep HDR branch off before the table.
    sdr = sum(rung.coder == "avc" for rung in plan.rungs)
    if hdr := marks[sdr:]:
        table = [f"split={1 + len(hdr)}[sdr]{''.join(hdr)};[sdr]{table[0]}", *table[1:]]
    graph = [f"[0:{plan.picture.index}]{','.join([*common, *table])},split={sdr}{''.join(marks[:sdr])}"]
    for number, rung in enumerate(plan.rungs):
        scaled = colour.scaled(colour.converted(meant), rung.width, rung.height)
        steps = scaled if rung.coder == "avc" else colour.kept(meant, rung.width, rung.height)
        steps += lettering.filters(rung) if plan.labels else []
        graph.append(f"[s{number}]{','.join(steps)}[v{number}]")
    return ";".join(graph)


def _x264(plan: EncodePlan, rung: Rung) -> list[str]:
    every = str(gop(plan.rate))
    return [
        "-c:v", "libx264", "-preset", plan.preset, "-profile:v", "high", "-level:v", f"{rung.level / 10:.1f}",
        *_look(plan.preset), "-pix_fmt", "yuv420p", "-g", every, "-keyint_min", every, "-sc_threshold", "0",
        "-flags", "+cgop", "-crf", str(rung.crf), "-maxrate", str(rung.peak), "-bufsize", str(rung.peak),
        "-threads:v", str(plan.threads),
    ]  # fmt: skip


def _x265(plan: EncodePlan, rung: Rung) -> list[str]:
    every, meant, rate = gop(plan.rate), plan.picture.colour, rung.peak // 1000
    options = [
        "log-level=none", "pools=none", "frame-threads=1", "open-gop=0", "scenecut=0", f"keyint={every}",
        f"min-keyint={every}", f"vbv-maxrate={rate}", f"vbv-bufsize={rate}", "hdr10-opt=1" if meant.transfer == colour.PQ else "",
        f"master-display={meant.mastering}" if meant.mastering else "", f"max-cll={meant.light}" if meant.light else "",
    ]  # fmt: skip
    return [
        "-c:v", "libx265", "-preset", HDR_PRESETS[plan.preset][0], "-profile:v", "main10", "-tag:v", "hvc1", "-crf",
        str(rung.crf), "-x265-params", ":".join(option for option in options if option),
    ]  # fmt: skip


def _av1(plan: EncodePlan, rung: Rung) -> list[str]:
    meant = plan.picture.colour
    options = [
        "lp=1", "scd=0", f"mastering-display={colour.as_fractions(meant.mastering)}" if meant.mastering else "",
        f"content-light={meant.light}" if meant.light else "",
    ]  # fmt: skip
    return [
        "-c:v", "libsvtav1", "-preset", HDR_PRESETS[plan.preset][1], "-g", str(gop(plan.rate)), "-crf", str(rung.crf),
        "-maxrate", str(rung.peak), "-bufsize", str(rung.peak), "-svtav1-params",
        ":".join(option for option in options if option),
    ]  # fmt: skip


def _look(preset: str) -> list[str]:
    """Return how many pictures x264 looks back at, which a preset that asks for speed does not want more of than one.

    The fastest gives up too much: dark and painted pictures fall into blocks. It gets back the two cheap things that keep
    gradients whole, and is still twice as fast as the next.
    """
    if preset not in ("ultrafast", "superfast", "veryfast"):
        return ["-refs", str(REFERENCES)]
    kept = ["-aq-mode", "1", "-deblock", "0:0"] if preset == "ultrafast" else []
    return ["-refs", "1", *kept]


def timescale(rate: Fraction) -> int:
    """Return ticks a second such that every frame is a whole number of ticks, at least 10,000."""
    scale = rate.numerator
    while scale < 10_000:
        scale *= 2
    return scale


def concat(program: str, listing: str, output: str, rate: Fraction) -> list[str]:
    """Join chunks named in a listing of ours without encoding again."""
    return [
        *_ffmpeg(program), *SAFE, "-f", "concat", "-safe", "1", "-i", listing, "-map", "0:v:0", "-c", "copy",
        "-video_track_timescale", str(timescale(rate)), "-f", "mp4", f"file:{output}",
    ]  # fmt: skip


def measure_sound(program: str, sound: Heard, seconds: float, silence: float) -> list[str]:
    """Measure a track as it is heard: loudness (EBU R 128) at the end of standard error, silences on standard output.

    `silence` is the level in dBFS below which sound is silent.
    """
    command = _ffmpeg(program)
    command[command.index("error")] = "info"
    listened = (
        # A track that ends before the film is silent from there on.
        f"{_laid_out(sound)},apad=whole_dur={seconds:.6f},silencedetect=noise={silence:.1f}dB:duration={SILENCE_SECONDS},ametadata=print:file=-,"
        # Of the two filters that measure it the one that does nothing else: loudnorm takes five times as long.
        "ebur128=peak=true:framelog=quiet"
    )
    return [
        *command, "-copyts", *SAME_GRAPH, *_input(sound.name, sound.demuxer), "-map", f"0:{sound.index}",
        "-t", f"{seconds:.6f}", "-vn", "-sn", "-af", listened, "-f", "null", "-",
    ]  # fmt: skip


@dataclass(frozen=True)
class Heard:
    """Where a track is: file, demuxer and stream; the film begins at `origin` of the file's own time, in seconds.

    `channels` is what it is heard with, 2 or 6.
    """

    name: str
    demuxer: str
    index: int
    origin: float = 0.0
    channels: int = 2


def _laid_out(sound: Heard) -> str:
    """Return the filters that put a track on the film's time and its loudspeakers.

    To two by ITU-R BS.775, without the LFE, or as loud in the middle and around as the track itself says (AC-3).
    """
    shifted = f"asetpts=PTS-{sound.origin:.6f}/TB,aresample={SAMPLE_RATE}:async=1:first_pts=0"
    return f"{shifted}:{MIXED}:out_chlayout={LAYOUTS[sound.channels]}:out_sample_fmt=fltp"


def encode_audio(program: str, sound: Heard, seconds: float, gain: str, output: str) -> list[str]:
    """Encode a track to AAC of exactly `seconds`, padded with silence where it is shorter; `gain` is a filter."""
    chain = ",".join(part for part in (_laid_out(sound), gain, f"aresample={SAMPLE_RATE}", "apad") if part)
    return [
        *_ffmpeg(program), "-copyts", *SAME_GRAPH, *_input(sound.name, sound.demuxer), "-map", f"0:{sound.index}", "-vn",
        "-sn", "-af", chain, *_aac(seconds, sound.channels), "-f", "mp4", f"file:{output}",
    ]  # fmt: skip


def even_sound(program: str, sound: Heard, output: str) -> list[str]:
    """Decode a track whose rate or loudspeakers change on its way to one of one kind, at its own times."""
    chain = f"aresample={SAMPLE_RATE}:{MIXED}:out_chlayout={LAYOUTS[sound.channels]}:out_sample_fmt=s32"
    return [
        *_ffmpeg(program), "-copyts", *_input(sound.name, sound.demuxer), "-map", f"0:{sound.index}", "-vn", "-sn",
        "-af", chain, "-c:a", "flac", "-f", "matroska", f"file:{output}",
    ]  # fmt: skip


def encode_silence(program: str, seconds: float, output: str) -> list[str]:
    """Make a silent track, so that a film without sound plays on devices that insist on one."""
    source = f"anullsrc=channel_layout=stereo:sample_rate={SAMPLE_RATE}"
    return [*_ffmpeg(program), "-f", "lavfi", "-i", source, *_aac(seconds), "-f", "mp4", f"file:{output}"]


def _aac(seconds: float, channels: int = 2) -> list[str]:
    return [
        "-t", f"{seconds:.6f}", "-c:a", "aac", "-b:a", str(AUDIO_BITS[channels]), "-ar", str(SAMPLE_RATE), "-ac", str(channels),
        "-map_metadata", "-1", "-map_chapters", "-1",
    ]  # fmt: skip


def gain(by: float, peak: float) -> str:
    """Return one gain of `by` dB for the whole track whose true peak is `peak` dBTP; a limiter where it would pass ours.

    Not loudnorm, which turns dynamic without saying so where a peak would pass, and loses the end.
    """
    steady = f"volume={by:.2f}dB"
    if peak + by <= PEAK:
        return steady
    # At four times the rate the peaks between samples are seen as well.
    limit = f"alimiter=limit={10 ** (PEAK / 20):.4f}:attack=5:release=50:level=false:latency=true"
    return f"{steady},aresample={4 * SAMPLE_RATE},{limit}"


def extract_texts(program: str, name: str, demuxer: str, texts: Sequence[tuple[int, str, str, str]]) -> list[str]:
    """Write embedded subtitle tracks to files of their own forms: index, encoder, format and file of each."""
    return [
        *_ffmpeg(program), "-copyts", *_input(name, demuxer),
        *(
            part for index, encoder, form, output in texts
            for part in ("-map", f"0:{index}", "-c:s", encoder, "-f", form, f"file:{output}")
        ),
    ]  # fmt: skip


def sprites(program: str, name: str, every: float, width: int, height: int, side: int, sheets: int) -> list[str]:
    """Make sheets of `side` by `side` small pictures, one each `every` seconds; the last sheet is padded."""
    graph = (
        f"fps=1/{every:g}:start_time=0:eof_action=pass,tpad=stop_mode=clone:stop={side * side},"
        # JPEG's matrix is BT.601's.
        f"scale={width}:{height}:in_color_matrix=bt709:out_color_matrix=bt601:out_range=full,format=yuvj420p,tile={side}x{side}"
    )
    return [
        # A group of pictures is no longer than the time between two of them: its first one will do, and no other is decoded.
        *_ffmpeg(program), *SAFE, "-skip_frame", "nokey", "-f", "mov", "-i", f"file:{name}", "-an", "-vf", graph,
        "-frames:v", str(sheets),
        "-c:v", "mjpeg", "-q:v", "5", "-f", "image2", "-start_number", "0", "file:sprite_%03d.jpg",
    ]  # fmt: skip


@dataclass(frozen=True)
class Packed:
    """A file for the packager: `folder` is its directory in the output; `kind` is "video", "audio", "surround" or "text"."""

    name: str
    folder: str
    kind: str


def package(program: str, inputs: Sequence[Packed]) -> list[str]:
    """Package to CMAF once, with an HLS and a DASH manifest over the same segments.

    Languages, names and roles are not told: the packager refuses a film for a language it does not know, and takes two tracks of
    one language for one at two bit rates. `tracks.py` writes them into the manifests.
    """
    streams = [stream for item in inputs for stream in _streams(item)]
    return [
        program, *streams, "--segment_duration", str(SEGMENT_SECONDS), "--fragment_duration", str(GOP_SECONDS),
        "--generate_static_live_mpd", "--mpd_output", "manifest.mpd", "--hls_master_playlist_output", "master.m3u8",
        "--hls_playlist_type", "VOD", "--quiet",
    ]  # fmt: skip


def _streams(item: Packed) -> list[str]:
    base = [f"in={item.name}"]
    files = [f"init_segment={item.folder}/init.mp4", f"segment_template={item.folder}/$Number%05d$.m4s"]
    hls = [f"playlist_name={item.folder}/main.m3u8"]
    # Tracks with labels of their own become adaptation sets of their own.
    names = [f"hls_name={item.folder}", f"dash_label={item.folder}"]
    if item.kind == "video":
        return [",".join([*base, "stream=video", *files, *hls, f"iframe_playlist_name={item.folder}/iframe.m3u8"])]
    if item.kind in ("audio", "surround"):
        return [",".join([*base, "stream=audio", *files, *hls, *names, f"hls_group_id={item.kind}"])]
    parts = [f"segment_template={item.folder}/$Number%05d$.vtt", *hls, "hls_group_id=text"]
    dash = [f"init_segment={item.folder}/dash/init.mp4", f"segment_template={item.folder}/dash/$Number%05d$.m4s"]
    return [
        ",".join([*base, "stream=text", *parts, *names, "hls_only=1"]),
        ",".join([*base, "stream=text", *dash, *names, "dash_only=1"]),
    ]

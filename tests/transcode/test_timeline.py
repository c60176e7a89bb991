"""Every picture at its time: real films with stills, jitter, late pictures and wrong headers, number by number."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from pipelines.transcode.media import packets
from pipelines.transcode.media.boxes import sample_count
from pipelines.transcode.media.chunks import split
from pipelines.transcode.media.film import SOURCE, Film, Options
from pipelines.transcode.media.ladder import RATES, gop
from pipelines.transcode.media.source import Picture, Refused, Source
from pipelines.transcode.media.timeline import Packets, Timeline, cadence, lay
from pipelines.transcode.media.tools import Tools
from tests.transcode import numbered

LONGEST = 6 * 3600.0
HEADERS = (Fraction(25),)


def picture(*rates: Fraction, interlaced: bool = False, promised: int = 0) -> Picture:
    return Picture(0, "h264", 640, 360, rates, interlaced, promised)


def shown(times: Sequence[float], lasting: float = 0.04) -> Packets:
    found = Packets(times=array("d"))
    for time in times:
        found.add(f"{time:.6f}", f"{lasting:.6f}", "K__")
    return found


def sound(start: float, end: float) -> Packets:
    return Packets(start, end)


# --- the grid, without films ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("clock", [1_000, 90_000, 1_000_000])
def test_a_steady_film_keeps_its_rate_whatever_its_header_says(rate: Fraction, clock: int) -> None:
    times = [round(n / rate * clock) / clock for n in range(300)]
    for header in ((), (rate,), (Fraction(1000, 1),), (Fraction(1, 2), rate)):
        assert cadence(times, picture(*header)) == rate


@pytest.mark.parametrize(
    ("times", "wanted"),
    [
        # A screen recording that stands still for four seconds.
        ([n / 25 for n in range(200) if not 60 <= n < 160], Fraction(25)),
        # Film made fit for television, three fields and two.
        ([n / 24 * 1.001 + (0.0083 if n % 2 else 0.0) for n in range(240)], Fraction(24000, 1001)),
        # A phone, ten milliseconds early or late.
        ([n / 30 + 0.010 * math.sin(n * 2.3) for n in range(300)], Fraction(30)),
        # A slide show.
        ([3.0 * n for n in range(20)], Fraction(10)),
        # One picture under a song.
        ([0.0], Fraction(10)),
    ],
)
def test_cadence_is_that_of_the_pictures(times: list[float], wanted: Fraction) -> None:
    assert cadence(sorted(times), picture()) == wanted


@pytest.mark.parametrize(
    ("rate", "wanted"),
    [("120", 60), ("120000/1001", Fraction(60000, 1001)), ("240", 60), ("180", 60), ("100", 50), ("90", 60)],
)
def test_of_pictures_that_come_too_fast_every_second_or_third_is_shown(rate: str, wanted: Fraction) -> None:
    """None of them falls between two slots, where the next chunk could see it on the other side."""
    times = [round(n / Fraction(rate), 6) for n in range(960)]
    film = lay(picture(Fraction(rate)), shown([float(time) for time in times]), [], LONGEST)
    assert film.rate == wanted
    if Fraction(rate) % wanted == 0:
        slots = [film.slot(float(time)) for time in times]
        assert {slots.count(slot) for slot in range(2, 200)} == {Fraction(rate) / wanted}
        assert all(abs((float(time) - film.origin) * film.rate % 1 - 0.5) > 0.05 for time in times)


@pytest.mark.parametrize(
    ("header", "per_second"), [(Fraction(25), 25), (Fraction(30000, 1001), 30000 / 1001), (Fraction(25), 50)]
)
def test_both_fields_of_interlaced_pictures_are_shown(header: Fraction, per_second: float) -> None:
    times = [n / per_second for n in range(200)]
    assert cadence(times, picture(header, interlaced=True)) == 2 * header


def test_a_thousand_pictures_a_second_are_refused_whoever_claims_less() -> None:
    with pytest.raises(Refused) as refusal:
        lay(picture(Fraction(25)), shown([n / 1000 for n in range(2000)]), [], LONGEST)
    assert refusal.value.code == "bad_frame_rate"


@pytest.mark.parametrize(
    ("times", "sounds", "frames", "first"),
    [
        ([n / 25 for n in range(100)], [sound(0, 4.0)], 100, 0),
        # What is less than a tenth of a second at either end is the edge of a packet.
        ([1.4 + n / 25 for n in range(100)], [sound(1.38, 5.45)], 100, 0),
        # A picture that comes two seconds after the sound, and one whose sound goes on for five.
        ([2 + n / 25 for n in range(100)], [sound(0, 6)], 150, 50),
        ([n / 25 for n in range(100)], [sound(0, 2), sound(0, 9)], 225, 0),
        # A sound that comes later changes nothing.
        ([n / 25 for n in range(100)], [sound(3, 4)], 100, 0),
    ],
)
def test_a_film_is_as_long_as_what_can_be_presented(
    times: list[float], sounds: list[Packets], frames: int, first: int
) -> None:
    film = lay(picture(*HEADERS), shown(times), sounds, LONGEST)
    assert (film.frames, film.slot(times[0])) == (frames, first)


@pytest.mark.parametrize(
    ("packets", "promised", "code"),
    [
        (Packets(), 0, "truncated"),
        (shown([n / 25 for n in range(100)]), 400, "truncated"),
        (shown([n / 25 for n in range(100)]), 110, ""),
        (shown([0, 0.04]), 2, "too_short"),
        (shown([0, LONGEST + 1]), 2, "too_long"),
        (shown([0], lasting=LONGEST + 1), 1, "too_long"),
    ],
)
def test_what_is_no_film_is_refused_by_its_right_name(packets: Packets, promised: int, code: str) -> None:
    try:
        lay(picture(*HEADERS, promised=promised), packets, [], LONGEST)
    except Refused as refusal:
        assert refusal.code == code
    else:
        assert code == ""


def test_packets_without_a_time_or_that_are_not_shown_are_only_counted() -> None:
    packets = Packets(times=array("d"))
    for at, flags in (("N/A", "K__"), ("nan", "___"), ("-0.08", "KD_"), ("0.04", "___"), ("0.0", "K__")):
        packets.add(at, "0.04", flags)
    assert (packets.seen, list(packets.times or ()), packets.start, packets.end) == (5, [0.04, 0.0], 0.0, 0.08)


def test_the_times_of_a_sound_are_not_kept() -> None:
    packets = Packets()
    for at in ("2.0", "1.5", "2.5"):
        packets.add(at, "0.5", "K__")
    assert (packets.times, packets.start, packets.end) == (None, 1.5, 3.0)


async def test_more_pictures_than_any_film_has_are_refused_while_they_are_read(tools: Tools, tmp_path: Path) -> None:
    source = numbered.write(tmp_path / "film.mkv", 100, ())
    found = Source("matroska", picture(*HEADERS))
    assert (await packets.read(tools, tmp_path, source.name, found, 60)).frames == 100
    with pytest.raises(Refused) as refusal:
        await packets.read(tools, tmp_path, source.name, found, 0.1)
    assert refusal.value.code == "bad_frame_rate"


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(RATES), st.integers(20, 3000), st.floats(4, 60), st.integers(0, 400), st.floats(0, 20), st.integers(0, 500)
)  # fmt: skip
def test_chunks_cover_every_slot_once(
    rate: Fraction, count: int, seconds: float, lead: int, start: float, tail: int
) -> None:
    times = [start + float((lead + n) / rate) for n in range(count)]
    film = Timeline(start, rate, lead + count + tail, times)
    chunks = split(film, seconds)
    assert chunks[0].first == 0
    assert chunks[0].seek is None
    assert [chunk.number for chunk in chunks if chunk.last] == [len(chunks) - 1]
    for one, two in pairwise(chunks):
        assert one.first + one.frames == two.first
        assert one.frames % (2 * gop(rate)) == 0
    assert chunks[-1].first + chunks[-1].frames == film.frames
    assert chunks[-1].frames > gop(rate) or len(chunks) == 1
    for chunk in chunks:
        # From `start` on, what is decoded fills the chunk's slots but those that are held.
        begin = film.slot(chunk.start)
        assert begin == min(chunk.first, film.last)
        assert chunk.held >= 0
        assert begin + chunk.frames - 1 - chunk.held <= film.last
        # The picture shown in the first slot is decoded.
        assert chunk.seek is None or chunk.seek <= max((time for time in times if film.slot(time) <= begin), default=0)


# --- real films ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A film and what must come out: its rate, its frames in all, and the pictures that stand longer than one of them."""

    name: str
    options: tuple[str, ...]
    rate: str
    frames: int
    held: dict[int, int] = field(default_factory=dict)
    count: int = 200
    made_at: str = "25"
    sound: float | None = 8
    beeps: int = 8
    tolerance: int = 0


VARIABLE = ("-fps_mode", "passthrough", "-enc_time_base", "1/90000", "-video_track_timescale", "90000", "-bf", "2")
# fmt: off
CASES = {
    "steady": Case("steady.mp4", (), "25/1", 200),
    "open groups and B-frames": Case("open.mp4", ("-bf", "3", "-g", "37", "-x264-params", "open-gop=1"), "25/1", 200),
    "still across a chunk": Case(
        "still.mp4", ("-vf", "select='not(between(n,60,159))'", *VARIABLE), "25/1", 200, {59: 101}
    ),
    "still at the end": Case(
        "tail.mp4",
        ("-vf", "select='lt(n,50)'", *VARIABLE[:-2], "-bf", "0", "-bsf:v", r"setts=duration=if(gte(N\,49)\,6.04/TB\,DURATION)"),
        "25/1", 200, {49: 151},
    ),
    "jitter": Case(
        "jitter.mp4", ("-vf", "settb=1/90000,setpts='(N/30+0.010*sin(N*2.3))/TB'", *VARIABLE), "30/1", 240,
        count=240, made_at="30",
    ),
    "a little late": Case("little.ts", ("-output_ts_offset", "7"), "25/1", 200),
    "two seconds late": Case("late.mkv", ("-vf", "setpts=PTS+2/TB"), "25/1", 250, {0: 51}, tolerance=1),
    "ten seconds late, sixteen of sound": Case(
        "later.mkv", ("-vf", "setpts=PTS+10/TB"), "25/1", 450, {0: 251}, sound=16, beeps=16, tolerance=1
    ),
    "sound goes on": Case("sound.mp4", (), "25/1", 250, {124: 126}, count=125, sound=10, beeps=10),
    "no sound": Case("mute.mkv", (), "30000/1001", 200, made_at="30000/1001", sound=None, beeps=0),
    "recorded live": Case("live.webm", ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M", "-c:a",
                                        "libopus", "-f", "webm", "-live", "1"), "25/1", 200),
    "telecine": Case(
        "telecine.mkv", ("-vf", "settb=1/90000,setpts='(N*1001/24000+if(mod(N\\,2)\\,0.0083))/TB'", *VARIABLE[:4]),
        "24000/1001", 200, made_at="24000/1001", sound=None, beeps=0,
    ),
}
# fmt: on


async def made(tools: Tools, folder: Path, source: Path, chunk_seconds: float = 4) -> Film:
    async def on_stage(_: str, __: float) -> None: ...

    (folder / SOURCE).write_bytes(source.read_bytes())
    film = Film(tools, folder, Options(preset="ultrafast", chunk_seconds=chunk_seconds), on_stage)
    await film.make()
    return film


@pytest.mark.parametrize("name", CASES)
async def test_every_picture_comes_out_at_its_time(tools: Tools, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    source = numbered.write(tmp_path / case.name, case.count, case.options, rate=case.made_at, sound=case.sound)
    await made(tools, tmp_path, source)
    rung = tmp_path / f"v{numbered.HEIGHT}.mp4"
    found = numbered.runs(numbered.read(rung))
    held = {number: times for number, times in found if times > 1}
    assert [number for number, _ in found] == sorted({number for number, _ in found})
    wanted = range(case.count) if not case.held or case.count != 200 or "select" not in str(case.options) else None
    if wanted is not None:
        assert [number for number, _ in found] == list(wanted)
    assert held.keys() == case.held.keys()
    assert all(abs(held[number] - case.held[number]) <= case.tolerance for number in held)
    assert abs(sample_count(rung) - case.frames) <= case.tolerance
    if case.sound:
        beeps = numbered.beeps(next(tmp_path.glob("a*.mp4")))
        assert len(beeps) == case.beeps
        assert all(abs(beep - round(beep)) <= 0.05 for beep in beeps)


@settings(
    # An example takes seconds: one that fails is shown as it is.
    deadline=None,
    max_examples=8,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rate=st.sampled_from(["24000/1001", "24", "25", "30000/1001", "30", "50"]),
    count=st.integers(130, 300),
    jitter=st.floats(0, 0.3),
    still=st.tuples(st.integers(1, 129), st.integers(0, 400)),
    offset=st.floats(0, 3),
    container=st.sampled_from(["mp4", "mkv", "ts"]),
    chunk=st.sampled_from([4.0, 8.0]),
    reordered=st.integers(0, 3),
)
@example(rate="24", count=175, jitter=0.241, still=(115, 200), offset=0.4432, container="ts", chunk=8.0, reordered=0)
async def test_any_film_comes_out_number_by_number(
    tools: Tools,
    tmp_path_factory: pytest.TempPathFactory,
    rate: str,
    count: int,
    jitter: float,
    still: tuple[int, int],
    offset: float,
    container: str,
    chunk: float,
    reordered: int,
) -> None:
    """Pictures off by up to 0.3 of a frame, one of them shown for up to 400 frames, in any container, cut anywhere."""
    folder = tmp_path_factory.mktemp("film")
    at, lasting = still
    # In a transport stream, ten seconds without a packet are a break in the recording.
    lasting = min(lasting, 200) if container == "ts" else lasting
    moved = f"settb=1/90000,setpts='({offset:.4f}+(N+{lasting}*gte(N,{at})+{jitter:.3f}*sin(N*2.3))/({rate}))/TB'"
    options = ("-vf", moved, *VARIABLE[:4], "-bf", str(reordered), *(VARIABLE[4:6] if container == "mp4" else ()))
    source = numbered.write(folder / f"film.{container}", count, options, rate=rate)
    await made(tools, folder, source, chunk)
    found = numbered.runs(numbered.read(folder / f"v{numbered.HEIGHT}.mp4"))
    assert [number for number, _ in found] == list(range(count))
    held = {number: times for number, times in found if times > 1}
    assert held == ({at - 1: lasting + 1} if lasting else {})

"""Captions: whatever an export holds, what is published is WebVTT inside the film, in its place, with every word."""

from __future__ import annotations

import asyncio
import html
import re
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.transcode.media.captions import Extracted, converted, extract
from pipelines.transcode.media.cues import MOST_A_SECOND, Cue, cue_times, document, joined, thinned
from pipelines.transcode.media.markup import LONGEST, Words, from_ass, from_html
from pipelines.transcode.media.probe import probe
from pipelines.transcode.media.subtitles import MOST_CUES, Unusable, decoded, read
from pipelines.transcode.media.thumbnails import stamp
from pipelines.transcode.media.timeline import Timeline
from pipelines.transcode.media.tools import Tools

CHEAP = settings(deadline=None, max_examples=150)
SETTINGS = re.compile(
    r"(line:(\d+|[\d.]+%)|position:[\d.]+%|size:[\d.]+%|align:(start|center|end|left|right)|vertical:(rl|lr))"
)
ASS_HEAD = (
    "[Script Info]\nPlayResX: 640\nPlayResY: 360\n\n[V4+ Styles]\nStyle: Top,Arial,20,&H00FFFFFF,&H0,&H0,&H0,"
    "-1,-1,0,0,100,100,0,0,1,1,0,8,0,0,0,1\n\n[Events]\n"
)
PIECES = st.sampled_from(
    ["Hello", " ", "<b>", "</b>", "<i>", "<font color=red>", "</font>", "<script>", "<", ">", "--", "{\\an8}", "{", "}", "ü",
     "<v Bo>", "<00:01.000>", "<<x>b>", "&lt;", "&", "7", "NOTE", "STYLE", "WEBVTT", "\t", "\x00", "\u2028", "{\\p1}", "\\N"]
)  # fmt: skip
LINES = st.lists(PIECES, max_size=5).map("".join)
CUES = st.tuples(st.integers(0, 40_000), st.integers(0, 5_000), st.lists(LINES, max_size=4).map("\n".join))
WORDS = st.text("abc<>&{}/;'\"-=. 1é日😀", min_size=1, max_size=30).filter(
    lambda text: text == text.strip() and not re.fullmatch(r"\d+", text)
)


def srt(cues: list[tuple[int, int, str]], end: str = "\n") -> bytes:
    def time(at: int) -> str:
        return stamp(at / 1000).replace(".", ",")

    text = "".join(f"{n}\n{time(a)} --> {time(a + long)}\n{said}\n\n" for n, (a, long, said) in enumerate(cues, 1))
    return text.replace("\n", end).encode()


def ass(*events: tuple[float, float, str, str], head: str = ASS_HEAD) -> bytes:
    def time(at: float) -> str:
        return f"0:{int(at) // 60:02d}:{at % 60:05.2f}"

    return (
        head + "".join(f"Dialogue: 0,{time(a)},{time(b)},{style},,0,0,0,,{text}\n" for a, b, style, text in events)
    ).encode()


def strict(text: str, seconds: float) -> list[Cue]:
    """The cues of a file by the letter of WebVTT: order, times, settings, nested tags and escapes; the last one says nothing."""
    assert "\r" not in text
    assert "\x00" not in text
    head, *blocks = text.removesuffix("\n\n").split("\n\n")
    assert head == "WEBVTT"
    found = []
    for block in blocks:
        first, *lines = block.strip("\n").split("\n")
        times = cue_times(first)
        assert times is not None, block
        start, end = (round(time * 1000) for time in times)
        assert 0 <= start < end <= seconds * 1000
        placed = first.split(" ")[3:]
        assert all(SETTINGS.fullmatch(one) for one in placed), first
        for line in lines:
            assert line.strip()
            assert "-->" not in line
            open_tags: list[str] = []
            for tag in re.findall(r"<[^>]*>?", line):
                assert re.fullmatch(r"</?[biu]>", tag), line
                if tag.startswith("</"):
                    assert open_tags.pop() == tag[2]
                else:
                    open_tags.append(tag[1])
            assert not open_tags
            assert not re.search(r"&(?!amp;|lt;|gt;)", line), line
        found.append(Cue(start, end, "\n".join(lines), " ".join(placed)))
    assert [cue.start for cue in found] == sorted(cue.start for cue in found)
    *said, last = found
    assert (last.text, last.end) == ("", int(seconds * 1000))
    assert all(cue.text for cue in said)
    return said


def plain(cue: Cue) -> str:
    """What a viewer reads."""
    return html.unescape(re.sub(r"<[^>]*>", "", cue.text))


@CHEAP
@given(st.integers(0, 400_000_000))
def test_a_time_is_read_as_it_was_written(milliseconds: int) -> None:
    written = stamp(milliseconds / 1000)
    times = cue_times(f"{written} --> {written}")
    assert times is not None
    assert times == pytest.approx((milliseconds / 1000,) * 2, abs=1e-6)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("00:01.500 --> 00:02.000", (1.5, 2.0)),
        ("01:00:01.500 --> 123:00:02.000", (3601.5, 442_802.0)),
        ("00:01.000 --> 00:02.000 position:10% align:start", (1.0, 2.0)),
        ("00:01,500 --> 00:02,000", None),
        ("00:61.500 --> 00:62.000", None),
        ("1:00:01.500 --> 1:00:02.000", None),
        (" 00:01.500 --> 00:02.000", None),
        ("say 00:01.500 --> 00:02.000", None),
        ("", None),
    ],
)
def test_timing_lines(line: str, wanted: tuple[float, float] | None) -> None:
    assert cue_times(line) == wanted


@pytest.mark.parametrize(
    ("said", "text", "place"),
    [
        ('Tom & Jerry <3 "café"', 'Tom &amp; Jerry &lt;3 "café"', ""),
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d", ""),
        ("<i>It</i> and <font color=red>red</font>", "<i>It</i> and red", ""),
        ("<b><i>both</b> one</i>", "<b><i>both</i></b><i> one</i>", ""),
        ("<i>two\nlines", "<i>two</i>\n<i>lines</i>", ""),
        ("{\\an8}At the top", "At the top", "line:0"),
        ("{\\an7}left{\\i1} slanted", "left<i> slanted</i>", "line:0 align:start"),
        ("{laughs} no", "{laughs} no", ""),
        ("<whispers> no --> yes", "&lt;whispers&gt; no --&gt; yes", ""),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", ""),
        ("<br/>one<br>two", "one\ntwo", ""),
        ("an &amp; as written", "an &amp;amp; as written", ""),
        ("<font", "&lt;font", ""),
    ],
)
def test_html(said: str, text: str, place: str) -> None:
    words = from_html(said)
    assert (words.text, words.settings) == (text, place)


@pytest.mark.parametrize(
    ("said", "text", "place"),
    [
        (r"{\an8\pos(320,20)}Sign: {\b1}BAKERY{\b0}\NOpen", "Sign: <b>BAKERY</b>\nOpen", "line:5.556% position:50%"),
        (r"{\pos(64,180)\an1}low", "low", "line:44% position:10% align:start"),
        (r"{\an5}middle", "middle", "line:47%"),
        (r"{\a6}old top", "old top", "line:0"),
        (r"{\move(320,36,0,0)\an8}goes", "goes", "line:10% position:50%"),
        (r"{\pos(9999,-5)\an9}out", "out", "line:0% position:100% align:end"),
        ("Hello, <world> & <b>friends</b>", "Hello, &lt;world&gt; &amp; &lt;b&gt;friends&lt;/b&gt;", ""),
        (r"{\p1}m 0 0 l 100 0 100 100{\p0}", "", ""),
        (r"before{\p2}m 0 0{\p0} after", "before after", ""),
        (r"{\pbo-3\blur2\bord0\be1\c&HFF&\alpha&H80&\fad(1,2)}plain", "plain", ""),
        (r"{\b700}heavy{\b400} light", "<b>heavy</b> light", ""),
        (r"{\u1}under{\r}not", "<u>under</u>not", ""),
        (r"a {comment} b\hc\nd", "a  b\u00a0c d", ""),
        (r"\{braces\}", "{braces}", ""),
    ],
)
def test_ass(said: str, text: str, place: str) -> None:
    words = from_ass(said, Words(640, 360))
    assert words.text == text
    assert words.settings == place or not text


def test_a_script_keeps_its_styles_layers_and_order() -> None:
    found = read(
        ass(
            (5, 6, "Default", "later"),
            (1, 2, "Top", "styled"),
            (3, 3.04, "Default", r"{\pos(1,1)}flies"),
            (3.04, 3.08, "Default", r"{\pos(9,9)}flies"),
            (3, 4, "Default", "beside"),
        ),
        "ass",
    )
    assert [(cue.start, cue.end, cue.text) for cue in found] == [
        (1000, 2000, "<i>styled</i>"), (3000, 3080, "flies"), (3000, 4000, "beside"), (5000, 6000, "later"),
    ]  # fmt: skip
    assert found[0].settings == "line:0"


def test_a_style_that_cannot_be_read_costs_no_words() -> None:
    broken = ASS_HEAD.replace("&H00FFFFFF", "white")
    assert [cue.text for cue in read(ass((1, 2, "Top", "said"), head=broken), "ass")] == ["said"]


def test_webvtt_keeps_place_and_empty_lines_and_drops_what_is_not_said() -> None:
    text = (
        "WEBVTT - title\n\nSTYLE\n::cue { color: red }\n\nNOTE by --> me\n\nintro\n00:01.000 --> 00:02.000 line:10%,start"
        " region:x position:20% align:start\n<v Bo>Tom &amp; <c.loud>Jerry</c>\n\nstill <3\n\n"
        "00:03.000 --> 00:04.000\n{\\an8}above\n"
    )
    assert read(text.encode(), "webvtt") == [
        Cue(1000, 2000, "Tom &amp; Jerry\nstill &lt;3", "line:10% position:20% align:start"),
        Cue(3000, 4000, "above", "line:0"),
    ]


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ("\ufeffé\r\nü\rx".encode(), "é\nü\nx"),
        ("é".encode("utf-16"), "é"),
        (b"\xfe\xff" + "é".encode("utf-16-be"), "é"),
        ("“é”\n".encode("cp1252") + "日".encode(), "“é”\n日"),
    ],
)
def test_encodings(data: bytes, wanted: str) -> None:
    assert decoded(data) == wanted


@pytest.mark.parametrize(
    "said",
    [
        "He wrote:\n00:00:05,000 --> 00:00:06,000\nand no more",
        "from 00:00:05,000 to 00:00:06,000",
        "1:2:3,4 --> 1:2:3,5 was on the slate",
        "00:00:05,000 --> 00:00:06,000 X1:no",
    ],
)
def test_words_that_look_like_a_timing_line_are_said(said: str) -> None:
    file = f"1\n00:00:01,000 --> 00:00:02,000\n{said}\n\n2\n00:00:03,000 --> 00:00:04,000 X1:10 X2:20 Y1:1 Y2:9\nnext\n"
    assert read(file.encode(), "srt") == [
        Cue(1000, 2000, said.replace(">", "&gt;")),
        Cue(3000, 4000, "next"),
    ]


@pytest.mark.parametrize("gap", ["\n", "\n\n", "\n \n"])
def test_cues_without_numbers_are_cues(gap: str) -> None:
    file = f"00:00:01,000 --> 00:00:02,000\none{gap}00:00:03,000 --> 00:00:04,000\ntwo\n"
    assert read(file.encode(), "srt") == [Cue(1000, 2000, "one"), Cue(3000, 4000, "two")]


@pytest.mark.parametrize(
    ("place", "words", "wanted"),
    [
        ("line:90%,end", "one", "line:84.67%"),
        ("line:90%,end align:left", "one\ntwo", "line:79.34% align:left"),
        ("position:20% line:50%,center", "one\ntwo", "position:20% line:44.67%"),
        ("line:3%,end", "one\ntwo", "line:0.00%"),
        ("line:90%,start", "one", "line:90%"),
        ("line:-1,end", "one", "line:-1"),
    ],
)
def test_a_place_that_says_where_a_cue_ends_says_where_it_begins(place: str, words: str, wanted: str) -> None:
    (found,) = read(f"WEBVTT\n\n00:01.000 --> 00:02.000 {place}\n{words}\n".encode(), "webvtt")
    assert found.settings == wanted


def test_a_last_number_is_said() -> None:
    assert [cue.text for cue in read(srt([(0, 1000, "It was\n1984")]), "srt")] == ["It was\n1984"]


@CHEAP
@given(
    st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 5_000), WORDS), max_size=8),
    st.sampled_from(["\n", "\r\n"]),
)
def test_no_word_is_lost(made: list[tuple[int, int, str]], end: str) -> None:
    """But tags; also around an unmatched bracket."""
    made = [(at, long, said) for at, long, said in made if not re.search(r"<[^<>]*>|\{\\", said)]
    made.sort(key=lambda cue: cue[0])
    if not made:
        return
    found = strict(converted(srt(made, end), "srt", 30.0), 30.0)
    assert [(cue.start, cue.end, plain(cue)) for cue in found] == [(a, a + long, said) for a, long, said in made]


@CHEAP
@given(
    st.lists(CUES, max_size=6),
    st.integers(1_000, 45_000_000),
    st.floats(0, 10),
    st.sampled_from(["srt", "webvtt", "ass"]),
)
@example([(1_000, 1_000, "the last frame")], 1_000_400, 0.0, "srt")
def test_what_is_published_is_webvtt_inside_the_film(
    made: list[tuple[int, int, str]], microseconds: int, origin: float, form: str
) -> None:
    seconds = microseconds / 1_000_000
    if form == "ass":
        data = ass(*((a / 1000, (a + long) / 1000, "Top", said.replace("\n", "\\N")) for a, long, said in made))
    else:
        data = srt(made)
    if form == "webvtt":
        data = b"WEBVTT\n\n" + re.sub(rb"(\d\d),(\d{3})", rb"\1.\2", data)
    try:
        written = converted(data, form, seconds, origin)
    except Unusable:
        return
    said = strict(written, seconds)
    again = strict(converted(written.encode(), "webvtt", seconds), seconds) if said else []
    assert [plain(cue) for cue in again] == [plain(cue) for cue in said]


@CHEAP
@given(
    st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)), st.sampled_from(["srt", "webvtt", "ass"])
)
def test_no_bytes_break_it(data: bytes, form: str) -> None:
    try:
        strict(converted(data, form, 10.0), 10.0)
    except Unusable:
        return


@pytest.mark.parametrize(
    "said",
    [
        "<" * 200_000,
        "{" * 200_000,
        "{\\b1}" * 50_000,
        "\n" * 300_000 + "x",
        "[a" * 100_000,
        "1 \n" * 100_000,
        "<b " * 70_000,
    ],
)
@pytest.mark.parametrize("form", ["srt", "webvtt", "ass"])
@pytest.mark.timeout(60)
def test_a_cue_made_to_take_long_does_not(said: str, form: str) -> None:
    head = {
        "srt": "1\n00:00:01,000 --> 00:00:02,000\n",
        "webvtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n",
        "ass": ASS_HEAD,
    }[form]
    lead = "Dialogue: 0,0:00:01.00,0:00:02.00,Top,,0,0,0,," if form == "ass" else ""
    for cue in read(f"{head}{lead}{said}\n".encode(), form):
        assert len(html.unescape(re.sub(r"</?[biu]>", "", cue.text))) <= LONGEST + 50


@pytest.mark.parametrize("cues", [MOST_CUES + 1, 5_000])
def test_a_bomb_is_refused_with_a_reason(cues: int) -> None:
    data = srt([(n // 75, 3000, f"cue {n}") for n in range(cues)])
    with pytest.raises(Unusable, match=r"\d+ cues"):
        converted(data, "srt", 8.0)


def test_speech_stays_where_signs_are_thinned() -> None:
    signs = [Cue(n, 5000, f"sign {n}", "line:0") for n in range(MOST_A_SECOND + 5)]
    kept = thinned([*signs, Cue(100, 2000, "said"), Cue(5100, 6000, "sign", "line:0")])
    assert [cue.text for cue in kept][-2:] == ["said", "sign"]
    assert len(kept) == MOST_A_SECOND + 1


def test_the_same_text_later_is_said_again() -> None:
    cues = [Cue(0, 1000, "No!"), Cue(1001, 2000, "No!")]
    assert joined(cues) == cues
    assert joined([cues[0], replace(cues[1], start=1000)]) == [Cue(0, 2000, "No!")]


def test_a_track_lasts_as_long_as_its_film() -> None:
    assert document([Cue(0, 500, "once")], 61.25).endswith("\n\n00:01:01.249 --> 00:01:01.250\n\n")


async def test_mp4s_own_text_is_read_in_the_films_time(tools: Tools, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "en.srt").write_bytes(srt([(500, 1500, "Tom & Jerry <3\na < b {x}"), (3000, 1000, "<i>It</i>")]))
    command = [tools.ffmpeg, "-v", "error", "-i", str(clip), "-i", str(tmp_path / "en.srt"), "-map", "0", "-map", "1"]
    film = tmp_path / "film.mp4"
    await asyncio.to_thread(
        subprocess.run, [*command, "-c", "copy", "-c:s", "mov_text", str(film)], check=True, timeout=60
    )
    source = await probe(tools, tmp_path, film.name)
    grid = Timeline(0.25, Fraction(25), 200, [0.25])
    (track,) = await extract(tools, tmp_path, film.name, source, grid, 8.0)
    assert isinstance(track, Extracted)
    said = strict((tmp_path / track.name).read_text("utf-8"), 8.0)
    assert [(cue.start, cue.end, plain(cue)) for cue in said] == [
        (250, 1750, "Tom & Jerry <3\na < b {x}"), (2750, 3750, "It"),
    ]  # fmt: skip
    assert said[1].text == "<i>It</i>"

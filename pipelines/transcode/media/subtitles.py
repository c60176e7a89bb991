"""Reads a subtitle track in its own format (SubRip, WebVTT, ASS) into cues; bounded before any of it is parsed."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence

import pysubs2

from pipelines.transcode.media.cues import TIMING, Cue, cue_times, joined
from pipelines.transcode.media.markup import Words, from_ass, from_html

MOST_CUES = 50_000
LONGEST_LINE = 4096
# How long a cue is shown whose end nobody wrote down.
UNTIMED = 3000
SETTING = re.compile(
    r"(?<!\S)(?:line:-?\d{1,3}|(?:line|position|size):(?:\d{1,2}(?:\.\d{1,4})?|100)%|align:(?:start|center|end|left|right)|vertical:(?:rl|lr))"
    r"(?=,|\s|$)"
)
# How tall a line of captions is, in hundredths of the picture: a place that says where a cue ends becomes one where it begins.
LINE = 5.33
ANCHORED = re.compile(r"(?<!\S)line:(\d{1,2}(?:\.\d{1,4})?|100)%,(center|end)(?=\s|$)")
# A time of SubRip's, as generous as the library reads it, and the line that begins a cue.
TIME = r"\d{1,2}:\d{1,2}:\d{1,2}[.,]\d{1,3}"
TWO_TIMES = re.compile(f"{TIME}.*?{TIME}")
BEGINS = re.compile(rf"\s*{TIME}\s*-->\s*{TIME}(?:\s+[XY][12]:\d+)*\s*")
# Stands for the colons of a line that only looks like a cue's first; no text has it, it is no character.
NO_COLON = "\ufdd0"
# What a script says in these lines is all that is read of it; a library's patterns see no line of another's making.
ASS_LINE = re.compile(r"(?:Dialogue|Style|PlayRes[XY]):.*|\[[^\[\]]{1,60}\]\s*", re.IGNORECASE)


class Unusable(Exception):
    """A track cannot be shown; the text says why, for a log."""


def read(data: bytes, form: str) -> list[Cue]:
    """Return the cues of a track, in its own time; its form is `srt`, `webvtt`, `ass`, or `mp4` for that one's text made ASS.

    Raises Unusable with the reason.
    """
    text = decoded(data)
    count = text.count("\nDialogue:" if form in ("ass", "mp4") else "-->")
    if count > MOST_CUES:
        raise Unusable(f"it has {count} cues, at most {MOST_CUES} are accepted")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return list(FORMS[form](text))
        except (ValueError, ArithmeticError, LookupError, pysubs2.exceptions.Pysubs2Error) as error:
            raise Unusable(f"it cannot be read as {form}: {error}") from error


def decoded(data: bytes) -> str:
    """Return text with plain line ends: UTF-16 by its mark, otherwise UTF-8, or Windows-1252 for a line that is not."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        text = "\n".join(map(_decoded_line, data.removeprefix(b"\xef\xbb\xbf").split(b"\n")))
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")


def _decoded_line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _subrip(text: str) -> Iterator[Cue]:
    lines = [line[:LONGEST_LINE] for line in re.sub(r"\n{3,}", "\n\n", text).split("\n")]
    bounded = "\n".join(_only_cues_begin(lines))
    # The library takes a number at the end for the next cue's: there is one to take.
    for event in pysubs2.SSAFile.from_string(f"{bounded}\n\n0\n", format_="srt", keep_html_tags=True):
        words = from_html(event.text.replace(NO_COLON, ":"))
        yield _cue(event.start, event.end, words)


def _only_cues_begin(lines: Sequence[str]) -> Iterator[str]:
    """The lines of a file, those among a cue's words written so that the library does not take them for the next cue.

    To it any line with two times begins one. In a file that numbers its cues a line alone does, after a number or a gap.
    """
    before = ["", *(line.strip() for line in lines)]
    first = [bool(BEGINS.fullmatch(line)) for line in lines]
    numbered = sum(last.isdecimal() for last, begins in zip(before, first, strict=False) if begins)
    for line, last, begins in zip(lines, before, first, strict=False):
        if begins and (not last or last.isdecimal() or numbered * 2 <= sum(first)):
            yield line
        else:
            yield line.replace(":", NO_COLON) if TWO_TIMES.search(line) else line


def _webvtt(text: str) -> Iterator[Cue]:
    """The library drops settings and reads identifiers as words, so this reads blocks itself."""
    found: list[tuple[str, list[str]]] = []
    for block in re.split(r"\n{2,}", text.strip("\n"))[1:]:
        lines = block.split("\n")
        at = next((number for number, line in enumerate(lines) if cue_times(line)), None)
        if at is not None:
            found.append((lines[at], lines[at + 1 :]))
        elif found and not block.startswith(("NOTE", "STYLE", "REGION")):
            # An embedded cue may hold an empty line.
            found[-1][1].extend(lines)
    for timing, lines in found:
        times = cue_times(timing)
        assert times is not None
        words = from_html("\n".join(line[:LONGEST_LINE] for line in lines), escaped=True)
        settings = " ".join(SETTING.findall(_from_its_top(TIMING.sub("", timing), words.text.count("\n") + 1)))
        start, end = (round(time * 1000) for time in times)
        yield _cue(start, end, words, settings)


def _from_its_top(place: str, lines: int) -> str:
    """A place that says where a cue's middle or end is, as one of where it begins: players drop that word and show it below."""

    def higher(match: re.Match[str]) -> str:
        above = lines * LINE * (1.0 if match[2] == "end" else 0.5)
        return f"line:{max(0.0, float(match[1]) - above):.2f}%"

    return ANCHORED.sub(higher, place)


def _ass(text: str, *, comments: bool = True) -> list[Cue]:
    lines = [line for line in text.split("\n") if ASS_LINE.fullmatch(line)]
    try:
        script = pysubs2.SSAFile.from_string("\n".join(lines), format_="ass")
    except (ValueError, LookupError):
        # A style that cannot be read costs its looks, not the words.
        plain = "\n".join(line for line in lines if not line.lower().startswith("style:"))
        script = pysubs2.SSAFile.from_string(plain, format_="ass")
    width, height = _side(script, "PlayResX", 384.0), _side(script, "PlayResY", 288.0)
    found = []
    for event in script:
        style = script.styles.get(event.style, pysubs2.SSAStyle.DEFAULT_STYLE)
        # Not bold: that is how a whole script's font is set.
        tags = frozenset(tag for tag, on in (("i", style.italic), ("u", style.underline)) if on)
        words = from_ass(event.text, Words(width, height, tags, int(style.alignment)), comments=comments)
        found.append(_cue(event.start, event.end, words))
    return joined(sorted(found, key=lambda cue: cue.start))


def _mp4(text: str) -> list[Cue]:
    return _ass(text, comments=False)


def _side(script: pysubs2.SSAFile, name: str, usual: float) -> float:
    value = script.info.get(name, "")
    return float(value) if re.fullmatch(r"[1-9]\d{0,4}", value) else usual


def _cue(start: int, end: int, words: Words, settings: str = "") -> Cue:
    return Cue(start, end if end > start else start + UNTIMED, words.text, settings or words.settings)


FORMS: dict[str, Callable[[str], Iterable[Cue]]] = {"srt": _subrip, "webvtt": _webvtt, "ass": _ass, "mp4": _mp4}

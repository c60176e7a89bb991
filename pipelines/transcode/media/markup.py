"""What stands inside a caption's text: HTML and ASS overrides read into WebVTT, and never a word lost to them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

# Known tags only: a person may write <3, a < b, or <whispering>.
TAG = (
    r"</?(?:b|i|u|s|em|strong|strike|font|span|c|v|lang|ruby|rt|br|p|div|big|small|center)(?:[\s./][^<>]*)?>"
    r"|<(?:\d+:)?\d\d:\d\d\.\d{3}>"
)
OVERRIDE = r"\{\\[^{}]*\}"
BREAK = r"\\N|\n"
HTML = re.compile(f"((?i:{TAG})|{OVERRIDE}|{BREAK})")
ASS = re.compile(rf"(\{{[^{{}}]*\}}|\\[{{}}]|\\\\(?![Nnh])|\\n|\\h|{BREAK})")
ORDER = re.compile(
    r"\\(?:(?:pos|move)\(\s*(?P<x>-?\d+(?:\.\d+)?)\s*,\s*(?P<y>-?\d+(?:\.\d+)?)|an(?P<an>[1-9])(?!\d)|a(?P<a>\d{1,2})(?![\da-z])"
    r"|(?P<tag>[biup])(?P<value>\d{1,4})?(?![\da-z])|(?P<reset>r))"
)
NAMES = {"b": "b", "strong": "b", "i": "i", "em": "i", "u": "u"}
# The alignments of SSA, and of ASS's \a, as those of a keypad.
OLD = {1: 1, 2: 2, 3: 3, 5: 7, 6: 8, 7: 9, 9: 4, 10: 5, 11: 6}
CONTROLS = {**dict.fromkeys((*range(32), 127)), 9: " ", 10: " "}
LONGEST, MOST_LINES = 1000, 20
# How high a line of captions is, in hundredths of the picture, as browsers draw them.
LINE = 6
BOTTOM_CENTRE = 2


@dataclass
class Words:
    """Text as it is read: lines of runs with the tags they stand in, and where on the picture they belong."""

    width: float = 384.0
    height: float = 288.0
    style: frozenset[str] = frozenset()
    alignment: int = BOTTOM_CENTRE
    at: tuple[float, float] | None = None
    drawing: bool = False
    left: int = LONGEST
    placed: bool = False
    lines: list[list[tuple[frozenset[str], str]]] = field(default_factory=lambda: [[]])
    tags: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.tags = self.style

    def say(self, text: str) -> None:
        """Add words as they are to be read; a drawing's are its strokes."""
        if self.drawing or not text or not self.left:
            return
        kept = text[: self.left]
        self.left -= len(kept)
        self.lines[-1].append((self.tags, kept.translate(CONTROLS) + ("" if self.left else "…")))

    def turn(self, tag: str, on: bool) -> None:
        """Begin or end bold, italic or underlined."""
        self.tags = self.tags | {tag} if on else self.tags - {tag}

    def end_line(self) -> None:
        """Go to the next line."""
        if not self.drawing and self.left and len(self.lines) < MOST_LINES:
            self.lines.append([])

    def obey(self, orders: str) -> None:
        """Follow one block of ASS overrides; what is not about place, drawing, bold, italic or underlined is dropped."""
        for order in ORDER.finditer(orders):
            if order["x"]:
                self.at = self.at or (float(order["x"]), float(order["y"]))
            elif order["an"] or order["a"]:
                # The first one counts, as players have it.
                if not self.placed:
                    self.alignment = int(order["an"]) if order["an"] else OLD.get(int(order["a"]), self.alignment)
                self.placed = True
            elif order["reset"]:
                self.tags, self.drawing = self.style, False
            elif order["tag"] == "p":
                self.drawing = int(order["value"] or 0) > 0
            else:
                tag, value = order["tag"], order["value"]
                # Bold may be a weight.
                on = value == "1" or (tag == "b" and int(value) > 500) if value else tag in self.style
                self.turn(tag, on)

    @property
    def text(self) -> str:
        """Return WebVTT: no empty line, every line with its own tags closed."""
        return "\n".join(filter(None, map(_line, self.lines)))

    @property
    def settings(self) -> str:
        """Return WebVTT's settings for the place; none for the middle of the bottom, where players put captions anyway."""
        row, column = divmod(self.alignment - 1, 3)
        tall = LINE * sum(1 for line in self.lines if line)
        parts = []
        if self.at is not None:
            top = self.at[1] / self.height * 100 - (tall, tall / 2, 0)[row]
            parts = [f"line:{_share(top, 100 - LINE)}%", f"position:{_share(self.at[0] / self.width * 100, 100)}%"]
        elif row == 2:
            parts = ["line:0"]
        elif row == 1:
            parts = [f"line:{_share(50 - tall / 2, 100 - LINE)}%"]
        if column != 1:
            parts.append("align:start" if column == 0 else "align:end")
        return " ".join(parts)


def from_html(text: str, *, escaped: bool = False) -> Words:
    """Read SubRip's text, or WebVTT's, whose text is `escaped`."""
    words = Words()
    for number, part in enumerate(HTML.split(text)):
        if number % 2 == 0:
            words.say(html.unescape(part) if escaped else part)
        elif part.startswith("{"):
            words.obey(part)
        elif part.startswith("<"):
            _tag(part, words)
        else:
            words.end_line()
    return words


def from_ass(text: str, words: Words, *, comments: bool = True) -> Words:
    """Read an ASS event's text into `words`, which know its style and script; braces may hold `comments`, or be words."""
    for number, part in enumerate(ASS.split(text)):
        if number % 2 == 0:
            words.say(part)
        elif part.startswith("{\\") or (part.startswith("{") and comments):
            words.obey(part)
        elif part in (r"\h", r"\n"):
            words.say("\u00a0" if part == r"\h" else " ")
        elif part in (r"\N", "\n"):
            words.end_line()
        else:
            words.say(part.removeprefix("\\"))
    return words


def _tag(part: str, words: Words) -> None:
    name = re.split(r"[\s./>]", part.lstrip("</"), maxsplit=1)[0].lower()
    if name in NAMES:
        words.turn(NAMES[name], not part.startswith("</"))
    elif name == "br":
        words.end_line()


def _line(runs: list[tuple[frozenset[str], str]]) -> str:
    plain = "".join(text for _, text in runs)
    skip, rest = len(plain) - len(plain.lstrip()), len(plain.strip())
    out, tags = [], list[str]()
    for wanted, text in runs:
        shown = text[skip:][:rest]
        skip, rest = max(skip - len(text), 0), rest - len(shown)
        if not shown:
            continue
        while any(tag not in wanted for tag in tags):
            out.append(f"</{tags.pop()}>")
        for tag in sorted(wanted - set(tags)):
            out.append(f"<{tag}>")
            tags.append(tag)
        out.append(html.escape(shown, quote=False))
    return "".join([*out, *(f"</{tag}>" for tag in reversed(tags))])


def _share(value: float, most: float) -> str:
    return f"{min(max(value, 0), most):.4g}"

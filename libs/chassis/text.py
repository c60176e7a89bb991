"""Text that people and clients send: refused is what no page can show or no database can hold, not what people write.

Control characters (NUL and C1 among them), lone surrogates and the characters that turn the order of what follows them
around (bidirectional embeddings, overrides and isolates) are refused. Joiners stay: names in Sinhala, Persian or Malayalam
and emoji of families are spelled with them. Every string of a request is one of these or has a pattern of its own.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, LiteralString

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
BREAKS = frozenset("\n\r\t")
LINE_ENDS = frozenset("\u2028\u2029")
# Every character that is refused anywhere: most texts have none, and need no look at each of theirs.
REFUSED = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# Formats, marks, controls and spaces: a name needs something beside them to be seen.
UNSEEN = frozenset({"Cf", "Cc", "Mn", "Me", "Zs", "Zl", "Zp"})
# The widest character in UTF-8; what normalising makes of a text is bounded by it too.
BYTES = 4


@dataclass(frozen=True, slots=True)
class Text:
    """Metadata of a `str`: `Annotated[str, text.line(80)]`. Lengths in characters; bytes are bounded by four times as many.

    `lines` allows line breaks and tabs. `verbatim` takes the text as it comes, for what is compared and never shown; else it
    is trimmed, in NFC, and must show something where it may not be empty. `forgiving` leaves out what would be refused.
    """

    longest: int
    shortest: int = 0
    lines: bool = False
    verbatim: bool = False
    forgiving: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = core_schema.str_schema(
            min_length=self.shortest or None, max_length=self.longest, strip_whitespace=not self.verbatim
        )
        checked = core_schema.no_info_after_validator_function(self.checked, inner)
        return core_schema.no_info_before_validator_function(self._forgiven, checked) if self.forgiving else checked

    def checked(self, value: str) -> str:
        """Return the text as it is kept. Raises `PydanticCustomError`, which is a `ValueError`, for what is refused."""
        plain = value.isascii()
        if not (self.verbatim or plain):
            value = unicodedata.normalize("NFC", value)
        for found in REFUSED.finditer(value):
            if reason := self._refusal(found[0]):
                raise PydanticCustomError("text_refused", reason)
        if not plain and len(value.encode()) > BYTES * self.longest:
            raise PydanticCustomError("text_bytes", "is too long")
        if self.shortest and not self.verbatim and all(unicodedata.category(c) in UNSEEN for c in value):
            raise PydanticCustomError("text_unseen", "must contain something that can be seen")
        return value

    def cleaned(self, value: str) -> str:
        """Return the text without what would be refused, cut to its length: for labels nobody should be turned away for."""
        shown = unicodedata.normalize("NFC", "".join(c for c in value if not self._refusal(c)))
        return shown[: self.longest].strip()

    def _forgiven(self, value: Any) -> Any:
        """Return what was sent without the characters that would be refused; a break between two words stays a space."""
        if not isinstance(value, str) or not REFUSED.search(value):
            return value
        return "".join(" " if c in BREAKS | LINE_ENDS else c for c in value if c in BREAKS or not self._removed(c))

    def _removed(self, character: str) -> bool:
        return character not in LINE_ENDS and self._refusal(character) is not None

    def _refusal(self, character: str) -> LiteralString | None:
        if unicodedata.category(character) in ("Cc", "Cs") and not (self.lines and character in BREAKS):
            return "must not contain control characters"
        if character in TURNS:
            return "must not contain characters that turn the direction of text"
        if character in LINE_ENDS and not (self.lines or self.verbatim):
            return "must be one line"
        return None


def line(longest: int, *, shortest: int = 0) -> Text:
    """One line that is shown to people: a search, a heading."""
    return Text(longest, shortest)


def query(longest: int) -> Text:
    """One line that is searched for, as it was pasted: what a chat app or a terminal put around a name is left out."""
    return Text(longest, forgiving=True)


def name(longest: int) -> Text:
    """What somebody or something is called: a line that is not empty."""
    return Text(longest, shortest=1)


def paragraph(longest: int) -> Text:
    """Text of several lines."""
    return Text(longest, lines=True)


def password(longest: int) -> Text:
    """A secret as it was typed: neither trimmed nor normalised, the hash has to meet the same characters again."""
    return Text(longest, verbatim=True)


def token(longest: int, *, shortest: int = 1) -> Text:
    """A string that one machine gave and gets back: compared, never shown."""
    return Text(longest, shortest, verbatim=True)

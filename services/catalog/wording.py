"""What a review must not hold unseen: links, and words of a list. It says what to look at, not what to think of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

# An address as people write one: a scheme, www, mail, or a name, a dot and an ending that begins no sentence.
_NAME = r"(?<![\w.-])(?:[\w-]+\.)+"
LINK = re.compile(
    r"\b[a-z][a-z0-9+.-]{0,20}://\S|\bwww\.\w|\S@\w[\w-]*\.\w"
    rf"|{_NAME}[a-z]{{2,24}}/\S|{_NAME}(?:com|net|org|info|biz|io|xyz|ru|cn|gg|ly|de|fr|uk)(?![\w-])"
)
LISTED = Path(__file__).with_name("listed_words.txt")


def folded(text: str) -> str:
    """Return `text` without accents, signs nobody sees and differences of case."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Cf")).casefold()


class Wording:
    """Knows the listed words: those that come with Bijou, and an operator's own."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        lines = (line.partition("#")[0].strip() for line in LISTED.read_text(encoding="utf-8").splitlines())
        self._listed = {folded(word) for word in (*lines, *more) if word}

    def concerns(self, text: str) -> Sequence[str]:
        """Return why a moderator should see `text` first: `link`, `word`, both or nothing."""
        plain = folded(text)
        found = []
        if LINK.search(plain):
            found.append("link")
        if self._listed.intersection(re.findall(r"\w+", plain)):
            found.append("word")
        return found

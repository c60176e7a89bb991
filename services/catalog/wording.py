"""What a review must not hold unseen: links, and words of a list. It says what to look at, not what to think of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

from publicsuffixlist import PublicSuffixList

# What people write for a dot so that nobody takes it for one.
DOTS = re.compile(r"\s?[\[({]\s?(?:\.|dot|punkt)\s?[\])}]\s?|[。｡․]|\s+dot\s+(?=\w{2,24}\b)", re.IGNORECASE)
# An address as people write one: a scheme, www, mail, or a name with a path or a port.
ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]{0,20}://\S|\bwww\.\w|\S@\w[\w-]*\.\w|(?<![\w.-])(?:[\w-]+\.)+[a-z]{2,24}(?:/|:\d{2,5}/?)\S"
    # Names of other letters as computers write them, and machines by number.
    r"|\bxn--[a-z0-9]|(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)|\[[0-9a-f:]*::?[0-9a-f:.]*\][:/]",
    re.IGNORECASE,
)
NAMED = re.compile(r"(?<![\w.-])(?:[\w-]+\.)+([^\W\d_]{2,24})(?![\w-])")
# With its dots left away.
SPACED = re.compile(r"\b(?:www|https?)\s+[\w-]+\s+([a-z]{2,24})\b", re.IGNORECASE)
# Endings that no sentence begins with, so that one is known however it is written, with spaces about its dot too.
SURE = "com|net|org|info|biz|io|xyz|ru|cn|gg|ly|de|fr|uk"
SURELY_NAMED = re.compile(rf"(?<![\w.-])(?:[\w-]+\s?\.\s?)+(?:{SURE})(?![\w-])", re.IGNORECASE)
# Endings that are words as well: after a full stop without its space they are no address.
WORDS_TOO = frozenset(
    re.split(
        " ",
        "am an are as at be best da de do el es et film fun he here id il in is it la le love me movie my no now one show si so"
        " to us watch you",
    )
)
LISTED = Path(__file__).with_name("listed_words.txt")
DIGITS = [str.maketrans("013457@$!", f"o{one}eastasi") for one in "il"]
ENDINGS = ("", "s", "es", "ed", "ing", "er", "ers", "y")


def folded(text: str) -> str:
    """Return `text` without accents, unseen signs and differences of case, and with our letter for each that looks like it."""
    plain = unicodedata.normalize("NFKD", text)
    seen = (c for c in plain if unicodedata.category(c) not in ("Mn", "Cf"))
    return "".join(c if c.isascii() else _look_alike(c) for c in seen).casefold()


@lru_cache(maxsize=4096)
def _look_alike(letter: str) -> str:
    from confusable_homoglyphs import confusables  # a large table, read when somebody first needs it

    if not letter.isalpha():
        return letter
    for found in confusables.is_confusable(letter, greedy=True) or ():
        for other in found["homoglyphs"]:
            if len(other["c"]) == 1 and other["c"].isascii() and other["c"].isalpha():
                return str(other["c"])
    return letter


@cache
def _endings() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)


def _has_link(text: str) -> bool:
    seen = "".join(c for c in unicodedata.normalize("NFKC", DOTS.sub(".", text)) if unicodedata.category(c) != "Cf")
    if ADDRESS.search(seen) or SURELY_NAMED.search(seen):
        return True
    # A capital begins a sentence whose space was forgotten.
    endings = [found[1] for found in NAMED.finditer(seen) if found[1].islower()]
    endings += [found[1].lower() for found in SPACED.finditer(seen)]
    return any(ending not in WORDS_TOO and _endings().publicsuffix(f"a.{ending}") for ending in endings)


def _spellings(word: str) -> Iterator[str]:
    """Return what a word may stand for: figures as letters, and letters that are drawn out."""
    for digits in DIGITS:
        spelled = word.translate(digits)
        yield spelled
        yield re.sub(r"(.)\1{2,}", r"\1", spelled)


class Wording:
    """Knows the listed words: those that come with Bijou, and an operator's own."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        lines = (line.partition("#")[0].strip() for line in LISTED.read_text(encoding="utf-8").splitlines())
        words = [folded(word) for word in (*lines, *more) if word]
        self._listed = {word + ending for word in words for ending in ENDINGS}

    def concerns(self, text: str) -> Sequence[str]:
        """Return why a moderator should see `text` first: `link`, `word`, both or nothing."""
        found = ["link"] if _has_link(text) else []
        words = set(re.findall(r"[\w@$!]+", folded(text)))
        if any(spelled.strip("@$!") in self._listed for word in words for spelled in (word, *_spellings(word))):
            found.append("word")
        return found

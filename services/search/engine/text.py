"""Text as it is compared: folded, in words, in stems, in letters without spaces, in groups of three letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from anyascii import anyascii
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from services.search.engine.lexicon import ARTICLES, SAME_NUMBER

# No query is longer, whatever was sent; no name of a title is compared beyond it.
LONGEST = 200
MOST_WORDS = 24
# Names of people and genres come again and again.
_SHORT = 40

# Apostrophes go, "&" is a word, all other signs part words.
_FOLDED = {code: " " for code in range(128) if not chr(code).isalnum()} | {
    ord("'"): None,
    ord("`"): None,
    ord("&"): " and ",
}
_FOLDED |= {code: chr(code).lower() for code in range(ord("A"), ord("Z") + 1)}
_APOSTROPHES = re.compile("['’‘ʼ`´]")
# Languages in Latin letters: a folded word of another script has no ending that a stemmer of it would know.
_STEMMERS = {
    "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian",
    "it": "italian", "nb": "norwegian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "sv": "swedish", "tr": "turkish",
}  # fmt: skip


def fold(value: str) -> str:
    """The text in small Latin letters and digits, words apart by one space: case, accents, scripts and signs do not count."""
    return _short(value) if len(value) <= _SHORT else _fold(value[: LONGEST * 25])


def _fold(value: str) -> str:
    if not value.isascii():
        value = anyascii(unicodedata.normalize("NFKC", _APOSTROPHES.sub("", value)))
    return " ".join(value.translate(_FOLDED).split())


_short = lru_cache(maxsize=50_000)(_fold)


def word(written: str) -> str:
    """A word as it stands in a text, folded."""
    return written.lower() if written.isascii() and written.isalnum() else squash(fold(written))


def words(value: str) -> list[str]:
    """The words of a text, folded."""
    return fold(value).split()


def squash(folded: str) -> str:
    """A folded text without its spaces."""
    return folded.replace(" ", "")


def without_article(folded: str) -> str:
    """A folded name without the article it begins with."""
    first, _, rest = folded.partition(" ")
    return rest if rest and first in ARTICLES else folded


def same_number(word: str) -> str | None:
    """Another way to write a number: two, 2 and II are one. The digits where there are some, else the word."""
    return SAME_NUMBER.get(word)


@lru_cache(maxsize=64)
def _stemmer(language: str) -> TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.whitespace())
    return builder.filter(Filter.stemmer(_STEMMERS[language])).build()


def stems(folded: str, language: str = "en") -> list[str]:
    """The words of a folded text, each without its ending; as they are where we know no endings of the language."""
    main = language.partition("-")[0].lower()
    if main not in _STEMMERS:
        return folded.split()
    return [stem(word, main) for word in folded.split()]


def stemmed(languages: Iterable[str]) -> tuple[str, ...]:
    """Of these languages those whose endings we know, English first: its words are in every catalogue."""
    return ("en", *sorted({language.partition("-")[0].lower() for language in languages} & _STEMMERS.keys() - {"en"}))


# Words come again and again, and one that is remembered costs a tenth of one that is analyzed.
@lru_cache(maxsize=100_000)
def stem(word: str, language: str = "en") -> str:
    """A folded word without its ending in a language of `_STEMMERS`."""
    found: list[str] = _stemmer(language).analyze(word)
    return found[0] if found else ""


def threes(name: str, *, whole: bool = True) -> set[str]:
    """Groups of three letters of a folded name, without spaces, and where it and its words begin; `whole`: where it ends."""
    squashed = squash(name)
    padded = f"^^{squashed}$" if whole else f"^^{squashed}"
    found = {padded[place : place + 3] for place in range(len(padded) - 2)}
    found.update(f"_{word[:2]}" for word in name.split() if len(word) > 1)
    return found


def distinct(values: Iterable[str]) -> list[str]:
    """The values that say something, each once, in their order."""
    return [value for value in dict.fromkeys(values) if value]

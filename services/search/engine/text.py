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
# Some signs are a word in Latin letters; of more of them the engine makes no pattern.
LONGEST_FOLDED = 4 * LONGEST
MOST_WORDS = 24
# About 10 MB of one language, where a catalogue has so many words.
STEMS_KNOWN = 100_000
# So many first letters of a name are found at once, however many names have them; of others the names themselves, or what they
# begin with, are looked through.
BEGINNINGS = (1, 2, 3, 4, 5, 8, 12, 17, 24)
# Names of people and genres come again and again.
_SHORT = 40

# Apostrophes go, "&" is a word, all other signs part words.
_FOLDED = {code: " " for code in range(128) if not chr(code).isalnum()} | {
    ord("'"): None,
    ord("`"): None,
    ord("&"): " and ",
}
_FOLDED |= {code: chr(code).lower() for code in range(ord("A"), ord("Z") + 1)}
_BY_SOUND = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
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


def surnames(folded: str) -> list[str]:
    """What of a name people may say instead of the whole, without spaces: its last word, or the last two or three."""
    parts = folded.split()
    return ["".join(parts[-many:]) for many in range(1, min(3, len(parts) - 1) + 1)]


def in_digits(folded: str) -> str:
    """A folded text whose numbers are in digits, however they were written."""
    return " ".join(_digits(word) for word in folded.split())


def _digits(word: str) -> str:
    other = SAME_NUMBER.get(word, "")
    return other if other.isdecimal() else word


@lru_cache(maxsize=256)
def same_numbers(word: str) -> tuple[str, ...]:
    """All ways to write the number that a word is."""
    digits = _digits(word)
    return (digits, *(each for each in SAME_NUMBER if _digits(each) == digits and each != digits))


def is_spelled_by_sound(value: str) -> bool:
    """Whether a text is in Chinese, Japanese or Korean signs: folded it is how they may sound, which is alike by chance."""
    return _BY_SOUND.search(value) is not None


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
    known = _known_stems(main)
    return [known[word] for word in folded.split()]


def stemmed(languages: Iterable[str]) -> tuple[str, ...]:
    """Of these languages those whose endings we know, English first: its words are in every catalogue."""
    return ("en", *sorted({language.partition("-")[0].lower() for language in languages} & _STEMMERS.keys() - {"en"}))


class _Stems(dict[str, str]):
    """Words of one language, each with what remains without its ending. They come again and again: analyzed once, remembered."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._analyzer = _stemmer(language)

    def __missing__(self, word: str) -> str:
        found: list[str] = self._analyzer.analyze(word)
        if len(self) >= STEMS_KNOWN:
            self.clear()
        return self.setdefault(word, found[0] if found else "")


@lru_cache(maxsize=64)
def _known_stems(language: str) -> _Stems:
    return _Stems(language)


def stem(word: str, language: str = "en") -> str:
    """A folded word without its ending in a language of `_STEMMERS`."""
    return _known_stems(language)[word]


def threes(name: str, *, whole: bool = True) -> set[str]:
    """Groups of three letters of a folded name, without spaces, and where it and its words begin; `whole`: where it ends."""
    squashed = squash(name)
    padded = f"^^{squashed}$" if whole else f"^^{squashed}"
    found = {padded[place : place + 3] for place in range(len(padded) - 2)}
    found.update(f"_{word[:2]}" for word in name.split() if len(word) > 1)
    return found


def beginnings(squashed: str) -> list[str]:
    """The first letters of a name, marked as no more than that; a shorter name is its own beginning."""
    return distinct(f"^{squashed[:many]}" for many in BEGINNINGS)


def beginning(squashed: str) -> tuple[str, bool]:
    """A pattern of what names have among their beginnings that begin so, and whether it is one of those itself."""
    longest = next((many for many in BEGINNINGS if many >= len(squashed)), None)
    if longest is None:
        return f"{re.escape(squashed)}.*", False
    more = longest - len(squashed)
    return (rf"\^{re.escape(squashed)}.{{0,{more}}}", False) if more else (f"^{squashed}", True)


def distinct(values: Iterable[str]) -> list[str]:
    """The values that say something, each once, in their order."""
    return [value for value in dict.fromkeys(values) if value]

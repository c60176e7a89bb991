"""Where a name stands in an alphabetical list: without its leading article, whatever its accents, its numbers by their value."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from libs.contracts.catalog import UNKNOWN_LANGUAGE

# By language (ISO 639-1). What ends in an apostrophe stands before its noun without a space.
ARTICLES: dict[str, tuple[str, ...]] = {
    "ca": ("el", "la", "els", "les", "un", "una", "l'"),
    "da": ("den", "det", "de", "en", "et"),
    "de": ("der", "die", "das", "den", "dem", "des", "ein", "eine", "einer", "eines"),
    "en": ("the", "a", "an"),
    "es": ("el", "la", "los", "las", "lo", "un", "una", "unos", "unas"),
    "fr": ("le", "la", "les", "un", "une", "des", "l'"),
    "hu": ("a", "az", "egy"),
    "it": ("il", "lo", "la", "i", "gli", "le", "un", "uno", "una", "l'", "un'"),
    "nl": ("de", "het", "een", "'t"),
    "no": ("den", "det", "de", "en", "ei", "et"),
    "pt": ("o", "a", "os", "as", "um", "uma", "uns", "umas"),
    "sv": ("den", "det", "de", "en", "ett"),
}
ARTICLES |= {"nb": ARTICLES["no"], "nn": ARTICLES["no"]}
# Letters that Unicode does not take apart into a base and a mark.
LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ħ": "h",
        "ŧ": "t",
        "’": "'",
        "ʼ": "'",
    }
)
# Long enough to tell names apart, short enough for an index and a cursor.
LONGEST = 120
_OPENING = re.compile(r"^[^\w']+")  # «The …, "The …, …And
_BETWEEN = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"[0-9]+")


def sort_name(name: str, language: str) -> str:
    """Return what a name is sorted by, as a plain comparison of code points (the database's collation is C)."""
    return _key(_without_article(_plain(name), language.partition("-")[0].lower()))


def _plain(name: str) -> str:
    if name.isascii():
        return name.lower()
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character)).translate(LETTERS)


def _without_article(name: str, language: str) -> str:
    name = _OPENING.sub("", name)
    articles = _articles("en" if language == UNKNOWN_LANGUAGE else language)
    return articles.sub("", name) if articles else name


@cache
def _articles(language: str) -> re.Pattern[str] | None:
    """Return what finds an article and the space after it, the longest of a language first."""
    known = sorted(ARTICLES.get(language, ()), key=len, reverse=True)
    endings = (re.escape(article) + ("" if article.endswith("'") else r"\s+") for article in known)
    return re.compile(rf"^(?:{'|'.join(endings)})(?=\S)") if known else None


def _key(name: str) -> str:
    # Punctuation separates words, an apostrophe does not; numbers are padded, so that Part 2 stands before Part 10.
    words = _BETWEEN.sub(" ", name.replace("'", "")).strip()
    return _NUMBER.sub(lambda found: found[0].zfill(6), words)[:LONGEST].rstrip()

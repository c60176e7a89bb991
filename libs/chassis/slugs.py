"""Names as they stand in addresses. Whoever names the same thing, in whatever service, names it the same."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

LONGEST = 80
# Signs that stand for a letter left out, or for a sound: what is beside them is one word. The typewriter's parts words, as it
# always has here.
_INSIDE_WORDS = re.compile("[‘’ʹʻʼʽˈ´]")
_BETWEEN_WORDS = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """Return a name as small Latin letters and digits, its words joined by hyphens; at most `LONGEST` signs.

    Letters of other scripts are transliterated, emoji are named. Empty where nothing remains: signs alone, or a script of which
    no transliteration is known. A slug's slug is itself.
    """
    if not name.isascii():
        name = anyascii(unicodedata.normalize("NFKC", _INSIDE_WORDS.sub("", name)))
    return _BETWEEN_WORDS.sub("-", name.lower()).strip("-")[:LONGEST].rstrip("-")


def name_id(name: str) -> str:
    """Return the id of what is known by its name alone: its slug, or its own letters where it has none. An id's id is itself."""
    return slug(name) or re.sub(r"[\W_]+", "-", name.casefold()).strip("-")[:LONGEST].rstrip("-")

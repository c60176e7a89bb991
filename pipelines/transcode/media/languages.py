"""Languages of tracks: whatever a file says becomes a BCP 47 tag and an English name, by the registry that langcodes carries."""

from __future__ import annotations

import langcodes
from langcodes.tag_parser import LanguageTagError

UNKNOWN = "und"
LONGEST = 35  # RFC 5646, 4.4.1: what software must be able to hold


def tag(said: object) -> str:
    """Return the BCP 47 tag of a language code (ISO 639 of two or three letters, or a tag), "und" for what is none."""
    text = str(said or UNKNOWN).strip().replace("_", "-")
    try:
        found = langcodes.standardize_tag(text)
        valid = langcodes.tag_is_valid(found)
    except LanguageTagError:
        return UNKNOWN
    known = valid and len(found) <= LONGEST and not found.startswith("x-")
    # The codes from qaa to qtz are for private use: nobody else knows what they mean.
    return found if known and not "qaa" <= found.partition("-")[0] <= "qtz" else UNKNOWN


def name(language: str, unknown: str) -> str:
    """Return a language's English name, as "Portuguese (Brazil)"; `unknown` where there is none."""
    return unknown if language == UNKNOWN else langcodes.Language.get(language).display_name("en")

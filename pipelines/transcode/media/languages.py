"""Names of languages for the tracks of a film, unique within their kind."""

from __future__ import annotations

NAMES = {
    "ar": "Arabic", "ara": "Arabic", "cs": "Czech", "ces": "Czech", "cze": "Czech", "da": "Danish", "dan": "Danish",
    "de": "German", "deu": "German", "ger": "German", "el": "Greek", "ell": "Greek", "gre": "Greek", "en": "English",
    "eng": "English", "es": "Spanish", "spa": "Spanish", "fa": "Persian", "fas": "Persian", "per": "Persian",
    "fi": "Finnish", "fin": "Finnish", "fr": "French", "fra": "French", "fre": "French", "he": "Hebrew",
    "heb": "Hebrew", "hi": "Hindi", "hin": "Hindi", "hu": "Hungarian", "hun": "Hungarian", "id": "Indonesian",
    "ind": "Indonesian", "it": "Italian", "ita": "Italian", "ja": "Japanese", "jpn": "Japanese", "ko": "Korean",
    "kor": "Korean", "nl": "Dutch", "nld": "Dutch", "dut": "Dutch", "no": "Norwegian", "nor": "Norwegian",
    "pl": "Polish", "pol": "Polish", "pt": "Portuguese", "por": "Portuguese", "ro": "Romanian", "ron": "Romanian",
    "rum": "Romanian", "ru": "Russian", "rus": "Russian", "sv": "Swedish", "swe": "Swedish", "th": "Thai",
    "tha": "Thai", "tr": "Turkish", "tur": "Turkish", "uk": "Ukrainian", "ukr": "Ukrainian", "vi": "Vietnamese",
    "vie": "Vietnamese", "zh": "Chinese", "zho": "Chinese", "chi": "Chinese",
}  # fmt: skip


def label(language: str, unknown: str, used: set[str]) -> str:
    """Return a track's name, numbered where `used` already has it, and add it to `used`."""
    name = base = NAMES.get(language, unknown if language == "und" else language.upper())
    number = 2
    while name in used:
        name = f"{base} {number}"
        number += 1
    used.add(name)
    return name


def tag(language: str) -> str:
    """Return the BCP 47 tag of a language: two letters where there are two, as manifests write it."""
    name = NAMES.get(language)
    return next((code for code in NAMES if len(code) == 2 and NAMES[code] == name), language) if name else "und"

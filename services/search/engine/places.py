"""Countries and languages by the words people use for them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from services.search.engine.text import fold

# ISO 3166-1 alpha-2 → names and adjectives, the English name first.
_COUNTRIES = {
    "AE": "united arab emirates, emirati, uae", "AR": "argentina, argentinian, argentine", "AT": "austria, austrian",
    "AU": "australia, australian, aussie", "BD": "bangladesh, bangladeshi", "BE": "belgium, belgian", "BG": "bulgaria, bulgarian",
    "BR": "brazil, brazilian", "CA": "canada, canadian", "CH": "switzerland, swiss", "CL": "chile, chilean",
    "CN": "china, chinese", "CO": "colombia, colombian", "CU": "cuba, cuban", "CZ": "czech republic, czechia, czech",
    "DE": "germany, german", "DK": "denmark, danish", "EG": "egypt, egyptian", "ES": "spain, spanish", "FI": "finland, finnish",
    "FR": "france, french", "GB": "united kingdom, british, uk, england, english, scottish, welsh, great britain, britain",
    "GH": "ghana, ghanaian", "GR": "greece, greek", "HK": "hong kong", "HR": "croatia, croatian", "HU": "hungary, hungarian",
    "ID": "indonesia, indonesian", "IE": "ireland, irish", "IL": "israel, israeli", "IN": "india, indian, bollywood",
    "IQ": "iraq, iraqi", "IR": "iran, iranian, persian", "IS": "iceland, icelandic", "IT": "italy, italian",
    "JO": "jordan, jordanian", "JP": "japan, japanese", "KE": "kenya, kenyan", "KH": "cambodia, cambodian",
    "KR": "south korea, korean, south korean, korea", "KW": "kuwait, kuwaiti", "LB": "lebanon, lebanese", "LU": "luxembourg",
    "MA": "morocco, moroccan", "MX": "mexico, mexican", "MY": "malaysia, malaysian", "NG": "nigeria, nigerian, nollywood",
    "NL": "netherlands, dutch, holland", "NO": "norway, norwegian", "NP": "nepal, nepali, nepalese",
    "NZ": "new zealand, kiwi", "PE": "peru, peruvian", "PH": "philippines, filipino, philippine", "PK": "pakistan, pakistani",
    "PL": "poland, polish", "PR": "puerto rico, puerto rican", "PS": "palestine, palestinian", "PT": "portugal, portuguese",
    "QA": "qatar, qatari", "RO": "romania, romanian", "RS": "serbia, serbian", "RU": "russia, russian",
    "SA": "saudi arabia, saudi, saudi arabian", "SE": "sweden, swedish", "SG": "singapore, singaporean",
    "SN": "senegal, senegalese",
    "SY": "syria, syrian", "TH": "thailand, thai", "TN": "tunisia, tunisian", "TR": "turkey, turkish", "TW": "taiwan, taiwanese",
    "UA": "ukraine, ukrainian", "US": "united states, american, usa, united states of america, hollywood",
    "UY": "uruguay, uruguayan",
    "VE": "venezuela, venezuelan", "VN": "vietnam, vietnamese", "ZA": "south africa, south african", "ZW": "zimbabwe, zimbabwean",
    "KZ": "kazakhstan, kazakh", "GE": "georgia, georgian", "LK": "sri lanka, sri lankan", "EC": "ecuador, ecuadorian",
    "GT": "guatemala, guatemalan", "JM": "jamaica, jamaican", "MT": "malta, maltese", "SI": "slovenia, slovenian",
    "SK": "slovakia, slovak", "ET": "ethiopia, ethiopian", "DZ": "algeria, algerian", "CY": "cyprus, cypriot",
}  # fmt: skip
# BCP 47 → the English names of languages.
_LANGUAGES = {
    "ar": "arabic", "bn": "bengali, bangla", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian, farsi", "fi": "finnish",
    "fil": "filipino, tagalog",
    "fr": "french", "ga": "irish", "gl": "galician", "he": "hebrew", "hi": "hindi", "hr": "croatian", "hu": "hungarian",
    "id": "indonesian", "is": "icelandic", "it": "italian", "ja": "japanese", "kn": "kannada", "ko": "korean", "ml": "malayalam",
    "mr": "marathi", "ms": "malay", "nl": "dutch", "no": "norwegian", "pa": "punjabi", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "te": "telugu", "th": "thai",
    "tr": "turkish", "uk": "ukrainian", "ur": "urdu", "vi": "vietnamese", "yo": "yoruba", "zh": "chinese, mandarin, cantonese",
    "zu": "zulu",
}  # fmt: skip
# Country → the language most is said in there, by the likely subtags of the Unicode CLDR; in those left out it is English.
_SPOKEN = {
    **dict.fromkeys(["AE", "DZ", "EG", "IQ", "JO", "KW", "LB", "MA", "PS", "QA", "SA", "SY", "TN"], "ar"),
    **dict.fromkeys(["AR", "CL", "CO", "CU", "EC", "ES", "GT", "MX", "PE", "PR", "UY", "VE"], "es"),
    **dict.fromkeys(["AT", "CH", "DE"], "de"), **dict.fromkeys(["CN", "HK", "TW"], "zh"), **dict.fromkeys(["CY", "GR"], "el"),
    **dict.fromkeys(["FR", "LU"], "fr"), **dict.fromkeys(["BR", "PT"], "pt"), **dict.fromkeys(["KZ", "RU"], "ru"),
    **dict.fromkeys(["BE", "NL"], "nl"), "BD": "bn", "BG": "bg", "CZ": "cs", "DK": "da", "ET": "am", "FI": "fi", "GE": "ka",
    "GH": "ak", "HR": "hr", "HU": "hu", "ID": "id", "IL": "he", "IN": "hi", "IR": "fa", "IS": "is", "IT": "it", "JP": "ja",
    "KE": "sw", "KH": "km", "KR": "ko", "LK": "si", "MT": "mt", "MY": "ms", "NO": "no", "NP": "ne", "PH": "fil", "PK": "ur",
    "PL": "pl", "RO": "ro", "RS": "sr", "SE": "sv", "SI": "sl", "SK": "sk", "SN": "wo", "TH": "th", "TR": "tr", "UA": "uk",
    "VN": "vi", "ZW": "sn",
}  # fmt: skip


def _by_word(table: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code, words in table.items():
        for word in words.split(", "):
            found.setdefault(word, []).append(code)
    return found


COUNTRY_WORDS = _by_word(_COUNTRIES)
LANGUAGE_WORDS = _by_word(_LANGUAGES)


@lru_cache(maxsize=4096)
def countries_of(value: str) -> frozenset[str]:
    """The codes of the countries that a title names: by code or by name, several with commas between them."""
    found: set[str] = set()
    for part in value.split(","):
        part = part.strip()
        if len(part) == 2 and part.isalpha():
            found.add(part.upper())
        else:
            found.update(COUNTRY_WORDS.get(fold(part), ()))
    return frozenset(found)


def spoken_in(languages: Iterable[str]) -> frozenset[str]:
    """The countries where most is said in one of these languages."""
    wanted = frozenset(languages)
    return frozenset(code for code in _COUNTRIES if _SPOKEN.get(code, "en") in wanted)


def language_name(code: str) -> str:
    """What a language is called in English; its code where we do not know it."""
    return _LANGUAGES.get(code, code).split(", ")[0].capitalize() if code in _LANGUAGES else code


def country_name(code: str) -> str:
    """What a country is called in English; its code where we do not know it."""
    return _COUNTRIES[code].split(", ")[0].title() if code in _COUNTRIES else code

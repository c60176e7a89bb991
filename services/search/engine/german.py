"""German sentences, word by word in English: the words that ask for something, and none of those that a story is told in."""

from __future__ import annotations

_ENDINGS = ("", "e", "er", "es", "en", "em")
# Folded: no umlauts, no accents. Of adjectives without their endings.
_ADJECTIVES = {
    "lustig": "funny", "witzig": "funny", "komisch": "funny", "gruselig": "scary", "unheimlich": "creepy", "spannend": "tense",
    "romantisch": "romantic", "traurig": "sad", "blutig": "bloody", "brutal": "brutal",
    "gewalttatig": "violent", "duster": "gloomy", "lehrreich": "educational",
    "aufregend": "exciting", "herzerwarmend": "heartwarming",
    "deutsch": "german", "englisch": "english", "franzosisch": "french", "spanisch": "spanish", "italienisch": "italian",
    "amerikanisch": "american", "britisch": "british", "japanisch": "japanese", "koreanisch": "korean", "turkisch": "turkish",
    "indisch": "indian", "polnisch": "polish", "russisch": "russian", "chinesisch": "chinese", "danisch": "danish",
    "schwedisch": "swedish", "norwegisch": "norwegian", "osterreichisch": "austrian", "niederlandisch": "dutch",
}  # fmt: skip
_WORDS = {
    "ein": "a", "eine": "a", "einen": "a", "einem": "a", "einer": "a", "etwas": "something", "aus": "from", "mit": "with",
    "weder": "neither", "entweder": "either",
    "ohne": "without", "nicht": "not", "kein": "no", "keine": "no", "keinen": "no", "und": "and", "oder": "or", "aber": "but",
    "fur": "for", "von": "from", "uber": "about", "unter": "under", "hochstens": "at most", "maximal": "at most",
    "mindestens": "at least", "langer": "longer", "kurzer": "shorter", "weniger": "less", "als": "than", "bis": "until",
    "vor": "before", "nach": "after", "seit": "since", "zwischen": "between", "zu": "to", "sehr": "very", "allzu": "too",
    "der": "the", "den": "the", "dem": "the", "das": "the", "jahr": "year", "jahre": "years", "jahren": "years", "ab": "since",
    "eins": "one", "zwei": "two", "drei": "three", "vier": "four", "funf": "five", "sechs": "six", "sieben": "seven",
    "acht": "eight", "neun": "nine", "zehn": "ten", "zwolf": "twelve", "anderthalb": "one and a half",
    "stunde": "hour", "stunden": "hours", "minuten": "minutes", "alt": "old", "jahriger": "year old", "jahrige": "year old",
    "jahrigen": "year old", "kind": "child", "kinder": "children", "kindern": "children", "familie": "family",
    "jugendliche": "teenagers", "filme": "films", "filmen": "films", "serie": "series", "serien": "series",
    "komodie": "comedy", "komodien": "comedies", "krimi": "crime", "krimis": "crime", "thriller": "thriller",
    "drama": "drama", "dramen": "dramas", "doku": "documentary", "dokus": "documentaries", "dokumentation": "documentary",
    "dokumentationen": "documentaries", "dokumentarfilm": "documentary", "dokumentarfilme": "documentaries",
    "horrorfilm": "horror film", "horrorfilme": "horror films", "actionfilm": "action film", "actionfilme": "action films",
    "liebesfilm": "romance film", "liebesfilme": "romance films", "liebesgeschichte": "romance", "abenteuer": "adventure",
    "abenteuerfilm": "adventure film", "kinderfilm": "children film", "kinderfilme": "children films",
    "familienfilm": "family film", "familienfilme": "family films", "zeichentrick": "animation",
    "zeichentrickfilm": "animation film", "wahre": "true", "geschichte": "story", "deutschland": "germany",
    "frankreich": "france", "spanien": "spain", "italien": "italy", "england": "england", "osterreich": "austria",
    "schweiz": "switzerland", "indien": "india", "turkei": "turkey", "danemark": "denmark", "schweden": "sweden",
    "norwegen": "norway", "polen": "poland", "achtziger": "80s", "achtzigern": "80s",
    "neunziger": "90s", "neunzigern": "90s",
    "siebziger": "70s", "siebzigern": "70s", "sechziger": "60s", "sechzigern": "60s",
    "mein": "my", "meine": "my", "meinen": "my", "mochte": "want", "ich": "i",
}  # fmt: skip
# English words too: they make no sentence German.
_SHARED = frozenset(
    "fur uber der den das ab von bis als vor zu alt drama dramas thriller brutal england kind i nach acht langer".split()  # noqa: SIM905
)


def in_english(folded: str) -> str:
    """A folded part of a sentence, German words that ask for something in English, if it is German at all."""
    words = folded.split()
    if "weder" in words:
        # Else it is "still".
        words = ["nor" if word == "noch" else word for word in words]
    read = [_decade(word) or _WORDS.get(word) or _adjective(word) for word in words]
    if not any(found and word not in _SHARED for word, found in zip(words, read, strict=True)):
        return folded
    english = " ".join(found or word for word, found in zip(words, read, strict=True))
    # "Auf Deutsch" is the language; "von 1980 bis 1985" and "nicht zu" are none of their single words.
    return (
        f" {english} ".replace(" auf ", " in ")
        .replace(" not to ", " not too ")
        .replace(" until to ", " up to ")
        .strip()
    )


def _adjective(word: str) -> str | None:
    stems = (word.removesuffix(ending) for ending in _ENDINGS)
    return next((_ADJECTIVES[stem] for stem in stems if stem in _ADJECTIVES), None)


def _decade(word: str) -> str | None:
    digits = word.rstrip("n").removesuffix("er")
    return (
        f"{digits}s"
        if word != digits and digits.isdecimal() and len(digits) in (2, 4) and digits.endswith("0")
        else None
    )

"""What countries, languages and genres are called in other languages than English, and genres in other words.

`abroad.tsv` holds countries and languages as the Unicode CLDR names them in ten languages of Europe and in their own, made with
Babel 2.19; and who or what comes from a country in German, Spanish, Portuguese and French, with the endings that adjectives take.
`genres.tsv` holds what kinds are called in English, German and Spanish, and what a catalogue may call them. All is folded
(`text.fold`).
"""

from __future__ import annotations

from pathlib import Path

from services.search.engine.german import in_english

_GENRES = {
    **dict.fromkeys(("comedia", "comedias", "comedie", "comedies", "commedia", "commedie", "komedi", "komedie"), "comedy"),
    **dict.fromkeys(("drame", "drames", "dramma", "drammi", "dramat"), "drama"),
    **dict.fromkeys(("documental", "documentales", "documentaire", "documentaires", "documentario"), "documentary"),
    **dict.fromkeys(("accion", "acao", "azione"), "action"),
    **dict.fromkeys(("horreur", "miedo", "epouvante"), "horror"),
    **dict.fromkeys(("aventura", "aventuras", "aventure", "aventures", "avventura", "avventure"), "adventure"),
    **dict.fromkeys(("romantica", "romanticas", "romantico", "romantique", "romantiques"), "romantic"),
    **dict.fromkeys(("infantil", "infantiles", "enfants", "bambini"), "children"),
}  # fmt: skip


def _lines(name: str) -> list[list[str]]:
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


_ENGLISH: dict[str, str] = {line[0]: line[1] for line in _lines("abroad.tsv")} | _GENRES
_KINDS = {
    phrase: tuple(names.split(", "))
    for names, *languages in _lines("genres.tsv")
    for said in languages
    for phrase in filter(None, said.split(", "))
}


def english(phrase: str) -> str | None:
    """The English word for a folded phrase of another language; None of what is English, or no such word."""
    if known := _ENGLISH.get(phrase):
        return known
    read = in_english(phrase)
    return read if read != phrase else None


def genre_names(phrase: str) -> tuple[str, ...]:
    """What a catalogue may call the genre that a folded phrase means, the likeliest first; nothing of other phrases."""
    return _KINDS.get(phrase, ())

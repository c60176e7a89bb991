"""What countries, languages and genres are called in other languages than English, each with its English word.

`abroad.tsv` holds countries and languages as the Unicode CLDR names them in ten languages of Europe and in their own, with the
endings that adjectives take, folded (`text.fold`); made with Babel 2.19.
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


def _table() -> dict[str, str]:
    lines = Path(__file__).with_name("abroad.tsv").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines) | _GENRES


_ENGLISH = _table()


def english(phrase: str) -> str | None:
    """The English word for a folded phrase of another language; None of what is English, or no such word."""
    if known := _ENGLISH.get(phrase):
        return known
    read = in_english(phrase)
    return read if read != phrase else None

"""What the engine found as the answer people see: plain values in the shape of `schemas`, for every answer is written once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.search.engine.highlights import Highlights, Spans
from services.search.engine.places import language_name
from services.search.engine.speaking import spoken

Json = dict[str, Any]
TYPES = {"movie": "Films", "series": "Series"}


_ITEM = (
    "title_id", "name", "type", "description", "year", "maturity", "genres", "runtime", "poster_url", "backdrop_url",
    "availability",
)  # fmt: skip
_SUGGESTION = ("title_id", "name", "type", "year", "poster_url", "availability")


def item(shown: Mapping[str, Any], score: float, marks: Highlights, language: str) -> Json:
    """A title of an answer, a `SearchItem`, in the language of whoever asked."""
    shown = spoken(shown, language)
    found = [{"field": field, "text": said, "spans": _spans(spans)} for field, said, spans in marks.of(shown)]
    return {**{name: shown[name] for name in _ITEM}, "score": round(score, 4), "highlights": found}


def suggestion(shown: Mapping[str, Any], marks: Highlights, language: str) -> Json:
    """A title that is suggested, a `SuggestItem`, in the language of whoever types."""
    shown = spoken(shown, language)
    return {**{name: shown[name] for name in _SUGGESTION}, "spans": _spans(marks.spans(shown["name"]))}


def _spans(found: Spans) -> list[Json]:
    return [{"start": start, "end": end} for start, end in found]


def facets(counted: Mapping[str, Sequence[tuple[str, int]]]) -> Json:
    """What an answer can be narrowed down by, `Facets`."""
    return {
        "genres": [_genre(key, count) for key, count in counted["genres"]],
        "types": _values(counted["types"], lambda value: TYPES.get(value, value)),
        "languages": _values(counted["languages"], language_name),
        "decades": _values(counted["decades"], lambda value: f"{value}s"),
    }


def _genre(key: str, count: int) -> Json:
    slug, _, name = key.partition("\t")
    return {"value": slug, "name": name, "count": count}


def _values(counted: Iterable[tuple[str, int]], name: Any) -> list[Json]:
    return [{"value": value, "name": name(value), "count": count} for value, count in counted]


def known_id(person_id: str, known: bool) -> str | None:
    """The id of somebody whom the catalogue has an entry for."""
    return person_id if known else None

"""What the engine found as the answer people see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.search.engine.highlights import Highlights
from services.search.engine.places import language_name
from services.search.schemas.results import Facets, FacetValue, Highlight, SearchItem, Span, SuggestItem

TYPES = {"movie": "Films", "series": "Series"}


def item(shown: Mapping[str, Any], score: float, marks: Highlights) -> SearchItem:
    """A title of an answer."""
    fields = (
        "title_id", "name", "type", "description", "year", "maturity", "genres", "runtime", "poster_url", "backdrop_url",
        "availability",
    )  # fmt: skip
    found = [
        Highlight(field=field, text=said, spans=[Span(start=start, end=end) for start, end in spans])
        for field, said, spans in marks.of(shown)
    ]
    return SearchItem(**{name: shown[name] for name in fields}, score=round(score, 4), highlights=found)


def suggestion(shown: Mapping[str, Any], marks: Highlights) -> SuggestItem:
    """A title that is suggested."""
    spans = [Span(start=start, end=end) for start, end in marks.spans(shown["name"])]
    fields = ("title_id", "name", "type", "year", "poster_url", "availability")
    return SuggestItem(**{name: shown[name] for name in fields}, spans=spans)


def facets(counted: Mapping[str, Sequence[tuple[str, int]]]) -> Facets:
    """What an answer can be narrowed down by."""
    return Facets(
        genres=[_genre(key, count) for key, count in counted["genres"]],
        types=_values(counted["types"], lambda value: TYPES.get(value, value)),
        languages=_values(counted["languages"], language_name),
        decades=_values(counted["decades"], lambda value: f"{value}s"),
    )


def _genre(key: str, count: int) -> FacetValue:
    slug, _, name = key.partition("\t")
    return FacetValue(value=slug, name=name, count=count)


def _values(counted: Iterable[tuple[str, int]], name: Any) -> list[FacetValue]:
    return [FacetValue(value=value, name=name(value), count=count) for value, count in counted]


def known_id(person_id: str, known: bool) -> UUID | None:
    """The id of somebody whom the catalogue has an entry for."""
    return UUID(person_id) if known else None

"""All titles that match a query, for counts, facets, other orders and pages beyond the ranked ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tantivy import FieldType, Occur, Order, Query

from libs.chassis.slugs import name_id
from services.search.engine import text
from services.search.engine.candidates import concept_query, narrowed
from services.search.engine.index import View, any_of
from services.search.engine.reading import Reading, Word
from services.search.engine.visibility import Clause

FACETS = 50
# A word that is still being typed may be the beginning of so many others.
ENDINGS = 30
SHORTEST_BEGINNING = 2

SORTS = {
    "newest": ("year", Order.Desc),
    "oldest": ("year", Order.Asc),
    "rating": ("rating", Order.Desc),
    "popular": ("popularity", Order.Desc),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What an answer is narrowed down to."""

    genre: str | None = None
    year: int | None = None
    year_to: int | None = None
    type: str | None = None
    min_rating: float | None = None
    language: str | None = None

    def clauses(self, view: View) -> list[Clause]:
        """The same for the index."""
        found: list[Clause] = []
        language = self.language.partition("-")[0].lower() if self.language else None
        # By its id or by its name, as titles and cards say it.
        genre = None if self.genre is None else name_id(self.genre)
        for field, value in (("genre", genre), ("type", self.type), ("language", language)):
            if value is not None:
                found.append(
                    (Occur.Must, Query.const_score_query(Query.term_query(view.schema, field, value, "basic"), 0.0))
                )
        if self.year is not None or self.year_to is not None:
            upper = self.year_to if self.year_to is not None else self.year
            found.append((Occur.Must, _range(view, "year", FieldType.Integer, self.year, upper)))
        if self.min_rating is not None:
            found.append((Occur.Must, _range(view, "rating", FieldType.Float, self.min_rating, None)))
        return found


def _range(view: View, field: str, kind: FieldType, low: Any, high: Any) -> Query:
    return Query.const_score_query(Query.range_query(view.schema, field, kind, low, high), 0.0)


def everything(view: View) -> Query:
    """All titles: every one has a type."""
    return any_of(view.schema, "type", ["movie", "series"])


def matching(view: View, reading: Reading, ranked: Sequence[str], limits: Sequence[Clause]) -> Query:
    """Titles that have every word of a query or what it stands for, and those that ranking has accepted."""
    says = [word for word in reading.words if not word.little] or reading.words
    clauses = [(Occur.Must, _meets(view, word, unfinished=word is reading.words[-1])) for word in says]
    either: list[Clause] = []
    if clauses:
        either.append((Occur.Should, Query.boolean_query(clauses)))
    if ranked:
        either.append((Occur.Should, any_of(view.schema, "id", ranked)))
    return narrowed(Query.boolean_query(either) if either else Query.empty_query(), *limits)


def _meets(view: View, word: Word, *, unfinished: bool) -> Query:
    forms = text.distinct((word.word, *word.stems, word.number or ""))
    if unfinished and len(word.word) >= SHORTEST_BEGINNING:
        forms += [form for form, _ in view.searcher.terms_with_prefix("everything", word.word, limit=ENDINGS)]
    found: list[Clause] = [(Occur.Should, any_of(view.schema, "everything", text.distinct(forms)))]
    found += [(Occur.Should, concept_query(view, concept)) for concept in word.concepts]
    return Query.boolean_query(found)


def ordered(view: View, query: Query, sort: str, most: int, offset: int) -> list[Any]:
    """Addresses in one of the orders that do not look at the query."""
    field, order = SORTS[sort]
    found = view.searcher.search(query, most, count=False, order_by_field=field, order=order, offset=offset).hits
    return [address for _, address in found]


def counted(view: View, query: Query) -> tuple[int, dict[str, list[tuple[str, int]]]]:
    """How many titles match, and how many of them have which genre (id, tab, name), type, language, decade, most first."""
    fields = {"genres": "genre_facet", "types": "type_facet", "languages": "language_facet", "decades": "decade"}
    asked = {name: {"terms": {"field": field, "size": FACETS}} for name, field in fields.items()}
    found = view.searcher.aggregate(query, asked)
    facets = {
        name: [(_key(bucket["key"]), int(bucket["doc_count"])) for bucket in found[name]["buckets"]] for name in fields
    }
    # Every title has one type.
    return sum(count for _, count in facets["types"]), facets


def _key(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) else str(value)

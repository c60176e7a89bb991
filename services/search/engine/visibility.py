"""What a viewer may see, as part of every query: what is hidden is not found, not counted and not named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tantivy import FieldType, Occur, Order, Query

from services.search.engine.documents import OLDEST
from services.search.engine.fields import EVERYWHERE, FOREVER, SLOTS, instant
from services.search.engine.index import View, any_of
from services.search.engine.records import RANKED
from services.search.engine.taste import NEUTRAL, Taste

Clause = tuple[Occur, Query]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose eyes: `country` ISO 3166-1 alpha-2, `maturity` the highest age rating allowed, `now` the moment."""

    country: str
    maturity: int
    kids: bool
    language: str
    now: datetime
    # No matter of what may be seen: of the order of what fits nearly equally well.
    taste: Taste = NEUTRAL


@dataclass(frozen=True, slots=True)
class Limits:
    """What is looked for among: the titles that a viewer may see (clauses `seen`), and of those what filters let through."""

    viewer: Viewer
    seen: tuple[Clause, ...]
    filters: tuple[Clause, ...] = ()

    @classmethod
    def of(cls, view: View, viewer: Viewer) -> Limits:
        """All that a viewer may see."""
        return cls(viewer, tuple(hidden(view, viewer)))

    def to(self, filters: Sequence[Clause]) -> Limits:
        """The same with filters."""
        return replace(self, filters=tuple(filters))

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """All of them, for a query."""
        return *self.seen, *self.filters

    def among(self, view: View, addresses: Sequence[Any]) -> list[Any]:
        """Those of some titles that the viewer may see, in the same order."""
        ages = list(zip(addresses, view.column("free_age", addresses), strict=True))
        shown = {place(each) for each, age in ages if age is not None and age <= self.viewer.maturity}
        if windowed := [each for each, age in ages if age is None]:
            ids = [row["id"] for row in view.read(windowed, RANKED)]
            query = Query.boolean_query([(Occur.Must, any_of(view.schema, "id", ids)), *self.seen])
            shown.update(place(each) for each in view.best(query, len(ids)))
        return [each for each in addresses if place(each) in shown]


def place(address: Any) -> tuple[int, int]:
    """An address as it is compared."""
    return address.segment_ord, address.doc


def hidden(view: View, viewer: Viewer) -> list[Clause]:
    """The clauses that take away what a viewer may not see. Titles that are not published are not in the index."""
    clauses: list[Clause] = []
    ages = (str(age) for age in range(max(viewer.maturity, -1) + 1, OLDEST + 1))
    # Where nothing is for them alone there is no clause: a query without one may skip what cannot be among the best. One
    # clause for each: their lists are skipped through, where a set of them would be put together anew for each query.
    too_old = [age for age in ages if view.searcher.doc_freq("age", age)]
    clauses += [(Occur.MustNot, Query.term_query(view.schema, "age", age, "basic")) for age in too_old]
    if view.searcher.doc_freq("windowed", "few"):
        clauses.append((Occur.MustNot, _closed(view, "few", _open_slots(view, viewer))))
    if view.windowed:
        shown = view.windowed.open(viewer.country, instant(viewer.now))
        clauses.append((Occur.MustNot, _closed(view, "many", Query.term_set_query(view.schema, "id", shown))))
    return clauses


def _closed(view: View, how_many: str, open_now: Query) -> Query:
    windowed = Query.term_query(view.schema, "windowed", how_many, "basic")
    return Query.boolean_query([(Occur.Must, windowed), (Occur.MustNot, open_now)])


def _open_slots(view: View, viewer: Viewer) -> Query:
    now = instant(viewer.now)
    slots: list[Clause] = []
    for slot in range(SLOTS):
        begun = Query.range_query(view.schema, f"from{slot}", FieldType.Integer, None, now)
        lasts = Query.range_query(view.schema, f"to{slot}", FieldType.Integer, now, None, include_lower=False)
        where = any_of(view.schema, f"regions{slot}", [EVERYWHERE, viewer.country])
        slots.append((Occur.Should, Query.boolean_query([(Occur.Must, each) for each in (where, begun, lasts)])))
    return Query.boolean_query(slots)


def next_change(view: View, now: datetime) -> int:
    """When the next window of any title opens or closes, in microseconds; `FOREVER` where none does."""
    at = instant(now)
    found = [view.windowed.next_change(at)]
    if view.searcher.doc_freq("windowed", "few"):
        found += [_next_in(view, f"{side}{slot}", at) for slot in range(SLOTS) for side in ("from", "to")]
    return min((moment for moment in found if moment > at), default=FOREVER)


def _next_in(view: View, field: str, at: int) -> int:
    later = Query.range_query(view.schema, field, FieldType.Integer, at, None, include_lower=False)
    hits = view.searcher.search(later, 1, count=False, order_by_field=field, order=Order.Asc).hits
    values = view.searcher.fast_field_values(field, [address for _, address in hits])
    return int(values[0] or FOREVER) if values else FOREVER

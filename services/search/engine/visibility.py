"""What a viewer may see, as part of every query: what is hidden is not found, not counted and not named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tantivy import FieldType, Occur, Order, Query

from services.search.engine.documents import OLDEST
from services.search.engine.fields import EVERYWHERE, FOREVER, SLOTS, instant
from services.search.engine.index import View, any_of
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

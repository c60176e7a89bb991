"""Lists while they change: paging shows each title once, and what is visible is what an oracle says."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.chassis.ids import new_id
from services.catalog.collation import sort_name
from tests.catalog.conftest import NOON, Catalog
from tests.examples import examples

NAMES = st.sampled_from(["Alpha", "alpha", "The Alpha", "Beta", "Äther", "Part 2", "Part 10", "漢", "!!!"])
TITLE = st.tuples(NAMES, st.none() | st.integers(1998, 2001), st.integers(0, 3).map(lambda n: NOON - timedelta(days=n)))
ORDERS: dict[str, Any] = {
    "newest": lambda item: (item[2], item[3]),
    "oldest": lambda item: (item[2], item[3]),
    "name": lambda item: (sort_name(item[0], "en"), item[3]),
    "year": lambda item: (item[1] or 0, item[3]),
}


@examples(12)
@given(
    there=st.lists(TITLE, max_size=9), arrive=st.lists(st.lists(TITLE, max_size=2), max_size=4),
    sort=st.sampled_from(sorted(ORDERS)), limit=st.integers(1, 4), leave=st.booleans(),
)  # fmt: skip
async def test_each_title_is_seen_once_while_others_come_and_go(
    catalog: Catalog, there: list[Any], arrive: list[list[Any]], sort: str, limit: int, leave: bool
) -> None:
    await catalog.rows("DELETE FROM titles")
    stay = [(*item, found) for item, found in zip(there, await catalog.shelve(*there), strict=True)]
    others = [str(item) for item in await catalog.shelve(*there[:2])] if leave else []
    pages, seen, cursor = iter(arrive), list[str](), ""
    while True:
        answer = await catalog.get(f"/titles?sort={sort}&limit={limit}{cursor}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= limit
        seen += [item["title_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        assert len(page["items"]) == limit, "only the last page may be short"
        cursor = f"&cursor={page['next_cursor']}"
        await catalog.shelve(*next(pages, []))
        await catalog.rows("UPDATE titles SET status = 'archived' WHERE id = ANY ($1::uuid[])", others)
    assert len(seen) == len(set(seen)), "nothing is shown twice"
    expected = [str(item[3]) for item in sorted(stay, key=ORDERS[sort], reverse=sort in ("newest", "year"))]
    stayed = set(expected)
    assert [item for item in seen if item in stayed] == expected


@dataclass(frozen=True)
class Window:
    """Hours from now, or no limit; the countries, or all."""

    starts: int | None
    ends: int | None
    regions: tuple[str, ...]

    def body(self, now: datetime) -> dict[str, Any]:
        def moment(hours: int | None) -> str | None:
            return None if hours is None else (now + timedelta(hours=hours)).isoformat()

        return {"starts_at": moment(self.starts), "ends_at": moment(self.ends), "regions": list(self.regions)}

    def open(self, country: str) -> bool:
        begun = self.starts is None or self.starts <= 0
        return begun and (self.ends is None or self.ends > 0) and (not self.regions or country in self.regions)


HOURS = st.none() | st.integers(-1, 1)
WINDOW = st.builds(Window, HOURS, HOURS, st.sets(st.sampled_from(["US", "DE"])).map(lambda found: tuple(sorted(found))))
ORDERLY = WINDOW.filter(lambda item: item.starts is None or item.ends is None or item.starts < item.ends)


@examples(12)
@given(windows=st.lists(ORDERLY, max_size=3), maturity=st.sampled_from([0, 12, 16]))
async def test_what_is_visible_is_what_the_rule_says(catalog: Catalog, windows: list[Window], maturity: int) -> None:
    if not await catalog.rows("SELECT 1 FROM titles"):
        await catalog.film(genres=["Drama"])
    [row] = await catalog.rows("SELECT id FROM titles")
    now = catalog.clock.now()
    await catalog.change(row["id"], windows=[item.body(now) for item in windows], maturity=maturity)
    for country, age in (("US", 18), ("DE", 12), ("FR", 12), ("US", 7)):
        visible = age >= maturity and (not windows or any(item.open(country) for item in windows))
        viewer = catalog.auth_headers(profile_id=new_id(), country=country, maturity=age)
        alone = await catalog.get(f"/titles/{row['id']}", viewer)
        assert (alone.status_code == 200) is visible, (country, age)
        for path in ("/titles", "/genres", f"/titles/cards?ids={row['id']}"):
            assert bool((await catalog.get(path, viewer)).json()["items"]) is visible, (path, country, age)


async def test_genres_stand_in_the_order_of_an_alphabet(catalog: Catalog) -> None:
    await catalog.film(
        genres=["Western", "sci-fi", "Ärzte", "comedy", "Żywot", "Zombies", "Комедия", "Part 10", "Part 2"]
    )
    names = [item["name"] for item in (await catalog.get("/genres")).json()["items"]]
    assert names == ["Ärzte", "comedy", "Part 2", "Part 10", "sci-fi", "Western", "Zombies", "Żywot", "Комедия"]


async def test_the_table_of_editors_is_found_by_what_it_says(catalog: Catalog) -> None:
    named = ["100 % Wool", "100 Years", "snake_case", "snakeXcase", "İstanbul", "ÄNGSTE", "back\\slash"]
    for name in named:
        await catalog.film(name, published=False)
        catalog.clock.advance(1)
    await catalog.series("Öde", published=False, seasons=0)

    async def found(**params: str | int) -> list[str]:
        answer = await catalog.edit("GET", "/titles", params=params)
        assert answer.status_code == 200, answer.text
        assert answer.json()["total"] >= len(answer.json()["items"])
        return [item["name"] for item in answer.json()["items"]]

    assert await found(q="%") == ["100 % Wool"]
    assert await found(q="E_C") == ["snake_case"]
    assert await found(q="\\") == ["back\\slash"]
    assert await found(q="İstanbul") == ["İstanbul"]
    assert await found(q="ängste") == await found(q="ÄNGS") == ["ÄNGSTE"]
    assert await found(type="series") == ["Öde"]
    assert await found(status="published") == []
    assert await found(status="draft", q="100", type="movie") == ["100 Years", "100 % Wool"]
    assert [await found(page=page, limit=3) for page in (1, 2, 3, 4)] == [
        ["Öde", "back\\slash", "ÄNGSTE"], ["İstanbul", "snakeXcase", "snake_case"], ["100 Years", "100 % Wool"], [],
    ]  # fmt: skip
    page = (await catalog.edit("GET", "/titles?limit=3&page=9")).json()
    assert (page["total"], page["page"], page["pages"]) == (8, 9, 3)
    assert (await catalog.edit("GET", "/titles?q=nothing")).json() == {"items": [], "total": 0, "page": 1, "pages": 1}


@pytest.mark.parametrize("sort", sorted(ORDERS))
async def test_a_cursor_belongs_to_its_order(catalog: Catalog, sort: str) -> None:
    await catalog.shelve(("A", 2000, NOON), ("B", 2001, NOON))
    cursor = (await catalog.get(f"/titles?sort={sort}&limit=1")).json()["next_cursor"]
    for other in sorted(ORDERS):
        answer = await catalog.get(f"/titles?sort={other}&limit=1&cursor={cursor}")
        if other == sort:
            assert answer.json()["next_cursor"] is None
        else:
            assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor"), other

"""What nobody should send: it is refused with a reason, or taken as plain text, and never breaks anything."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.search.conftest import Search

ODD = [
    "'; DROP TABLE titles; --", "\" OR 1=1", ".*", "(((((", "[a-z]+{9999}", "name:moss^10 AND NOT type:*", "moss~2 +hour -rock",
    "a" * 200, "moss " * 40, "🎬🍿", "👨‍👩‍👧‍👦 family", "\u200b\u200d", "הסרט", "فيلم",
    "映画 タイトル", "Å\u0301\u0302\u0303" * 20,
    "%%%", "\\", "/", "* *", "null", "NaN", "-0", "&&&", "$^", "^^", "__", "the", "a", "the the the", "1" * 200, "𝕄𝕠𝕤𝕤 ℍ𝕠𝕦𝕣",
    "㌖㌠㍉㌢㌣㍊㌶㌻" * 25, "ﷺ" * 200,
]  # fmt: skip
REFUSED = ["x" * 201, "x" * 60_000]
BAD_FILTERS: list[dict[str, Any]] = [
    {"gerne": "drama"}, {"year": "soon"}, {"year": 99}, {"year_to": 99999}, {"type": "film"}, {"min_rating": 6},
    {"min_rating": "nan"}, {"language": "xx"},
    {"language": "x y"}, {"sort": "best"}, {"page": 0}, {"page": 501}, {"limit": 101}, {"limit": 0},
    {"year": 2005, "year_to": 2001}, {"page": 200, "limit": 100}, {"genre": ""}, {"genre": ["drama", "comedy"]},
]  # fmt: skip


@pytest.fixture
async def shelf(search: Search) -> Search:
    await search.films(["The Moss Hour", "Signal Rock", "映画", "الفيلم"], genres=("Drama",), year=2001)
    return search


async def test_odd_queries_are_plain_text(shelf: Search) -> None:
    for asked in ODD:
        for answer in (
            await shelf.call("GET", "", params={"q": asked}),
            await shelf.call("GET", "/suggest", params={"q": asked}),
            await shelf.call("POST", "/discover", json={"text": asked}),
        ):
            assert answer.status_code == 200 or (asked == "\u200b\u200d" and answer.status_code == 422), (
                asked,
                answer.text,
            )
    assert await shelf.names("𝕄𝕠𝕤𝕤 ℍ𝕠𝕦𝕣") == ["The Moss Hour"]
    assert await shelf.names("映画") == ["映画"]
    assert (await shelf.names("الفيلم"))[:1] == ["الفيلم"]


async def test_what_cannot_be_a_query_is_refused(shelf: Search) -> None:
    for asked in REFUSED:
        for path in ("", "/suggest"):
            answer = await shelf.call("GET", path, params={"q": asked})
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), asked[:30]
    answer = await shelf.call("POST", "/discover", json={"text": "moss " * 20_000})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "pasted",
    ["\u202bThe Moss Hour\u202c", "\x00The Moss\x00 Hour", "The\nMoss\tHour", "\u2066The Moss Hour\u2069\u2028"],
)
async def test_what_apps_put_around_a_name_is_left_out(shelf: Search, pasted: str) -> None:
    assert await shelf.names(pasted) == ["The Moss Hour"]
    assert await shelf.suggested(pasted) == ["The Moss Hour"]
    answer = await shelf.call("POST", "/discover", json={"text": pasted})
    assert [item["name"] for item in answer.json()["items"]] == ["The Moss Hour"]


async def test_a_query_of_a_hundred_kilobytes_is_refused(shelf: Search) -> None:
    # httpx sends no address that is so long; others do.
    statuses = []

    async def send(message: Any) -> None:
        statuses.append(message.get("status"))

    async def receive() -> Any:
        return {"type": "http.request"}

    for path in ("/api/v1/search", "/api/v1/search/suggest"):
        headers = [(name.lower().encode(), value.encode()) for name, value in shelf.viewer.items()]
        scope = {
            "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"q=" + b"moss+" * 20_000,
            "headers": [(b"host", b"search"), *headers], "http_version": "1.1", "scheme": "http", "root_path": "",
            "server": ("search", 80), "client": ("127.0.0.1", 1),
        }  # fmt: skip
        await shelf.app(scope, receive, send)
    assert [status for status in statuses if status] == [422, 422]


async def test_filters_that_cannot_be_are_refused(shelf: Search) -> None:
    for params in BAD_FILTERS:
        answer = await shelf.call("GET", "", params=params)
        assert answer.status_code == 422, (params, answer.text)
    for more in ({"limit": 3}, {"foo": 1}, {"q": ["moss", "signal"]}):
        assert (await shelf.call("GET", "/suggest", params={"q": "moss", **more})).status_code == 422, more


SYNTAX = [
    "AND", "OR", "NOT", "(", ")", "[", "]", "{", "}", "*", "?", "~2", "^9", "+", "-", "name:", "everything:", "TO", '"', "'",
    ";--", "\\", "/", "%", "_", "$1", "${x}", "moss", "hour", "\u0301", "\u200b", "\u05d0", "\u0627", "映", "👩\u200d👧", " ",
]  # fmt: skip
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
nearly_a_query = st.lists(st.sampled_from(SYNTAX), max_size=30).map("".join)


@given(anything | nearly_a_query)
@examples(60)
async def test_whatever_is_typed_is_answered_or_refused(shelf: Search, text: str) -> None:
    for path in ("", "/suggest"):
        assert (await shelf.call("GET", path, params={"q": text})).status_code in (200, 422)
    assert (await shelf.call("POST", "/discover", json={"text": text})).status_code in (200, 422)


async def test_filters_narrow_facets_count_and_pages_go_on(shelf: Search) -> None:
    await shelf.films([f"Fern {number}" for number in range(25)], genres=("Comedy", "Drama"), year=1994, language="de")
    assert (await shelf.search("", genre="Drama"))["total"] == 29, "by its name as well, as titles say it"
    found = await shelf.search("", genre="drama", limit=10)
    assert (found["total"], found["pages"], len(found["items"])) == (29, 3, 10)
    counts = {value["value"]: value["count"] for value in found["facets"]["genres"]}
    assert counts == {"drama": 29, "comedy": 25}
    assert {v["value"]: v["count"] for v in found["facets"]["decades"]} == {"1990": 25, "2000": 4}
    assert (await shelf.search("fern", language="de", year=1990, year_to=1999))["total"] == 25
    assert (await shelf.search("fern", language="en"))["total"] == 0
    assert (await shelf.search("fern", type="series"))["items"] == []
    await shelf.films(["Moor"], language="und", genres=("K-драма",))
    for asked in ("k-drama", "K-драма", "к-Драма"):
        assert await shelf.names("", genre=asked) == ["Moor"], "no letter of it is lost, as in the catalogue"
    assert (await shelf.search("", genre="no such genre"))["items"] == []
    moor = await shelf.search("moor")
    assert (moor["total"], moor["facets"]["languages"]) == (1, []), "a language that nobody knows is no choice"
    seen = [name for page in (1, 2, 3) for name in await shelf.names("fern", page=page, limit=10)]
    assert len(seen) == len(set(seen)) == 25
    assert (await shelf.names("", sort="oldest", limit=1))[0].startswith("Fern")
    assert (await shelf.names("90s comedy", limit=1))[0].startswith("Fern")

"""What was chosen of suggestions and of what fits a sentence is told like what was chosen of a search."""

from libs.chassis.ids import new_id
from tests.search.conftest import Search
from tests.search.test_recents import until

LOGGED = "SELECT id, text, filters, clicked_title, clicked_position FROM queries"


async def test_of_suggestions_only_the_one_that_was_chosen_is_noted(search: Search) -> None:
    moss = str(await search.film("The Moss Hour"))
    answer = (await search.call("GET", "/suggest", params={"q": "mos"})).json()
    body = {"query_id": answer["query_id"], "title_id": moss, "position": 1}
    assert await search.rows(LOGGED) == []
    assert (await search.call("POST", "/clicks", json=body)).status_code == 404
    # Twice, as a client does that heard no answer.
    for _ in range(2):
        assert (await search.call("POST", "/clicks", json=body | {"text": "mos"})).status_code == 204
    (noted,) = await search.rows(LOGGED)
    assert (str(noted["id"]), noted["text"], str(noted["clicked_title"])) == (answer["query_id"], "mos", moss)
    # Nobody else's, and none of another's is changed by it.
    other = search.auth_headers(profile_id=new_id())
    await search.call("POST", "/clicks", other, json=body | {"text": "other", "position": 4})
    assert [(row["text"], row["clicked_position"]) for row in await search.rows(LOGGED)] == [("mos", 1)]


async def test_what_was_chosen_for_a_sentence_is_noted(search: Search) -> None:
    moss = str(await search.film("The Moss Hour", description="A keeper counts the hours.", genres=("Drama",)))
    answer = (await search.call("POST", "/discover", json={"text": "a drama about a keeper"})).json()
    body = {"query_id": answer["query_id"], "title_id": moss, "position": 1}

    async def noted() -> bool:
        return (await search.call("POST", "/clicks", json=body)).status_code == 204

    await until(noted)
    (row,) = await search.rows(LOGGED)
    assert (row["text"], str(row["clicked_title"])) == ("a drama about a keeper", moss)


async def test_what_the_viewer_cannot_see_was_not_opened(search: Search) -> None:
    await search.film("The Moss Hour")
    hidden = str(await search.film("Moss and Fern", status="draft"))
    answer = (await search.call("GET", "/suggest", params={"q": "mos"})).json()
    for title_id in (str(new_id()), hidden):
        body = {"query_id": answer["query_id"], "title_id": title_id, "position": 1, "text": "mos"}
        refused = await search.call("POST", "/clicks", json=body)
        assert (refused.status_code, refused.json()["code"]) == (404, "query_not_found")
    assert await search.rows(LOGGED) == []


async def test_what_is_opened_on_a_further_page_is_told_of_the_search(search: Search) -> None:
    await search.films(f"Moss {number}" for number in range(4))
    first = await search.search("moss", limit=2)
    further = await search.search("moss", limit=2, page=2, query_id=first["query_id"])
    assert further["query_id"] == first["query_id"]
    chosen = further["items"][1]["title_id"]
    body = {"query_id": further["query_id"], "title_id": chosen, "position": 4}

    async def told() -> bool:
        return (await search.call("POST", "/clicks", json=body)).status_code == 204

    await until(told)
    (row,) = await search.rows(LOGGED)
    assert (str(row["clicked_title"]), row["clicked_position"]) == (chosen, 4)
    # A client that does not say what a page goes on with loses nothing.
    alone = await search.search("moss", limit=2, page=2)
    body = {"query_id": alone["query_id"], "title_id": chosen, "position": 4}
    await until(told)
    # The first page is a search of its own, whatever it is called.
    assert (await search.search("moss", limit=2, query_id=first["query_id"]))["query_id"] != first["query_id"]


async def test_what_trends_says_whether_it_can_be_played(search: Search) -> None:
    moss = str(await search.film("The Moss Hour", availability="listed"))
    for _ in range(2):
        viewer = search.auth_headers(profile_id=new_id())
        suggested = (await search.call("GET", "/suggest", viewer, params={"q": "mos"})).json()
        body = {"query_id": suggested["query_id"], "title_id": moss, "position": 1, "text": "mos"}
        assert (await search.call("POST", "/clicks", viewer, json=body)).status_code == 204
    (item,) = (await search.call("GET", "/trending")).json()["items"]
    assert (item["title_id"], item["availability"]) == (moss, "listed")


async def test_what_trends_is_counted_once_a_minute(search: Search) -> None:
    """However often it is asked for: counting takes as long as titles were opened."""
    first, second = [str(each) for each in await search.films(["The Moss Hour", "The Ninth Flash"])]
    await opened(search, first)
    assert await trending(search) == ["The Moss Hour"]
    await opened(search, second)
    assert await trending(search) == ["The Moss Hour"]
    search.clock.advance(61)
    assert sorted(await trending(search)) == ["The Moss Hour", "The Ninth Flash"]


async def test_what_trends_with_children_is_found_behind_all_that_they_may_not_see(search: Search) -> None:
    moss = str(await search.film("The Moss Hour"))
    for title_id in await search.films((f"Night {number}" for number in range(80)), maturity=18):
        await opened(search, str(title_id))
    await opened(search, moss)
    child = search.auth_headers(profile_id=new_id(), maturity=7, kids=True)
    assert await trending(search, child) == ["The Moss Hour"]


async def opened(search: Search, title_id: str) -> None:
    """Two profiles opened a title from an answer; it is the least wanted so far."""
    for _ in range(2):
        await search.db.pool.execute(
            "INSERT INTO queries (id, pseudonym, text, folded, filters, results, clicked_title, asked_at)"
            " SELECT gen_random_uuid(), gen_random_uuid(), 'm', 'm', '{}', 1, $1::uuid,"
            " coalesce(min(asked_at), $2::timestamptz) - interval '1 second' FROM queries",
            title_id, search.clock.now(),
        )  # fmt: skip


async def trending(search: Search, headers: dict[str, str] | None = None) -> list[str]:
    return [item["text"] for item in (await search.call("GET", "/trending", headers)).json()["items"]]

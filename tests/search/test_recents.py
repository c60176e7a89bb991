"""What is kept of searches: a profile's own list, the log without names, what trends, and the report of gaps."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from libs.chassis.ids import new_id
from libs.contracts.identity import AccountChanged, Profile
from services.search.repository import searches
from services.search.service import projections, searching
from tests.search.conftest import NOON, PATIENCE, Search, received


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what is written in the background."""
    async with asyncio.timeout(PATIENCE):
        while not await holds():  # noqa: ASYNC110  (of another connection's commit nobody tells us)
            await asyncio.sleep(0.01)


async def recents(search: Search, headers: dict[str, str] | None = None) -> list[str]:
    answer = await search.call("GET", "/recent", headers)
    assert answer.status_code == 200, answer.text
    return [item["text"] for item in answer.json()["items"]]


async def asked(search: Search, q: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Search, and wait until it is noted."""
    answer = await search.search(q, headers)
    await until(lambda: _noted(search, answer["query_id"]))
    return answer


async def _noted(search: Search, query_id: str) -> bool:
    return bool(await search.rows("SELECT 1 FROM queries WHERE id = $1", query_id)) and not search.notes


async def test_recent_searches_are_the_profiles_own(search: Search) -> None:
    other = search.auth_headers(profile_id=new_id())
    for words in ("moss", "moss hour", "Signal", "signal", "ninth"):
        await asked(search, words)
        search.clock.advance(1)
    # What was on the way to other words, and what is the same but for its case, is there once.
    assert await recents(search) == ["ninth", "signal", "moss hour"]
    assert await recents(search, other) == []
    first = (await search.call("GET", "/recent")).json()["items"][0]["id"]
    assert (await search.call("DELETE", f"/recent/{first}", other)).status_code == 204
    assert await recents(search) == ["ninth", "signal", "moss hour"]
    assert (await search.call("DELETE", f"/recent/{first}")).status_code == 204
    assert await recents(search) == ["signal", "moss hour"]
    assert (await search.call("DELETE", "/recent")).status_code == 204
    assert await recents(search) == []


async def test_the_list_is_bounded_and_off_for_children(search: Search) -> None:
    child = search.auth_headers(profile_id=new_id(), kids=True, maturity=7)
    await asked(search, "ponies", child)
    assert await recents(search, child) == []
    for number in range(23):
        await asked(search, f"{number} lighthouses")
        search.clock.advance(1)
    assert len(await recents(search)) == 20
    assert len(await search.rows("SELECT 1 FROM recent_searches")) == 20


async def test_what_is_erased_leaves_neither_a_list_nor_a_line_in_the_log(search: Search) -> None:
    account, gone, stays = new_id(), new_id(), new_id()
    headers = {profile: search.auth_headers(account_id=account, profile_id=profile) for profile in (gone, stays)}

    async def account_is(version: int, *profiles: Any, status: Any = "active") -> None:
        event = AccountChanged(
            account_id=account, version=version, status=status, changed_at=NOON,
            profiles=tuple(Profile(id=profile, name="Ada") for profile in profiles),
        )  # fmt: skip
        async with search.db.transaction() as session:
            await projections.accounts_changed(session, [received(event)])

    await account_is(1, gone, stays)
    for signed_in in headers.values():
        await asked(search, "lighthouse", signed_in)
    log = "SELECT s.profile_id FROM queries q LEFT JOIN searchers s USING (pseudonym)"
    assert {row["profile_id"] for row in await search.rows(log)} == {gone, stays}
    await account_is(2, stays)
    assert await recents(search, headers[gone]) == []
    assert await recents(search, headers[stays]) == ["lighthouse"]
    assert [row["profile_id"] for row in await search.rows(log)] == [stays]
    await account_is(3, status="erased")
    assert await search.rows("SELECT 1 FROM queries") == await search.rows("SELECT 1 FROM recent_searches") == []


async def test_what_comes_too_late_of_somebody_who_is_gone_is_not_kept(search: Search) -> None:
    """Tokens are good for a while after a profile was deleted or became a child's."""
    account, gone, child, stays = (new_id() for _ in range(4))
    headers = {each: search.auth_headers(account_id=account, profile_id=each) for each in (gone, child, stays)}

    async def account_is(version: int, *profiles: Profile, status: Any = "active") -> None:
        event = AccountChanged(account_id=account, version=version, status=status, changed_at=NOON, profiles=profiles)
        async with search.db.transaction() as session:
            await projections.accounts_changed(session, [received(event)])

    async def searches_as(profile: Any) -> None:
        await search.search("lighthouse", headers[profile])
        moss = {"query_id": str(new_id()), "title_id": film, "position": 1, "text": "mos"}
        assert (await search.call("POST", "/clicks", headers[profile], json=moss)).status_code == 204
        await until(_written)

    async def _written() -> bool:
        return not search.notes

    film = str(await search.film("The Moss Hour"))
    told = {each: Profile(id=each, name="Ada") for each in headers}
    await account_is(1, *told.values())
    for profile in headers:
        await searches_as(profile)
        assert await recents(search, headers[profile]) == ["lighthouse"]
    await account_is(2, told[child].model_copy(update={"kids": True, "maturity": 7}), told[stays])
    for profile in headers:
        await searches_as(profile)
    assert {row["profile_id"] for row in await search.rows("SELECT profile_id FROM recent_searches")} == {stays}
    assert {row["profile_id"] for row in await search.rows("SELECT profile_id FROM searchers")} == {child, stays}
    assert await recents(search, headers[child]) == []
    await account_is(3, status="erased")
    for profile in headers:
        await searches_as(profile)
    for table in ("recent_searches", "searchers", "queries"):
        assert await search.rows(f"SELECT 1 FROM {table}") == []


async def test_a_program_that_searches_all_day_fills_no_log(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "MOST_NOTED", 3)
    other = search.auth_headers(profile_id=new_id())
    for number in range(3):
        await asked(search, f"{number} lighthouses")
    for number in range(3, 6):
        await search.search(f"{number} lighthouses")
    await asked(search, "lighthouse", other)
    assert len(await search.rows("SELECT 1 FROM queries")) == 4
    search.clock.advance(86_401)
    await asked(search, "6 lighthouses")


async def test_a_log_that_cannot_be_written_as_fast_as_people_search_holds_nobody_up(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    await search.film("The Moss Hour")
    monkeypatch.setattr(searching, "NOTES", 0)
    assert await search.names("moss") == ["The Moss Hour"]
    assert search.notes == 0
    assert await search.rows("SELECT 1 FROM queries") == await search.rows("SELECT 1 FROM recent_searches") == []


async def test_clicks_are_the_profiles_own_and_make_what_trends(search: Search) -> None:
    moss = str(await search.film("The Moss Hour"))
    scary = str(await search.film("The Ninth Flash", maturity=18))
    own = str(await search.film("The Lonely Hour"))
    for chosen, viewers in ((moss, 2), (scary, 3), (own, 1)):
        for _ in range(viewers):
            headers = search.auth_headers(profile_id=new_id())
            answer = await asked(search, "the", headers)
            body = {"query_id": answer["query_id"], "title_id": chosen, "position": 1}
            refused = await search.call("POST", "/clicks", json=body)
            assert (refused.status_code, refused.json()["code"]) == (404, "query_not_found")
            assert (await search.call("POST", "/clicks", headers, json=body)).status_code == 204
    trending = (await search.call("GET", "/trending")).json()["items"]
    # What a single one opened is told nobody.
    assert [item["text"] for item in trending] == ["The Ninth Flash", "The Moss Hour"]
    child = search.auth_headers(profile_id=new_id(), maturity=7, kids=True)
    assert [i["text"] for i in (await search.call("GET", "/trending", child)).json()["items"]] == ["The Moss Hour"]


async def test_staff_read_what_is_looked_for_and_not_found(search: Search) -> None:
    await search.film("The Moss Hour")
    staff = search.auth_headers(roles=["content_manager"])
    viewers = [search.auth_headers(profile_id=new_id()) for _ in range(3)]
    await asked(search, "zeppelin ghosts", viewers[0])
    search.clock.advance(10 * 86_400)
    for viewer in viewers:
        await asked(search, "zeppelin ghosts", viewer)
    await asked(search, "my own name", viewers[0])
    for viewer in viewers:
        found = await asked(search, "moss hour", viewer)
        body = {"query_id": found["query_id"], "title_id": found["items"][0]["title_id"], "position": 1}
        await search.call("POST", "/clicks", viewer, json=body)
    path = "/api/v1/admin/analytics/search-gaps"
    assert (await search.client.get(path, headers=search.viewer)).status_code == 403
    report = (await search.client.get(path, headers=staff, params={"days": 7})).json()
    (gap,) = report["items"]
    assert gap | {"last_at": None} == {
        "text": "zeppelin ghosts", "searches": 3, "viewers": 3, "without_results": 3, "without_choice": 3, "before": 1,
        "trend": 3.0, "last_at": None,
    }  # fmt: skip
    assert (report["searches"], report["without_results"]) == (7, 4)


async def test_looking_on_for_the_same_is_one_search_of_the_report(search: Search) -> None:
    moss = str(await search.film("The Moss Hour", genres=("Drama",), year=1999))
    staff = search.auth_headers(roles=["content_manager"])
    for viewer in (search.auth_headers(profile_id=new_id()) for _ in range(2)):
        await asked(search, "moss", viewer)
        search.clock.advance(60)
        for filters in ({"genre": "drama"}, {"year": 2020}, {"page": 2}):
            found = await search.search("moss", viewer, **filters)
            await until(partial(_noted, search, found["query_id"]))
            search.clock.advance(60)
        found = await search.search("moss", viewer, genre="drama")
        await until(partial(_noted, search, found["query_id"]))
        body = {"query_id": found["query_id"], "title_id": moss, "position": 1}
        assert (await search.call("POST", "/clicks", viewer, json=body)).status_code == 204
    path = "/api/v1/admin/analytics/search-gaps"
    report = (await search.client.get(path, headers=staff, params={"days": 7})).json()
    assert (report["items"], report["searches"], report["without_results"]) == ([], 2, 0)
    # Whoever asks again an hour later asks anew.
    search.clock.advance(3600)
    await asked(search, "moss", viewer)
    assert (await search.client.get(path, headers=staff, params={"days": 7})).json()["searches"] == 3

"""My List."""

import asyncio
from uuid import UUID

from libs.chassis.ids import new_id
from libs.contracts.catalog import Localized
from tests.conftest import AuthHeaders
from tests.watchstate.conftest import Viewer, Watch


async def listed(watch: Watch, viewer: Viewer | None = None) -> list[str]:
    return [item["name"] for item in await watch.items("/list", viewer)]


async def add(watch: Watch, *names: str) -> list[UUID]:
    ids = []
    for name in names:
        title, _ = await watch.title(name)
        answer = await watch.call("POST", "/list", json={"title_id": str(title)})
        assert answer.status_code == 201, answer.text
        ids.append(title)
    return ids


async def test_the_newest_comes_first_and_nothing_twice(watch: Watch) -> None:
    ids = await add(watch, "One", "Two", "Three")
    assert await listed(watch) == ["Three", "Two", "One"]
    again = await watch.call("POST", "/list", json={"title_id": str(ids[0])})
    assert (again.status_code, again.json()["code"]) == (409, "already_in_list")
    unknown = await watch.call("POST", "/list", json={"title_id": str(new_id())})
    assert unknown.status_code == 404
    contained = await watch.call("GET", f"/list/contains?title_ids={ids[0]},{new_id()}")
    assert contained.json() == {"title_ids": [str(ids[0])]}
    assert await listed(watch, watch.bob) == []


async def test_reordering_removing_and_clearing(watch: Watch) -> None:
    one, two, three = await add(watch, "One", "Two", "Three")
    order = [str(one), str(new_id()), str(three)]
    answer = await watch.call("PUT", "/list/order", json={"title_ids": order})
    assert answer.json() == {"title_ids": [str(one), str(three), str(two)]}
    assert await listed(watch) == ["One", "Three", "Two"]
    await add(watch, "Four")
    assert await listed(watch) == ["Four", "One", "Three", "Two"]
    for _ in range(2):
        assert (await watch.call("DELETE", f"/list/{three}")).status_code == 204
    assert await listed(watch) == ["Four", "One", "Two"]
    assert (await watch.call("DELETE", f"/list/{one}", watch.bob)).status_code == 204
    assert (await watch.call("DELETE", "/list", watch.bob)).status_code == 204
    assert await listed(watch) == ["Four", "One", "Two"], "somebody else's hands do not reach it"
    assert (await watch.call("DELETE", "/list")).status_code == 204
    assert await listed(watch) == []
    changes = [event["change"] for event in await watch.events()]
    assert changes == ["added", "added", "added", "reordered", "added", "removed", "cleared"]


async def test_the_list_is_paged(watch: Watch) -> None:
    await add(watch, "One", "Two", "Three")
    first = (await watch.call("GET", "/list?limit=2")).json()
    second = (await watch.call("GET", f"/list?limit=2&cursor={first['next_cursor']}")).json()
    assert [item["name"] for item in first["items"] + second["items"]] == ["Three", "Two", "One"]
    assert second["next_cursor"] is None
    assert (await watch.call("GET", "/list?cursor=moss")).status_code == 422


async def test_a_page_is_full_however_many_titles_before_it_are_hidden(watch: Watch) -> None:
    ids = await add(watch, *(f"Title {n}" for n in range(9)))
    for title_id in ids[1:8]:
        await watch.title("Hidden", title_id=title_id, version=2, status="archived")
    page = (await watch.call("GET", "/list?limit=2")).json()
    assert [item["name"] for item in page["items"]] == ["Title 8", "Title 0"]
    assert page["next_cursor"] is None


async def test_what_is_not_shown_keeps_its_place(watch: Watch) -> None:
    _, two, _ = await add(watch, "One", "Two", "Three")
    await watch.title("Two", title_id=two, version=2, status="archived")
    assert await listed(watch) == ["Three", "One"]
    await watch.title("Two", title_id=two, version=3)
    assert await listed(watch) == ["Three", "Two", "One"]


async def test_a_name_below_the_list_is_not_taken_for_a_title(watch: Watch) -> None:
    for name, takes in (("order", "PUT"), ("contains", "GET")):
        answer = await watch.call("DELETE", f"/list/{name}")
        assert (answer.status_code, answer.headers["allow"]) == (405, takes), name
    assert (await watch.call("DELETE", f"/list/{new_id()}")).status_code == 204
    assert (await watch.call("DELETE", "/list/no-title")).status_code == 404


async def test_twenty_devices_add_the_same_title_at_once(watch: Watch) -> None:
    title, _ = await watch.title()
    body = {"title_id": str(title)}
    answers = await asyncio.gather(*(watch.call("POST", "/list", json=body) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    assert await listed(watch) == ["The Moss Hour"]
    assert len(await watch.events()) == 1


async def test_titles_are_called_as_the_profile_reads(watch: Watch, auth_headers: AuthHeaders) -> None:
    def reader(language: str) -> dict[str, str]:
        return auth_headers(account_id=watch.ada.account_id, profile_id=watch.ada.profile_id, language=language)

    german = Localized(language="de", name="Die Moosstunde", poster_url="/images/de.webp")
    moss, playables = await watch.title("The Moss Hour", localized=(german,), language="en")
    waited, _ = await watch.title("Signal Rock", localized=(Localized(language="de", name="Signalfels"),), ready=())
    plain, _ = await watch.title("Only English")
    for title in (moss, plain):
        await watch.call("POST", "/list", json={"title_id": str(title)})
    assert (await watch.call("PUT", f"/reminders/{waited}")).status_code == 204
    await watch.watch(moss, playables[0], 100)

    async def read(path: str, language: str) -> list[tuple[str, str]]:
        answer = await watch.client.get(f"/api/v1/me{path}", headers=reader(language))
        return [(item["name"], item["poster_url"]) for item in answer.json()["items"]]

    own, said = ("The Moss Hour", "/images/p.webp"), ("Die Moosstunde", "/images/de.webp")
    for language in ("de", "de-AT"):
        assert await read("/list", language) == [("Only English", "/images/p.webp"), said]
        assert await read("/reminders", language) == [("Signalfels", "/images/p.webp")]
        assert await read("/continue-watching", language) == [said]
    for language in ("en", "fr", ""):
        assert (await read("/list", language))[1] == own

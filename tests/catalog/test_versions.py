"""Every edit can be compared and taken back: a title, one of its fields, and what was removed."""

from typing import Any

import pytest

from services.catalog.repository import titles
from tests.catalog.conftest import Catalog


async def test_any_version_can_be_compared_and_gone_back_to(catalog: Catalog) -> None:
    made = await catalog.film("One", cast=["Ada Fern"], genres=["Drama"], year=2000, windows=[{"regions": ["DE"]}])
    path = f"/titles/{made['id']}"
    await catalog.edit("PUT", f"{path}/texts/de", json={"name": "Eins"})
    before = (await catalog.edit("GET", path)).json()
    trailer = (await catalog.edit("POST", f"{path}/trailers", json={"name": "Teaser"})).json()
    mark = (await catalog.edit("GET", path)).json()["version"]
    await catalog.change(made["id"], name="Two", year=2001, cast=["Bo Dune"], genres=["Comedy"], windows=[])
    await catalog.edit("DELETE", f"{path}/texts/de")
    await catalog.edit("DELETE", f"/trailers/{trailer['id']}")
    await catalog.edit("PATCH", f"/playables/{made['playable_id']}", json={"credits_start": 20})
    now = (await catalog.edit("GET", path)).json()["version"]

    async def diff(one: int, other: int) -> dict[str, Any]:
        found = await catalog.edit("GET", f"{path}/versions/{one}/diff/{other}")
        assert found.status_code == 200, found.text
        return {item["field"]: (item["before"], item["after"]) for item in found.json()["changes"]}

    changes = await diff(mark, now)
    assert changes["name"] == ("One", "Two") and changes["year"] == (2000, 2001)
    assert changes["texts.de"][1] is None and changes[f"trailer.{trailer['id']}"][1] is None
    assert (await diff(now, mark))["name"] == ("Two", "One")
    assert await diff(now, now) == {}
    first = await diff(1, now)
    assert first["status"] == ("draft", "published")
    assert (await catalog.edit("GET", f"{path}/versions/1/diff/{now + 1}")).json()["code"] == "version_not_found"

    async def back(body: dict[str, Any], if_match: str = "*") -> Any:
        return await catalog.edit("POST", f"{path}/rollback", json=body, headers={"If-Match": if_match})

    one_field = await back({"version": mark, "fields": ["year"]}, f'"{now}"')
    assert one_field.status_code == 200, one_field.text
    assert [one_field.json()[key] for key in ("name", "year", "version")] == ["Two", 2000, now + 1]
    assert (await back({"version": mark, "fields": ["year"]})).json()["code"] == "nothing_to_take_back"
    assert (await back({"version": mark, "fields": ["colour"]})).json()["code"] == "unknown_field"
    assert (await back({"version": mark}, f'"{now}"')).json()["code"] == "version_mismatch"
    assert (await catalog.edit("POST", f"{path}/rollback", json={"version": mark})).status_code == 428

    whole = (await back({"version": mark})).json()
    assert [whole[key] for key in ("name", "cast", "genres", "windows", "texts", "status")] == [
        before[key] for key in ("name", "cast", "genres", "windows", "texts", "status")
    ]
    assert [item["id"] for item in whole["trailers"]] == [trailer["id"]], "what was removed is back"
    assert whole["playable"]["credits_start"] is None
    assert (await catalog.events(made["id"]))[-1]["name"] == "One"
    undone = (await back({"version": now + 1})).json()
    assert undone["name"] == "Two", "going back can be taken back"


async def back(catalog: Catalog, title_id: str, version: int, *fields: str) -> Any:
    """Go back to a version, in some fields or as a whole."""
    body = {"version": version, "fields": list(fields)}
    return await catalog.edit("POST", f"/titles/{title_id}/rollback", json=body, headers={"If-Match": "*"})


async def now(catalog: Catalog, title_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await catalog.edit("GET", f"/titles/{title_id}")).json()
    return found


async def test_going_back_takes_no_film_away(catalog: Catalog) -> None:
    made = await catalog.film("One", published=False, availability="listed")
    mark = (await catalog.change(made["id"], name="Two"))["version"]
    await catalog.asset(made["playable_id"])
    playable = await now(catalog, made["id"])
    assert playable["availability"] == "playable"
    refused = await back(catalog, made["id"], mark, "availability")
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_field")
    refused = await back(catalog, made["id"], mark, f"playable.{made['playable_id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_take_back")
    await catalog.change(made["id"], name="Three")
    whole = (await back(catalog, made["id"], mark)).json()
    assert (whole["name"], whole["availability"], whole["playable"]["ready"]) == ("Two", "playable", True)


async def test_credits_of_episodes_come_back_with_the_rest(catalog: Catalog) -> None:
    title_id, ((first, second),) = await catalog.series(seasons=1, episodes=2)

    async def credited(episode: dict[str, Any], *names: str) -> None:
        body = {"credits": [{"name": name, "role": "actor"} for name in names]}
        assert (await catalog.edit("PATCH", f"/episodes/{episode['id']}", json=body)).status_code == 200

    async def said() -> list[list[str]]:
        episodes = (await now(catalog, title_id))["seasons"][0]["episodes"]
        return [[part["name"] for part in episode["credits"]] for episode in episodes]

    await credited(first, "Ada Fern", "Bo Dune")
    mark = (await now(catalog, title_id))["version"]
    await credited(first, "Cy Reed")
    await credited(second, "Di Rush")
    body = {"number": 3, "name": "Late", "credits": [{"name": "Eve Sedge", "role": "actor"}]}
    season = (await now(catalog, title_id))["seasons"][0]["id"]
    assert (await catalog.edit("POST", f"/seasons/{season}/episodes", json=body)).status_code == 201
    assert await said() == [["Cy Reed"], ["Di Rush"], ["Eve Sedge"]]
    assert (await back(catalog, title_id, mark, f"credits.{first['id']}")).status_code == 200
    assert await said() == [["Ada Fern", "Bo Dune"], ["Di Rush"], ["Eve Sedge"]]
    await credited(first)
    assert (await back(catalog, title_id, mark)).status_code == 200
    assert await said() == [["Ada Fern", "Bo Dune"], [], ["Eve Sedge"]], "what came since stays"


async def test_trailers_come_back_to_their_places_and_never_become_too_many(catalog: Catalog) -> None:
    made = await catalog.film()
    path = f"/titles/{made['id']}/trailers"

    async def added(name: str) -> str:
        found: str = (await catalog.edit("POST", path, json={"name": name})).json()["id"]
        return found

    async def names() -> list[str]:
        return [item["name"] for item in (await catalog.edit("GET", path)).json()["items"]]

    first, second, third = [await added(name) for name in ("One", "Two", "Three")]
    mark = (await now(catalog, made["id"]))["version"]
    unchanged = await back(catalog, made["id"], mark - 1, f"trailer.{first}")
    assert (unchanged.status_code, unchanged.json()["code"]) == (409, "nothing_to_take_back")
    await catalog.edit("DELETE", f"/trailers/{second}")
    await catalog.edit("PUT", f"{path}/order", json={"trailer_ids": [third, first]})
    assert await names() == ["Three", "One"]
    assert (await back(catalog, made["id"], mark)).status_code == 200
    assert await names() == ["One", "Two", "Three"]
    await catalog.edit("DELETE", f"/trailers/{second}")
    for number in range(8):
        await added(f"Since {number}")
    refused = await back(catalog, made["id"], mark, f"trailer.{second}")
    assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (409, "too_many_trailers", 10)
    assert len(await names()) == 10


async def test_fields_that_come_back_with_others_are_said(catalog: Catalog) -> None:
    film = await catalog.film("One")
    put = await catalog.edit("PUT", f"/titles/{film['id']}/texts/de", json={"name": "Eins"}, headers={"If-Match": "*"})
    assert put.status_code < 300, put.text
    changed = await catalog.change(film["id"], cast=["Ada Fern"])
    for field, wanted in {"cast": "credits", "texts": "texts.de", "status": "`fields`"}.items():
        answer = await catalog.edit(
            "POST", f"/titles/{film['id']}/rollback", json={"version": changed["version"] - 1, "fields": [field]},
            headers={"If-Match": "*"},
        )  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field"), answer.text
        assert wanted in answer.json()["detail"]
        assert all(name not in ("cast", "directors", "status") for name in answer.json()["fields"])


async def test_versions_before_one_that_only_a_persons_other_names_made_are_there(catalog: Catalog) -> None:
    made = await catalog.film("One", cast=["Ada Fern"], year=2000)
    path = f"/titles/{made['id']}"
    mark = (await catalog.edit("GET", path)).json()["version"]
    (credit,) = (await catalog.edit("GET", path)).json()["credits"]
    body = {"other_names": ["A. Fern"]}
    await catalog.edit("PATCH", f"/people/{credit['person_id']}", json=body, headers={"If-Match": "*"})
    now = (await catalog.change(made["id"], year=2001))["version"]
    assert now == mark + 2, "what is told of the title has changed with the person"
    for version in range(1, now):
        found = await catalog.edit("GET", f"{path}/versions/{version}/diff/{now}")
        assert found.status_code == 200, found.text
        assert {"field": "year", "before": 2000, "after": 2001} in found.json()["changes"]
    assert (await back(catalog, made["id"], mark)).json()["year"] == 2000
    # What the log has lost is not made up.
    await catalog.rows("DELETE FROM audit WHERE version <= $1", now)
    assert (await back(catalog, made["id"], mark)).json()["code"] == "version_not_found"


async def test_a_slug_that_somebody_takes_while_a_title_goes_back_is_told(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await catalog.film("One", slug="one")
    await catalog.change(made["id"], slug="two")
    other = await catalog.film("Other", slug="one", published=False)
    taken = await back(catalog, made["id"], 1, "slug")
    assert (taken.status_code, taken.json()["code"], taken.json()["id"]) == (409, "slug_taken", other["id"])

    async def nobody(*_: Any) -> None:
        return None

    monkeypatch.setattr(titles, "title_by_slug", nobody)  # as if it was taken only now
    taken = await back(catalog, made["id"], 1, "slug")
    assert (taken.status_code, taken.json()["code"]) == (409, "slug_taken")


async def test_who_has_not_read_the_newest_version_changes_nothing_of_a_title(catalog: Catalog) -> None:
    title_id, ((episode,),) = await catalog.series("Signal Rock", 1, 1)
    film = f"/titles/{title_id}"
    asset = await catalog.asset(episode["playable_id"], minutes=-1)
    season = (await catalog.edit("GET", film)).json()["seasons"][0]
    await catalog.edit("PUT", f"{film}/texts/de", json={"name": "Signalfelsen"})
    trailer = (await catalog.edit("POST", f"{film}/trailers", json={})).json()["id"]
    person = (await catalog.edit("POST", "/people", json={"name": "Ada Fern"})).json()["id"]
    other = (await catalog.edit("POST", "/people", json={"name": "Bo Dune"})).json()["id"]
    edits: list[tuple[str, str, Any]] = [
        ("PUT", f"{film}/texts/de", {"name": "Fels"}),
        ("PATCH", f"/seasons/{season['id']}", {"name": "First"}),
        ("PATCH", f"/episodes/{episode['id']}", {"name": "Pilot"}),
        ("PATCH", f"/playables/{episode['playable_id']}", {"credits_start": 20}),
        ("PUT", f"/playables/{episode['playable_id']}/asset", {"asset_id": str(asset)}),
        ("PATCH", f"/trailers/{trailer}", {"name": "Teaser"}),
        ("PUT", f"{film}/trailers/order", {"trailer_ids": [trailer]}),
        ("DELETE", f"/trailers/{trailer}", None),
        ("DELETE", f"{film}/texts/de", None),
        ("POST", f"/people/{person}/merge", {"into": other}),
        ("DELETE", f"/people/{person}", None),
    ]
    before = (await catalog.edit("GET", film)).json()
    for method, path, body in edits:
        for version, status in (('"0"', 412), ('"x"', 400)):
            answer = await catalog.edit(method, path, json=body, headers={"If-Match": version})
            assert answer.status_code == status, (path, answer.text)
    assert (await catalog.edit("GET", film)).json() == before
    for method, path, body in edits:
        of = f"/people/{person}" if path.startswith("/people") else film
        found = await catalog.edit("GET", of)
        if found.json()["id"] not in (title_id, person):
            continue  # merged by now
        answer = await catalog.edit(method, path, json=body, headers={"If-Match": f'"{found.json()["version"]}"'})
        assert answer.status_code in (200, 204), (path, answer.text)

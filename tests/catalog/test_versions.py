"""Every edit can be compared and taken back: a title, one of its fields, and what was removed."""

from typing import Any

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

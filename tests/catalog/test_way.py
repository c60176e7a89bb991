"""A title's way from draft to archive: who may take which step, and the steps that time takes, once and also late."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest

from libs.chassis.ids import new_id
from services.catalog.service.imports import Importing
from services.catalog.service.lifecycle import Lifecycles
from services.catalog.service.schedules import Schedules
from tests.catalog.conftest import NOON, Catalog
from tests.chassis.conftest import eventually

MAPPING = {
    "source": "studio", "key": "no", "fields": {"type": {"constant": "movie"}, "name": {"column": "name"}},
}  # fmt: skip


async def step(catalog: Catalog, title_id: str, action: str, body: Any = None, headers: Any = None) -> Any:
    return await catalog.client.post(
        f"/api/v1/admin/titles/{title_id}/{action}", json=body, headers=headers or catalog.editor
    )


async def answers(catalog: Catalog, title_id: str, status: int) -> bool:
    return bool((await catalog.get(f"/titles/{title_id}")).status_code == status)


async def same(asked: Awaitable[list[str]], wanted: list[str]) -> bool:
    return sorted(await asked) == wanted


async def test_an_editor_submits_and_somebody_else_approves(catalog: Catalog) -> None:
    made = await catalog.film(published=False)
    await catalog.asset(made["playable_id"])
    title = made["id"]
    lead = catalog.auth_headers(account_id=new_id(), roles=["super_admin"])
    colleague = catalog.auth_headers(account_id=new_id(), roles=["content_manager"])
    assert (await step(catalog, title, "approve")).json()["code"] == "wrong_status"
    assert (await step(catalog, title, "submit", {"reason": "Ready."})).json()["status"] == "review"
    assert (await step(catalog, title, "publish")).json()["code"] == "wrong_status", (
        "what is in review is not published"
    )
    assert (await step(catalog, title, "approve")).json()["code"] == "own_submission"
    assert (await step(catalog, title, "reject", {"reason": " "}, lead)).status_code == 422
    assert (await step(catalog, title, "reject", {"reason": "The year is wrong."}, lead)).json()["status"] == "draft"
    await step(catalog, title, "submit")
    stale = await step(catalog, title, "approve", None, {**colleague, "If-Match": '"1"'})
    assert stale.json()["code"] == "version_mismatch"
    assert (await step(catalog, title, "approve", None, colleague)).json()["status"] == "approved"
    assert (await step(catalog, title, "publish")).json()["status"] == "published"
    await step(catalog, title, "archive", {"reason": "The licence has ended."})
    path = (await catalog.edit("GET", f"/titles/{title}/lifecycle")).json()
    assert [(item["action"], item["came_from"], item["status"], item["reason"]) for item in path["steps"]] == [
        ("submit", "draft", "review", "Ready."), ("reject", "review", "draft", "The year is wrong."),
        ("submit", "draft", "review", ""), ("approve", "review", "approved", ""), ("publish", "approved", "published", ""),
        ("archive", "published", "archived", "The licence has ended."),
    ]  # fmt: skip
    assert path["steps"][0]["actor"] == str(catalog.editor_id)


async def test_time_publishes_and_archives_once_however_many_look(catalog: Catalog) -> None:
    made = await catalog.film(published=False)
    title, premiere, end = made["id"], NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    body = {"publish_at": premiere.isoformat(), "expire_at": end.isoformat()}
    assert (await step(catalog, title, "schedule", body)).json()["code"] == "not_playable"
    await catalog.asset(made["playable_id"])
    for bad in (
        {"publish_at": NOON.isoformat()},
        {"expire_at": end.isoformat()},
        {**body, "expire_at": premiere.isoformat()},
    ):
        assert (await step(catalog, title, "schedule", bad)).json()["code"] == "bad_schedule", bad
    assert (await step(catalog, title, "schedule", {})).status_code == 422
    assert (await step(catalog, title, "schedule", body)).json()["status"] == "scheduled"
    assert await catalog.events(title) == [], "nobody hears of it before"
    assert (await catalog.get(f"/titles/{title}")).status_code == 404
    replicas = [Schedules(catalog.db, catalog.clock) for _ in range(3)]
    for replica in replicas:
        assert await replica.work() == pytest.approx(10), "never longer than others may be told something"
    catalog.clock.advance(3600 - 3)
    assert await replicas[0].work() == pytest.approx(3)
    assert (await catalog.get(f"/titles/{title}")).status_code == 404
    catalog.clock.advance(3)
    await asyncio.gather(*(replica.work() for replica in replicas))
    await eventually(lambda: answers(catalog, title, 200))
    assert [event["status"] for event in await catalog.events(title)] == ["published"]
    catalog.clock.advance(9000)  # nobody was there when it ended
    await asyncio.gather(*(replica.work() for replica in replicas))
    await eventually(lambda: answers(catalog, title, 404))
    assert [event["status"] for event in await catalog.events(title)] == ["published", "archived"]
    path = (await catalog.edit("GET", f"/titles/{title}/lifecycle")).json()
    assert [(item["action"], item["actor"]) for item in path["steps"][1:]] == [("publish", None), ("expire", None)]
    assert path["schedule"] is None


async def test_an_end_is_taken_off_and_what_is_wrong_with_a_schedule_is_said(catalog: Catalog) -> None:
    title = (await catalog.film())["id"]
    soon, later = (NOON + timedelta(hours=1)).isoformat(), (NOON + timedelta(hours=2)).isoformat()
    assert (await step(catalog, title, "schedule", {"expire_at": soon})).status_code == 200
    assert (await step(catalog, title, "schedule", {"expire_at": None})).status_code == 200
    assert (await step(catalog, title, "schedule", {"expire_at": None})).status_code == 200, "again changes nothing"
    path = (await catalog.edit("GET", f"/titles/{title}/lifecycle")).json()
    assert path["schedule"] is None
    catalog.clock.advance(7200)
    await Schedules(catalog.db, catalog.clock).work()
    assert (await catalog.get(f"/titles/{title}")).status_code == 200
    catalog.clock.advance(-7200)
    draft = (await catalog.film(published=False))["id"]
    for which, body, said in (
        (title, {"publish_at": soon}, "published already"),
        (draft, {"expire_at": soon}, "is draft and not published"),
        (draft, {"publish_at": NOON.isoformat()}, "in the future"),
        (draft, {"publish_at": later, "expire_at": soon}, "after publish_at"),
        (title, {"expire_at": NOON.isoformat()}, "after now"),
    ):
        refused = (await step(catalog, which, "schedule", body)).json()
        assert refused["code"] == "bad_schedule" and said in refused["detail"], refused


async def test_a_scheduled_title_whose_film_has_gone_waits_for_one_and_others_go_on(catalog: Catalog) -> None:
    first, second = await catalog.film("First", published=False), await catalog.film("Second", published=False)
    body = {"publish_at": (NOON + timedelta(minutes=1)).isoformat()}
    for made in (first, second):
        await catalog.asset(made["playable_id"])
        assert (await step(catalog, made["id"], "schedule", body)).status_code == 200
    await catalog.rows("UPDATE playables SET asset_id = NULL WHERE id = $1", first["playable_id"])
    schedules = Schedules(catalog.db, catalog.clock)

    async def shown() -> list[str]:
        return [item["name"] for item in (await catalog.get("/titles")).json()["items"]]

    async def has_waited() -> bool:
        planned = (await catalog.edit("GET", f"/titles/{first['id']}/lifecycle")).json()["schedule"]
        return bool(planned["detail"] == "could not be published: it lacks asset")

    # The service's own schedules look as well; what they have in hand is passed over.
    catalog.clock.advance(61)
    await schedules.work()
    await eventually(has_waited)
    await eventually(lambda: same(shown(), ["Second"]))
    await catalog.asset(first["playable_id"], minutes=5)
    catalog.clock.advance(60)
    await schedules.work()
    await eventually(lambda: same(shown(), ["First", "Second"]))


async def test_what_was_to_be_over_by_now_is_never_shown(catalog: Catalog) -> None:
    made = await catalog.film(published=False)
    await catalog.asset(made["playable_id"])
    body = {
        "publish_at": (NOON + timedelta(hours=1)).isoformat(),
        "expire_at": (NOON + timedelta(hours=2)).isoformat(),
    }
    assert (await step(catalog, made["id"], "schedule", body)).status_code == 200
    catalog.clock.advance(3 * 3600)  # nobody was there for all of its time

    async def archived() -> bool:
        return bool((await catalog.edit("GET", f"/titles/{made['id']}")).json()["status"] == "archived")

    await Schedules(catalog.db, catalog.clock).work()
    await eventually(archived)
    assert await catalog.events(made["id"]) == [], "nobody hears of it"
    path = (await catalog.edit("GET", f"/titles/{made['id']}/lifecycle")).json()
    assert [(item["action"], item["came_from"]) for item in path["steps"][1:]] == [("expire", "scheduled")]
    assert path["schedule"] is None


async def test_a_title_whose_step_breaks_is_put_off_ever_longer_and_holds_up_no_other(catalog: Catalog) -> None:
    first, second = await catalog.film("First", published=False), await catalog.film("Second", published=False)
    for minutes, made in ((1, first), (2, second)):
        await catalog.asset(made["playable_id"])
        body = {"publish_at": (NOON + timedelta(minutes=minutes)).isoformat()}
        assert (await step(catalog, made["id"], "schedule", body)).status_code == 200
    await catalog.rows(
        "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF NEW.title_id = '{first['id']}' THEN RAISE EXCEPTION 'poison'; END IF; RETURN NEW; END $$"
    )
    await catalog.rows("CREATE TRIGGER broken BEFORE INSERT ON lifecycle_steps FOR EACH ROW EXECUTE FUNCTION broken()")
    schedules = Schedules(catalog.db, catalog.clock)

    async def put_off() -> timedelta:
        (planned,) = await catalog.rows("SELECT next_at, detail FROM schedules WHERE title_id = $1", first["id"])
        assert planned["next_at"] <= catalog.clock.now() or "something is wrong" in planned["detail"]
        late: timedelta = planned["next_at"] - catalog.clock.now()
        return late

    async def waits(wanted: timedelta) -> bool:
        return await put_off() == wanted

    catalog.clock.advance(121)
    await schedules.work()
    await eventually(lambda: answers(catalog, second["id"], 200))
    await eventually(lambda: waits(timedelta(seconds=61)))
    catalog.clock.advance(1800)
    await schedules.work()
    await eventually(lambda: waits(timedelta(seconds=1861)))
    await catalog.rows("DROP TRIGGER broken ON lifecycle_steps")
    catalog.clock.advance(1861)
    await schedules.work()
    await eventually(lambda: answers(catalog, first["id"], 200))


async def test_who_takes_a_title_back_takes_its_schedule_with_it(catalog: Catalog) -> None:
    made = await catalog.film(published=False)
    await catalog.asset(made["playable_id"])
    await step(catalog, made["id"], "schedule", {"publish_at": (NOON + timedelta(minutes=1)).isoformat()})
    assert (await step(catalog, made["id"], "unpublish")).json()["status"] == "draft"
    catalog.clock.advance(120)
    await Schedules(catalog.db, catalog.clock).work()
    assert (await catalog.get(f"/titles/{made['id']}")).status_code == 404
    assert await catalog.rows("SELECT 1 FROM schedules") == []


@pytest.mark.asyncio(loop_scope="session")
async def test_what_nobody_else_has_seen_reaches_no_viewer(talking: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = talking.app.state.settings.model_copy(update={"review_required": True})
    monkeypatch.setitem(
        talking.app.state._state, "lifecycles", Lifecycles(talking.db, talking.clock, settings, lambda: None)
    )
    made = await talking.film("Unseen", published=False)
    title, later = made["id"], {"publish_at": (talking.clock.now() + timedelta(minutes=1)).isoformat()}
    await talking.asset(made["playable_id"])
    colleague, lead = (
        talking.auth_headers(account_id=new_id(), roles=[role]) for role in ("content_manager", "super_admin")
    )

    async def after(action: str, body: Any = None, headers: Any = None) -> str:
        answer = (await step(talking, title, action, body, headers)).json()
        return str(answer.get("code", answer.get("status")))

    assert [await after("publish"), await after("schedule", later)] == ["not_approved"] * 2
    monkeypatch.setitem(
        talking.app.state._state, "importing", Importing(talking.db, talking.clock, settings, lambda: None)
    )
    file = {"file_name": "titles.csv", "mapping": {**MAPPING, "publish": "listed"}}
    imports = "/api/v1/admin/imports"
    refused = await talking.client.post(imports, json=file, headers=colleague)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_yours_to_publish")
    assert (await talking.client.post(imports, json=file, headers=lead)).status_code == 201
    assert (await talking.client.post(imports, json={**file, "mapping": MAPPING}, headers=colleague)).status_code == 201
    assert [await after("submit"), await after("approve", headers=colleague)] == ["review", "approved"]
    assert (await talking.change(title, name="Said since"))["status"] == "review"
    assert [await after("publish"), await after("approve")] == ["wrong_status", "own_submission"]
    assert [await after("approve", headers=colleague), await after("schedule", later)] == ["approved", "scheduled"]
    # Whoever changes what waits for its moment has it looked at again; its moment passes, and it is shown once it was.
    headers = {**colleague, "If-Match": "*"}
    path = f"/api/v1/admin/titles/{title}"
    assert (await talking.client.patch(path, json={"year": 1999}, headers=headers)).json()["status"] == "review"
    talking.clock.advance(120)
    schedules = Schedules(talking.db, talking.clock)
    await schedules.work()
    read = (await talking.edit("GET", f"/titles/{title}/lifecycle")).json()
    assert read["schedule"]["detail"] == "could not be published: it waits for its approval"
    assert [await after("approve", headers=colleague), await after("approve")] == ["own_submission", "approved"]
    await schedules.work()
    assert (await talking.get(f"/titles/{title}")).status_code == 200
    changes = [(item["came_from"], item["status"]) for item in read["steps"] if item["action"] == "change"]
    assert changes == [("approved", "review"), ("scheduled", "review")]
    # A super admin answers for it alone.
    assert [await after("unpublish"), await after("publish"), await after("publish", headers=lead)] == [
        "draft", "not_approved", "published",
    ]  # fmt: skip
    later = {"publish_at": (talking.clock.now() + timedelta(minutes=1)).isoformat()}
    assert [await after("unpublish"), await after("schedule", later, lead)] == ["draft", "scheduled"]
    # What they vouched for is what goes out: whoever else changes it has it looked at, they themselves need nobody.
    own = await talking.client.patch(path, json={"year": 1998}, headers={**lead, "If-Match": "*"})
    assert own.json()["status"] == "scheduled"
    assert (await talking.change(title, year=2000))["status"] == "review"
    assert [await after("publish"), await after("publish", headers=lead)] == ["wrong_status"] * 2
    talking.clock.advance(120)
    await schedules.work()
    assert (await talking.get(f"/titles/{title}")).status_code == 404
    assert [await after("approve"), await after("approve", headers=colleague)] == ["own_submission", "approved"]
    await schedules.work()
    assert (await talking.get(f"/titles/{title}")).status_code == 200
    await step(talking, title, "archive")


async def test_whoever_wrote_a_title_does_not_approve_it_whoever_submits_it(catalog: Catalog) -> None:
    title = (await catalog.film(published=False))["id"]
    colleague, third = (catalog.auth_headers(account_id=new_id(), roles=["content_manager"]) for _ in range(2))
    assert (await step(catalog, title, "submit", None, colleague)).json()["status"] == "review"
    refused = [(await step(catalog, title, "approve", None, who)).json()["code"] for who in (catalog.editor, colleague)]
    assert refused == ["own_submission"] * 2
    assert (await step(catalog, title, "approve", None, third)).json()["status"] == "approved"
    # What was approved is nobody's own any more: of what comes after, who wrote that alone is left out.
    await catalog.client.patch(f"/api/v1/admin/titles/{title}", json={"year": 1999}, headers={**third, "If-Match": "*"})
    assert (await step(catalog, title, "approve", None, third)).json()["code"] == "own_submission"
    assert (await step(catalog, title, "approve")).json()["status"] == "approved"


async def test_a_plan_that_changes_is_a_version_with_a_step_and_nobody_overwrites_it(catalog: Catalog) -> None:
    made = await catalog.film(published=False)
    title = made["id"]
    await catalog.asset(made["playable_id"])
    first, second, end = ((NOON + timedelta(hours=hours)).isoformat() for hours in (1, 2, 3))

    async def version() -> int:
        return int((await catalog.edit("GET", f"/titles/{title}")).json()["version"])

    async def plan(body: Any, read: int) -> int:
        headers = {**catalog.editor, "If-Match": f'"{read}"'}
        return int((await step(catalog, title, "schedule", body, headers)).status_code)

    drafted = await version()
    assert await plan({"publish_at": first}, drafted) == 200
    read = await version()
    assert await plan({"publish_at": second, "expire_at": end}, read) == 200
    assert await plan({"publish_at": first}, read) == 412, "somebody else planned it meanwhile"
    assert await plan({"publish_at": second, "expire_at": end}, read + 1) == 200
    assert await version() == read + 1, "the same plan changes nothing"
    [newest, *_] = (await catalog.edit("GET", f"/titles/{title}/audit")).json()
    assert (newest["action"], newest["actor"], newest["version"]) == ("schedule", str(catalog.editor_id), read + 1)
    assert [newest[side]["schedule"]["expire_at"] is not None for side in ("before", "after")] == [False, True]
    path = (await catalog.edit("GET", f"/titles/{title}/lifecycle")).json()
    assert [(item["action"], item["came_from"]) for item in path["steps"]] == [
        ("schedule", "draft"), ("schedule", "scheduled"),
    ]  # fmt: skip
    # What a title said comes back, not when it was to be published.
    await catalog.change(title, year=1999)
    back = await catalog.edit(
        "POST", f"/titles/{title}/rollback", json={"version": read}, headers={"If-Match": f'"{await version()}"'}
    )
    assert (back.status_code, back.json()["year"], back.json()["status"]) == (200, None, "scheduled"), back.text
    assert (await catalog.edit("GET", f"/titles/{title}/lifecycle")).json()["schedule"] == path["schedule"]
    assert (await catalog.edit("POST", f"/titles/{title}/publish")).status_code == 200
    shown = await version()
    assert await plan({"expire_at": None}, shown) == 200
    assert await plan({"expire_at": end}, shown) == 412
    assert [item["action"] for item in (await catalog.edit("GET", f"/titles/{title}/lifecycle")).json()["steps"]] == [
        "schedule", "schedule", "publish", "schedule",
    ]  # fmt: skip

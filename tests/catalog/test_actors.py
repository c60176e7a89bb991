"""Logs name who acted, as their account is called, and nobody who is not known or was erased."""

from typing import Any
from uuid import UUID

from libs.chassis.ids import new_id
from libs.chassis.messaging.consumers import Received
from libs.contracts.identity import AccountChanged, Profile
from services.catalog.service import accounts
from tests.catalog.conftest import NOON, Catalog
from tests.catalog.rooms import Room


async def tell(catalog: Catalog, account: UUID, name: str, version: int = 1, status: Any = "active") -> None:
    """Catalog hears of an account."""
    profiles = (Profile(id=new_id(), name=name), Profile(id=new_id(), name="Somebody else"))
    event = AccountChanged(account_id=account, version=version, status=status, profiles=profiles, changed_at=NOON)
    received = Received(new_id(), AccountChanged.TYPE, NOON, str(account), event)
    async with catalog.db.transaction() as session:
        await accounts.changed(session, [received], catalog.clock)


async def names(catalog: Catalog, path: str) -> set[str | None]:
    answer = await catalog.edit("GET", path)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    found = body["steps"] if isinstance(body, dict) else body
    assert found and all(item["actor"] == str(catalog.editor_id) for item in found if item["actor"])
    return {item["actor_name"] for item in found if item["actor"]}


async def test_every_log_names_who_acted(catalog: Catalog) -> None:
    made = await catalog.film(cast=["Ada Fern"])
    person = (await catalog.edit("GET", f"/titles/{made['id']}")).json()["credits"][0]["person_id"]
    await catalog.edit("PATCH", f"/people/{person}", json={"biography": "A."}, headers={"If-Match": "*"})
    shelf = (await catalog.edit("POST", "/collections", json={"name": "Shelf"})).json()["id"]
    logs = [
        f"/titles/{made['id']}/audit",
        f"/people/{person}/audit",
        f"/collections/{shelf}/audit",
        f"/titles/{made['id']}/lifecycle",
    ]
    for path in logs:
        assert await names(catalog, path) == {None}, "nobody has told of the account yet"
    await tell(catalog, catalog.editor_id, "Maren")
    for path in logs:
        assert await names(catalog, path) == {"Maren"}
    await tell(catalog, catalog.editor_id, "Maren", 2, "erased")
    for path in logs:
        assert await names(catalog, path) == {None}


async def test_the_log_of_a_review_names_its_moderator(catalog: Catalog) -> None:
    room = Room(catalog, (await catalog.film())["id"])
    review, moderator = await room.written("See http://example.com"), new_id()
    await tell(catalog, moderator, "Orla")
    headers = catalog.auth_headers(account_id=moderator, roles=["moderator"])
    body = {"decision": "keep", "reason": "Fine.", "revision": 1}
    decided = await catalog.client.post(f"/api/v1/admin/reviews/{review}/decision", json=body, headers=headers)
    assert [(item["action"], item["actor_name"]) for item in decided.json()["log"]] == [
        ("held", None),
        ("keep", "Orla"),
    ]

"""An account that is closed: it may come back for a while, and then nothing of it is left but that it is gone."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from libs.contracts.billing import EntitlementChanged
from services.identity import repository
from services.identity.service.closing import Eraser
from tests.identity.conftest import PASSWORD, Identity

DAYS = 30


async def close(identity: Identity, signed: dict[str, Any], password: str = PASSWORD) -> Any:
    return await identity.call("POST", "/me/close", signed["access_token"], json={"password": password})


async def sign_in(identity: Identity, email: str, **more: Any) -> Any:
    return await identity.call("POST", "/auth/login", json={"email": email, "password": PASSWORD, **more})


async def sweep(identity: Identity) -> None:
    """Erase all that is due, as the component does."""
    eraser = Eraser(identity.app.state.sessions._core)
    while await eraser.work() == 0:
        pass


async def test_a_closed_account_is_signed_out_and_kept_for_a_while(identity: Identity) -> None:
    signed = await identity.register()
    answer = await close(identity, signed)
    assert answer.status_code == 200, answer.text
    erase_at = datetime.fromisoformat(answer.json()["erase_at"])
    assert erase_at == identity.clock.now() + timedelta(days=DAYS)
    assert (await identity.call("GET", "/me", signed["access_token"])).json()["code"] == "session_revoked"
    assert (await sign_in(identity, signed["email"])).json()["code"] == "account_closing"
    told = (await identity.events("account.changed"))[-1]
    assert (told["status"], datetime.fromisoformat(told["erase_at"])) == ("deleting", erase_at)
    assert len(told["profiles"]) == 1
    identity.clock.advance(DAYS * 86_400 - 60)
    await sweep(identity)
    assert len(await identity.rows("SELECT 1 FROM accounts WHERE status = 'deleting'")) == 1


async def test_nobody_closes_it_without_the_password_nor_staffs(identity: Identity) -> None:
    signed = await identity.register()
    assert (await close(identity, signed, "not the password")).json()["code"] == "wrong_password"
    await identity.rows("UPDATE accounts SET roles = '{support}' RETURNING id")
    assert (await close(identity, signed)).json()["code"] == "roles_held"
    assert (await identity.call("GET", "/me", signed["access_token"])).status_code == 200


async def test_it_comes_back_with_all_it_had(identity: Identity) -> None:
    signed = await identity.register()
    await close(identity, signed)
    # Who only guesses at the address and the password learns nothing of it.
    wrong = await identity.call(
        "POST", "/auth/login", json={"email": signed["email"], "password": "wrong", "reopen": True}
    )
    assert wrong.json()["code"] == "bad_credentials"
    back = await sign_in(identity, signed["email"], reopen=True)
    assert back.status_code == 200, back.text
    assert back.json()["profile_id"] == signed["profile_id"]
    told = (await identity.events("account.changed"))[-1]
    assert (told["status"], told["erase_at"]) == ("active", None)
    identity.clock.advance(DAYS * 86_400 + 60)
    await sweep(identity)
    assert (await identity.rows("SELECT status FROM accounts"))[0]["status"] == "active"


async def test_what_is_erased_leaves_nothing_that_tells_who_it_was(identity: Identity) -> None:
    signed, other = await identity.register(name="Wilhelmina Moss"), await identity.register()
    await close(identity, signed)
    # What billing said of its plan could not be read.
    await identity.rows(
        "INSERT INTO dead_letters (consumer, topic, partition, position, reason, names)"
        " VALUES ('identity.entitlements', 'billing.entitlements', 0, 0, '', ARRAY[$1::uuid])",
        signed["account"]["id"],
    )
    identity.clock.advance(DAYS * 86_400 + 60)
    # Two replicas look at once: one of them erases it.
    await asyncio.gather(sweep(identity), sweep(identity))
    left = await identity.rows("SELECT * FROM accounts WHERE id = $1", signed["account"]["id"])
    assert [row["status"] for row in left] == ["erased"]
    for table in ("accounts", "profiles", "devices", "sessions", "audit"):
        rows = str(await identity.rows(f"SELECT * FROM {table}"))
        assert "Wilhelmina" not in rows and signed["email"] not in rows
    assert await identity.rows("SELECT 1 FROM dead_letters") == []
    for table in ("profiles", "devices", "sessions"):
        assert len(await identity.rows(f"SELECT 1 FROM {table} WHERE account_id = $1", signed["account"]["id"])) == 0
    told = [e for e in await identity.events("account.changed") if e["account_id"] == signed["account"]["id"]]
    assert [event["status"] for event in told] == ["active", "deleting", "erased"]
    assert (told[-1]["profiles"], told[-1]["devices"], told[-1]["roles"]) == ([], [], [])
    assert told[-1]["erased_profiles"] == [signed["profile_id"]]
    assert (await sign_in(identity, signed["email"], reopen=True)).json()["code"] == "bad_credentials"
    # Billing ends the plan after it, which is no reason to remember it.
    late = EntitlementChanged(account_id=signed["account"]["id"], version=9, plan_id="basic-year", status="canceled")
    async with identity.app.state.sessions._core.db.transaction() as session:
        await repository.put_entitlements(session, [late])
    assert await identity.rows("SELECT 1 FROM entitlements") == []
    # The address is free, and the other account untouched.
    assert (await identity.register(email=signed["email"]))["account"]["id"] != signed["account"]["id"]
    assert (await sign_in(identity, other["email"])).status_code == 200


async def test_a_deleted_profile_is_told_for_as_long_as_something_of_it_may_be_on_its_way(identity: Identity) -> None:
    signed = await identity.register()
    made = await identity.call("POST", "/me/profiles", signed["access_token"], json={"name": "Bo"})
    gone = made.json()["id"]
    assert (await identity.call("DELETE", f"/me/profiles/{gone}", signed["access_token"])).status_code == 204
    await identity.call("PATCH", "/me", signed["access_token"], json={"name": "Ada L."})
    told = await identity.events("account.changed")
    assert [event["erased_profiles"] for event in told] == [[], [], [gone], [gone]]


@pytest.mark.parametrize("kids", [False, True], ids=["limited", "kids"])
async def test_a_profile_with_limits_closes_nothing(identity: Identity, kids: bool) -> None:
    signed = await identity.register()
    body = {"name": "Bo", "kids": kids, "maturity": 7}
    made = (await identity.call("POST", "/me/profiles", signed["access_token"], json=body)).json()
    chosen = await identity.call("POST", f"/me/profiles/{made['id']}/select", signed["access_token"])
    answer = await close(identity, chosen.json())
    assert (answer.status_code, answer.json()["code"]) in [(403, "holder_required"), (403, "kids_profile")]

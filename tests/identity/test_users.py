"""What staff do with everybody's accounts: who may, what it ends, what is kept of it."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.identity.conftest import PASSWORD, Identity

Staff = dict[str, Any]


async def _staff(identity: Identity, *roles: str, **about: Any) -> Staff:
    """Somebody with these roles, signed in with them."""
    made = await identity.register(**about)
    await identity.rows("UPDATE accounts SET roles = $1 WHERE id = $2", list(roles), made["account"]["id"])
    signed_in = await identity.call("POST", "/auth/login", json={"email": made["email"], "password": PASSWORD})
    return {**signed_in.json(), "email": made["email"]}


async def _confirmed(identity: Identity) -> Staff:
    """Somebody whose address is confirmed, as it must be for who gets a role."""
    made = await identity.register()
    await identity.rows("UPDATE accounts SET email_verified = true WHERE id = $1", made["account"]["id"])
    return made


async def _change(identity: Identity, staff: Staff, user: Staff, **body: Any) -> Any:
    path = f"/admin/users/{user['account']['id']}"
    return await identity.call("PATCH", path, staff["access_token"], json={"reason": "Because", **body})


async def test_closing_an_account_ends_its_sign_ins_for_good(identity: Identity) -> None:
    manager = await _staff(identity, "user_manager")
    first = await identity.register()
    login = {"email": first["email"], "password": PASSWORD}
    second = (await identity.call("POST", "/auth/login", json=login)).json()
    for _ in range(2):  # asked twice it is done once
        closed = await _change(identity, manager, first, status="suspended", reason="Card reported as stolen")
        assert closed.status_code == 200, closed.text
    assert closed.json()["status"] == "suspended"
    assert closed.json()["sign_ins"] == 0
    assert (await identity.call("POST", "/auth/login", json=login)).json()["code"] == "account_suspended"
    [event] = await identity.events("sessions.revoked")
    assert (event["reason"], len(event["session_ids"])) == ("suspended", 2)
    assert (await identity.events("account.changed"))[-1]["status"] == "suspended"
    opened = await _change(identity, manager, first, status="active", reason="It was not")
    assert (await identity.events("account.changed"))[-1]["status"] == "active"
    assert [(c["before"], c["after"], c["reason"], c["actor"]) for c in opened.json()["changes"]] == [
        ({"status": "suspended"}, {"status": "active"}, "It was not", manager["account"]["id"]),
        ({"status": "active"}, {"status": "suspended"}, "Card reported as stolen", manager["account"]["id"]),
    ]
    for tokens in (first, second):
        answer = await identity.call("POST", "/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
        assert answer.json()["code"] == "refresh_invalid"
        assert (await identity.call("GET", "/me", tokens["access_token"])).json()["code"] == "session_revoked"
    assert (await identity.call("POST", "/auth/login", json=login)).status_code == 200


async def test_a_role_comes_with_the_next_refresh_and_goes_at_once(identity: Identity) -> None:
    boss = await _staff(identity, "super_admin")
    user = await _confirmed(identity)
    given = await _change(identity, boss, user, grant=["moderator", "support"])
    assert given.json()["roles"] == ["moderator", "support"]
    [outdated] = await identity.events("tokens.outdated")
    assert outdated["account_id"] == user["account"]["id"]
    fresh = (await identity.call("POST", "/auth/refresh", json={"refresh_token": user["refresh_token"]})).json()
    assert (await identity.call("GET", "/admin/users", fresh["access_token"])).status_code == 200
    taken = await _change(identity, boss, user, withdraw=["support"])
    assert taken.json()["roles"] == ["moderator"]
    assert [event["reason"] for event in await identity.events("sessions.revoked")] == ["signed_out"]
    assert (await identity.events("account.changed"))[-1]["roles"] == ["moderator"]
    gone = await identity.call("POST", "/auth/refresh", json={"refresh_token": fresh["refresh_token"]})
    assert gone.status_code == 401


async def test_who_may_change_what(identity: Identity) -> None:
    boss = await _staff(identity, "super_admin")
    manager = await _staff(identity, "user_manager")
    support = await _staff(identity, "support")
    user = await _confirmed(identity)
    tries: list[tuple[Staff, Staff, dict[str, Any], int, str]] = [
        (support, user, {"status": "suspended"}, 403, "role_required"),
        (user, support, {"status": "suspended"}, 403, "role_required"),
        (manager, user, {"grant": ["moderator"]}, 403, "staff_account"),
        (manager, support, {"status": "suspended"}, 403, "staff_account"),
        (manager, manager, {"status": "suspended"}, 403, "own_account"),
        (boss, boss, {"withdraw": ["super_admin"]}, 403, "own_account"),
        (manager, {"account": {"id": uuid4()}}, {"status": "suspended"}, 404, "user_not_found"),
        (boss, user, {"grant": ["moderator"], "withdraw": ["moderator"]}, 422, "invalid"),
        (boss, user, {"grant": ["king"]}, 422, "invalid"),
        (boss, user, {"status": "erased"}, 422, "invalid"),
        (boss, user, {}, 422, "invalid"),
        (boss, user, {"status": "suspended", "reason": " "}, 422, "invalid"),
    ]
    for who, whom, body, status, code in tries:
        answer = await _change(identity, who, whom, **body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (body, answer.text)
    assert await identity.rows("SELECT * FROM audit") == []
    await identity.rows("UPDATE accounts SET status = 'erased' WHERE id = $1", user["account"]["id"])
    assert (await _change(identity, boss, user, status="active")).json()["code"] == "account_erased"


async def test_a_role_that_was_taken_counts_no_more_whatever_the_token_says(identity: Identity) -> None:
    manager = await _staff(identity, "user_manager")
    user = await identity.register()
    await identity.rows("UPDATE accounts SET roles = '{}' WHERE id = $1", manager["account"]["id"])
    answer = await _change(identity, manager, user, status="suspended")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_required")


@pytest.mark.parametrize(
    ("end", "refused"),
    [
        ("UPDATE accounts SET status = 'suspended' WHERE id = $1", (403, "account_suspended")),
        ("UPDATE accounts SET roles = '{}' WHERE id = $1", (403, "role_required")),
        ("UPDATE sessions SET revoked_at = now() WHERE account_id = $1", (401, "session_revoked")),
        ("UPDATE profiles SET maturity = 12 WHERE account_id = $1", (403, "holder_required")),
    ],
)
async def test_staff_who_are_none_any_more_get_nothing_by_an_old_token(
    identity: Identity, end: str, refused: tuple[int, str]
) -> None:
    boss = await _staff(identity, "super_admin")
    user = await identity.register()
    await identity.rows(end, boss["account"]["id"])
    path = f"/admin/users/{user['account']['id']}"
    for answer in (
        await identity.call("GET", "/admin/users", boss["access_token"]),
        await identity.call("GET", path, boss["access_token"]),
        await _change(identity, boss, user, status="suspended"),
    ):
        assert (answer.status_code, answer.json()["code"]) == refused
    assert (await identity.rows("SELECT status FROM accounts WHERE id = $1", user["account"]["id"])) == [
        {"status": "active"}
    ]


async def test_two_super_admins_who_turn_on_each_other_leave_one(identity: Identity) -> None:
    first, second = await _staff(identity, "super_admin"), await _staff(identity, "super_admin")
    await asyncio.gather(
        _change(identity, first, second, withdraw=["super_admin"]),
        _change(identity, second, first, status="suspended"),
    )
    left = await identity.rows("SELECT id FROM accounts WHERE status = 'active' AND 'super_admin' = ANY(roles)")
    assert len(left) == 1


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("viewer1@", ["Ada"]),
        ("VIEWER1@EXAMPLE", ["Ada"]),
        ("zo", ["Zoë"]),
        ("100%", ["100% Tom"]),
        ("%", []),
        ("_da", []),
        ("' OR 1=1 --", []),
        ("\u202e", []),
    ],
)
async def test_accounts_are_found_by_how_address_or_name_begins(identity: Identity, q: str, found: list[str]) -> None:
    support = await _staff(identity, "support", name="Staff", email="staff@example.org")
    for email, name in (("viewer1@example.com", "Ada"), ("z@example.com", "Zoë"), ("t@example.com", "100% Tom")):
        await identity.register(email=email, name=name)
    answer = await identity.call("GET", "/admin/users", support["access_token"], params={"q": q})
    if answer.status_code == 422:  # a character that no text may have
        assert q == "\u202e"
    else:
        assert [user["name"] for user in answer.json()["items"]] == found


async def test_every_account_is_listed_once_and_by_role_and_status(identity: Identity) -> None:
    support = await _staff(identity, "support")
    made = [support, *[await identity.register() for _ in range(4)]]
    seen: list[str] = []
    cursor = None
    while True:
        page = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        answer = (await identity.call("GET", "/admin/users", support["access_token"], params=page)).json()
        seen += [user["id"] for user in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert seen == [each["account"]["id"] for each in reversed(made)]
    await identity.rows("UPDATE accounts SET status = 'suspended' WHERE id = $1", made[2]["account"]["id"])
    for asked, who in (({"role": "support"}, support), ({"status": "suspended"}, made[2])):
        answer = await identity.call("GET", "/admin/users", support["access_token"], params=asked)
        assert [user["id"] for user in answer.json()["items"]] == [who["account"]["id"]]
    bad = await identity.call("GET", "/admin/users", support["access_token"], params={"cursor": "x"})
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_cursor")


async def test_nobody_gets_a_role_at_an_address_that_nobody_confirmed(identity: Identity) -> None:
    boss = await _staff(identity, "super_admin")
    user = await identity.register()
    refused = await _change(identity, boss, user, grant=["moderator"])
    assert (refused.status_code, refused.json()["code"]) == (409, "email_unverified")
    assert (await identity.rows("SELECT roles FROM accounts WHERE id = $1", user["account"]["id"]))[0]["roles"] == []
    await identity.rows("UPDATE accounts SET email_verified = true")
    assert (await _change(identity, boss, user, grant=["moderator"])).status_code == 200

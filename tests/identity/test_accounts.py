"""Registration and one's own account: addresses, passwords, what cannot be assigned, what is published."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from jose import jwt

from tests.identity.conftest import PASSWORD, Identity


async def test_register_opens_an_account_with_a_profile_and_a_device(identity: Identity) -> None:
    body = await identity.register(name="Ada Lovelace", country="GB")
    token = body["access_token"]
    me = (await identity.call("GET", "/me", token)).json()
    assert me == {
        "id": body["account"]["id"],
        "email": "viewer1@example.com",
        "name": "Ada Lovelace",
        "country": "GB",
        "email_verified": False,
        "roles": [],
        "subscription_status": "none",
    }
    [profile] = (await identity.call("GET", "/me/profiles", token)).json()["items"]
    assert (profile["name"], profile["maturity"], profile["kids"], profile["has_pin"]) == (
        "Ada Lovelace",
        18,
        False,
        False,
    )
    [device] = (await identity.call("GET", "/me/devices", token)).json()["items"]
    assert (device["name"], device["type"], device["current"]) == ("Chrome on Windows", "web", True)
    claims = jwt.get_unverified_claims(token)
    assert (claims["pid"], claims["did"], claims["mat"], claims["country"]) == (profile["id"], device["id"], 18, "GB")
    assert claims["exp"] - claims["iat"] == 600


@pytest.mark.parametrize("limits", [{"maturity": 16}, {"maturity": 7, "kids": True}])
async def test_a_child_does_not_learn_whose_account_it_is(identity: Identity, limits: dict[str, Any]) -> None:
    """Nor with the token from before, and the answer is whole for who may see it."""
    holder = await identity.register(name="Ada Lovelace", country="GB")
    token = holder["access_token"]
    made = await identity.call("POST", "/me/profiles", token, json={"name": "Bo", **limits})
    chosen = await identity.call("POST", f"/me/profiles/{made.json()['id']}/select", token, json={})
    for seen in (chosen.json()["access_token"], token):
        assert (await identity.call("GET", "/me", seen)).json() == {
            "id": holder["account"]["id"],
            "email": None,
            "name": None,
            "country": "GB",
            "email_verified": None,
            "roles": [],
            "subscription_status": "none",
        }
    login = {"email": holder["email"], "password": PASSWORD}
    again = (await identity.call("POST", "/auth/login", json=login)).json()
    assert (await identity.call("GET", "/me", again["access_token"])).json()["email"] == holder["email"]


async def test_registration_and_its_event_commit_together(identity: Identity) -> None:
    body = await identity.register()
    [event] = await identity.events("account.changed")
    assert (event["account_id"], event["version"], event["status"]) == (body["account"]["id"], 1, "active")
    assert len(event["profiles"]) == len(event["devices"]) == 1
    await identity.call("POST", "/auth/register", json={"email": body["email"], "password": PASSWORD, "name": "Eve"})
    assert len(await identity.events("account.changed")) == 1


@pytest.mark.parametrize(
    "again",
    ["ada@exämple.com", "ADA@EXÄMPLE.com", "ada@xn--exmple-cua.com", "Ada@XN--EXMPLE-CUA.COM", "ａｄａ@exämple.com"],
)
async def test_an_address_is_taken_in_every_spelling(identity: Identity, again: str) -> None:
    await identity.register(email="ada@exämple.com")
    answer = await identity.call("POST", "/auth/register", json={"email": again, "password": PASSWORD, "name": "Ada"})
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")


async def test_ten_registrations_at_once_open_one_account(identity: Identity) -> None:
    body = {"email": "race@example.com", "password": PASSWORD, "name": "Ada"}
    answers = await asyncio.gather(*(identity.call("POST", "/auth/register", json=body) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert len(await identity.rows("SELECT 1 FROM accounts")) == len(await identity.rows("SELECT 1 FROM profiles")) == 1


@pytest.mark.parametrize("email", ["", "ada", "ada@", "@example.com", "a b@example.com", "ada@exam ple.com"])
async def test_what_is_not_an_address_is_refused(identity: Identity, email: str) -> None:
    answer = await identity.call("POST", "/auth/register", json={"email": email, "password": PASSWORD, "name": "Ada"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_email")


@pytest.mark.parametrize(
    "password",
    ["short", "password", "Password123!", "P@ssw0rd2024", "12345678", "aaaaaaaa", "qwertyui", "viewer77@example.com",
     "viewer77", "Lovelace1815", "ada.lovelace", "iloveyou!!", "bijou2026"],
)  # fmt: skip
async def test_weak_passwords_are_refused_with_what_to_do(identity: Identity, password: str) -> None:
    body = {"email": "viewer77@example.com", "password": password, "name": "Ada Lovelace"}
    answer = await identity.call("POST", "/auth/register", json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "weak_password")
    assert "Use" in problem["detail"]
    assert not await identity.rows("SELECT 1 FROM accounts")


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"name": "  "}, {"name": "a" * 61}, {"name": "a\nb"}, {"country": "USA"}, {"country": "us"},
     {"password": "x" * 257}, {"email": "a" * 400}, {"name": None}],
)  # fmt: skip
async def test_malformed_registrations_are_refused_without_echo(identity: Identity, change: dict[str, object]) -> None:
    body = {"email": "ada@example.com", "password": PASSWORD, "name": "Ada", **change}
    answer = await identity.call("POST", "/auth/register", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert PASSWORD not in answer.text


async def test_nothing_privileged_can_be_assigned(identity: Identity) -> None:
    privileged = {
        "roles": ["super_admin"], "status": "deleting", "email_verified": True, "id": "0" * 32, "version": 99,
        "subscription_status": "active", "password_hash": "x", "account_id": "0" * 32, "has_pin": True, "pin_hash": "x",
        "created_at": "2000-01-01T00:00:00Z",
    }  # fmt: skip
    body = await identity.register(**privileged)
    token = body["access_token"]
    before = await identity.rows("SELECT id, email, email_verified, password_hash, status, roles FROM accounts")
    assert before[0]["roles"] == [] and before[0]["email_verified"] is False and before[0]["status"] == "active"
    profile = (await identity.call("GET", "/me/profiles", token)).json()["items"][0]["id"]
    device = (await identity.call("GET", "/me/devices", token)).json()["items"][0]["id"]
    for method, path in (
        ("PATCH", "/me"), ("PATCH", f"/me/profiles/{profile}"), ("PATCH", f"/me/devices/{device}"),
    ):  # fmt: skip
        answer = await identity.call(
            method, path, token, json={**privileged, "email": "taken@example.com", "country": "KP"}
        )
        assert answer.status_code in (200, 422)
    assert await identity.rows("SELECT id, email, email_verified, password_hash, status, roles FROM accounts") == before
    me = (await identity.call("GET", "/me", token)).json()
    assert (me["roles"], me["subscription_status"], me["country"]) == ([], "none", "US")
    assert (await identity.rows("SELECT pin_hash FROM profiles"))[0]["pin_hash"] is None
    assert jwt.get_unverified_claims(token)["roles"] == []


async def test_me_needs_a_sign_in(identity: Identity) -> None:
    assert (await identity.call("GET", "/me")).status_code == 401
    assert (await identity.call("PATCH", "/me", json={"name": "Eve"})).status_code == 401
    body = {"current_password": "a", "new_password": "b"}
    assert (await identity.call("POST", "/me/password", json=body)).status_code == 401
    assert (await identity.call("GET", "/me", "forged.token.here")).json()["code"] == "invalid_token"


async def test_renaming_is_published_with_a_higher_version(identity: Identity) -> None:
    token = (await identity.register())["access_token"]
    answer = await identity.call("PATCH", "/me", token, json={"name": "Countess"})
    assert answer.json()["name"] == "Countess"
    assert [event["version"] for event in await identity.events("account.changed")] == [1, 2]


async def test_a_new_password_signs_out_everywhere_else(identity: Identity) -> None:
    here = await identity.register()
    there = (await identity.call("POST", "/auth/login", json={"email": here["email"], "password": PASSWORD})).json()
    new = "nine violet harbours"
    answer = await identity.call(
        "POST", "/me/password", here["access_token"], json={"current_password": PASSWORD, "new_password": new}
    )
    assert answer.status_code == 204
    assert (
        await identity.call("POST", "/auth/refresh", json={"refresh_token": here["refresh_token"]})
    ).status_code == 200
    assert (
        await identity.call("POST", "/auth/refresh", json={"refresh_token": there["refresh_token"]})
    ).status_code == 401
    logins = [
        (await identity.call("POST", "/auth/login", json={"email": here["email"], "password": password})).status_code
        for password in (PASSWORD, new)
    ]
    assert logins == [401, 200]
    assert [event["reason"] for event in await identity.events("sessions.revoked")] == ["password_changed"]


async def test_a_new_password_needs_the_old_one_and_strength(identity: Identity) -> None:
    body = await identity.register()
    for current, new, code in (
        ("wrong", "nine violet harbours", "wrong_password"),
        (PASSWORD, "password1", "weak_password"),
    ):
        answer = await identity.call(
            "POST", "/me/password", body["access_token"], json={"current_password": current, "new_password": new}
        )
        assert answer.json()["code"] == code
    login = await identity.call("POST", "/auth/login", json={"email": body["email"], "password": PASSWORD})
    assert login.status_code == 200


@pytest.mark.usefixtures("dear_hashes")
async def test_passwords_are_argon2id_of_the_given_cost(identity: Identity) -> None:
    await identity.register()
    [row] = await identity.rows("SELECT password_hash FROM accounts")
    assert row["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_the_same_password_in_another_unicode_form_signs_in(identity: Identity) -> None:
    composed, decomposed = "caf\u00e9 au matin gris", "cafe\u0301 au matin gris"
    body = await identity.register(password=composed)
    answer = await identity.call("POST", "/auth/login", json={"email": body["email"], "password": decomposed})
    assert answer.status_code == 200


async def test_subscription_status_follows_billing_and_ends_in_time(identity: Identity) -> None:
    body = await identity.register()
    until = identity.clock.now() + timedelta(days=1)
    await identity.rows(
        "INSERT INTO entitlements (account_id, version, status, plan_id, valid_until) VALUES ($1, 1, 'active', 'p', $2)",
        body["account"]["id"], until,
    )  # fmt: skip
    status = (await identity.call("GET", "/me", body["access_token"])).json()["subscription_status"]
    identity.clock.advance(24 * 3600 + 1)
    later = (await identity.call("GET", "/me", body["access_token"])).json()["subscription_status"]
    assert (status, later) == ("active", "none")

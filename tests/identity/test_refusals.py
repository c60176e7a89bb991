"""Every operation of identity refused in every way that it shares with others; a new one is held to the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from services.identity.main import create_app
from services.identity.schemas.security import CREDENTIAL
from services.identity.settings import Settings
from tests.identity.conftest import PASSWORD, Identity

# What a valid body is, where an operation takes one.
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("PATCH", "/me"): {"name": "Countess"},
    ("POST", "/me/password"): {"current_password": PASSWORD, "new_password": "nine violet harbours"},
    ("POST", "/me/close"): {"password": PASSWORD},
    ("POST", "/me/email"): {"email": "other@example.com", "password": PASSWORD},
    ("POST", "/auth/mfa/totp/confirm"): {"code": "123456"},
    ("POST", "/auth/step-up"): {"password": PASSWORD},
    ("POST", "/auth/passkeys"): {"challenge_id": str(uuid4()), "credential": CREDENTIAL, "name": "Phone"},
    ("PATCH", "/me/passkeys/{passkey_id}"): {"name": "Old phone"},
    ("POST", "/me/profiles"): {"name": "Bo"},
    ("PATCH", "/me/profiles/{profile_id}"): {"name": "Bo"},
    ("POST", "/me/profiles/{profile_id}/select"): {},
    ("PATCH", "/me/devices/{device_id}"): {"name": "Bedroom"},
    ("PUT", "/me/consents"): {"consents": []},
}
# What a kids profile may do itself: see who may watch, choose among them, and leave.
FOR_KIDS = {
    ("GET", "/me"), ("GET", "/me/profiles"), ("POST", "/me/profiles/{profile_id}/select"), ("POST", "/auth/logout"),
    ("DELETE", "/me/sessions/{session_id}"), ("GET", "/me/consents"),
}  # fmt: skip
PUBLIC = {
    ("POST", "/auth/register"),
    ("POST", "/auth/login"),
    ("POST", "/auth/refresh"),
    ("POST", "/auth/password/forgot"),
    ("POST", "/auth/password/reset"),
    ("POST", "/auth/email/verify"),
    ("POST", "/auth/passkeys/sign-in/options"),
    ("POST", "/auth/passkeys/sign-in"),
    ("GET", "/.well-known/jwks.json"),
}


def operations() -> Iterator[tuple[str, str]]:
    """Every operation that is served below /api/v1 and takes any viewer who is signed in; of staff's see test_users.py."""
    app = create_app(Settings(database_url="postgresql://nobody@127.0.0.1:1/none", kafka_bootstrap="127.0.0.1:1"))
    for path, item in app.openapi()["paths"].items():
        for method in item:
            operation = (method.upper(), path.removeprefix("/api/v1"))
            staff = "/admin/" in path
            if path.startswith("/api/v1") and operation not in PUBLIC and not staff:
                yield operation


OPERATIONS = sorted(operations())
WITH_ID = [operation for operation in OPERATIONS if "{" in operation[1]]


def placed(path: str, place: object) -> str:
    head, _, rest = path.partition("{")
    return f"{head}{place}{rest.partition('}')[2]}" if rest else path


async def ask(identity: Identity, operation: tuple[str, str], token: str | None, place: object = "") -> tuple[int, str]:
    """Call an operation and return status and code; what is refused says so in the problem's form."""
    method, path = operation
    more = {"json": BODIES[operation]} if operation in BODIES else {}
    answer = await identity.call(method, placed(path, place or uuid4()), token, **more)
    if answer.status_code < 400:
        return answer.status_code, ""
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["status"] == answer.status_code and problem["title"] and problem["detail"]
    return answer.status_code, problem["code"]


def test_all_operations_are_here() -> None:
    assert len(OPERATIONS) >= 14
    assert {*BODIES, *FOR_KIDS} <= {*OPERATIONS}


async def test_nobody_gets_in_without_a_sign_in_or_with_a_forged_one(identity: Identity) -> None:
    for operation in OPERATIONS:
        assert await ask(identity, operation, None) == (401, "unauthenticated"), operation
        assert await ask(identity, operation, "forged.token.here") == (401, "invalid_token"), operation


async def test_whoever_was_signed_out_gets_nothing(identity: Identity) -> None:
    body = await identity.register()
    assert (await identity.call("POST", "/auth/logout", body["access_token"])).status_code == 204
    for operation in OPERATIONS:
        if operation != ("POST", "/auth/logout"):  # doing it twice is no error
            assert await ask(identity, operation, body["access_token"]) == (401, "session_revoked"), operation


async def test_a_suspended_account_gets_nothing(identity: Identity) -> None:
    body = await identity.register()
    await identity.rows("UPDATE accounts SET status = 'suspended'")
    for operation in OPERATIONS:
        if operation != ("POST", "/auth/logout"):
            assert await ask(identity, operation, body["access_token"]) == (403, "account_suspended"), operation


@pytest.mark.parametrize("operation", WITH_ID)
async def test_what_is_not_there_or_not_ones_own_is_not_found(identity: Identity, operation: tuple[str, str]) -> None:
    mine, other = await identity.register(), await identity.register()
    kind = operation[1].partition("{")[2].partition("_id")[0]
    listed = operation[1].partition("/{")[0]
    if kind == "passkey":
        await identity.rows(
            "INSERT INTO passkeys (id, account_id, credential_id, public_key, sign_count, name, synced, created_at)"
            " SELECT gen_random_uuid(), $1, 'c', 'k', 0, 'Phone', false, now()",
            other["account"]["id"],
        )
    theirs = (await identity.call("GET", listed, other["access_token"])).json()["items"][0]["id"]
    for place in (uuid4(), theirs):
        assert await ask(identity, operation, mine["access_token"], place) == (404, f"{kind}_not_found")
    assert (await ask(identity, operation, mine["access_token"], "not-an-id"))[0] == 422
    assert (await identity.call("GET", "/me", other["access_token"])).status_code == 200
    assert (await identity.call("GET", listed, other["access_token"])).json()["items"][0]["id"] == theirs


async def test_a_kids_profile_does_what_kids_do_and_nothing_else(identity: Identity) -> None:
    body = await identity.register()
    made = await identity.call("POST", "/me/profiles", body["access_token"], json={"name": "Bo", "kids": True})
    kid = made.json()["id"]
    chosen = (await identity.call("POST", f"/me/profiles/{kid}/select", body["access_token"])).json()["access_token"]
    before = await identity.rows("SELECT version FROM accounts")
    for operation in OPERATIONS:
        if operation not in FOR_KIDS:
            for token in (chosen, body["access_token"]):
                status, code = await ask(identity, operation, token, kid)
                assert status == 403 and code in ("holder_required", "kids_profile", "token_outdated"), (
                    operation,
                    code,
                )
    assert await identity.rows("SELECT version FROM accounts") == before
    assert await ask(identity, ("GET", "/me/profiles"), chosen) == (200, "")
    assert await ask(identity, ("DELETE", "/me/sessions/{session_id}"), chosen) == (403, "holder_required")


async def test_bodies_that_are_no_bodies_are_refused(identity: Identity) -> None:
    token = (await identity.register())["access_token"]
    for method, path in BODIES:
        if path.endswith("/select"):
            continue
        for content in (b"", b"{", b"[]", b'"x"', b"\xff"):
            answer = await identity.client.request(
                method, f"/api/v1{placed(path, uuid4())}", content=content,
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            )  # fmt: skip
            assert answer.status_code in (400, 422), (method, path, content, answer.status_code)

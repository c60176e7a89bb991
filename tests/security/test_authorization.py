"""Every operation of every service × everyone who may ask: nobody, sign-ins, profiles, a child's, each staff role.

The declarations are in `authorization.py`; an operation without one fails here, and so does one that does otherwise.
"""

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest
from fastapi import FastAPI

from deploy.local import generate
from gateway.routes import match
from libs.chassis.ids import new_id
from libs.chassis.security.tokens import Verifier
from services.identity.domain import ROLES
from tests.conftest import AuthHeaders, Claims
from tests.security.authorization import RULES
from tests.security.rules import BY_ROWS, OWN_PROFILE, REFUSED, SHARED

ROOT = Path(__file__).resolve().parents[2]
CHILDREN: dict[str, Claims] = {
    "a teen's profile": {"profile_id": new_id(), "maturity": 16},
    "a child's profile": {"profile_id": new_id(), "maturity": 7, "kids": True},
    "a child's sign-in that lost its profile": {"profile_id": None, "maturity": 7, "kids": True},
    "a kids sign-in that claims no limit": {"profile_id": new_id(), "maturity": 18, "kids": True},
    "a teen at an editor's account": {"profile_id": new_id(), "maturity": 16, "roles": ["content_manager"]},
    "a child at an admin's account": {"profile_id": new_id(), "maturity": 7, "kids": True, "roles": ["super_admin"]},
}
CALLERS: dict[str, Claims] = {
    "a sign-in without a profile": {"profile_id": None},
    "a profile": {"profile_id": new_id()},
    **CHILDREN,
    **{f"staff: {role}": {"profile_id": None, "roles": [role]} for role in sorted(ROLES)},
    "staff: an unknown role": {"profile_id": None, "roles": ["content_manager ", "SUPER_ADMIN", "*"]},
}


@cache
def applications() -> dict[str, FastAPI]:
    # Building every application writes settings into the environment; they end here.
    with patch.dict(os.environ):
        return generate.apps()


def operations() -> Iterator[tuple[str, str, str, str]]:
    """Yield the service, method, path and policy of each."""
    for name, app in applications().items():
        for path, item in app.openapi()["paths"].items():
            for method, operation in item.items():
                yield name, method.upper(), path, operation["x-bijou-policy"]


def refusal(policy: str, claims: Claims | None) -> tuple[int, str] | None:
    """The status and code with which `policy` turns a caller away; None when it lets them in."""
    if policy == "public":
        return None
    if claims is None:
        return 401, "unauthenticated"
    limited = claims.get("kids", False) or claims.get("maturity", 18) < 18
    if policy == "profile" and claims.get("profile_id") is None:
        return 403, "profile_required"
    if policy == "holder" and limited:
        return 403, "holder_required"
    kind, _, roles = policy.partition(":")
    if kind == "staff" and not set(claims.get("roles", ())) & set(roles.split(",")):
        return 403, "role_required"
    if kind == "staff" and limited:
        return 403, "holder_required"
    return None


def test_every_operation_is_declared_and_does_what_is_declared() -> None:
    found = {(f"{method} {path}", policy) for _, method, path, policy in operations()}
    declared = {(operation, rule.policy) for operation, rule in RULES.items()}
    assert found - declared == set(), "say in authorization.py who may call these"
    assert declared - found == set(), "these are no longer there, or have another policy"


def test_the_gateway_brings_every_operation_to_its_service() -> None:
    for name, _, path, _ in operations():
        if name != "gateway":
            found = match(path.replace("{service}", name))
            assert found is not None and found.service == name, path


def test_what_a_child_meets_is_declared_as_it_is() -> None:
    for operation, rule in RULES.items():
        refused = any(refusal(rule.policy, claims) == (403, "holder_required") for claims in CHILDREN.values())
        assert refused == (rule.child == REFUSED), operation
        if rule.child == BY_ROWS:
            assert "/me/profiles" in operation or "/me/sessions" in operation, "held by tests/identity/test_reach.py"


def test_whatever_belongs_to_somebody_is_held_by_a_test() -> None:
    for operation, rule in RULES.items():
        assert ("{" in operation) == (rule.proof is not None), operation
        if rule.proof is None or rule.proof in (SHARED, OWN_PROFILE):
            continue
        file, _, name = rule.proof.partition("::")
        assert re.search(rf"^async def {name}\(", (ROOT / file).read_text(), re.MULTILINE), rule.proof


@pytest.mark.parametrize("caller", [None, *CALLERS], ids=str)
async def test_nobody_gets_in_whom_the_declaration_does_not_name(
    caller: str | None, verifier: Verifier, auth_headers: AuthHeaders
) -> None:
    claims = CALLERS[caller] if caller else None
    headers = auth_headers(**claims) if claims is not None else {}
    turned_away = 0
    for name, app in applications().items():
        app.state.verifier = verifier
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{name}") as client:
            for service, method, path, _ in operations():
                if service != name:
                    continue
                rule = RULES.get(f"{method} {path}")
                if rule is None:
                    continue  # the test before names what nobody has declared
                expected = refusal(rule.policy, claims)
                if expected is None:
                    continue  # what they meet behind the door is held by the service's own tests
                numbered = re.sub(r"\{(number|letter_id)\}", "1", path.replace("{service}", name))
                filled = re.sub(r"\{[^}]+\}", lambda _: str(new_id()), numbered)
                answer = await client.request(method, filled, headers=headers, json={})
                assert answer.status_code == expected[0], f"{caller}: {method} {path} → {answer.status_code}"
                if method != "HEAD":
                    assert answer.json()["code"] == expected[1], f"{caller}: {method} {path}"
                turned_away += 1
    assert turned_away > 10 or caller == "staff: super_admin"


async def test_the_door_opens_for_those_it_names(verifier: Verifier, auth_headers: AuthHeaders) -> None:
    """Otherwise all of the above would hold for a door that is always shut."""
    app = applications()["identity"]
    app.state.verifier = verifier
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        for claims in (CALLERS["a sign-in without a profile"], CALLERS["a profile"]):
            answer = await client.post("/api/v1/me/password", headers=auth_headers(**claims), json={})
            assert answer.status_code == 422, "let in, and then told what is missing in the body"

"""Route policies: every route says who may call it, in its signature, and the OpenAPI document repeats it.

`who: auth.Account` a signed-in account · `who: auth.Profile` a token bound to a profile · `who: auth.Holder` the account's
holder, for money, addresses and what others do: nobody who sits at a profile with limits ·
`Editor = Annotated[Principal, auth.staff("editor")]` then `who: Editor` staff with a role, from such a profile too ·
`dependencies=[auth.PUBLIC]` anyone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase

from libs.chassis.problems import Forbidden, Unauthenticated
from libs.chassis.security.revocations import Revocations
from libs.chassis.security.tokens import Verifier
from libs.contracts.token import SUPER_ADMIN, Principal


class ProfileRequired(Forbidden):
    """Choose who is watching first."""

    code = "profile_required"


class HolderRequired(Forbidden):
    """Only a profile without an age limit can do this. Switch to one first."""

    code = "holder_required"


class RoleRequired(Forbidden):
    """Your role does not allow this."""

    code = "role_required"


def policy(name: str) -> Callable[[Any], Any]:
    """Mark a dependency as the policy called `name`."""

    def mark(dependency: Any) -> Any:
        dependency.__policy__ = name
        return dependency

    return mark


@policy("public")
async def _public() -> None:
    return None


class Bearer(SecurityBase):
    """A policy that is itself the security scheme: one dependency to solve per request instead of three."""

    def __init__(self, name: str, check: Callable[[Principal], None] = lambda who: None) -> None:
        self.__policy__ = name
        self.model = HTTPBearerModel(bearerFormat="JWT")
        self.scheme_name = "access_token"
        self._check = check

    async def __call__(self, request: Request) -> Principal:
        given = next((value for name, value in request.scope["headers"] if name == b"authorization"), b"")
        scheme, _, token = given.decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated
        state = request.app.state
        verifier: Verifier = state.verifier
        who = await verifier.verify(token.strip())
        revocations: Revocations = state.revocations
        revocations.check(who)
        self._check(who)
        return who


def _with_profile(who: Principal) -> None:
    if who.profile_id is None:
        raise ProfileRequired


def _holder(who: Principal) -> None:
    if not who.is_holder:
        raise HolderRequired


def _staff(*roles: str) -> Bearer:
    allowed = frozenset((*roles, SUPER_ADMIN))

    def check(who: Principal) -> None:
        if not who.roles & allowed:
            raise RoleRequired
        _holder(who)  # the account's roles are not for the child who sits at it

    return Bearer("staff:" + ",".join(sorted(allowed)), check)


PUBLIC = Depends(_public)
Account = Annotated[Principal, Depends(Bearer("account"))]
Profile = Annotated[Principal, Depends(Bearer("profile", _with_profile))]
Holder = Annotated[Principal, Depends(Bearer("holder", _holder))]


def staff(*roles: str) -> Any:
    """Return the dependency of a route for holders who have one of the staff `roles`; a super admin always does."""
    return Depends(_staff(*roles))


def _policies(dependant: Dependant) -> Iterator[str]:
    name = getattr(dependant.call, "__policy__", None)
    if name:
        yield name
        return  # what a policy builds on is not a second policy
    for child in dependant.dependencies:
        yield from _policies(child)


def policy_of(dependant: Dependant) -> str | None:
    """Return the one policy a route declares, or None. Two different ones are an error."""
    found = set(_policies(dependant))
    if len(found) > 1:
        raise TypeError(f"more than one policy: {sorted(found)}")
    return found.pop() if found else None

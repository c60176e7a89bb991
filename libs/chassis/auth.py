"""Route policies: every route says who may call it, in its signature, and the OpenAPI document repeats it.

`who: auth.Account` a signed-in account · `who: auth.Profile` a token bound to a profile ·
`Editor = Annotated[Principal, auth.staff("editor")]` then `who: Editor` staff with a role ·
`dependencies=[auth.PUBLIC]` anyone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from libs.chassis.problems import Forbidden, Unauthenticated
from libs.chassis.tokens import Principal, Verifier

SUPER_ADMIN = "super_admin"
_bearer = HTTPBearer(auto_error=False, scheme_name="access_token", bearerFormat="JWT")


class ProfileRequired(Forbidden):
    """Choose who is watching first."""

    code = "profile_required"


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


@policy("account")
async def _account(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Principal:
    if credentials is None:
        raise Unauthenticated
    verifier: Verifier = request.app.state.verifier
    return await verifier.verify(credentials.credentials)


@policy("profile")
async def _profile(who: Annotated[Principal, Depends(_account)]) -> Principal:
    if who.profile_id is None:
        raise ProfileRequired
    return who


def _staff(*roles: str) -> Callable[[Principal], Awaitable[Principal]]:
    allowed = frozenset((*roles, SUPER_ADMIN))

    @policy("staff:" + ",".join(sorted(allowed)))
    async def dependency(who: Annotated[Principal, Depends(_account)]) -> Principal:
        if not who.roles & allowed:
            raise RoleRequired
        return who

    return dependency  # type: ignore[no-any-return]


PUBLIC = Depends(_public)
Account = Annotated[Principal, Depends(_account)]
Profile = Annotated[Principal, Depends(_profile)]


def staff(*roles: str) -> Any:
    """Return the dependency of a route for staff who hold one of `roles`; a super admin always does."""
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

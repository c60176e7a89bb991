"""Routes by which staff look accounts up and change them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request

from libs.chassis import text
from libs.chassis.http.declared_problems import raises
from libs.chassis.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.identity.schemas.fields import ACCOUNT
from services.identity.schemas.users import (
    Role,
    Status,
    UpdateUserBody,
    User,
    UserChange,
    UserDetails,
    UserProfile,
)
from services.identity.service.base import EmailUnverified, SessionEnded
from services.identity.service.users import (
    AccountErased,
    Known,
    LastSuperAdmin,
    OwnAccountRefused,
    StaffAccountRefused,
    UserNotFound,
    Users,
)

router = APIRouter(prefix="/api/v1/admin", tags=["Staff: users"])
Reader = Annotated[Principal, auth.staff("user_manager", "support")]
Manager = Annotated[Principal, auth.staff("user_manager")]
UserId = Annotated[UUID, Path(description="An account.", examples=[ACCOUNT])]
Begins = Annotated[
    Annotated[str, text.line(320)] | None,
    Query(description="How their address or their name begins.", examples=["iris@"]),
]


def _users(request: Request) -> Users:
    return request.app.state.users  # type: ignore[no-any-return]


Use = Annotated[Users, Depends(_users)]


def _details(known: Known) -> UserDetails:
    return UserDetails.model_validate(
        {
            **User.model_validate(known.account).model_dump(),
            "subscription_status": known.subscription_status,
            "profiles": [UserProfile.model_validate(profile) for profile in known.profiles],
            "devices": known.devices,
            "sign_ins": known.sign_ins,
            "changes": [UserChange.model_validate(change, from_attributes=True) for change in known.changes],
        }
    )


@router.get("/users", responses=raises(SessionEnded))
async def list_users(
    who: Reader,
    use: Use,
    q: Begins = None,
    role: Annotated[Role | None, Query(description="Only who has this role.")] = None,
    status: Annotated[Status | None, Query(description="Only accounts that are so.")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[User]:
    """List accounts.

    The newest first.
    """
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    found = await use.find(who, q, role, status, before, limit + 1)
    following = encode_cursor(found[limit - 1].id) if len(found) > limit else None
    return Page(items=[User.model_validate(account) for account in found[:limit]], next_cursor=following)


@router.get("/users/{user_id}", responses=raises(SessionEnded, UserNotFound))
async def get_user(who: Reader, use: Use, user_id: UserId) -> UserDetails:
    """Read an account.

    With who watches with it, how much it is used, and what staff changed.
    """
    return _details(await use.read(who, user_id))


@router.patch(
    "/users/{user_id}",
    responses=raises(
        SessionEnded,
        UserNotFound,
        OwnAccountRefused,
        StaffAccountRefused,
        LastSuperAdmin,
        AccountErased,
        EmailUnverified,
    ),
)
async def update_user(body: UpdateUserBody, who: Manager, use: Use, user_id: UserId) -> UserDetails:
    """Close or open an account, give or take roles.

    Roles, and accounts that have one, are for super admins alone. Who loses a role or the account is signed out everywhere
    within seconds; who gets a role has it with the next refresh.
    """
    known = await use.change(
        who, user_id, status=body.status, grant=body.grant, withdraw=body.withdraw, reason=body.reason
    )
    return _details(known)

"""Routes of one's own account."""

from __future__ import annotations

from fastapi import APIRouter

from libs.chassis.http.declared_problems import raises
from libs.chassis.security import auth
from services.identity.api.caller import AccountCases, ClosingCases
from services.identity.domain import BreachedPassword, WeakPassword
from services.identity.hashing import TooBusy
from services.identity.models import Account
from services.identity.schemas.account import AccountBody, CloseBody, Closed, Me, PasswordBody, UpdateMeBody
from services.identity.service.base import ProofNeeded, SessionEnded, WrongPassword
from services.identity.service.closing import RolesHeld

router = APIRouter(prefix="/api/v1/me", tags=["Account"], responses=raises(SessionEnded))


def _me(account: Account, status: str) -> Me:
    return Me.model_validate({**AccountBody.model_validate(account).model_dump(), "subscription_status": status})


def _me_for_a_child(account: Account, status: str) -> Me:
    unsaid: dict[str, list[str] | None] = {"email": None, "name": None, "email_verified": None, "roles": []}
    return Me.model_validate({"id": account.id, "country": account.country, "subscription_status": status, **unsaid})


@router.get("")
async def get_me(who: auth.Account, accounts: AccountCases) -> Me:
    """Read my account.

    To a profile with an age limit it does not say whose it is.
    """
    seen = await accounts.me(who)
    return (_me if seen.is_holder else _me_for_a_child)(seen.account, seen.status)


@router.patch("")
async def update_me(body: UpdateMeBody, who: auth.Holder, accounts: AccountCases) -> Me:
    """Change my account's name."""
    return _me(*await accounts.update(who, body.model_dump(exclude_unset=True)))


@router.post(
    "/password", status_code=204, responses=raises(WrongPassword, WeakPassword, BreachedPassword, ProofNeeded, TooBusy)
)
async def change_password(body: PasswordBody, who: auth.Holder, accounts: AccountCases) -> None:
    """Change my password, and sign out everywhere but here."""
    await accounts.change_password(who, body.current_password, body.new_password)


@router.post("/close", responses=raises(WrongPassword, RolesHeld, ProofNeeded, TooBusy))
async def close_account(body: CloseBody, who: auth.Holder, closing: ClosingCases) -> Closed:
    """Close my account, and sign out everywhere.

    For thirty days it can be opened again by signing in with `reopen`. Then it is erased: who it belonged to, its profiles, what
    they watched, rated and wrote, here and in every other service. A plan is not renewed.
    """
    return Closed(erase_at=await closing.close(who, body.password))

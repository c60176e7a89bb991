"""Routes of mailboxes: confirming an address, setting a forgotten password, changing the address."""

from __future__ import annotations

from fastapi import APIRouter

from libs.chassis.http.declared_problems import raises
from libs.chassis.problems import TooMany
from libs.chassis.security import auth
from services.identity.api.caller import Address, RecoveryCases
from services.identity.domain import BreachedPassword, InvalidEmail, WeakPassword
from services.identity.hashing import TooBusy
from services.identity.schemas.account import EmailBody, ForgotBody, LinkBody, ResetBody, Verified
from services.identity.service.accounts import EmailTaken
from services.identity.service.base import ProofNeeded, SessionEnded, WrongPassword
from services.identity.service.recovery import AlreadyVerified, LinkInvalid, SameEmail

router = APIRouter(prefix="/api/v1")


@router.post("/auth/password/forgot", status_code=202, tags=["Sign in"], dependencies=[auth.PUBLIC])
async def forgot_password(body: ForgotBody, use: RecoveryCases, address: Address) -> None:
    """Ask for a link that sets a new password.

    The answer is the same whether or not there is an account. An account gets three such mails an hour. 429
    after many of these from one address.
    """
    await use.forgot(body.email, address)


@router.post(
    "/auth/password/reset",
    status_code=204,
    tags=["Sign in"],
    dependencies=[auth.PUBLIC],
    responses=raises(LinkInvalid, WeakPassword, BreachedPassword, TooBusy),
)
async def reset_password(body: ResetBody, use: RecoveryCases) -> None:
    """Set a new password by a mailed link.

    Signs out everywhere. The link is good for half an hour and once; a weak password does not use it up. Its token is then an
    `unlock` for the next sign-in, should others be guessing at the account.
    """
    await use.reset(body.token, body.password)


@router.post(
    "/auth/email/verify", tags=["Sign in"], dependencies=[auth.PUBLIC], responses=raises(LinkInvalid, EmailTaken)
)
async def verify_email(body: LinkBody, use: RecoveryCases) -> Verified:
    """Confirm an address by a mailed link.

    It is the account's, or the one that it shall have. Without a confirmed address there are no second factors, no passkeys
    and no roles of staff: they would shut out whom the address belongs to.
    """
    email, changed = await use.verify(body.token)
    return Verified(email=email, changed=changed)


@router.post(
    "/me/email/verification",
    status_code=202,
    tags=["Account"],
    responses=raises(SessionEnded, AlreadyVerified, TooMany),
)
async def send_verification(who: auth.Holder, use: RecoveryCases) -> None:
    """Ask for another mail that confirms my address.

    Three an hour.
    """
    await use.send_again(who)


@router.post(
    "/me/email",
    status_code=202,
    tags=["Account"],
    responses=raises(SessionEnded, WrongPassword, ProofNeeded, InvalidEmail, SameEmail, TooMany, TooBusy),
)
async def change_email(body: EmailBody, who: auth.Holder, use: RecoveryCases) -> None:
    """Ask for another address for my account.

    It changes once the link that is mailed to the new address is opened. The old one is told at once, and both when it
    has changed.
    """
    await use.change_email(who, body.email, body.password)

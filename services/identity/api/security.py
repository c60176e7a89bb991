"""Routes of second factors, passkeys and proving oneself again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from libs.chassis.http.declared_problems import raises
from libs.chassis.problems import Invalid
from libs.chassis.security import auth
from libs.chassis.security.revocations import AccountSuspended
from services.identity.api.answers import hint_of, private, signed_in
from services.identity.api.caller import Address, Agent, PasskeyUse, SecondFactorUse, SessionCases
from services.identity.hashing import TooBusy
from services.identity.schemas.auth import SignedIn
from services.identity.schemas.fields import PROFILE
from services.identity.schemas.security import (
    Challenge,
    CodeBody,
    NewPasskeyBody,
    PasskeyBody,
    Passkeys,
    PasskeySignInBody,
    RecoveryCodes,
    RenamePasskeyBody,
    SecondFactorProblem,
    SecurityState,
    StepUpBody,
    TotpBegun,
)
from services.identity.service.base import EmailUnverified, ProofNeeded, SessionEnded, WrongPassword
from services.identity.service.passkeys import (
    PasskeyKnown,
    PasskeyNotFound,
    PasskeyRefused,
    PasskeyUnknown,
    TooManyPasskeys,
)
from services.identity.service.second_factors import SecondFactorNeeded, TotpNotBegun, TotpOff, TotpOn, WrongCode
from services.identity.service.sessions import AccountClosing

router = APIRouter(prefix="/api/v1/auth")
mine = APIRouter(prefix="/api/v1/me/passkeys")
SIGN_IN, ACCOUNT = "Sign in", "Account"
PasskeyId = Annotated[UUID, Path(description="One of my passkeys.", examples=[PROFILE])]


@router.get("/mfa", tags=[ACCOUNT], responses=raises(SessionEnded))
async def get_security(who: auth.Holder, use: SecondFactorUse) -> SecurityState:
    """Read what my account is opened with."""
    return SecurityState.model_validate(await use.state(who), from_attributes=True)


@router.post("/mfa/totp", tags=[ACCOUNT], responses=raises(SessionEnded, EmailUnverified, ProofNeeded, TotpOn))
async def begin_totp(who: auth.Holder, use: SecondFactorUse, response: Response) -> TotpBegun:
    """Begin with an authenticator app.

    Nothing is asked of it before a code of it was confirmed, within half an hour. Needs a proof of the last ten minutes.
    """
    private(response)
    return TotpBegun.model_validate(await use.begin(who), from_attributes=True)


@router.post(
    "/mfa/totp/confirm",
    tags=[ACCOUNT],
    responses=raises(SessionEnded, EmailUnverified, ProofNeeded, TotpOn, TotpNotBegun, WrongCode),
)
async def confirm_totp(body: CodeBody, who: auth.Holder, use: SecondFactorUse, response: Response) -> RecoveryCodes:
    """Turn the authenticator app on by a code of it.

    From now on a sign-in by password needs a code too. The answer has ten recovery codes, for the day the app is lost; they
    are not shown again.
    """
    private(response)
    return RecoveryCodes(codes=await use.confirm(who, body.code))


@router.delete(
    "/mfa/totp", status_code=204, tags=[ACCOUNT], responses=raises(SessionEnded, EmailUnverified, ProofNeeded)
)
async def turn_totp_off(who: auth.Holder, use: SecondFactorUse) -> None:
    """Turn the authenticator app off.

    Its recovery codes are void then.
    """
    await use.turn_off(who)


@router.post(
    "/mfa/recovery-codes", tags=[ACCOUNT], responses=raises(SessionEnded, EmailUnverified, ProofNeeded, TotpOff)
)
async def renew_recovery_codes(who: auth.Holder, use: SecondFactorUse, response: Response) -> RecoveryCodes:
    """Get new recovery codes.

    Those from before are void.
    """
    private(response)
    return RecoveryCodes(codes=await use.renew_codes(who))


@router.post("/step-up/options", tags=[ACCOUNT], responses=raises(SessionEnded))
async def begin_step_up(who: auth.Holder, use: PasskeyUse) -> Challenge:
    """Ask for a challenge to prove myself by a passkey."""
    challenge_id, options = await use.begin_step_up(who)
    return Challenge(challenge_id=challenge_id, options=options)


@router.post(
    "/step-up",
    status_code=204,
    tags=[ACCOUNT],
    responses=raises(
        SessionEnded, WrongPassword, SecondFactorNeeded, WrongCode, PasskeyRefused, TooBusy,
        bodies={403: SecondFactorProblem},
    ),
)  # fmt: skip
async def step_up(
    body: StepUpBody, who: auth.Holder, factors: SecondFactorUse, passkeys: PasskeyUse, address: Address
) -> None:
    """Prove myself again, so that I may change what opens my account.

    By the password, and a code where an authenticator app is on; or by a passkey. It counts for ten minutes, in this
    sign-in alone.
    """
    if body.challenge_id is not None and body.credential is not None:
        await passkeys.step_up(who, body.challenge_id, body.credential.plain())
    elif body.password is not None:
        await factors.step_up(who, body.password, body.code, address)
    else:
        raise Invalid("Give the password, or an answered challenge.")


@router.post("/passkeys/sign-in/options", tags=[SIGN_IN], dependencies=[auth.PUBLIC])
async def begin_passkey_sign_in(use: PasskeyUse, address: Address) -> Challenge:
    """Ask for a challenge to sign in with a passkey.

    The browser shows whoever it knows. 429 after many from one address.
    """
    challenge_id, options = await use.begin_sign_in(address)
    return Challenge(challenge_id=challenge_id, options=options)


@router.post(
    "/passkeys/sign-in",
    tags=[SIGN_IN],
    dependencies=[auth.PUBLIC],
    responses=raises(PasskeyRefused, PasskeyUnknown, AccountClosing, AccountSuspended),
)
async def sign_in_with_passkey(
    body: PasskeySignInBody, use: PasskeyUse, sessions: SessionCases, address: Address, agent: Agent, response: Response
) -> SignedIn:
    """Sign in with a passkey.

    It proves who one is and that one is there, so neither a password nor a code is asked for.
    """
    answer = await use.sign_in(
        body.challenge_id, body.credential.plain(), hint_of(body.device, agent), address, reopen=body.reopen
    )
    private(response)
    return signed_in(answer, sessions.access_ttl)


@mine.get("", tags=[ACCOUNT], responses=raises(SessionEnded))
async def list_passkeys(who: auth.Holder, use: PasskeyUse) -> Passkeys:
    """List my passkeys, the oldest first."""
    return Passkeys(items=[PasskeyBody.model_validate(each) for each in await use.list(who)])


@router.post(
    "/passkeys/options", tags=[ACCOUNT], responses=raises(SessionEnded, EmailUnverified, ProofNeeded, TooManyPasskeys)
)
async def begin_passkey(who: auth.Holder, use: PasskeyUse) -> Challenge:
    """Ask for a challenge to add a passkey.

    Needs a confirmed address and a proof of the last ten minutes.
    """
    challenge_id, options = await use.begin(who)
    return Challenge(challenge_id=challenge_id, options=options)


@router.post(
    "/passkeys",
    status_code=201,
    tags=[ACCOUNT],
    responses=raises(SessionEnded, EmailUnverified, ProofNeeded, PasskeyRefused, PasskeyKnown, TooManyPasskeys),
)
async def add_passkey(body: NewPasskeyBody, who: auth.Holder, use: PasskeyUse) -> PasskeyBody:
    """Add a passkey.

    Up to twenty.
    """
    return PasskeyBody.model_validate(await use.add(who, body.challenge_id, body.credential.plain(), body.name))


@mine.patch("/{passkey_id}", tags=[ACCOUNT], responses=raises(SessionEnded, PasskeyNotFound))
async def rename_passkey(
    body: RenamePasskeyBody, who: auth.Holder, use: PasskeyUse, passkey_id: PasskeyId
) -> PasskeyBody:
    """Rename one of my passkeys."""
    return PasskeyBody.model_validate(await use.rename(who, passkey_id, body.name))


@mine.delete(
    "/{passkey_id}",
    status_code=204,
    tags=[ACCOUNT],
    responses=raises(SessionEnded, PasskeyNotFound, ProofNeeded),
)
async def remove_passkey(who: auth.Holder, use: PasskeyUse, passkey_id: PasskeyId) -> None:
    """Remove one of my passkeys."""
    await use.remove(who, passkey_id)

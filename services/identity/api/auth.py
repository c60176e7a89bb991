"""Routes that give and take sign-ins."""

from __future__ import annotations

from fastapi import APIRouter, Response

from libs.chassis.http.declared_problems import raises
from libs.chassis.security import auth
from libs.chassis.security.revocations import AccountSuspended
from services.identity.api.caller import AccountCases, Address, Agent, SessionCases
from services.identity.domain import DeviceHint, InvalidEmail, WeakPassword
from services.identity.hashing import TooBusy
from services.identity.schemas.account import AccountBody
from services.identity.schemas.auth import LoginBody, RefreshBody, RegisterBody, SignedIn, Tokens
from services.identity.service.accounts import EmailTaken
from services.identity.service.sessions import AccountClosing, BadCredentials, RefreshInvalid, RefreshReused, SignIn

router = APIRouter(prefix="/api/v1/auth", tags=["Sign in"])


def _signed_in(answer: SignIn, expires_in: int) -> SignedIn:
    return SignedIn(
        account=AccountBody.model_validate(answer.account),
        access_token=answer.access_token,
        refresh_token=answer.refresh_token,
        expires_in=expires_in,
        profile_id=answer.profile_id,
        device_id=answer.device_id,
        device_secret=answer.device_secret or "",
    )


def _private(response: Response) -> None:
    # Bodies with tokens stay out of every cache (RFC 6749, 5.1).
    response.headers["Cache-Control"] = "no-store"


@router.post(
    "/register",
    status_code=201,
    dependencies=[auth.PUBLIC],
    responses=raises(EmailTaken, WeakPassword, InvalidEmail, TooBusy),
)
async def register(
    body: RegisterBody, accounts: AccountCases, address: Address, agent: Agent, response: Response
) -> SignedIn:
    """Open an account and sign in.

    The account begins with a profile named after it, to which the tokens are bound, and with the device that the request came
    from. 429 after many registrations from one address.
    """
    answer = await accounts.register(
        email=body.email, password=body.password, name=body.name, country=body.country, hint=agent, address=address
    )
    _private(response)
    return _signed_in(answer, accounts.access_ttl)


@router.post(
    "/login", dependencies=[auth.PUBLIC], responses=raises(BadCredentials, AccountClosing, AccountSuspended, TooBusy)
)
async def login(
    body: LoginBody, sessions: SessionCases, address: Address, agent: Agent, response: Response
) -> SignedIn:
    """Sign in with e-mail and password.

    A wrong address and a wrong password get one same answer. Give the `device_id` and `device_secret` of the last sign-in as
    `device`, and the device stays the same one, with tries of its own when others guess. 429 after many tries: by account, by
    address and device.
    """
    hint = agent
    if body.device is not None:
        device = body.device
        hint = DeviceHint(device.id, device.name or agent.name, device.type or agent.type, device.secret)
    answer = await sessions.login(body.email, body.password, hint, address, reopen=body.reopen)
    _private(response)
    return _signed_in(answer, sessions.access_ttl)


@router.post("/refresh", dependencies=[auth.PUBLIC], responses=raises(RefreshInvalid, RefreshReused, AccountSuspended))
async def refresh_tokens(body: RefreshBody, sessions: SessionCases, response: Response) -> Tokens:
    """Exchange a refresh token for new tokens.

    Keep the new refresh token at once: each is good for one exchange, and using an old one again ends the sign-in everywhere.
    An answer that was lost may be asked for again for half a minute. The new tokens are bound to the same profile.
    """
    answer = await sessions.refresh(body.refresh_token)
    _private(response)
    return Tokens(
        access_token=answer.access_token,
        refresh_token=answer.refresh_token,
        expires_in=sessions.access_ttl,
        profile_id=answer.profile_id,
        device_id=answer.device_id,
    )


@router.post("/logout", status_code=204)
async def logout(who: auth.Account, sessions: SessionCases) -> None:
    """Sign out here.

    The refresh token ends at once, access tokens within seconds in every service.
    """
    await sessions.logout(who)

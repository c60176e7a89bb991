"""Routes that give and take sign-ins."""

from __future__ import annotations

from fastapi import APIRouter, Response

from libs.chassis import auth
from services.identity.api.caller import AccountCases, Address, Agent, SessionCases
from services.identity.domain import DeviceHint
from services.identity.schemas import AccountBody, LoginBody, RefreshBody, RegisterBody, SignedIn, Tokens
from services.identity.service.sessions import SignIn

router = APIRouter(prefix="/api/v1/auth", tags=["identity"])


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


@router.post("/register", status_code=201, dependencies=[auth.PUBLIC])
async def register(
    body: RegisterBody, accounts: AccountCases, address: Address, agent: Agent, response: Response
) -> SignedIn:
    """Open an account with a first profile and the device the request came from, and sign in.

    409 `email_taken`, 422 `weak_password` or `invalid_email`, 429 after many registrations from one address.
    """
    answer = await accounts.register(
        email=body.email, password=body.password, name=body.name, country=body.country, hint=agent, address=address
    )
    _private(response)
    return _signed_in(answer, accounts.access_ttl)


@router.post("/login", dependencies=[auth.PUBLIC])
async def login(
    body: LoginBody, sessions: SessionCases, address: Address, agent: Agent, response: Response
) -> SignedIn:
    """Sign in. 401 `bad_credentials` for a wrong address and a wrong password alike, 429 after many attempts."""
    hint = agent
    if body.device is not None:
        device = body.device
        hint = DeviceHint(device.id, device.name or agent.name, device.type or agent.type, device.secret)
    answer = await sessions.login(body.email, body.password, hint, address)
    _private(response)
    return _signed_in(answer, sessions.access_ttl)


@router.post("/refresh", dependencies=[auth.PUBLIC])
async def refresh_tokens(body: RefreshBody, sessions: SessionCases, response: Response) -> Tokens:
    """Exchange a refresh token for its successor and a new access token, bound to the same profile.

    401 `refresh_invalid` when the sign-in has ended; 401 `refresh_reused` when the token was used before, which ends it.
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
    """End this sign-in: its refresh token at once, its access tokens within seconds everywhere."""
    await sessions.logout(who)

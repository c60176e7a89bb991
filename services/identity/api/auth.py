"""Routes that give and take sign-ins."""

from __future__ import annotations

from fastapi import APIRouter, Response

from libs.chassis.http.declared_problems import raises
from libs.chassis.security import auth
from libs.chassis.security.revocations import AccountSuspended
from services.identity.api.answers import hint_of, private, signed_in
from services.identity.api.caller import AccountCases, Address, Agent, SessionCases
from services.identity.domain import BreachedPassword, InvalidEmail, WeakPassword
from services.identity.hashing import TooBusy
from services.identity.schemas.auth import LoginBody, RefreshBody, RegisterBody, SignedIn, Tokens
from services.identity.schemas.security import SecondFactorProblem
from services.identity.service.accounts import EmailTaken
from services.identity.service.second_factors import SecondFactorNeeded, WrongCode
from services.identity.service.sessions import AccountClosing, BadCredentials, RefreshInvalid, RefreshReused

router = APIRouter(prefix="/api/v1/auth", tags=["Sign in"])


@router.post(
    "/register",
    status_code=201,
    dependencies=[auth.PUBLIC],
    responses=raises(EmailTaken, WeakPassword, BreachedPassword, InvalidEmail, TooBusy),
)
async def register(
    body: RegisterBody, accounts: AccountCases, address: Address, agent: Agent, response: Response
) -> SignedIn:
    """Open an account and sign in.

    The account begins with a profile named after it, to which the tokens are bound, and with the device that the request came
    from. 429 after many registrations from one address.
    """
    answer = await accounts.register(
        email=body.email,
        password=body.password,
        name=body.name,
        country=body.country,
        language=body.language,
        hint=agent,
        address=address,
    )
    private(response)
    return signed_in(answer, accounts.access_ttl)


@router.post(
    "/login",
    dependencies=[auth.PUBLIC],
    responses=raises(
        BadCredentials,
        AccountClosing,
        AccountSuspended,
        SecondFactorNeeded,
        WrongCode,
        TooBusy,
        bodies={403: SecondFactorProblem},
    ),
)
async def login(
    body: LoginBody, sessions: SessionCases, address: Address, agent: Agent, response: Response
) -> SignedIn:
    """Sign in with e-mail and password.

    A wrong address and a wrong password get one same answer. Give the `device_id` and `device_secret` of the last sign-in as
    `device`, and the device stays the same one, with tries of its own when others guess. 429 after many tries: by account, by
    address and device; the account's address is then mailed a link, whose token is `unlock`. Where a second factor is on, 403
    `second_factor_needed` asks for the same once more with a `code`; with `trust` this device is spared it for thirty days.
    """
    answer = await sessions.login(
        body.email,
        body.password,
        hint_of(body.device, agent),
        address,
        code=body.code,
        trust=body.trust,
        unlock=body.unlock,
        reopen=body.reopen,
    )
    private(response)
    return signed_in(answer, sessions.access_ttl)


@router.post("/refresh", dependencies=[auth.PUBLIC], responses=raises(RefreshInvalid, RefreshReused, AccountSuspended))
async def refresh_tokens(body: RefreshBody, sessions: SessionCases, response: Response) -> Tokens:
    """Exchange a refresh token for new tokens.

    Keep the new refresh token at once: each is good for one exchange, and using an old one again ends the sign-in everywhere.
    An answer that was lost may be asked for again for half a minute. The new tokens are bound to the same profile.
    """
    answer = await sessions.refresh(body.refresh_token)
    private(response)
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

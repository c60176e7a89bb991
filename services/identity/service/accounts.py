"""Accounts: registered, looked at, renamed, given a new password."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.http.networks import networks
from libs.chassis.ids import new_id
from libs.chassis.problems import Conflict
from libs.contracts.token import Principal
from services.identity import repository
from services.identity.countries import Countries
from services.identity.domain import (
    ROLES,
    DeviceHint,
    Email,
    canonical_password,
    parse_email,
)
from services.identity.models import Account
from services.identity.service import devices, profiles
from services.identity.service.base import Core, WrongPassword
from services.identity.service.sessions import Sessions, SignIn


class EmailTaken(Conflict):
    """There is an account with this e-mail address already. Sign in instead, or use another address."""

    code = "email_taken"


class Seen(NamedTuple):
    """An account, its subscription's status, and whether its holder looks at it."""

    account: Account
    status: str
    is_holder: bool


class Accounts:
    """Use cases around accounts."""

    def __init__(self, core: Core, sessions: Sessions, countries: Countries) -> None:
        self._core = core
        self._sessions = sessions
        self._countries = countries

    @property
    def access_ttl(self) -> int:
        """How long an access token is good for, in seconds."""
        return self._core.settings.access_ttl

    async def register(
        self,
        *,
        email: str,
        password: str,
        name: str,
        country: str | None,
        language: str,
        hint: DeviceHint,
        address: str,
    ) -> SignIn:
        """Open an account with its first profile and device, and sign in. `country` as the client claims it.

        `language`: the first profile's, and that of mails to the account.
        """
        core = self._core
        parsed = parse_email(email)
        password = canonical_password(password)
        await core.check_new_password(password, parsed.address, name)
        settings = core.settings
        for network, share in networks(address):
            limit = settings.registrations_per_address * share
            await core.limiter.hit("identity.register", network, limit, settings.throttle_window)
        country = self._countries.of(address, country)
        async with core.db.transaction() as session:
            if await repository.account_by_email(session, parsed.key):
                raise EmailTaken
        hashed = await core.hasher.hash(password)
        async with core.db.transaction() as session:
            account = await self._open(session, parsed, hashed, name=name, country=country, language=language)
            if account is None:
                raise EmailTaken
            device, _ = await devices.recognise(core, session, account, hint)
            answer = await self._sessions.open(session, account, device, address)
            await core.publish(session, account)
            core.post.owe(session, account, "verify")
        return answer

    async def ensure(self, *, email: str, password: str, name: str, roles: Iterable[str]) -> bool:
        """See to it that an account with these roles is there; True when it was made now. An existing password stays.

        Raises EmailUnverified where roles are missing to an account whose address nobody has confirmed: it may be of somebody
        who registered the address of staff before they came.
        """
        core = self._core
        wanted = sorted(set(roles))
        if unknown := set(wanted) - ROLES:
            raise ValueError(f"no such role: {', '.join(sorted(unknown))}")
        parsed = parse_email(email)
        async with core.db.transaction() as session:
            known = await repository.account_by_email(session, parsed.key)
            if known is not None:
                account = await repository.lock_account(session, known.id)
                if account is not None and not set(wanted) <= set(account.roles):
                    core.need_confirmed(account)
                    account.roles = sorted({*account.roles, *wanted})
                    await core.publish(session, account)
                return False
        hashed = await core.hasher.hash(canonical_password(password))
        async with core.db.transaction() as session:
            made = await self._open(
                session, parsed, hashed, name=name, country=core.settings.default_country, roles=wanted, verified=True
            )
            if made is not None:
                await core.publish(session, made)
        return made is not None

    async def _open(
        self,
        session: AsyncSession,
        email: Email,
        password_hash: str,
        *,
        name: str,
        country: str,
        language: str = "en",
        roles: list[str] | None = None,
        verified: bool = False,
    ) -> Account | None:
        """Insert an account with its first profile and return it locked; None when the address is taken."""
        now = self._core.clock.now()
        new = Account(
            id=new_id(),
            email=email.address,
            email_key=email.key,
            email_verified=verified,
            password_hash=password_hash,
            name=name,
            country=country,
            status="active",
            roles=roles or [],
            version=0,
            created_at=now,
            changed_at=now,
        )
        if not await repository.add_account(session, new):
            return None
        account = await repository.lock_account(session, new.id)
        assert account is not None
        session.add(profiles.first_profile(account, language))
        await session.flush()
        return account

    async def me(self, who: Principal) -> Seen:
        """Return the account that asks, its subscription's status, and whether the holder asks."""
        async with self._core.db.transaction() as session:
            caller = await self._core.asking(session, who)
            status = await self._core.subscription_status(session, caller.account.id)
            return Seen(caller.account, status, caller.is_holder)

    async def update(self, who: Principal, changes: dict[str, Any]) -> tuple[Account, str]:
        """Change the account's name."""
        async with self._core.db.transaction() as session:
            account = (await self._core.holding(session, who, lock=True)).account
            if changes.get("name") is not None:
                account.name = changes["name"]
                await self._core.publish(session, account)
            return account, await self._core.subscription_status(session, account.id)

    async def change_password(self, who: Principal, current: str, new: str) -> None:
        """Set a new password and sign out everywhere else."""
        core = self._core
        async with core.db.transaction() as session:
            caller = await core.holding(session, who)
            await core.need_factor(session, caller)
            known = caller.account
        await core.check_current_password(known, who, canonical_password(current))
        new = canonical_password(new)
        await core.check_new_password(new, known.email, known.name)
        hashed = await core.hasher.hash(new)
        async with core.db.transaction() as session:
            account = (await core.holding(session, who, lock=True)).account
            if account.password_hash != known.password_hash:  # changed while it was being checked
                raise WrongPassword
            account.password_hash = hashed
            await repository.distrust_devices(session, account.id, but=who.device_id)
            await core.void_links(session, account)
            await core.revoke(session, account.id, "password_changed", but=who.session_id)
            core.post.owe(session, account, "password-changed")

"""Signing in, staying signed in, signing out: sessions, their refresh tokens and the access tokens they give."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.ids import new_id
from libs.chassis.problems import Forbidden, NotFound, Unauthenticated
from libs.chassis.security.auth import HolderRequired
from libs.chassis.security.revocations import AccountSuspended
from libs.contracts.token import Principal
from services.identity import repository
from services.identity.domain import (
    FULL_REACH,
    DeviceHint,
    InvalidEmail,
    canonical_password,
    digest_of,
    new_refresh_token,
    parse_email,
    successor_of,
)
from services.identity.models import Account, Device, Profile, RefreshToken, Session
from services.identity.service import devices
from services.identity.service.base import Core


class BadCredentials(Unauthenticated):
    """The e-mail address or the password is wrong. Please check both and try again."""

    code = "bad_credentials"


class AccountClosing(Forbidden):
    """This account was closed and will be erased. Ask for it to be opened again as you sign in, and it stays."""

    code = "account_closing"


class RefreshInvalid(Unauthenticated):
    """Your sign-in has ended. Please sign in again."""

    code = "refresh_invalid"


class RefreshReused(Unauthenticated):
    """For your safety you were signed out here: this sign-in was used from two places. Please sign in again."""

    code = "refresh_reused"


class SessionNotFound(NotFound):
    """There is no such sign-in on your account, or it has ended already."""

    code = "session_not_found"


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a sign-in or refresh gives. `profile_id` None: the tokens are not bound to a profile yet.

    `device_secret` with a sign-in only: what the device proves itself with at the next one.
    """

    account: Account
    access_token: str
    refresh_token: str
    profile_id: UUID | None
    device_id: UUID | None
    device_secret: str | None = None


class Sessions:
    """Use cases around sign-in sessions."""

    def __init__(self, core: Core) -> None:
        self._core = core

    @property
    def access_ttl(self) -> int:
        """How long an access token is good for, in seconds."""
        return self._core.settings.access_ttl

    async def login(self, email: str, password: str, hint: DeviceHint, address: str, *, reopen: bool = False) -> SignIn:
        """Sign in. An unknown address and a wrong password cost the same and get the same answer.

        `reopen`: an account that its holder has closed is opened again.
        """
        core = self._core
        try:
            key = parse_email(email).key
        except InvalidEmail:
            key = email.strip().casefold()
        async with core.db.transaction() as session:
            known = await repository.account_by_email(session, key)
            proved = hint.id if await self._has_proved(session, key, hint) else None
        guess = await core.guesses.at_login(key, address, proved)
        if known is not None and known.status == "erased":
            known = None
        if not await core.hasher.verify(canonical_password(password), known.password_hash if known else None):
            raise BadCredentials
        await guess.was_right()
        assert known is not None
        async with core.db.transaction() as session:
            account = await repository.lock_account(session, known.id)
            # The password may have been changed while it was being checked.
            if account is None or account.password_hash != known.password_hash:
                raise BadCredentials
            is_back = account.status == "deleting"
            if is_back:
                if not reopen:
                    raise AccountClosing
                account.status, account.erase_at = "active", None
            if account.status != "active":
                raise AccountSuspended
            # Sign-ins keep their devices, and every change of the account tells all of them: neither grows without end.
            await core.revoke(session, account.id, "signed_out", beyond=core.settings.max_sign_ins - 1)
            device, is_new = await devices.recognise(core, session, account, hint)
            answer = await self.open(session, account, device, address)
            if is_new or is_back:
                await core.publish(session, account)
        return answer

    async def open(self, session: AsyncSession, account: Account, device: Device, address: str) -> SignIn:
        """Begin a family of refresh tokens in the caller's transaction; the password has just been given."""
        core = self._core
        now = core.clock.now()
        family = Session(
            id=new_id(),
            account_id=account.id,
            device_id=device.id,
            reach_maturity=FULL_REACH.maturity,
            reach_kids=FULL_REACH.kids,
            password_at=now,
            generation=0,
            address=address,
            created_at=now,
            last_used_at=now,
            expires_at=now + timedelta(seconds=core.settings.refresh_ttl),
        )
        token = new_refresh_token()
        session.add(family)
        await session.flush()
        session.add(RefreshToken(digest=digest_of(token), session_id=family.id, generation=0, created_at=now))
        secret = new_refresh_token()
        device.secret_digest = digest_of(secret)
        profile = await self._profile_of(session, family)
        return self._answer(account, family, profile, token, secret)

    async def _has_proved(self, session: AsyncSession, email_key: str, hint: DeviceHint) -> bool:
        if hint.id is None or hint.secret is None:
            return False
        return await repository.has_proved(session, email_key, hint.id, digest_of(hint.secret))

    async def refresh(self, token: str) -> SignIn:
        """Exchange a refresh token for its one successor.

        A token stays good until its successor has been used: the answer may have been lost on the way. Presented again
        within the grace it gets the same successor, as requests in parallel do. After that it gets another one, and the
        first is void: should two have shared the token, one of them now presents the void one. Whoever presents a token
        that is void, or older than the last, has a copy, so the whole family ends (RFC 9700, 4.14.2).
        """
        core = self._core
        now = core.clock.now()
        digest = digest_of(token)
        async with core.db.transaction() as session:
            family = await repository.session_of_token(session, digest)
            if family is None or family.revoked_at is not None or family.expires_at <= now:
                raise RefreshInvalid
            account = await repository.account(session, family.account_id)
            known = await repository.refresh_token(session, digest)
            if account is None or known is None:
                raise RefreshInvalid
            if account.status != "active":
                raise AccountSuspended
            successor = await self._successor(session, family, known, token)
            if successor is None:
                await core.revoke(session, account.id, "reuse_detected", only=family.id)
            else:
                family.last_used_at = now
                family.expires_at = now + timedelta(seconds=core.settings.refresh_ttl)
                if family.device_id and (device := await repository.device(session, account.id, family.device_id)):
                    device.last_seen_at = now
            profile = await self._profile_of(session, family)
        if successor is None:
            raise RefreshReused
        return self._answer(account, family, profile, successor)

    async def _successor(self, session: AsyncSession, family: Session, known: RefreshToken, token: str) -> str | None:
        """Rotate a token of the (locked) family and return its successor; None when it must not be used any more."""
        now = self._core.clock.now()
        if known.rotated_at is not None:
            if known.salt is None or known.generation != family.generation - 1:
                return None
            if now - known.rotated_at <= timedelta(seconds=self._core.settings.refresh_grace):
                return successor_of(token, known.salt)
            void = await repository.refresh_token(session, digest_of(successor_of(token, known.salt)))
            if void is not None:
                void.rotated_at = now  # and no salt: it never has a successor
            known.generation = family.generation
        known.salt = secrets.token_bytes(32)
        known.rotated_at = now
        family.generation = known.generation + 1
        successor = successor_of(token, known.salt)
        new = RefreshToken(
            digest=digest_of(successor), session_id=family.id, generation=family.generation, created_at=now
        )
        session.add(new)
        return successor

    async def logout(self, who: Principal) -> None:
        """End the session of this token. Doing it twice is no error."""
        async with self._core.db.transaction() as session:
            await self._core.revoke(session, who.account_id, "logout", only=who.session_id)

    async def list(self, who: Principal) -> list[tuple[Session, Device | None]]:
        """Return the honoured sign-ins, the one used last first."""
        async with self._core.db.transaction() as session:
            account = (await self._core.holding(session, who)).account
            return list(await repository.live_sessions(session, account.id, self._core.clock.now()))

    async def end(self, who: Principal, session_id: UUID) -> None:
        """Sign out one sign-in of the account. Everyone may end their own, only the holder another's."""
        async with self._core.db.transaction() as session:
            caller = await self._core.asking(session, who, lock=True)
            if session_id != who.session_id and not caller.is_holder:
                raise HolderRequired
            account = caller.account
            if not await self._core.revoke(session, account.id, "signed_out", only=session_id):
                raise SessionNotFound

    async def _profile_of(self, session: AsyncSession, family: Session) -> Profile | None:
        """The profile the family is bound to. One without binds itself to the only profile, where that changes no right."""
        profiles = await repository.profiles(session, family.account_id)
        for profile in profiles:
            if profile.id == family.profile_id:
                return profile
        if len(profiles) != 1 or profiles[0].pin_hash is not None:
            return None
        [only] = profiles
        if (only.maturity, only.kids) != (family.reach_maturity, family.reach_kids):
            return None
        family.profile_id = only.id
        return only

    def _answer(
        self, account: Account, family: Session, profile: Profile | None, refresh_token: str, secret: str | None = None
    ) -> SignIn:
        return SignIn(
            account=account,
            access_token=self._core.access_token(account, family, profile),
            refresh_token=refresh_token,
            profile_id=profile.id if profile else None,
            device_id=family.device_id,
            device_secret=secret,
        )

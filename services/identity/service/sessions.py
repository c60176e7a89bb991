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
from services.identity.repository import mails
from services.identity.service import devices
from services.identity.service.base import Core
from services.identity.service.mails import MOST_AN_HOUR
from services.identity.service.second_factors import SecondFactors


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


# How long a device that was given a second factor is spared it.
TRUSTED_FOR = timedelta(days=30)


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


@dataclass(frozen=True, slots=True)
class Entry:
    """How somebody who signs in has proved who they are, and what they asked for.

    `known`: the account whose password was checked. `link`: the digest of an unlocking link, to be used up. `trust`: spare this
    device the second factor from now on; `keeps_trust`: it proved itself, so that it stays as trusted as it was.
    """

    proved: bool = True
    known: Account | None = None
    link: bytes | None = None
    trust: bool = False
    keeps_trust: bool = False
    reopen: bool = False


class Sessions:
    """Use cases around sign-in sessions."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._factors = SecondFactors(core)

    @property
    def access_ttl(self) -> int:
        """How long an access token is good for, in seconds."""
        return self._core.settings.access_ttl

    async def login(
        self,
        email: str,
        password: str,
        hint: DeviceHint,
        address: str,
        *,
        code: str | None = None,
        trust: bool = False,
        unlock: str | None = None,
        reopen: bool = False,
    ) -> SignIn:
        """Sign in. An unknown address and a wrong password cost the same and get the same answer.

        `code`: of the second factor, which is asked for only once the password was right, and not of a device that proved itself
        and is trusted; `trust` makes it so for thirty days. `unlock`: the token of a link that was mailed while others guessed.
        `reopen`: an account that its holder has closed is opened again.
        """
        core = self._core
        try:
            key = parse_email(email).key
        except InvalidEmail:
            key = email.strip().casefold()
        now = core.clock.now()
        async with core.db.transaction() as session:
            known = await repository.account_by_email(session, key)
            device = await self._proved(session, key, hint)
            link = await mails.link(session, digest_of(unlock), ["unlock"], now) if unlock else None
        if link is not None and known is not None and link.account_id == known.id:
            guess = await core.guesses.by_link(link.digest)
        else:
            link = None
            guess = await core.guesses.at_login(key, address, device.id if device else None)
        if known is not None and known.status == "erased":
            known = None
        if not await core.hasher.verify(canonical_password(password), known.password_hash if known else None):
            raise BadCredentials
        await guess.was_right()
        assert known is not None
        trusted = device is not None and device.trusted_until is not None and device.trusted_until > now
        has_factor = not trusted and await self._factors.check(known.id, code, address)
        entry = Entry(
            # What a trusted device was spared is asked for before anything sensitive.
            proved=not trusted,
            known=known,
            link=link.digest if link else None,
            trust=trust and has_factor,
            keeps_trust=device is not None,
            reopen=reopen,
        )
        return await self.enter(known.id, hint, address, entry)

    async def enter(self, account_id: UUID, hint: DeviceHint, address: str, entry: Entry) -> SignIn:
        """Begin a sign-in of somebody who has proved who they are. Raises AccountClosing, AccountSuspended."""
        core = self._core
        now = core.clock.now()
        async with core.db.transaction() as session:
            account = await repository.lock_account(session, account_id)
            # The password may have been changed while it was being checked.
            if account is None or (entry.known is not None and account.password_hash != entry.known.password_hash):
                raise BadCredentials
            is_back = account.status == "deleting"
            if is_back:
                if not entry.reopen:
                    raise AccountClosing
                account.status, account.erase_at = "active", None
            if account.status != "active":
                raise AccountSuspended
            if entry.link is not None and not await mails.use_link(session, entry.link, "unlock", now):
                raise BadCredentials  # somebody else has signed in by it in this moment
            # Sign-ins keep their devices, and every change of the account tells all of them: neither grows without end.
            await core.revoke(session, account.id, "signed_out", beyond=core.settings.max_sign_ins - 1)
            device, is_new = await devices.recognise(core, session, account, hint)
            if entry.trust:
                device.trusted, device.trusted_until = True, now + TRUSTED_FOR
            elif not entry.keeps_trust:
                device.trusted_until = None
            answer = await self.open(session, account, device, address, proved=entry.proved)
            if is_new:
                await self._notice(session, account, hint, address)
            if is_new or is_back:
                await core.publish(session, account)
        return answer

    async def _notice(self, session: AsyncSession, account: Account, hint: DeviceHint, address: str) -> None:
        """Tell the (locked) account's holder of a device that was not seen before, and not again and again."""
        core = self._core
        now = core.clock.now()
        sent = await mails.count(session, account.id, "new-device", now - timedelta(hours=1))
        if account.email_verified and sent < MOST_AN_HOUR["new-device"]:
            core.post.owe(
                session, account, "new-device", device=hint.agent, when=f"{now:%Y-%m-%d %H:%M}", address=address
            )

    async def open(
        self, session: AsyncSession, account: Account, device: Device, address: str, *, proved: bool = True
    ) -> SignIn:
        """Begin a family of refresh tokens in the caller's transaction, of somebody who has just proved who they are.

        `proved`: by everything that the account asks for, so that what is sensitive may be done for a while.
        """
        core = self._core
        now = core.clock.now()
        family = Session(
            id=new_id(),
            account_id=account.id,
            device_id=device.id,
            reach_maturity=FULL_REACH.maturity,
            reach_kids=FULL_REACH.kids,
            password_at=now,
            proved_at=now if proved else None,
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

    async def _proved(self, session: AsyncSession, email_key: str, hint: DeviceHint) -> Device | None:
        if hint.id is None or hint.secret is None:
            return None
        return await repository.proved_device(session, email_key, hint.id, digest_of(hint.secret))

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
            # Who signs out a device that was lost does not want it spared anything.
            if session_id != who.session_id:
                await repository.end_trust(session, account.id, of_session=session_id)

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

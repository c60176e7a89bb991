"""What every use case of identity stands on: collaborators, the check of who asks, and the publishing of changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.http.rate_limits import Limiter
from libs.chassis.messaging import forgetting, outbox
from libs.chassis.problems import Conflict, Forbidden, Unauthenticated
from libs.chassis.security.auth import HolderRequired
from libs.chassis.security.revocations import AccountSuspended
from libs.chassis.security.tokens import Signer
from libs.contracts import identity as contract
from libs.contracts.token import Principal
from services.identity import letters, repository
from services.identity.breached import Breached
from services.identity.ciphers import Cipher
from services.identity.domain import FULL_REACH, BreachedPassword, Reach, RevokeReason, check_password
from services.identity.hashing import Hasher
from services.identity.models import Account, Device, Profile, Session
from services.identity.repository import mails, second_factors
from services.identity.service.guesses import Guesses
from services.identity.service.mails import Post
from services.identity.settings import Settings

# A broker takes a megabyte at once, and an event that it does not take holds up all the others.
SESSIONS_PER_EVENT = 1000
# How long what is sensitive may be done after a proof, in seconds.
PROVED_FOR = 600


class SessionEnded(Unauthenticated):
    """You have been signed out on this device. Please sign in again."""

    code = "session_revoked"


class NotForKids(Forbidden):
    """A kids profile cannot change this. Switch to another profile first."""

    code = "kids_profile"


class WrongPassword(Forbidden):
    """This is not your current password. Please try again."""

    code = "wrong_password"


class EmailUnverified(Conflict):
    """The address of this account is not confirmed yet. Open the link that was mailed there first."""

    code = "email_unverified"


class ProofNeeded(Forbidden):
    """This changes how your account is opened. Prove that it is you, and try again."""

    code = "proof_needed"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as the rows say now; a token may be older than they are."""

    account: Account
    family: Session
    profile: Profile | None

    @property
    def reach(self) -> Reach:
        """What the caller gets at without proof: the profile's limits, or what is left when there is none."""
        if self.profile is not None:
            return Reach(self.profile.maturity, self.profile.kids)
        return Reach(self.family.reach_maturity, self.family.reach_kids)

    @property
    def is_holder(self) -> bool:
        """Whether the account's holder asks: a profile with limits, as it is now, is not."""
        return self.reach == FULL_REACH


@dataclass(frozen=True, slots=True)
class Core:
    """The collaborators of the use cases."""

    db: Database
    signer: Signer
    hasher: Hasher
    limiter: Limiter
    clock: Clock
    settings: Settings
    post: Post
    cipher: Cipher
    breached: Breached

    async def asking(self, session: AsyncSession, who: Principal, *, lock: bool = False) -> Caller:
        """Return who asks. Their sign-in must still be honoured, which its token alone cannot tell."""
        find = repository.lock_account if lock else repository.account
        account = await find(session, who.account_id)
        if account is None:
            raise SessionEnded
        found = await repository.live_session(session, account.id, who.session_id, self.clock.now())
        if found is None:
            raise SessionEnded
        if account.status != "active":
            raise AccountSuspended
        return Caller(account, *found)

    async def holding(self, session: AsyncSession, who: Principal, *, lock: bool = False) -> Caller:
        """Return who asks, if they are the account's holder: a profile with limits, as it is now, is not."""
        caller = await self.asking(session, who, lock=lock)
        if not caller.is_holder:
            raise HolderRequired
        return caller

    async def publish(self, session: AsyncSession, account: Account) -> None:
        """Count a change of the (locked) account and put its new state into the outbox of this transaction."""
        account.version += 1
        account.changed_at = self.clock.now()
        await session.flush()
        profiles = await repository.profiles(session, account.id)
        devices = await repository.devices(session, account.id)
        erased = await repository.erased_profiles(session, account.id)
        state = _state_of(account, profiles, devices, erased)
        await outbox.add(session, state)
        # Others hear of it; here too nobody who is gone is to be named by a letter.
        await forgetting.forget(session, state.forgets())

    async def revoke(
        self,
        session: AsyncSession,
        account_id: UUID,
        reason: RevokeReason,
        *,
        only: UUID | None = None,
        device_id: UUID | None = None,
        but: UUID | None = None,
        beyond: int | None = None,
    ) -> list[UUID]:
        """Revoke sign-in sessions and tell the other services; return which they were."""
        now = self.clock.now()
        gone = await repository.revoke_sessions(
            session, account_id, reason=reason, now=now, only=only, device_id=device_id, but=but, beyond=beyond
        )
        for first in range(0, len(gone), SESSIONS_PER_EVENT):
            ids = tuple(gone[first : first + SESSIONS_PER_EVENT])
            event = contract.SessionsRevoked(account_id=account_id, session_ids=ids, reason=reason, revoked_at=now)
            await outbox.add(session, event)
        return gone

    async def void_links(self, session: AsyncSession, account: Account) -> None:
        """Void what was mailed to the (locked) account and what still would be: its password or its address is another now."""
        await mails.forget_links(session, account.id)
        await mails.drop_waiting(session, account.id, letters.LINKS)

    async def lower(self, session: AsyncSession, account: Account, family: Session) -> None:
        """End the tokens of a sign-in that were issued before it chose a profile that may watch less."""
        family.lowered += 1
        family.proved_at = None
        event = contract.SignInLowered(
            account_id=account.id, session_id=family.id, lowered=family.lowered, changed_at=self.clock.now()
        )
        await outbox.add(session, event)

    async def outdate(self, session: AsyncSession, account: Account, profile_id: UUID) -> None:
        """End the tokens of a profile that were issued before the change just published; a refresh gives new ones."""
        event = contract.TokensOutdated(
            account_id=account.id, profile_id=profile_id, version=account.version, changed_at=account.changed_at
        )
        await outbox.add(session, event)

    async def subscription_status(self, session: AsyncSession, account_id: UUID) -> str:
        """Return the status of an account's plan as billing last said; `none` when there is none, or no longer."""
        entitlement = await repository.entitlement(session, account_id)
        if entitlement is None:
            return "none"
        over = entitlement.valid_until is not None and entitlement.valid_until <= self.clock.now()
        return "none" if over else entitlement.status

    def access_token(self, account: Account, family: Session, profile: Profile | None) -> str:
        """Return an access token. One without a profile carries what its sign-in reaches."""
        who = Principal(
            account_id=account.id,
            session_id=family.id,
            device_id=family.device_id,
            profile_id=profile.id if profile else None,
            maturity=profile.maturity if profile else family.reach_maturity,
            kids=profile.kids if profile else family.reach_kids,
            roles=frozenset(account.roles),
            country=account.country,
            language=profile.language if profile else "",
            version=account.version,
            lowered=family.lowered,
            consents=profile.agreed if profile else None,
        )
        return self.signer.issue(who, ttl=self.settings.access_ttl, now=self.clock.now().timestamp())

    @property
    def guesses(self) -> Guesses:
        """The counting of guesses at secrets."""
        return Guesses(self.limiter, self.settings, self._tell_of_guesses)

    async def _tell_of_guesses(self, email_key: str) -> None:
        async with self.db.transaction() as session:
            self.post.asked(session, "blocked", email_key)

    async def check_new_password(self, password: str, *personal: str) -> None:
        """Raise WeakPassword or BreachedPassword for one that is guessed first; `personal` is what others know of the person."""
        check_password(password, *personal)
        if await self.breached.knows(password):
            raise BreachedPassword

    def has_proved(self, family: Session) -> bool:
        """Tell whether a sign-in has proved itself lately."""
        if family.proved_at is None:
            return False
        return self.clock.now() - family.proved_at < timedelta(seconds=PROVED_FOR)

    def need_proof(self, family: Session) -> None:
        """Raise ProofNeeded unless a sign-in has proved itself lately."""
        if not self.has_proved(family):
            raise ProofNeeded

    async def need_factor(self, session: AsyncSession, caller: Caller) -> None:
        """Raise ProofNeeded where a second factor is on and was not given lately: the password alone is not enough then."""
        app = await second_factors.totp(session, caller.account.id)
        if app is not None and app.confirmed_at is not None:
            self.need_proof(caller.family)

    def need_confirmed(self, account: Account) -> None:
        """Raise EmailUnverified where the address is not confirmed: what shuts others out is for whom it belongs to."""
        if not account.email_verified:
            raise EmailUnverified

    def still(self, account: Account, known: Account) -> None:
        """Raise WrongPassword when the (locked) account's password was changed while `known`'s was being checked."""
        if account.password_hash != known.password_hash:
            raise WrongPassword

    async def check_current_password(self, account: Account, who: Principal, password: str) -> None:
        """Raise `WrongPassword` unless it is the account's. Not to be called inside a transaction: it takes its time."""
        guess = await self.guesses.at_password(who.session_id)
        if not await self.hasher.verify(password, account.password_hash):
            raise WrongPassword
        await guess.was_right()


def _state_of(
    account: Account, profiles: Sequence[Profile], devices: Sequence[Device], erased: Sequence[UUID]
) -> contract.AccountChanged:
    assert isinstance(account.changed_at, datetime)
    return contract.AccountChanged.model_validate(
        {
            "account_id": account.id,
            "version": account.version,
            "status": account.status,
            "country": account.country,
            "roles": tuple(account.roles),
            "profiles": tuple(
                contract.Profile(
                    id=p.id,
                    name=p.name,
                    maturity=p.maturity,
                    kids=p.kids,
                    language=p.language,
                    consents=None if p.consents is None else tuple(sorted(p.agreed)),
                )
                for p in profiles
            ),
            "devices": tuple(contract.Device(id=d.id, name=d.name, type=d.type) for d in devices),
            "erase_at": account.erase_at,
            "erased_profiles": tuple(erased),
            "changed_at": account.changed_at,
        }
    )

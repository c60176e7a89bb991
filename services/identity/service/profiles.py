"""Profiles: who watches, up to which age rating, behind which PIN."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.ids import new_id
from libs.chassis.problems import Conflict, Forbidden, Invalid, NotFound
from libs.contracts.token import Principal
from services.identity import repository
from services.identity.domain import AVATARS, FULL_REACH, KIDS_MATURITY, Reach, canonical_password
from services.identity.models import Account, ErasedProfile, Profile
from services.identity.service.base import Caller, Core, NotForKids, WrongPassword

# Every event of the account names those that were deleted lately, and there is no end to what can be made and deleted.
MOST_REMOVED = 50
# So long after the password was given it need not be given again: to change a PIN, or anything before a profile is chosen.
FRESH = timedelta(minutes=15)


class ProfileNotFound(NotFound):
    """There is no such profile on your account."""

    code = "profile_not_found"


class TooManyProfiles(Conflict):
    """Your account has as many profiles as it can have. Remove one first."""

    code = "too_many_profiles"


class TooManyRemoved(Conflict):
    """A lot of profiles of your account were deleted lately. Another one can be added in some weeks."""

    code = "too_many_profiles_removed"


class LastProfile(Conflict):
    """This is your only profile, so it has to stay. Add another one first."""

    code = "last_profile"


class WrongPin(Forbidden):
    """This is not the PIN of this profile. Please try again."""

    code = "wrong_pin"


class ProfileLocked(Forbidden):
    """This profile is protected by a PIN. Switch to it with its PIN first, or give your account's password."""

    code = "profile_locked"


class PinProtected(Forbidden):
    """Changing or removing this PIN needs the PIN itself or your account's password."""

    code = "pin_protected"


class MaturityNotAllowed(Forbidden):
    """A profile with an age limit allows no other one more. Give your account's password to do it."""

    code = "maturity_not_allowed"


class ProofRequired(Forbidden):
    """This profile may watch more than you may now. Give your account's password to go on."""

    code = "proof_required"


class KidsMaturity(Invalid):
    """A kids profile cannot allow age ratings above 7. Choose 0 or 7, or make it a profile for grown-ups."""

    code = "kids_maturity"


def first_profile(account: Account, language: str) -> Profile:
    """Return the profile an account begins with."""
    return Profile(
        id=new_id(),
        account_id=account.id,
        name=account.name,
        maturity=18,
        kids=False,
        language=language,
        avatar=AVATARS[0],
        pin_hash=None,
        created_at=account.created_at,
    )


class Profiles:
    """Use cases around profiles."""

    def __init__(self, core: Core) -> None:
        self._core = core

    @property
    def access_ttl(self) -> int:
        """How long an access token is good for, in seconds."""
        return self._core.settings.access_ttl

    async def list(self, who: Principal) -> list[Profile]:
        """Return the account's profiles, oldest first."""
        async with self._core.db.transaction() as session:
            account = (await self._core.asking(session, who)).account
            return list(await repository.profiles(session, account.id))

    async def create(self, who: Principal, wanted: dict[str, Any]) -> Profile:
        """Add a profile; above what the caller reaches it takes the account's password."""
        core = self._core
        proof = await self._password(who, wanted.pop("password", None))
        pin_hash = await self._hashed(who, wanted["pin"])
        async with core.db.transaction() as session:
            caller = await core.asking(session, who, lock=True)
            reach = self._reach(caller, proof)
            kids = bool(wanted["kids"])
            maturity = wanted["maturity"]
            if maturity is None:
                maturity = min(KIDS_MATURITY if kids else 18, reach.maturity)
            _check_maturity(kids, maturity)
            if not reach.covers(maturity, kids):
                raise MaturityNotAllowed
            known = await repository.profiles(session, caller.account.id)
            if len(known) >= core.settings.max_profiles:
                raise TooManyProfiles
            if len(await repository.erased_profiles(session, caller.account.id)) >= MOST_REMOVED:
                raise TooManyRemoved
            used = {profile.avatar for profile in known}
            avatar = wanted["avatar_url"] or next((a for a in AVATARS if a not in used), AVATARS[0])
            profile = Profile(
                id=new_id(),
                account_id=caller.account.id,
                name=wanted["name"],
                maturity=maturity,
                kids=kids,
                language=wanted["language"],
                avatar=avatar,
                pin_hash=pin_hash,
                created_at=core.clock.now(),
            )
            session.add(profile)
            await core.publish(session, caller.account)
        return profile

    async def update(self, who: Principal, profile_id: UUID, changes: dict[str, Any]) -> Profile:
        """Change what is in `changes`. A profile with a PIN is changed from itself, or with the account's password."""
        core = self._core
        proof = await self._password(who, changes.pop("password", None))
        current_pin = changes.pop("current_pin", None)
        opened = await self._opened(who, profile_id, current_pin) if current_pin is not None else None
        pin_hash = await self._hashed(who, changes.get("pin"))
        async with core.db.transaction() as session:
            caller = await core.asking(session, who, lock=True)
            reach = self._reach(caller, proof)
            profile = await self._mine(session, caller, profile_id, reach, trusted=proof is not None)
            kids = profile.kids if changes.get("kids") is None else bool(changes["kids"])
            maturity = changes.get("maturity")
            if maturity is None:
                maturity = min(profile.maturity, KIDS_MATURITY) if kids else profile.maturity
            _check_maturity(kids, maturity)
            raised = not Reach(profile.maturity, profile.kids).covers(maturity, kids)
            if not reach.covers(maturity, kids) or (raised and reach != FULL_REACH):
                raise MaturityNotAllowed
            if "pin" in changes:
                proved = proof is not None or opened == profile.pin_hash or self._is_fresh(caller)
                if profile.pin_hash is not None and not proved:
                    raise PinProtected
                profile.pin_hash = pin_hash
            changed = (profile.kids, profile.maturity) != (kids, maturity)
            profile.kids, profile.maturity = kids, maturity
            for field, column in (("name", "name"), ("language", "language"), ("avatar_url", "avatar")):
                if changes.get(field) is not None:
                    setattr(profile, column, changes[field])
            await repository.lower_reach(session, profile.id, maturity, kids)
            await core.publish(session, caller.account)
            if changed:
                await core.outdate(session, caller.account, profile.id)
        return profile

    async def remove(self, who: Principal, profile_id: UUID) -> None:
        """Delete a profile. The last one stays, and one with a PIN is deleted from itself."""
        async with self._core.db.transaction() as session:
            caller = await self._core.asking(session, who, lock=True)
            profile = await self._mine(session, caller, profile_id, self._reach(caller, None), trusted=False)
            if len(await repository.profiles(session, caller.account.id)) == 1:
                raise LastProfile
            await session.delete(profile)
            session.add(ErasedProfile(id=profile_id, account_id=caller.account.id, erased_at=self._core.clock.now()))
            await self._core.publish(session, caller.account)
            await self._core.outdate(session, caller.account, profile_id)

    async def select(
        self, who: Principal, profile_id: UUID, *, pin: str | None = None, password: str | None = None
    ) -> tuple[str, Profile]:
        """Bind this sign-in to a profile, also over its refreshes, and return an access token for it.

        A profile with a PIN takes its PIN, one beyond the caller's reach its PIN where it has one; the password opens all.
        """
        core = self._core
        proof = await self._password(who, password)
        opened = await self._opened(who, profile_id, pin) if proof is None else None
        async with core.db.transaction() as session:
            caller = await core.asking(session, who, lock=True)
            profile = await repository.profile(session, caller.account.id, profile_id)
            if profile is None:
                raise ProfileNotFound
            reach = _proved(caller, proof) or caller.reach
            if proof is None and profile.pin_hash is not None:
                if opened != profile.pin_hash:  # changed while it was being checked
                    raise WrongPin
            elif not reach.covers(profile.maturity, profile.kids):
                raise ProofRequired
            family = caller.family
            if not Reach(profile.maturity, profile.kids).covers(caller.reach.maturity, caller.reach.kids):
                await core.lower(session, caller.account, family)
            if reach != Reach(profile.maturity, profile.kids):
                family.password_at = None  # who sits down there need not be who gave it
            elif proof is not None:
                family.password_at = core.clock.now()
            family.profile_id = profile.id
            family.reach_maturity, family.reach_kids = profile.maturity, profile.kids
        return core.access_token(caller.account, family, profile), profile

    async def _password(self, who: Principal, password: str | None) -> str | None:
        """Check the account's password where one is given, and return the hash that it fits."""
        if password is None:
            return None
        async with self._core.db.transaction() as session:
            account = (await self._core.asking(session, who)).account
        await self._core.check_current_password(account, who, canonical_password(password))
        return account.password_hash

    async def _hashed(self, who: Principal, pin: str | None) -> str | None:
        if not pin:
            return None
        await self._core.guesses.bound(who.session_id)
        return await self._core.hasher.hash(pin)

    async def _opened(self, who: Principal, profile_id: UUID, pin: str | None) -> str | None:
        """Check a profile's PIN, and return the hash that it fits; None when the profile has no PIN."""
        core = self._core
        async with core.db.transaction() as session:
            caller = await core.asking(session, who)
            profile = await repository.profile(session, caller.account.id, profile_id)
        if profile is None:
            raise ProfileNotFound
        if profile.pin_hash is None:
            return None
        if pin is None:
            raise WrongPin("This profile needs its PIN.")
        guess = await core.guesses.at_pin(profile.id, who.session_id, known=caller.family.profile_id == profile.id)
        if not await core.hasher.verify(pin, profile.pin_hash):
            raise WrongPin
        await guess.was_right()
        return profile.pin_hash

    async def _mine(
        self, session: AsyncSession, caller: Caller, profile_id: UUID, reach: Reach, *, trusted: bool
    ) -> Profile:
        profile = await repository.profile(session, caller.account.id, profile_id)
        if profile is None:
            raise ProfileNotFound
        if profile.pin_hash is not None and caller.family.profile_id != profile.id and not trusted:
            raise ProfileLocked
        if not reach.covers(profile.maturity, profile.kids):
            raise ProofRequired
        return profile

    def _is_fresh(self, caller: Caller) -> bool:
        """Tell whether the password was given to this sign-in a moment ago, and its reach not lowered since."""
        given = caller.family.password_at
        return given is not None and self._core.clock.now() - given <= FRESH

    def _reach(self, caller: Caller, proof: str | None) -> Reach:
        """Return what the caller may change. A kids profile changes nothing without the password.

        Nor does a screen that was left at the choice of profiles: there every PIN could be walked around.
        """
        proved = _proved(caller, proof)
        if proved is not None:
            return proved
        if caller.reach.kids:
            raise NotForKids
        if caller.profile is None and not self._is_fresh(caller):
            raise ProofRequired("Choose who is watching first, or give your account's password.")
        return caller.reach


def _proved(caller: Caller, proof: str | None) -> Reach | None:
    if proof is None:
        return None
    if caller.account.password_hash != proof:  # changed while it was being checked
        raise WrongPassword
    return FULL_REACH


def _check_maturity(kids: bool, maturity: int) -> None:
    if kids and maturity > KIDS_MATURITY:
        raise KidsMaturity

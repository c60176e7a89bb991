"""Profiles: who watches, up to which age rating, behind which PIN."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.ids import new_id
from libs.chassis.problems import Conflict, Forbidden, Invalid, NotFound
from libs.chassis.tokens import Principal
from services.identity import repository
from services.identity.domain import AVATARS, KIDS_MATURITY, canonical_password
from services.identity.models import Account, Profile
from services.identity.service.core import Core, NotForKids, SessionEnded


class ProfileNotFound(NotFound):
    """There is no such profile on your account."""

    code = "profile_not_found"


class TooManyProfiles(Conflict):
    """Your account has as many profiles as it can have. Remove one first."""

    code = "too_many_profiles"


class LastProfile(Conflict):
    """This is your only profile, so it has to stay. Add another one first."""

    code = "last_profile"


class WrongPin(Forbidden):
    """This is not the PIN of this profile. Please try again."""

    code = "wrong_pin"


class ProfileLocked(Forbidden):
    """This profile is protected by a PIN. Switch to it with its PIN first, or give your account's password."""

    code = "profile_locked"


class MaturityNotAllowed(Forbidden):
    """You cannot allow a profile more than your own may watch. Switch to a profile without that limit first."""

    code = "maturity_not_allowed"


class KidsMaturity(Invalid):
    """A kids profile cannot allow age ratings above 7. Choose 0 or 7, or make it a profile for grown-ups."""

    code = "kids_maturity"


def first_profile(account: Account) -> Profile:
    """Return the profile an account begins with."""
    return Profile(
        id=new_id(),
        account_id=account.id,
        name=account.name,
        maturity=18,
        kids=False,
        language="en",
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
            account = await self._core.asking(session, who)
            return list(await repository.profiles(session, account.id))

    async def create(self, who: Principal, wanted: dict[str, Any]) -> Profile:
        """Add a profile; at most as permissive as the one that adds it."""
        if who.kids:
            raise NotForKids
        kids = bool(wanted["kids"])
        maturity = wanted["maturity"]
        if maturity is None:
            maturity = min(KIDS_MATURITY if kids else 18, _reach(who))
        _check_maturity(kids, maturity)
        if maturity > _reach(who):
            raise MaturityNotAllowed
        pin_hash = await self._core.hasher.hash(wanted["pin"]) if wanted["pin"] else None
        async with self._core.db.transaction() as session:
            account = await self._core.asking(session, who, lock=True)
            known = await repository.profiles(session, account.id)
            if len(known) >= self._core.settings.max_profiles:
                raise TooManyProfiles
            used = {profile.avatar for profile in known}
            avatar = wanted["avatar_url"] or next((a for a in AVATARS if a not in used), AVATARS[0])
            profile = Profile(
                id=new_id(),
                account_id=account.id,
                name=wanted["name"],
                maturity=maturity,
                kids=kids,
                language=wanted["language"],
                avatar=avatar,
                pin_hash=pin_hash,
                created_at=self._core.clock.now(),
            )
            session.add(profile)
            await self._core.publish(session, account)
        return profile

    async def update(self, who: Principal, profile_id: UUID, changes: dict[str, Any]) -> Profile:
        """Change what is in `changes`. A profile with a PIN is changed from itself, or with the account's password."""
        core = self._core
        if who.kids:
            raise NotForKids
        password = changes.pop("password", None)
        async with core.db.transaction() as session:
            account = await core.asking(session, who)
        if password is not None:
            await core.check_current_password(account, canonical_password(password))
        trusted = password is not None
        pin_hash = await core.hasher.hash(changes["pin"]) if changes.get("pin") else None
        async with core.db.transaction() as session:
            account, profile = await self._mine(session, who, profile_id, trusted=trusted)
            kids = profile.kids if changes.get("kids") is None else bool(changes["kids"])
            maturity = changes.get("maturity")
            if maturity is None:
                maturity = min(profile.maturity, KIDS_MATURITY) if kids else profile.maturity
            _check_maturity(kids, maturity)
            if not trusted and maturity > max(_reach(who), profile.maturity):
                raise MaturityNotAllowed
            profile.kids, profile.maturity = kids, maturity
            for field, column in (("name", "name"), ("language", "language"), ("avatar_url", "avatar")):
                if changes.get(field) is not None:
                    setattr(profile, column, changes[field])
            if "pin" in changes:
                profile.pin_hash = pin_hash
            await core.publish(session, account)
        return profile

    async def remove(self, who: Principal, profile_id: UUID) -> None:
        """Delete a profile. The last one stays, and one with a PIN is deleted from itself."""
        if who.kids:
            raise NotForKids
        async with self._core.db.transaction() as session:
            account, profile = await self._mine(session, who, profile_id, trusted=False)
            if len(await repository.profiles(session, account.id)) == 1:
                raise LastProfile
            await session.delete(profile)
            await self._core.publish(session, account)

    async def select(self, who: Principal, profile_id: UUID, pin: str | None) -> tuple[str, Profile]:
        """Bind this sign-in to a profile, also over its refreshes, and return an access token for it."""
        core = self._core
        async with core.db.transaction() as session:
            account = await core.asking(session, who)
            known = await repository.profile(session, account.id, profile_id)
        if known is None:
            raise ProfileNotFound
        if known.pin_hash is not None:
            if pin is None:
                raise WrongPin("This profile needs its PIN.")
            await core.throttle("pin", str(profile_id), core.settings.pins_per_profile)
            if not await core.hasher.verify(pin, known.pin_hash):
                raise WrongPin
        async with core.db.transaction() as session:
            account = await core.asking(session, who, lock=True)
            profile = await repository.profile(session, account.id, profile_id)
            if profile is None:
                raise ProfileNotFound
            if profile.pin_hash != known.pin_hash:  # changed while it was being checked
                raise WrongPin
            family = await repository.live_session(session, account.id, who.session_id, core.clock.now())
            if family is None:
                raise SessionEnded
            family.profile_id = profile.id
        return core.access_token(account, family, profile), profile

    async def _mine(
        self, session: AsyncSession, who: Principal, profile_id: UUID, *, trusted: bool
    ) -> tuple[Account, Profile]:
        account = await self._core.asking(session, who, lock=True)
        profile = await repository.profile(session, account.id, profile_id)
        if profile is None:
            raise ProfileNotFound
        if profile.pin_hash is not None and who.profile_id != profile.id and not trusted:
            raise ProfileLocked
        return account, profile


def _reach(who: Principal) -> int:
    """The highest age rating this caller may hand out. A token without a profile comes straight from the password."""
    return 18 if who.profile_id is None else who.maturity


def _check_maturity(kids: bool, maturity: int) -> None:
    if kids and maturity > KIDS_MATURITY:
        raise KidsMaturity

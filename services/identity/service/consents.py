"""Consents: what a profile lets the service learn from, kept with it so that every device and service hears the same."""

from __future__ import annotations

from collections.abc import Collection

from libs.chassis.problems import Conflict
from libs.contracts.token import Principal
from services.identity.models import Profile
from services.identity.service.base import Caller, Core, NotForKids


class NoProfile(Conflict):
    """The profile that this device watched as is gone. Choose one, and answer for it."""

    code = "profile_gone"


class Consents:
    """Use cases around consents."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def read(self, who: Principal) -> Profile:
        """Return the profile with what it has agreed to."""
        async with self._core.db.transaction() as session:
            return _profile(await self._core.asking(session, who))

    async def answer(self, who: Principal, agreed: Collection[str]) -> Profile:
        """Keep what a profile agrees to, instead of what it did before. Its tokens that say something else are refused."""
        core = self._core
        async with core.db.transaction() as session:
            caller = await core.asking(session, who, lock=True)
            profile = _profile(caller)
            if profile.kids:
                raise NotForKids
            before = profile.agreed
            profile.consents, profile.consents_at = sorted(set(agreed)), core.clock.now()
            await core.publish(session, caller.account)
            if profile.agreed != before:
                await core.outdate(session, caller.account, profile.id)
        return profile


def _profile(caller: Caller) -> Profile:
    if caller.profile is None:
        raise NoProfile
    return caller.profile

"""Closing one's account: it is kept for a while, in which its holder may come back, and then erased here and everywhere."""

from __future__ import annotations

from datetime import datetime, timedelta

from libs.chassis import telemetry
from libs.chassis.components import Loop
from libs.chassis.problems import Conflict
from libs.contracts.token import Principal
from services.identity import repository
from services.identity.domain import canonical_password
from services.identity.service.base import Core, WrongPassword

log = telemetry.logger(__name__)


class RolesHeld(Conflict):
    """This account belongs to a member of staff. Have its roles taken away first; then it can be closed."""

    code = "roles_held"


class Closing:
    """Use cases around the end of an account."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def close(self, who: Principal, password: str) -> datetime:
        """Close the holder's account, sign out everywhere, and return when it will be erased. Raises WrongPassword, RolesHeld."""
        core = self._core
        async with core.db.transaction() as session:
            caller = await core.holding(session, who)
            await core.need_factor(session, caller)
            known = caller.account
        await core.check_current_password(known, who, canonical_password(password))
        async with core.db.transaction() as session:
            account = (await core.holding(session, who, lock=True)).account
            if account.password_hash != known.password_hash:  # changed while it was being checked
                raise WrongPassword
            if account.roles:
                raise RolesHeld
            account.status = "deleting"
            account.erase_at = core.clock.now() + timedelta(seconds=core.settings.closed_kept)
            await core.revoke(session, account.id, "signed_out")
            await core.publish(session, account)
            core.post.owe(session, account, "closing", day=f"{account.erase_at:%Y-%m-%d}")
            return account.erase_at


class Eraser(Loop):
    """A component: erases accounts whose time is over, each in a transaction of its own. Any number of replicas may run one."""

    name = "eraser"
    every = 60.0

    def __init__(self, core: Core) -> None:
        super().__init__()
        self._core = core

    async def work(self) -> float | None:
        async with self._core.db.background() as session:
            now = self._core.clock.now()
            account = await repository.lock_due_for_erasure(session, now)
            if account is None:
                return None
            # All that goes is told before it goes, in the same transaction: nobody keeps what is not known here any more.
            await self._core.revoke(session, account.id, "signed_out")
            await repository.empty(session, account, now)
            account.status, account.erase_at = "erased", None
            await self._core.publish(session, account)
        # So that it can be erased again where a restore brings it back.
        log.info("account_erased", account_id=account.id)
        return 0

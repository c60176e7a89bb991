"""Everybody's accounts as staff look them up, close and open them, and give and take roles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.ids import new_id
from libs.chassis.problems import Conflict, Forbidden, NotFound
from libs.chassis.security.auth import RoleRequired
from libs.contracts.token import SUPER_ADMIN, Principal
from services.identity import repository
from services.identity.models import Account, Audit, Profile
from services.identity.service.base import Core

# The changes shown with an account; there is no more to see of most.
CHANGES_SHOWN = 50


class UserNotFound(NotFound):
    """There is no such account."""

    code = "user_not_found"


class OwnAccountRefused(Forbidden):
    """Nobody changes their own roles or closes their own account here. Ask a colleague."""

    code = "own_account"


class StaffAccountRefused(Forbidden):
    """Only a super admin changes roles, or an account that has one."""

    code = "staff_account"


class LastSuperAdmin(Conflict):
    """This is the last super admin that can sign in. Make another one first."""

    code = "last_super_admin"


class AccountErased(Conflict):
    """This account was closed by its holder, or is erased. It cannot be changed any more."""

    code = "account_erased"


class State(TypedDict):
    """What of an account staff can change."""

    status: str
    roles: list[str]


@dataclass(frozen=True, slots=True)
class Why:
    """By whom something is changed, and for which reason."""

    actor: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Known:
    """All that staff see of an account."""

    account: Account
    subscription_status: str
    profiles: Sequence[Profile]
    devices: int
    sign_ins: int
    changes: Sequence[Audit]


class Users:
    """Use cases of staff around accounts."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def find(
        self, who: Principal, q: str | None, role: str | None, status: str | None, before: UUID | None, limit: int
    ) -> Sequence[Account]:
        """Return accounts, the newest first, from `before` on: `q` begins their address or their name."""
        async with self._core.db.transaction() as session:
            await self._roles(session, who, "user_manager", "support")
            return await repository.find_accounts(session, q, role, status, before, limit)

    async def read(self, who: Principal, account_id: UUID) -> Known:
        """Return all that staff see of an account."""
        async with self._core.db.transaction() as session:
            await self._roles(session, who, "user_manager", "support")
            account = await repository.account(session, account_id)
            if account is None:
                raise UserNotFound
            return await self._known(session, account)

    async def change(
        self,
        who: Principal,
        account_id: UUID,
        *,
        status: str | None,
        grant: Collection[str],
        withdraw: Collection[str],
        reason: str,
    ) -> Known:
        """Close or open an account, give and take roles; keep who did it and why.

        Who loses a role or the account is signed out everywhere at once; who gets one has it with the next refresh.
        """
        if account_id == who.account_id:
            raise OwnAccountRefused
        async with self._core.db.transaction() as session:
            roles = await self._roles(session, who, "user_manager")
            # Locked first: two who take the last two super admins their role come one after the other.
            super_admins = await repository.lock_super_admins(session) if SUPER_ADMIN in roles else set()
            account = await repository.lock_account(session, account_id)
            if account is None:
                raise UserNotFound
            if account.status not in {"active", "suspended"}:
                raise AccountErased
            if SUPER_ADMIN not in roles and (account.roles or grant or withdraw):
                raise StaffAccountRefused
            before: State = {"status": account.status, "roles": list(account.roles)}
            after: State = {
                "status": status or account.status,
                "roles": sorted((set(account.roles) | set(grant)) - set(withdraw)),
            }
            stays = after["status"] == "active" and SUPER_ADMIN in after["roles"]
            if grant:
                self._core.need_confirmed(account)
            if super_admins == {account_id} and not stays:
                raise LastSuperAdmin
            await self._apply(session, account, before, after, Why(who.account_id, reason))
            return await self._known(session, account)

    async def _apply(self, session: AsyncSession, account: Account, before: State, after: State, why: Why) -> None:
        if before == after:
            return
        core = self._core
        account.status, account.roles = after["status"], after["roles"]
        closed = before["status"] != after["status"] == "suspended"
        lost = set(before["roles"]) - set(after["roles"])
        if closed or lost:
            await core.revoke(session, account.id, "suspended" if closed else "signed_out")
        await core.publish(session, account)
        if set(after["roles"]) - set(before["roles"]):
            for profile in await repository.profiles(session, account.id):
                await core.outdate(session, account, profile.id)
        session.add(
            Audit(
                id=new_id(),
                account_id=account.id,
                actor=why.actor,
                before=_unlike(before, after),
                after=_unlike(after, before),
                reason=why.reason,
                at=core.clock.now(),
            )
        )
        await session.flush()

    async def _roles(self, session: AsyncSession, who: Principal, *wanted: str) -> set[str]:
        """Return the roles of who asks, as they are now: a token may be older. Raises `RoleRequired` without one of them."""
        roles = set((await self._core.holding(session, who)).account.roles)
        if not roles & {SUPER_ADMIN, *wanted}:
            raise RoleRequired
        return roles

    async def _known(self, session: AsyncSession, account: Account) -> Known:
        core = self._core
        return Known(
            account,
            await core.subscription_status(session, account.id),
            await repository.profiles(session, account.id),
            len(await repository.devices(session, account.id)),
            len(await repository.live_sessions(session, account.id, core.clock.now())),
            await repository.changes(session, account.id, CHANGES_SHOWN),
        )


def _unlike(one: State, other: State) -> dict[str, Any]:
    """Return the fields in which they differ, as `one` has them."""
    return {field: value for field, value in one.items() if other.get(field) != value}

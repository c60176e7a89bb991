"""All SQL of identity: here of accounts and their sign-ins, beside it of `mails` and `second_factors`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data import upserts
from libs.contracts.billing import EntitlementChanged
from libs.contracts.token import SUPER_ADMIN
from services.identity.models import (
    Account,
    Audit,
    Challenge,
    Device,
    Entitlement,
    ErasedProfile,
    Link,
    Mail,
    Passkey,
    Profile,
    RecoveryCode,
    RefreshToken,
    Session,
    Totp,
)


async def account_by_email(session: AsyncSession, email_key: str) -> Account | None:
    """The account with this address, unlocked."""
    return (await session.execute(select(Account).where(Account.email_key == email_key))).scalar_one_or_none()


async def account(session: AsyncSession, account_id: UUID) -> Account | None:
    """The account, unlocked."""
    return await session.get(Account, account_id)


async def lock_account(session: AsyncSession, account_id: UUID) -> Account | None:
    """The account under a row lock: whatever changes it or what hangs on it goes one after the other."""
    found = await session.execute(
        select(Account).where(Account.id == account_id).with_for_update().execution_options(populate_existing=True)
    )
    return found.scalar_one_or_none()


async def find_accounts(
    session: AsyncSession, q: str | None, role: str | None, status: str | None, before: UUID | None, limit: int
) -> Sequence[Account]:
    """Accounts, the newest first, older than `before`: `q` begins their address or their name."""
    wanted = select(Account).order_by(Account.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(Account.id < before)
    if q:
        begins = q.lower()
        wanted = wanted.where(
            or_(
                Account.email_key.startswith(begins, autoescape=True),
                func.lower(Account.name).startswith(begins, autoescape=True),
            )
        )
    if role is not None:
        wanted = wanted.where(Account.roles != [], Account.roles.contains([role]))
    if status is not None:
        wanted = wanted.where(Account.status == status)
    return (await session.execute(wanted)).scalars().all()


async def lock_super_admins(session: AsyncSession) -> set[UUID]:
    """The super admins that can sign in, under row locks, always taken in the same order."""
    found = await session.execute(
        select(Account.id)
        .where(Account.roles != [], Account.roles.contains([SUPER_ADMIN]), Account.status == "active")
        .order_by(Account.id)
        .with_for_update()
    )
    return set(found.scalars())


async def changes(session: AsyncSession, account_id: UUID, limit: int) -> Sequence[Audit]:
    """What staff changed of an account, the newest first."""
    found = await session.execute(
        select(Audit).where(Audit.account_id == account_id).order_by(Audit.at.desc(), Audit.id.desc()).limit(limit)
    )
    return found.scalars().all()


async def add_account(session: AsyncSession, account: Account) -> bool:
    """Insert an account; False when the address is taken, also by a request that runs at the same time."""
    columns = {column.name: getattr(account, column.name) for column in Account.__table__.columns}
    done = await session.execute(
        insert(Account).values(columns).on_conflict_do_nothing(index_elements=["email_key"]).returning(Account.id)
    )
    return done.first() is not None


async def profiles(session: AsyncSession, account_id: UUID) -> Sequence[Profile]:
    """The account's profiles, oldest first."""
    found = await session.execute(select(Profile).where(Profile.account_id == account_id).order_by(Profile.id))
    return found.scalars().all()


async def profile(session: AsyncSession, account_id: UUID, profile_id: UUID) -> Profile | None:
    """The profile, if it is this account's."""
    found = await session.execute(select(Profile).where(Profile.account_id == account_id, Profile.id == profile_id))
    return found.scalar_one_or_none()


async def erased_profiles(session: AsyncSession, account_id: UUID) -> Sequence[UUID]:
    """The account's profiles that were deleted lately."""
    found = await session.execute(
        select(ErasedProfile.id).where(ErasedProfile.account_id == account_id).order_by(ErasedProfile.id)
    )
    return found.scalars().all()


async def lock_due_for_erasure(session: AsyncSession, now: datetime) -> Account | None:
    """A closed account whose time is over, under a row lock; not one that somebody else is at."""
    found = await session.execute(
        select(Account)
        .where(Account.status == "deleting", Account.erase_at <= now)
        .order_by(Account.erase_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return found.scalar_one_or_none()


async def empty(session: AsyncSession, account: Account, now: datetime) -> None:
    """Delete all that hangs on a (locked) account, and who it was; ids and version stay, so that it can be told what is gone."""
    for profile in await profiles(session, account.id):
        session.add(ErasedProfile(id=profile.id, account_id=account.id, erased_at=now))
    for table in (Profile, Session, Device, Audit, Entitlement, Mail, Link, Totp, RecoveryCode, Passkey, Challenge):
        await session.execute(delete(table).where(table.account_id == account.id))
    account.email = account.name = account.password_hash = ""
    account.email_key = f"erased:{account.id}"
    account.email_verified, account.roles = False, []


async def devices(session: AsyncSession, account_id: UUID) -> Sequence[Device]:
    """The account's devices, the one used last first."""
    found = await session.execute(
        select(Device).where(Device.account_id == account_id).order_by(Device.last_seen_at.desc(), Device.id.desc())
    )
    return found.scalars().all()


async def device(session: AsyncSession, account_id: UUID, device_id: UUID) -> Device | None:
    """The device, if it is this account's."""
    found = await session.execute(select(Device).where(Device.account_id == account_id, Device.id == device_id))
    return found.scalar_one_or_none()


async def proved_device(session: AsyncSession, email_key: str, device_id: UUID, secret_digest: bytes) -> Device | None:
    """The device of the account with this address, if it gave the secret of its last sign-in."""
    found = await session.execute(
        select(Device)
        .join(Account, Account.id == Device.account_id)
        .where(Account.email_key == email_key, Device.id == device_id, Device.secret_digest == secret_digest)
    )
    return found.scalar_one_or_none()


async def forget_idle_devices(session: AsyncSession, account_id: UUID, keep: int, now: datetime) -> None:
    """Remove the devices used longest ago, beyond the newest `keep`, that nobody is signed in on."""
    surplus = (
        select(Device.id)
        .where(Device.account_id == account_id)
        .order_by(Device.last_seen_at.desc(), Device.id.desc())
        .offset(keep)
    )
    in_use = select(Session.device_id).where(
        Session.account_id == account_id,
        Session.device_id.is_not(None),
        Session.revoked_at.is_(None),
        Session.expires_at > now,
    )
    await session.execute(delete(Device).where(Device.id.in_(surplus), Device.id.not_in(in_use)))


async def live_session(
    session: AsyncSession, account_id: UUID, session_id: UUID, now: datetime
) -> tuple[Session, Profile | None] | None:
    """The sign-in session, if it is this account's and still honoured, and the profile it is bound to."""
    found = await session.execute(
        select(Session, Profile)
        .outerjoin(Profile, Profile.id == Session.profile_id)
        .where(
            Session.id == session_id,
            Session.account_id == account_id,
            Session.revoked_at.is_(None),
            Session.expires_at > now,
        )
    )
    row = found.one_or_none()
    return (row[0], row[1]) if row else None


async def lower_reach(session: AsyncSession, profile_id: UUID, maturity: int, kids: bool) -> None:
    """Let the sign-ins bound to a profile keep no more than this should they lose it."""
    await session.execute(
        update(Session)
        .where(Session.profile_id == profile_id)
        .values(
            reach_maturity=func.least(Session.reach_maturity, maturity),
            reach_kids=or_(Session.reach_kids, literal(kids)),
        )
    )


async def live_sessions(
    session: AsyncSession, account_id: UUID, now: datetime
) -> Sequence[tuple[Session, Device | None]]:
    """The account's honoured sign-in sessions and their devices, the one used last first."""
    found = await session.execute(
        select(Session, Device)
        .outerjoin(Device, Device.id == Session.device_id)
        .where(Session.account_id == account_id, Session.revoked_at.is_(None), Session.expires_at > now)
        .order_by(Session.last_used_at.desc(), Session.id.desc())
    )
    return [(row[0], row[1]) for row in found.all()]


async def revoke_sessions(
    session: AsyncSession,
    account_id: UUID,
    *,
    reason: str,
    now: datetime,
    only: UUID | None = None,
    device_id: UUID | None = None,
    but: UUID | None = None,
    beyond: int | None = None,
) -> list[UUID]:
    """Revoke honoured sessions of an account and return which they were.

    One, those of a device, all but one, or all but so many that were used last.
    """
    change = (
        update(Session)
        .where(Session.account_id == account_id, Session.revoked_at.is_(None), Session.expires_at > now)
        .values(revoked_at=now, revoke_reason=reason)
        .returning(Session.id)
    )
    if only is not None:
        change = change.where(Session.id == only)
    if device_id is not None:
        change = change.where(Session.device_id == device_id)
    if but is not None:
        change = change.where(Session.id != but)
    if beyond is not None:
        newest = (
            select(Session.id)
            .where(Session.account_id == account_id, Session.revoked_at.is_(None), Session.expires_at > now)
            .order_by(Session.last_used_at.desc(), Session.id.desc())
            .limit(beyond)
        )
        change = change.where(Session.id.not_in(newest))
    return list((await session.execute(change)).scalars())


async def session_of_token(session: AsyncSession, digest: bytes) -> Session | None:
    """The session a refresh token belongs to, under a row lock: refreshes of one family go one after the other."""
    found = await session.execute(
        select(Session)
        .join(RefreshToken, RefreshToken.session_id == Session.id)
        .where(RefreshToken.digest == digest)
        .with_for_update(of=Session)
    )
    return found.scalar_one_or_none()


async def refresh_token(session: AsyncSession, digest: bytes) -> RefreshToken | None:
    """The stored half of a refresh token, as it is now (to be read after its session was locked)."""
    return await session.get(RefreshToken, digest, populate_existing=True)


async def entitlement(session: AsyncSession, account_id: UUID) -> Entitlement | None:
    """Our copy of the account's entitlement."""
    return await session.get(Entitlement, account_id)


async def put_entitlements(session: AsyncSession, events: Sequence[EntitlementChanged]) -> None:
    """Keep entitlements, one for each account, unless newer ones are known; none of an account that was erased."""
    # Locked, so that none is erased between the question and what is written then.
    known = await session.execute(
        select(Account.id, Account.status)
        .where(Account.id.in_([event.account_id for event in events]))
        .order_by(Account.id)
        .with_for_update(read=True)
    )
    erased = {row.id for row in known if row.status == "erased"}
    columns = {column.name for column in Entitlement.__table__.columns}
    rows = [event.model_dump(include=columns) for event in events if event.account_id not in erased]
    await upserts.put(session, Entitlement.__table__, rows)


async def distrust_devices(session: AsyncSession, account_id: UUID, *, but: UUID | None = None) -> None:
    """Let no device of an account, but for one, prove itself any more by what it was given before."""
    change = update(Device).where(Device.account_id == account_id)
    if but is not None:
        change = change.where(Device.id != but)
    await session.execute(change.values(secret_digest=None, trusted=False, trusted_until=None))


async def end_trust(session: AsyncSession, account_id: UUID, *, of_session: UUID | None = None) -> None:
    """Spare no device of an account the second factor any more, or only not the one of a sign-in."""
    change = update(Device).where(Device.account_id == account_id)
    if of_session is not None:
        change = change.where(Device.id == select(Session.device_id).where(Session.id == of_session).scalar_subquery())
    await session.execute(change.values(trusted=False, trusted_until=None))

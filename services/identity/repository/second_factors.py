"""SQL of what proves somebody besides a password: authenticator apps, recovery codes, passkeys and their challenges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.identity.models import Challenge, Passkey, RecoveryCode, Totp


async def totp(session: AsyncSession, account_id: UUID) -> Totp | None:
    """The account's authenticator app, confirmed or not, as it is now."""
    return await session.get(Totp, account_id, populate_existing=True)


async def put_totp(session: AsyncSession, new: Totp) -> None:
    """Keep an app that is not confirmed yet in place of another that is not."""
    values = {column.name: getattr(new, column.name) for column in Totp.__table__.columns}
    await session.execute(insert(Totp).values(values).on_conflict_do_update(index_elements=["account_id"], set_=values))


async def forget_totp(session: AsyncSession, account_id: UUID) -> None:
    """Remove an account's app and its recovery codes."""
    for table in (Totp, RecoveryCode):
        await session.execute(delete(table).where(table.account_id == account_id))


async def replace_codes(session: AsyncSession, account_id: UUID, digests: Iterable[bytes], now: datetime) -> None:
    """Void an account's recovery codes and keep others."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    rows = [{"digest": digest, "account_id": account_id, "created_at": now} for digest in digests]
    await session.execute(insert(RecoveryCode).values(rows))


async def use_code(session: AsyncSession, account_id: UUID, digest: bytes) -> bool:
    """Use a recovery code up; False when the account has no such one, or no longer."""
    found = await session.execute(
        delete(RecoveryCode)
        .where(RecoveryCode.digest == digest, RecoveryCode.account_id == account_id)
        .returning(RecoveryCode.digest)
    )
    return found.first() is not None


async def codes_left(session: AsyncSession, account_id: UUID) -> int:
    """How many recovery codes an account has."""
    found = await session.execute(
        select(func.count()).select_from(RecoveryCode).where(RecoveryCode.account_id == account_id)
    )
    return int(found.scalar_one())


async def passkeys(session: AsyncSession, account_id: UUID) -> Sequence[Passkey]:
    """The account's passkeys, the oldest first."""
    found = await session.execute(select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.id))
    return found.scalars().all()


async def passkey(session: AsyncSession, account_id: UUID, passkey_id: UUID) -> Passkey | None:
    """The passkey, if it is this account's."""
    found = await session.execute(select(Passkey).where(Passkey.account_id == account_id, Passkey.id == passkey_id))
    return found.scalar_one_or_none()


async def passkey_of(session: AsyncSession, credential_id: bytes) -> Passkey | None:
    """The passkey with this credential id, under a row lock: its uses go one after the other."""
    found = await session.execute(select(Passkey).where(Passkey.credential_id == credential_id).with_for_update())
    return found.scalar_one_or_none()


async def use_challenge(
    session: AsyncSession, challenge_id: UUID, purpose: str, account_id: UUID | None, now: datetime
) -> bytes | None:
    """Use a challenge up and return it; None when there is none for this purpose and account, or its time is over."""
    found = await session.execute(
        delete(Challenge)
        .where(
            Challenge.id == challenge_id,
            Challenge.purpose == purpose,
            Challenge.account_id.is_not_distinct_from(account_id),
            Challenge.expires_at > now,
        )
        .returning(Challenge.challenge)
    )
    return found.scalar_one_or_none()

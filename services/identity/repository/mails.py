"""SQL of mails and of the links in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.identity.models import Account, Link, Mail

# Times as many mails as are taken: of so many the accounts are held.
LOOKED_AT = 4


async def take(session: AsyncSession, now: datetime, lease: timedelta, most: int) -> Sequence[Mail]:
    """Mails that are due, the one waiting longest first, each counted as tried and left to the caller for the lease.

    Their accounts are held first, as everybody does who voids links: the other way round each would wait for the other.
    """
    waiting = select(Mail).where(Mail.state == "waiting", Mail.due_at <= now).order_by(Mail.due_at)
    whose = waiting.with_only_columns(Mail.account_id).limit(LOOKED_AT * most)
    held = await session.execute(
        select(Account.id).where(Account.id.in_(whose)).order_by(Account.id).with_for_update(read=True, key_share=True)
    )
    due = (
        waiting.with_only_columns(Mail.id)
        .where(or_(Mail.account_id.is_(None), Mail.account_id.in_(held.scalars().all())))
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    found = await session.execute(
        update(Mail)
        .where(Mail.id == due.c.id)
        .values(due_at=now + lease, attempts=Mail.attempts + 1)
        .returning(Mail)
        .execution_options(synchronize_session=False)
    )
    return found.scalars().all()


async def put_back(session: AsyncSession, mail_id: UUID, attempts: int) -> None:
    """Count a try as none; the mail comes again when the lease is over."""
    await session.execute(
        update(Mail).where(Mail.id == mail_id).values(attempts=attempts).execution_options(synchronize_session=False)
    )


async def settle(session: AsyncSession, mail: Mail, attempt: int, state: str, message: str, due_at: datetime) -> None:
    """Keep what became of a try, unless somebody else has tried since."""
    await session.execute(
        update(Mail)
        .where(Mail.id == mail.id, Mail.state == "waiting", Mail.attempts == attempt)
        .values(state=state, message=message, due_at=due_at)
        .execution_options(synchronize_session=False)
    )


async def count(session: AsyncSession, account_id: UUID, kind: str, since: datetime) -> int:
    """How many mails of a kind an account was owed since then, but for those that were dropped."""
    found = await session.execute(
        select(func.count())
        .select_from(Mail)
        .where(Mail.account_id == account_id, Mail.kind == kind, Mail.created_at > since, Mail.state != "dropped")
    )
    return int(found.scalar_one())


async def drop_waiting(session: AsyncSession, account_id: UUID, kinds: Collection[str]) -> None:
    """See to it that mails of these kinds that an account is still owed are not sent any more."""
    await session.execute(
        update(Mail)
        .where(Mail.account_id == account_id, Mail.state == "waiting", Mail.kind.in_(kinds))
        .values(state="dropped")
        .execution_options(synchronize_session=False)
    )


async def add_link(session: AsyncSession, link: Link) -> None:
    """Keep a link; one that is there already stays as it is."""
    columns = {column.name: getattr(link, column.name) for column in Link.__table__.columns}
    await session.execute(insert(Link).values(columns).on_conflict_do_nothing(index_elements=["digest"]))


async def link(session: AsyncSession, digest: bytes, purposes: Collection[str], now: datetime) -> Link | None:
    """The link with this token, if it is good for one of these purposes and its time is not over."""
    found = await session.execute(
        select(Link).where(Link.digest == digest, Link.purpose.in_(purposes), Link.expires_at > now)
    )
    return found.scalar_one_or_none()


async def use_link(session: AsyncSession, digest: bytes, purpose: str, now: datetime) -> bool:
    """Use a link up; False when somebody else did, it is good for something else since, or its time is over."""
    found = await session.execute(
        delete(Link).where(Link.digest == digest, Link.purpose == purpose, Link.expires_at > now).returning(Link.digest)
    )
    return found.first() is not None


async def forget_links(session: AsyncSession, account_id: UUID) -> None:
    """Void every link of an account."""
    await session.execute(delete(Link).where(Link.account_id == account_id))


async def whose(session: AsyncSession, email_key: str) -> Account | None:
    """The account with this address, which nobody erases before the transaction ends."""
    found = await session.execute(select(Account).where(Account.email_key == email_key).with_for_update(read=True))
    return found.scalar_one_or_none()

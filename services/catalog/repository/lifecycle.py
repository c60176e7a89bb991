"""The steps of titles, and their schedules."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.ids import new_id
from services.catalog.models import Episode, Image, LifecycleStep, Schedule, Season, Title, TitleImage, Withdrawal


async def steps(session: AsyncSession, title_id: UUID) -> list[LifecycleStep]:
    """Return a title's path, from its beginning."""
    statement = select(LifecycleStep).where(LifecycleStep.title_id == title_id)
    return list(await session.scalars(statement.order_by(LifecycleStep.at, LifecycleStep.id)))


def add_step(
    session: AsyncSession,
    title_id: UUID,
    actor: UUID | None,
    action: str,
    leads: tuple[str, str],
    reason: str,
    now: datetime,
) -> None:
    """Keep a step of a title, which leads from one status to another."""
    came_from, status = leads
    session.add(
        LifecycleStep(
            id=new_id(), title_id=title_id, actor=actor, action=action, came_from=came_from, status=status, reason=reason,
            at=now,
        )
    )  # fmt: skip


async def submitter(session: AsyncSession, title_id: UUID) -> UUID | None:
    """Return who submitted a title last, or changed it after that: whose words it says."""
    steps = select(LifecycleStep.actor).where(
        LifecycleStep.title_id == title_id, LifecycleStep.action.in_(("submit", "change"))
    )
    newest = steps.order_by(LifecycleStep.at.desc(), LifecycleStep.id.desc()).limit(1)
    return (await session.execute(newest)).scalar()


async def was_approved(session: AsyncSession, title_id: UUID) -> bool:
    """Tell whether a title was approved since it last was a draft."""
    steps = select(LifecycleStep.action).where(
        LifecycleStep.title_id == title_id,
        or_(LifecycleStep.status == "draft", LifecycleStep.came_from == "draft", LifecycleStep.action == "approve"),
    )
    newest = steps.order_by(LifecycleStep.at.desc(), LifecycleStep.id.desc()).limit(1)
    return (await session.execute(newest)).scalar() == "approve"


async def vouched_by(session: AsyncSession, title_id: UUID) -> UUID | None:
    """Return who answers alone for what a title says: who approved it last, where that was from its draft, by scheduling it."""
    steps = select(LifecycleStep.actor, LifecycleStep.came_from).where(
        LifecycleStep.title_id == title_id, LifecycleStep.action == "approve"
    )
    newest = steps.order_by(LifecycleStep.at.desc(), LifecycleStep.id.desc()).limit(1)
    found = (await session.execute(newest)).first()
    return found.actor if found and found.came_from == "draft" else None


async def schedule(session: AsyncSession, title_id: UUID) -> Schedule | None:
    """Return when a title goes on by itself."""
    return await session.get(Schedule, title_id, populate_existing=True)


async def due(session: AsyncSession, now: datetime) -> UUID | None:
    """Return a title whose time has come, the earliest first, that nobody has in hand; it is held.

    The title and not its schedule, for that is the order of locks of whoever edits it.
    """
    statement = select(Title.id).join(Schedule, Schedule.title_id == Title.id).where(Schedule.next_at <= now)
    held = statement.order_by(Schedule.next_at).limit(1).with_for_update(of=Title, skip_locked=True)
    return (await session.execute(held)).scalar()


async def next_moment(session: AsyncSession) -> datetime | None:
    """Return when the next schedule is due."""
    return (await session.execute(select(func.min(Schedule.next_at)))).scalar()


async def withdraw(session: AsyncSession, title_id: UUID, now: datetime) -> None:
    """Note that a title was taken from viewers; the caller holds it."""
    found = await withdrawal(session, title_id)
    if found is None:
        session.add(Withdrawal(title_id=title_id, next_at=now, gone=[]))
    else:
        # What it is called now is known too, whatever of before is still to be deleted.
        found.gone, found.next_at = [], now


async def hold_withdrawal(session: AsyncSession, title_id: UUID, lease: datetime, until: datetime) -> bool:
    """Have more time for a title that was taken up until `lease`; False where somebody else has it, or it was withdrawn again."""
    held = update(Withdrawal).where(Withdrawal.title_id == title_id, Withdrawal.next_at == lease).values(next_at=until)
    return (await session.execute(held.returning(Withdrawal.title_id))).first() is not None


async def withdrawal(session: AsyncSession, title_id: UUID) -> Withdrawal | None:
    """Return what is still to be done about a title that was taken from viewers."""
    return await session.get(Withdrawal, title_id, populate_existing=True)


async def was_withdrawn(session: AsyncSession, title: Title) -> bool:
    """Tell whether a title's pictures may get no names that they had before: viewers know them, or they are being deleted."""
    if title.published_at is None:
        return False
    return title.status != "published" or await withdrawal(session, title.id) is not None


async def withdrawn(session: AsyncSession, now: datetime) -> tuple[UUID, bool] | None:
    """Return a title about whose pictures something is to be done, and whether they have their other names already."""
    statement = select(Withdrawal).where(Withdrawal.next_at <= now).order_by(Withdrawal.next_at).limit(1)
    found = (await session.scalars(statement.with_for_update(skip_locked=True))).first()
    return None if found is None else (found.title_id, bool(found.gone))


async def pictures(session: AsyncSession, title_id: UUID) -> list[Image | TitleImage]:
    """Return every picture of a title: its own, those for languages, and its episodes'."""
    episodes = select(Episode.id).join(Season, Season.id == Episode.season_id).where(Season.title_id == title_id)
    own = select(Image).where(or_(Image.owner_id == title_id, Image.owner_id.in_(episodes)))
    local = select(TitleImage).where(TitleImage.title_id == title_id)
    fresh = {"populate_existing": True}
    found: list[Image | TitleImage] = list(await session.scalars(own, execution_options=fresh))
    return [*found, *(await session.scalars(local, execution_options=fresh))]

"""What is tried out and switched, as staff made it, and the plans that some of it is meant for."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data import upserts
from libs.chassis.data.database import Database
from libs.contracts.billing import EntitlementChanged
from services.events.models.experiments import Experiment, Flag, Plan
from services.events.repository import erasures


async def everything(session: AsyncSession) -> tuple[Sequence[Flag], Sequence[Experiment]]:
    """Return all flags and experiments, by name."""
    flags = await session.scalars(select(Flag).order_by(Flag.name))
    experiments = await session.scalars(select(Experiment).order_by(Experiment.name))
    return flags.all(), experiments.all()


async def flag(session: AsyncSession, name: str) -> Flag | None:
    """Return a flag, which nobody else changes until the transaction ends."""
    return await session.get(Flag, name, with_for_update=True)


async def experiment(session: AsyncSession, name: str) -> Experiment | None:
    """Return an experiment, which nobody else changes until the transaction ends."""
    return await session.get(Experiment, name, with_for_update=True)


async def one_at_a_time(session: AsyncSession) -> None:
    """Wait until nobody else makes or starts anything here; until the transaction ends nobody will."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('bijou.experiments'))"))


async def running(session: AsyncSession) -> Sequence[Experiment]:
    """Return the experiments that run."""
    found = await session.scalars(
        select(Experiment).where(Experiment.definition["status"].astext == "running").order_by(Experiment.name)
    )
    return found.all()


async def plan(db: Database, account_id: UUID) -> str:
    """Return the plan of an account; empty where none is known."""
    return await db.pool.fetchval("SELECT plan_id FROM plans WHERE account_id = $1", account_id) or ""


async def put_plans(session: AsyncSession, events: Sequence[EntitlementChanged]) -> None:
    """Keep the plans of accounts, one event for each; what is known as newer stays, and of who was erased nothing is kept."""
    gone = await erasures.accounts(session, [event.account_id for event in events])
    rows = [
        {"account_id": e.account_id, "version": e.version, "plan_id": e.plan_id}
        for e in events
        if e.account_id not in gone
    ]
    await upserts.put(session, Plan.__table__, rows)

"""Experiments and flags: made by staff, told to everybody who decides by them, and given out to profiles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.messaging import outbox
from libs.chassis.messaging.consumers import Received, newest
from libs.chassis.problems import Conflict, NotFound, PreconditionFailed
from libs.contracts.assignment import Subject, arm, is_on, takes_part, version_of
from libs.contracts.billing import EntitlementChanged
from libs.contracts.experiments import ExperimentChanged, FlagChanged
from libs.contracts.flags import KNOWN
from libs.contracts.token import Principal
from services.events.models.experiments import Experiment, Flag
from services.events.repository import experiments as repository
from services.events.schemas.experiments import (
    Assignments,
    AudienceBody,
    ExperimentBody,
    ExperimentList,
    ExperimentOut,
    FlagBody,
    FlagList,
    FlagOut,
)

KEPT = timedelta(seconds=1)


class NoSuchExperiment(NotFound):
    """There is no experiment of this name."""

    code = "no_such_experiment"


class FlagMovedOn(PreconditionFailed):
    """Somebody changed this flag since you read it. Look at what it is now, and decide again."""

    code = "flag_moved_on"


class ExperimentMovedOn(PreconditionFailed):
    """Somebody changed this experiment since you read it. Look at what it is now, and decide again."""

    code = "experiment_moved_on"


class HasRun(Conflict):
    """This experiment has run, and what it compares is fixed. Make another one."""

    code = "experiment_has_run"


class PlacesTaken(Conflict):
    """Another experiment that runs has some of these places of the layer. Take others, or another layer."""

    code = "places_taken"


class Experiments:
    """What staff do: each change is one transaction with the event that tells of it."""

    def __init__(self, db: Database, clock: Clock, *, holdout: float) -> None:
        self._db = db
        self._clock = clock
        self._holdout = holdout
        # What holds, for a second: after a switch every app asks at once.
        self._kept: tuple[datetime, list[FlagChanged], list[ExperimentChanged]] | None = None

    async def flags(self) -> FlagList:
        """All flags, those that code reads and nobody has made yet as of version 0."""
        async with self._db.transaction() as session:
            made, _ = await repository.everything(session)
        unmade = KNOWN.keys() - {each.name for each in made}
        found = [*(_flag(each) for each in made), *(_unmade(name) for name in unmade)]
        return FlagList(items=sorted(found, key=lambda flag: flag.name))

    async def put_flag(self, who: Principal, name: str, body: FlagBody, expect: int | None) -> FlagOut:
        """Make a flag, or change it. Raises FlagMovedOn where it is not of the version expected; one not made yet is of 0."""
        now = self._clock.now()
        async with self._db.transaction() as session:
            await repository.one_at_a_time(session)
            flag = await repository.flag(session, name)
            if flag is None:
                flag = Flag(name=name, version=0)
                session.add(flag)
            if expect is not None and flag.version != expect:
                raise FlagMovedOn
            flag.version, flag.about = flag.version + 1, body.about
            flag.changed_at, flag.changed_by = now, who.account_id
            said = body.model_dump(mode="json", exclude={"about"})
            event = FlagChanged(name=name, version=flag.version, changed_at=now, **said)
            flag.definition = event.model_dump(mode="json")
            self._kept = None
            await outbox.add(session, event)
            return _flag(flag)

    async def experiments(self) -> ExperimentList:
        """All experiments."""
        async with self._db.transaction() as session:
            _, experiments = await repository.everything(session)
            return ExperimentList(items=[_experiment(each) for each in experiments])

    async def put_experiment(
        self, who: Principal, name: str, body: ExperimentBody, expect: int | None
    ) -> ExperimentOut:
        """Make an experiment, or change what has not run yet. Raises HasRun, and ExperimentMovedOn as `put_flag` does."""
        now = self._clock.now()
        async with self._db.transaction() as session:
            await repository.one_at_a_time(session)
            made = await repository.experiment(session, name)
            if made is None:
                made = Experiment(name=name, version=0, started_at=None, stopped_at=None)
                session.add(made)
            elif made.started_at is not None:
                raise HasRun
            if expect is not None and made.version != expect:
                raise ExperimentMovedOn
            made.about = body.about
            said = {**body.model_dump(mode="json", exclude={"about"}), "holdout": self._holdout}
            await self._tell(session, who, made, {**said, "name": name, "status": "draft"}, now)
            return _experiment(made)

    async def start(self, who: Principal, name: str) -> ExperimentOut:
        """Let an experiment run. Raises NoSuchExperiment, HasRun and PlacesTaken."""
        now = self._clock.now()
        async with self._db.transaction() as session:
            await repository.one_at_a_time(session)
            made = await self._made(session, name)
            if made.stopped_at is not None:
                raise HasRun("This experiment was stopped. Make another one.")
            if made.started_at is None:
                _refuse_overlap(made, await repository.running(session))
                made.started_at = now
                said = {**made.definition, "holdout": self._holdout, "status": "running"}
                await self._tell(session, who, made, said, now)
            return _experiment(made)

    async def stop(self, who: Principal, name: str) -> ExperimentOut:
        """Let an experiment end, for good. Raises NoSuchExperiment."""
        now = self._clock.now()
        async with self._db.transaction() as session:
            made = await self._made(session, name)
            if made.stopped_at is None:
                made.stopped_at = now
                await self._tell(session, who, made, {**made.definition, "status": "stopped"}, now)
            return _experiment(made)

    async def _made(self, session: AsyncSession, name: str) -> Experiment:
        made = await repository.experiment(session, name)
        if made is None:
            raise NoSuchExperiment
        return made

    async def _tell(
        self, session: AsyncSession, who: Principal, made: Experiment, said: dict[str, Any], now: datetime
    ) -> None:
        made.version, made.changed_at, made.changed_by = made.version + 1, now, who.account_id
        known = {**said, "version": made.version, "changed_at": now}
        event = ExperimentChanged.model_validate(known)
        made.definition = event.model_dump(mode="json")
        self._kept = None
        await outbox.add(session, event)

    async def assignments(self, who: Principal, device: str, app_version: str) -> Assignments:
        """What a profile gets. A child is in no experiment."""
        told, run = await self._holding()
        subject = Subject(who.profile, who.country, await self._plan(who, told, run), device, app_version)
        found = ((each.name, arm(each, subject)) for each in run if takes_part(who))
        arms = {name: its for name, its in found if its}
        return Assignments(
            version=version_of(told, run), experiments=arms, flags={each.name: is_on(each, subject) for each in told}
        )

    async def _holding(self) -> tuple[list[FlagChanged], list[ExperimentChanged]]:
        now = self._clock.now()
        if self._kept is None or now - self._kept[0] >= KEPT:
            async with self._db.transaction() as session:
                flags, experiments = await repository.everything(session)
                told = [FlagChanged.model_validate(each.definition) for each in flags]
                run = [ExperimentChanged.model_validate(each.definition) for each in experiments if _runs(each)]
            self._kept = now, told, run
        return self._kept[1:]

    async def _plan(self, who: Principal, flags: Sequence[FlagChanged], run: Sequence[ExperimentChanged]) -> str:
        asked = any(each.audience.plans for each in flags) or any(each.audience.plans for each in run)
        return await repository.plan(self._db, who.account_id) if asked else ""


async def plans_changed(session: AsyncSession, events: Sequence[Received[EntitlementChanged]]) -> None:
    """Keep the plans that audiences ask for."""
    await repository.put_plans(session, newest(events, lambda e: e.account_id, lambda e: e.version))


def _runs(made: Experiment) -> bool:
    return made.started_at is not None and made.stopped_at is None


def _refuse_overlap(made: Experiment, running: Sequence[Experiment]) -> None:
    for other in running:
        if other.definition["layer"] == made.definition["layer"] and (
            made.definition["first"] <= other.definition["last"]
            and other.definition["first"] <= made.definition["last"]
        ):
            raise PlacesTaken(f"{other.name} runs there. Take other places, or another layer.")


def _flag(flag: Flag) -> FlagOut:
    return FlagOut.model_validate({**flag.definition, "about": flag.about})


def _unmade(name: str) -> FlagOut:
    known = KNOWN[name]
    nobody = AudienceBody()
    return FlagOut(name=name, version=0, about=known.about, on=known.on, share=1.0, audience=nobody, changed_at=None)


def _experiment(made: Experiment) -> ExperimentOut:
    known = {"about": made.about, "started_at": made.started_at, "stopped_at": made.stopped_at}
    return ExperimentOut.model_validate({**made.definition, **known})

"""What came of an experiment: whether its arms are of the right sizes, then what each does to what is measured."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.contracts.experiments import ExperimentChanged
from services.events import sequential
from services.events.repository import experiments, exposures
from services.events.schemas.experiments import ArmCount, Compared, ExperimentReport
from services.events.sequential import Sums
from services.events.service.experiments import NoSuchExperiment

ALPHA = 0.05
# Arms that are not of the sizes they were given out in are called so only where chance does it once in a thousand experiments.
MISMATCH = 0.001
# What is hoped for: more of it is better.
GOALS = ("watched_minutes", "returned")
# What must not be harmed: less of it is better.
GUARDRAILS = ("startup_ms", "rebuffer_ratio", "failed_share")
# Of more parts than this only the largest are looked at.
MOST_SEGMENTS = 10


class Analysis:
    """The use case of looking, as often as anybody likes."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def report(self, name: str) -> ExperimentReport:
        """Judge an experiment by all that is known now. Raises NoSuchExperiment."""
        async with self._db.transaction() as session:
            made = await experiments.experiment(session, name)
            if made is None:
                raise NoSuchExperiment
            definition, until = ExperimentChanged.model_validate(made.definition), made.stopped_at
        arms = await self._arms(definition, until)
        p_value = sequential.mismatch([arm.profiles for arm in arms], [arm.meant for arm in arms])
        results = await self._results(definition, until)
        return ExperimentReport(
            name=name,
            status=definition.status,
            computed_at=self._clock.now(),
            trustworthy=p_value >= MISMATCH,
            mismatch_p_value=p_value,
            arms=arms,
            results=results,
            segments=await self._segments(definition, until),
            harm=[f"{item.measure}: {item.arm}" for item in results if item.guardrail and item.verdict == "worse"],
        )

    async def _arms(self, definition: ExperimentChanged, until: datetime | None) -> list[ArmCount]:
        found = {row["arm"]: row["profiles"] for row in await exposures.counts(self._db, definition.name, until)}
        total = sum(arm.weight for arm in definition.arms)
        return [
            ArmCount(arm=arm.name, meant=arm.weight / total, profiles=found.get(arm.name, 0)) for arm in definition.arms
        ]

    async def _results(self, definition: ExperimentChanged, until: datetime | None) -> list[Compared]:
        """Each measure by itself: which one counts is said before, and guardrails are to be noticed soon."""
        results = []
        for measure in (*GOALS, *GUARDRAILS):
            known = _by_arm(await exposures.sums(self._db, definition.name, measure, until))[None]
            results += _compared(definition, measure, known, None, ALPHA / (len(definition.arms) - 1))
        return results

    async def _segments(self, definition: ExperimentChanged, until: datetime | None) -> list[Compared]:
        """The first goal in each part of the profiles; with so many looks each has its part of α (Bonferroni)."""
        parts: list[tuple[str, dict[str, Sums]]] = []
        for segment in exposures.SEGMENTS:
            found = _by_arm(await exposures.sums(self._db, definition.name, GOALS[0], until, segment))
            largest = sorted(found.items(), key=lambda item: -sum(arm.n for arm in item[1].values()))[:MOST_SEGMENTS]
            parts += [(f"{segment}={value}", arms) for value, arms in largest]
        alpha = ALPHA / max(1, len(parts) * (len(definition.arms) - 1))
        return [row for name, arms in parts for row in _compared(definition, GOALS[0], arms, name, alpha)]


def _by_arm(rows: list[dict[str, Any]]) -> dict[str | None, dict[str, Sums]]:
    found: dict[str | None, dict[str, Sums]] = defaultdict(dict)
    for row in rows:
        found[row["segment"]][row["arm"]] = Sums(*(row[name] for name in ("n", "y", "yy", "x", "xx", "xy")))
    return found


def _compared(
    definition: ExperimentChanged, measure: str, known: dict[str, Sums], segment: str | None, alpha: float
) -> list[Compared]:
    nobody = Sums(0, 0.0, 0.0)
    control = known.get(definition.arms[0].name, nobody)
    rows = []
    for arm in definition.arms[1:]:
        sums = known.get(arm.name, nobody)
        found = sequential.compare(control, sums, alpha=alpha)
        rows.append(
            Compared(
                measure=measure,
                arm=arm.name,
                segment=segment,
                profiles=sums.n,
                mean=sums.mean,
                control_mean=control.mean,
                estimate=found and found.estimate,
                low=found and found.low,
                high=found and found.high,
                p_value=found and found.p_value,
                confidence=1 - alpha,
                reduced=1 - found.variance_left if found else 0.0,
                guardrail=measure in GUARDRAILS,
                verdict=_verdict(found, better_is_more=measure in GOALS),
            )
        )
    return rows


def _verdict(found: sequential.Difference | None, *, better_is_more: bool) -> Any:
    if found is None or found.low <= 0 <= found.high:
        return "undecided"
    return "better" if (found.low > 0) == better_is_more else "worse"

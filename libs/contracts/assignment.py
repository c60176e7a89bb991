"""Who gets what of flags and experiments: decided by a hash alone, so that everybody who asks comes to the same answer.

Layers, and places in them, are those of Tang, Agarwal, O'Brien and Meyer, "Overlapping Experiment Infrastructure" (KDD 2010).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from libs.contracts.experiments import Audience, ExperimentChanged, FlagChanged
from libs.contracts.token import Principal

PLACES = 1000


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is asked about: a profile, and what an audience may ask of it."""

    profile_id: UUID
    country: str = ""
    plan: str = ""
    device: str = ""
    app_version: str = ""


def subject_of(who: Principal, profile_id: UUID) -> Subject:
    """Return what a token says of whom it is about: the country alone of what an audience may ask."""
    return Subject(profile_id, country=who.country)


def takes_part(who: Principal) -> bool:
    """Tell whether somebody may be in experiments: a child is in none."""
    return not who.kids


def draw(salt: str, profile_id: UUID) -> float:
    """Return a number from 0 up to 1 that is this profile's for this salt, and says nothing of that for another."""
    found = hashlib.blake2b(salt.encode() + b"\0" + profile_id.bytes, digest_size=8).digest()
    return int.from_bytes(found) / 2**64


def is_meant(audience: Audience, subject: Subject) -> bool:
    """Tell whether somebody belongs to an audience."""
    return (
        (not audience.countries or subject.country in audience.countries)
        and (not audience.plans or subject.plan in audience.plans)
        and (not audience.devices or subject.device in audience.devices)
        and (audience.app_version is None or _numbers(subject.app_version) >= _numbers(audience.app_version))
    )


def is_on(flag: FlagChanged, subject: Subject) -> bool:
    """Tell whether a flag is on for somebody. Who has it at a share has it at every greater one."""
    return flag.on and is_meant(flag.audience, subject) and draw(f"flag:{flag.name}", subject.profile_id) < flag.share


def arm(experiment: ExperimentChanged, subject: Subject) -> str | None:
    """Return somebody's arm of an experiment; None where they are not in it."""
    if experiment.status != "running" or not is_meant(experiment.audience, subject):
        return None
    return drawn(experiment, subject.profile_id)


def drawn(experiment: ExperimentChanged, profile_id: UUID) -> str | None:
    """Return the arm that a profile draws, whomever the experiment is meant for and whether or not it runs.

    None for who is held out of all experiments, and for whose place of the layer is not one of this one's.
    """
    if draw("holdout", profile_id) < experiment.holdout:
        return None
    place = int(draw(f"layer:{experiment.layer}", profile_id) * PLACES)
    if not experiment.first <= place <= experiment.last:
        return None
    left = draw(f"experiment:{experiment.name}", profile_id) * sum(each.weight for each in experiment.arms)
    for each in experiment.arms:
        left -= each.weight
        if left < 0:
            return each.name
    return experiment.arms[-1].name


def version_of(flags: Iterable[FlagChanged], experiments: Iterable[ExperimentChanged]) -> str:
    """Return a name for what holds now: another one as soon as any flag, or any experiment that runs, is another."""
    said = [f"{each.key()}={each.version}" for each in flags]
    said += [f"{each.key()}={each.version}" for each in experiments if each.status == "running"]
    return hashlib.blake2b("\n".join(sorted(said)).encode(), digest_size=8).hexdigest()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d{1,9}", version)[:4])

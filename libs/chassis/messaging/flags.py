"""What is switched and tried out, for a process that follows it: answers from memory."""

from __future__ import annotations

from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Tail
from libs.chassis.messaging.received import Received
from libs.contracts.assignment import arm, is_meant, is_on, subject_of, takes_part, version_of
from libs.contracts.experiments import ExperimentChanged, FlagChanged
from libs.contracts.token import Principal


class Flags:
    """`is_on` never waits.

    Where the broker is away what was known last goes on; a flag that nobody made is as the caller says.
    """

    def __init__(self) -> None:
        self._flags: dict[str, FlagChanged] = {}
        self._experiments: dict[str, ExperimentChanged] = {}
        self.version = ""  # of all that holds now, as `GET /experiments/assignments` says it too

    def follow(self, bus: Bus) -> Tail:
        """Return the component that keeps this up to date."""
        return Tail("flags", bus, {FlagChanged: self._flag_changed, ExperimentChanged: self._experiment_changed})

    async def _flag_changed(self, event: Received[FlagChanged]) -> None:
        before = self._flags.get(event.data.name)
        if before is None or event.data.version >= before.version:
            self._flags[event.data.name] = event.data
            self._name_it()

    async def _experiment_changed(self, event: Received[ExperimentChanged]) -> None:
        before = self._experiments.get(event.data.name)
        if before is None or event.data.version >= before.version:
            self._experiments[event.data.name] = event.data
            self._name_it()

    def _name_it(self) -> None:
        self.version = version_of(self._flags.values(), self._experiments.values())

    def is_on(self, name: str, who: Principal, *, default: bool) -> bool:
        """Tell whether a flag is on for the profile that asks; of an audience it knows what the token says.

        One that is off is off for everybody; who asks without a profile has otherwise no part in shares and audiences.
        """
        flag = self._flags.get(name)
        if flag is not None and not flag.on:
            return False
        if flag is None or who.profile_id is None:
            return default
        return is_on(flag, subject_of(who, who.profile_id))

    def rolled_out(self, name: str, who: Principal) -> int | None:
        """Return a flag's version where a part of its audience has it, so that who has it and who has not can be compared.

        None where all or none have it, and for who is not of the audience: they have not drawn.
        """
        flag = self._flags.get(name)
        if flag is None or not flag.on or flag.share in (0.0, 1.0) or who.profile_id is None:
            return None
        return flag.version if is_meant(flag.audience, subject_of(who, who.profile_id)) else None

    def experiment(self, name: str) -> ExperimentChanged | None:
        """Return an experiment as it was heard of last."""
        return self._experiments.get(name)

    def arm(self, name: str, who: Principal) -> tuple[str, int] | None:
        """Return the profile's arm of an experiment that runs, and the experiment's version; None for who is in none.

        A child is in no experiment. Who uses the arm has to tell of it.
        """
        experiment = self._experiments.get(name)
        if experiment is None or who.profile_id is None or not takes_part(who):
            return None
        found = arm(experiment, subject_of(who, who.profile_id))
        return None if found is None else (found, experiment.version)

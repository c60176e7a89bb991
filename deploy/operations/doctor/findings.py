"""What is found, and the looking itself: everything at once, and nothing for longer than it may take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

Level = Literal["problem", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong now (a problem), or will be (a warning): what, why it matters, and what to do."""

    what: str
    why: str
    do: str
    level: Level = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at, by a name for people. `look` returns or raises within seconds, or is not waited for."""

    name: str
    look: Callable[[], Iterable[Finding]]


@dataclass
class Looked:
    """What became of a check, and how many seconds it took."""

    check: Check
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0
    done: bool = False


def examine(checks: Sequence[Check], patience: float) -> list[Looked]:
    """Do every check at once, and return after `patience` seconds at the latest.

    One that does not end by then is left behind in its thread, which does not keep the process alive; that is its finding.
    """
    began = time.monotonic()
    all_of_them = [Looked(check) for check in checks]
    threads = [
        threading.Thread(target=_look, args=(each, began), daemon=True, name=each.check.name) for each in all_of_them
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, began + patience - time.monotonic()))
    # Copies: what is left behind must not change what was reported.
    return [_ended(each, patience) for each in all_of_them]


def _look(each: Looked, began: float) -> None:
    try:
        each.findings = list(each.check.look())
    except Exception as error:
        said = (str(error).strip().splitlines() or [""])[0]
        each.findings = [
            Finding(
                f"{each.check.name} could not be looked at: {type(error).__name__}: {said}",
                "What nobody can look at, nobody knows to be well.",
                "See whether it runs and can be reached from here with these settings.",
            )
        ]
    each.seconds, each.done = time.monotonic() - began, True


def _ended(each: Looked, patience: float) -> Looked:
    if each.done:
        return Looked(each.check, each.findings, each.seconds, True)
    hung = Finding(
        f"{each.check.name} did not answer within {patience:g} s.",
        "Whatever asks it waits as long.",
        "See whether it is frozen or overloaded, or a firewall swallows what is sent to it.",
    )
    return Looked(each.check, [hung], patience, False)

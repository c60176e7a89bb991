"""How often experiments that are watched mislead, and how often they find what is there.

`python -m bench.experiments` (`--experiments 1000`). A/A: experiments in which the arms are the same, looked at from the first
profiles on, after each of 150 and then after every 40, once with our intervals and once as if each look were the only one. A/B:
how often a difference is found, after how many profiles, and how often the interval covers the truth at every look. Minutes
watched are skewed as they are in life: log-normal, with as much of a habit as CUPED can use.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.events.sequential import Sums, compare, mismatch

ALPHA, PROFILES = 0.05, 4_000
LOOKS = (*range(4, 150), *range(150, PROFILES + 1, 40))
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one experiment that was looked at all the time."""

    misled: bool  # an interval left the truth out at some look
    found: int | None  # after how many profiles nought was left out for the first time
    naive: bool  # a look that takes itself for the only one called it a difference
    mismatched: bool


def minutes(dice: np.random.Generator, n: int) -> tuple[Values, Values]:
    """Return what profiles watch before and during an experiment: skewed, and the one tells of the other."""
    habit = dice.normal(3.6, 0.7, n)
    return np.exp(habit + dice.normal(0, 0.45, n)), np.exp(habit + dice.normal(0, 0.45, n))


def returning(dice: np.random.Generator, n: int) -> tuple[Values, Values]:
    """Return whether profiles came back: a share of 30 %, of which the past says nothing."""
    return np.zeros(n), (dice.random(n) < 0.3).astype(float)


def liking(dice: np.random.Generator, n: int) -> tuple[Values, Values]:
    """Return what half of all profiles do: what a handful of them does alike by chance most often."""
    return np.zeros(n), (dice.random(n) < 0.5).astype(float)


def lift(values: Values, effect: float, dice: np.random.Generator, *, share: bool) -> Values:
    """Return outcomes with this much more of it."""
    if not share:
        return values + effect
    lifted: Values = np.maximum(values, (dice.random(len(values)) < effect / 0.7).astype(float))
    return lifted


def run(dice: np.random.Generator, draw: Callable[..., tuple[Values, Values]], effect: float) -> Outcome:
    """Run one experiment, looking after every few profiles."""
    before, after = draw(dice, PROFILES)
    arm = dice.integers(0, 2, PROFILES)
    share = draw is returning
    after = np.where(arm == 1, lift(after, effect, dice, share=share), after)
    sums = [np.cumsum(np.where(arm == which, part, 0.0)) for which in (0, 1) for part in (
        np.ones(PROFILES), after, after * after, before, before * before, before * after)]  # fmt: skip
    misled = naive = mismatched = False
    found = None
    for n in LOOKS:
        control, treated = (Sums(int(sums[k][n - 1]), *(float(s[n - 1]) for s in sums[k + 1 : k + 6])) for k in (0, 6))
        result = compare(control, treated, alpha=ALPHA)
        if result is None:
            continue
        misled |= not result.low <= effect <= result.high
        if found is None and (result.low > 0 or result.high < 0):
            found = n
        plain = math.sqrt(sum((s.yy - s.y * s.y / s.n) / (s.n - 1) / s.n for s in (control, treated)))
        naive |= abs(treated.mean - control.mean) > 1.96 * plain
        mismatched |= mismatch([control.n, treated.n], [1, 1]) < ALPHA
    return Outcome(misled, found, naive, mismatched)


def row(name: str, outcomes: list[Outcome]) -> str:
    total = len(outcomes)
    found = sorted(each.found for each in outcomes if each.found is not None)
    half = f"{found[len(found) // 2]:,}" if found else "-"
    covered = 1 - sum(each.misled for each in outcomes) / total
    return f"| {name} | {len(found) / total:.1%} | {half} | {covered:.1%} |"


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--experiments", type=int, default=1_000)
    number = asked.parse_args().experiments
    dice = np.random.default_rng(20261127)
    print(f"{number} experiments each, {PROFILES:,} profiles, {len(LOOKS)} looks\n")
    same = {kind.__name__: [run(dice, kind, 0.0) for _ in range(number)] for kind in (minutes, returning, liking)}
    print("A/A: how often something was found in nothing (at most 5 %)\n")
    print("| measure | ours | a test for one look, at every look | arms called of the wrong sizes |\n|---|---|---|---|")
    for name, outcomes in same.items():
        false = sum(each.found is not None for each in outcomes) / number
        fooled = sum(each.naive for each in outcomes) / number
        sizes = sum(each.mismatched for each in outcomes) / number
        print(f"| {name} | {false:.1%} | {fooled:.1%} | {sizes:.1%} |")
        print(f"RESULT experiments_false_positives_{name}={false:.4f}")
    print("\nA/B: how often it was found, after how many profiles, and whether every interval covered it\n")
    print("| truth | found | half of those after | covered at every look |\n|---|---|---|---|")
    mean = float(np.mean(minutes(dice, 200_000)[1]))
    for effect in (0.05, 0.10, 0.20):
        outcomes = [run(dice, minutes, effect * mean) for _ in range(max(1, number // 5))]
        print(row(f"{effect:.0%} more minutes", outcomes))
    for effect in (0.03, 0.06, 0.10):
        outcomes = [run(dice, returning, effect) for _ in range(max(1, number // 5))]
        print(row(f"{effect:.0%} points more come back", outcomes))


if __name__ == "__main__":
    main()

"""Statistics that hold however often they are looked at: intervals, p-values and a check of the arms' sizes, valid at all times.

Intervals are the asymptotic confidence sequences of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit
theory and asymptotic confidence sequences" (Annals of Statistics 2024, theorem 2.2), whose boundary is Robbins' normal mixture
(1970). Arms' sizes are checked by Lindon and Malek, "Anytime-valid inference for multinomial count data" (NeurIPS 2022). Variance
is reduced by what was known before, as Deng, Xu, Kohavi and Walker do (CUPED, WSDM 2013).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# How many profiles intervals are narrowest at.
TUNED_FOR = 2_000
# They hold at every number from this one on, in each arm: a variance that fewer tell is itself a guess, or nought by chance.
FEWEST = 50
# How sure of the shares the check of sizes is before it has seen anybody.
CONCENTRATION = 100.0


@dataclass(frozen=True, slots=True)
class Sums:
    """What is added up of an arm: over `n` profiles the outcome `y`, the same before they took part `x`, and their products."""

    n: int
    y: float
    yy: float
    x: float = 0.0
    xx: float = 0.0
    xy: float = 0.0

    @property
    def mean(self) -> float:
        return self.y / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """How far an arm is from the control: `low` to `high` covers the truth at every look together with the given confidence."""

    estimate: float
    low: float
    high: float
    p_value: float
    variance_left: float  # of what it would be without CUPED


def mixture(alpha: float, tuned_for: int = TUNED_FOR) -> float:
    """Return ρ² of the normal mixture whose interval is narrowest after so many observations.

    The width's derivative is nought where a = log((a + 1) / α²), a = ρ² t: solved by going on from the right side.
    """
    a = -2 * math.log(alpha)
    for _ in range(60):
        a = -2 * math.log(alpha) + math.log(a + 1)
    return a / tuned_for


def radius(n: float, variance: float, alpha: float, rho2: float) -> float:
    """Return half the width of the interval of a mean of `n` observations with this variance each."""
    if n <= 0:
        return math.inf
    scaled = n * rho2 + 1
    return math.sqrt(variance * (scaled / (n * n * rho2)) * math.log(scaled / alpha**2))


def p_value(n: float, variance: float, estimate: float, rho2: float) -> float:
    """Return the p-value that is valid at all times: the least α whose interval leaves 0 out."""
    if n <= 0:
        return 1.0
    if variance <= 0:
        return 1.0 if estimate == 0 else 0.0
    scaled = n * rho2 + 1
    squared = n * estimate * estimate / variance
    return min(1.0, math.sqrt(scaled) * math.exp(-squared * (scaled - 1) / (2 * scaled)))


def compare(control: Sums, arm: Sums, *, alpha: float, tuned_for: int = TUNED_FOR) -> Difference | None:
    """Return the difference of an arm's mean from the control's, None while there are too few to tell a variance.

    With CUPED where what was before tells anything: the same θ for both arms, so that it takes no effect away.
    """
    if min(control.n, arm.n) < FEWEST:
        return None
    theta, before = _theta(control, arm)
    estimate = (arm.y - theta * arm.x) / arm.n - (control.y - theta * control.x) / control.n
    n = control.n + arm.n
    # As if each observation told of the difference: its variance times their number.
    plain = n * (_variance(control, 0.0) / control.n + _variance(arm, 0.0) / arm.n)
    variance = n * (_variance(control, theta) / control.n + _variance(arm, theta) / arm.n)
    rho2 = mixture(alpha, tuned_for)
    half = radius(n, variance, alpha, rho2)
    left = variance / plain if before and plain > 0 else 1.0
    return Difference(estimate, estimate - half, estimate + half, p_value(n, variance, estimate, rho2), left)


def _theta(control: Sums, arm: Sums) -> tuple[float, bool]:
    """Return what one unit of before says of the outcome, within the arms, and whether it says anything."""
    covariance = varied = 0.0
    for each in (control, arm):
        covariance += each.xy - each.x * each.y / each.n
        varied += each.xx - each.x * each.x / each.n
    return (covariance / varied, True) if varied > 1e-12 else (0.0, False)


def _variance(sums: Sums, theta: float) -> float:
    """Return the variance of y - θx."""
    n = sums.n
    yy = sums.yy - sums.y * sums.y / n
    xx = sums.xx - sums.x * sums.x / n
    xy = sums.xy - sums.x * sums.y / n
    return max(yy - 2 * theta * xy + theta * theta * xx, 0.0) / (n - 1)


def mismatch(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Return the p-value, valid at all times, of arms having been given out in these shares."""
    total = sum(shares)
    expected = [share / total for share in shares]
    prior = [CONCENTRATION * share for share in expected]
    n = sum(counts)
    evidence = math.lgamma(CONCENTRATION) - math.lgamma(CONCENTRATION + n)
    for count, share, weight in zip(counts, expected, prior, strict=True):
        evidence += math.lgamma(weight + count) - math.lgamma(weight) - count * math.log(share)
    return min(1.0, math.exp(-evidence)) if evidence > -700 else 1.0

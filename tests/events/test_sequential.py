"""Statistics that are looked at all the time: against known numbers, and against chance."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

from services.events.sequential import FEWEST, Sums, compare, mismatch, mixture, p_value, radius


def sums(pairs: list[tuple[float, float]]) -> Sums:
    return Sums(
        len(pairs), sum(y for y, _ in pairs), sum(y * y for y, _ in pairs), sum(x for _, x in pairs),
        sum(x * x for _, x in pairs), sum(x * y for y, x in pairs),
    )  # fmt: skip


def test_the_radius_is_robbins_normal_mixture() -> None:
    # sqrt((t + 1/ρ²) log((tρ² + 1)/α²)) / t at t = 1, ρ = 1, α = 0.05: sqrt(2 log 800).
    assert radius(1, 1.0, 0.05, 1.0) == pytest.approx(math.sqrt(2 * math.log(800)))
    assert radius(10_000, 4.0, 0.05, 0.01) == pytest.approx(2 * math.sqrt(10_100 * math.log(101 / 0.0025)) / 10_000)


def test_it_is_narrowest_where_it_is_tuned_for() -> None:
    best = radius(500, 1.0, 0.05, mixture(0.05, 500))
    assert all(best <= radius(500, 1.0, 0.05, mixture(0.05, other)) for other in (50, 400, 600, 5_000))
    # The price of looking all the time: 1.55 times the interval of who looks once.
    assert best / (1.96 / math.sqrt(500)) == pytest.approx(1.55, abs=0.01)


@pytest.mark.parametrize("estimate", [0.0, 0.05, 0.2, -0.4])
def test_the_p_value_is_the_least_alpha_whose_interval_leaves_nought_out(estimate: float) -> None:
    rho2 = mixture(0.05, 1_000)
    p = p_value(800, 1.3, estimate, rho2)
    if p < 1:
        assert radius(800, 1.3, p, rho2) == pytest.approx(abs(estimate))
    else:
        assert radius(800, 1.3, 0.999, rho2) > abs(estimate)


def test_what_was_known_before_narrows_the_interval_and_moves_nothing_away() -> None:
    dice = random.Random(5)
    before = [dice.gauss(60, 20) for _ in range(4_000)]
    control = sums([(x + dice.gauss(0, 8), x) for x in before[:2_000]])
    arm = sums([(x + dice.gauss(0, 8) + 3, x) for x in before[2_000:]])
    found = compare(control, arm, alpha=0.05)
    plain = compare(sums([(1, 0)] * FEWEST), sums([(1, 0)] * FEWEST), alpha=0.05)
    assert found is not None and plain is not None
    # 8² / (8² + 20²) of the variance is what the past does not tell.
    assert found.variance_left == pytest.approx(64 / 464, abs=0.02)
    assert found.low < 3 < found.high
    assert plain.variance_left == 1.0


def test_too_few_tell_nothing_however_equal_they_are() -> None:
    # All of one arm came back and none of the other: at two profiles each that is chance, at fifty it is not.
    for n in (1, 2, FEWEST - 1):
        assert compare(sums([(0, 0)] * FEWEST), sums([(1, 0)] * n), alpha=0.05) is None
    found = compare(sums([(0, 0)] * FEWEST), sums([(1, 0)] * FEWEST), alpha=0.05)
    assert found is not None and found.low == found.estimate == 1


def test_arms_of_the_wrong_sizes_are_found_and_others_left_alone() -> None:
    assert mismatch([0, 0], [0.5, 0.5]) == 1.0
    assert mismatch([5_030, 4_970], [0.5, 0.5]) > 0.5
    assert mismatch([5_400, 4_600], [0.5, 0.5]) < 1e-6
    assert mismatch([7_500, 2_500], [3, 1]) > 0.5
    assert mismatch([40_000_000, 10], [0.5, 0.5]) == 0.0


@pytest.mark.parametrize("outcome", [lambda dice: dice.expovariate(1 / 40), lambda dice: float(dice.random() < 0.5)])
def test_who_looks_after_every_profile_is_misled_no_more_often_than_they_were_told(
    outcome: Callable[[random.Random], float],
) -> None:
    """A small A/A simulation, of minutes watched and of who came back; the large ones are bench/experiments.py."""
    dice = random.Random(11)
    misled, ever_mismatched, experiments = 0, 0, 120
    for _ in range(experiments):
        counts, totals, squares = [0, 0], [0.0, 0.0], [0.0, 0.0]
        wrong = mismatched = False
        for n in range(1, 601):
            which, y = dice.randrange(2), outcome(dice)
            counts[which] += 1
            totals[which] += y
            squares[which] += y * y
            if n > 150 and n % 5:
                continue
            control, arm = (Sums(counts[each], totals[each], squares[each]) for each in (0, 1))
            found = compare(control, arm, alpha=0.05, tuned_for=300)
            wrong |= found is not None and not found.low <= 0 <= found.high
            mismatched |= mismatch(counts, [1, 1]) < 0.05
        misled += wrong
        ever_mismatched += mismatched
    # 5 % of 120 are 6; with the chance of the dice 12 is the greatest that is still no more (binomial, 99 %).
    assert misled <= 12
    assert ever_mismatched <= 12

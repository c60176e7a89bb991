"""How properties are tested on a real database, where an example takes a second: few of them, and no shrinking."""

from hypothesis import HealthCheck, Phase, settings


def examples(number: int) -> settings:
    """Try so many examples. All of one test share its fixtures, so each begins with things of its own."""
    return settings(
        max_examples=number,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )

"""How much a row is worth to a profile: how often cards of such rows are chosen, and how well those of this one fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

# Of a hundred cards that are seen in such a row about so many are chosen by who is not known yet: it makes the order of a
# stranger's page.
USUAL: Mapping[str, float] = {
    "continue_watching": 0.30,
    "my_list": 0.20,
    "collection": 0.16,
    "top_picks": 0.14,
    "because_watched": 0.12,
    "top10": 0.11,
    "trending": 0.10,
    "new": 0.09,
    "genre": 0.08,
    "watch_again": 0.06,
    "hidden_gems": 0.055,
    "leaving_soon": 0.05,
    "coming_soon": 0.02,
    "top_rated": 0.015,
}
# So many cards have to be seen before a profile's own choices say as much as what is usual.
CARDS = 60.0
# A second row of a kind is worth so much of the first.
AGAIN: Mapping[str, float] = {"because_watched": 0.6, "genre": 0.8}
# What a row begins with is what it is looked at for.
FIRST = 6


def rates(uses: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """How many of the cards seen in each kind of row are chosen, by how many were `seen` and `chosen` of late; from 0 to 1."""
    found = {}
    for kind, usual in USUAL.items():
        seen, chosen = uses.get(kind, (0.0, 0.0))
        rate = (chosen + CARDS * usual) / (max(seen, chosen) + CARDS)
        found[kind] = round(min(1.0, rate), 6)
    return found


def fit(scores: NDArray[np.float64] | None, places: Sequence[int]) -> float:
    """How well a row's first titles fit, from 0.5 to 1.5; 1 where nothing is known. `scores` are in spreads from the middle."""
    if scores is None or not len(places):
        return 1.0
    return float(0.5 + 1.0 / (1.0 + np.exp(-np.clip(scores[list(places[:FIRST])].mean(), -30, 30))))


def of_genres(liked: Mapping[str, float]) -> dict[str, float]:
    """How well a row of each genre fits, from 0.75 to 1.5, by how much of what was watched is of it; empty where nothing was."""
    most = max(liked.values(), default=0.0)
    return {name: 0.75 + 0.75 * share / most for name, share in liked.items()} if most else {}

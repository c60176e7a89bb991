"""Which titles are parts of one franchise: the catalogue does not say, but calls them alike and names the same people.

`Dune`, `Dune: Part Two` and `Dune 2` are called alike, and are one franchise if the same people made them: of two films that are
called alike by chance that is not so. A name of which nothing is left without its number, as `2012`, is like no other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Of one franchise not more than so many among so many that stand next to each other: a screen of a row.
FEW = 2
SCREEN = 6
_ROMAN = r"(?:ii|iii|iv|v|vi|vii|viii|ix|x)"
_NUMBERED = re.compile(
    rf"\W+(?:(?:part|chapter|episode|volume|vol|season|teil|kapitel|folge)\W*)?(?:\d+|{_ROMAN}|one|two|three|four|five)$"
)
_ARTICLE = re.compile(r"^(?:the|a|an|der|die|das)\s+")
# Shorter names are alike by chance.
SHORTEST = 3


def stem(name: str) -> str:
    """What the parts of a franchise have in common; empty where nothing is left to tell."""
    told = _ARTICLE.sub("", re.split(r"\s*[:–—]\s+|:\s*", name.casefold().strip(), maxsplit=1)[0].strip())
    found = _NUMBERED.sub("", told).strip()
    return found if len(re.sub(r"[\W\d]", "", found)) >= SHORTEST else ""


def numbered(entries: Sequence[Mapping[str, Any]]) -> NDArray[np.int64]:
    """The number of each title's franchise; -1 where it is alone. `name` and `people` tell."""
    numbers = np.full(len(entries), -1, np.int64)
    # The first title that is called so and names somebody.
    first: dict[tuple[str, str], int] = {}
    for place, entry in enumerate(entries):
        people = entry.get("people", ())
        if not people or not (called := stem(entry["name"])):
            continue
        keys = [(called, person) for person in people]
        if others := [first[key] for key in keys if key in first]:
            other = min(others)
            # The first of a franchise gives it its number.
            numbers[place] = numbers[other] = numbers[other] if numbers[other] >= 0 else other
        for key in keys:
            first.setdefault(key, place)
    return numbers


def apart(places: Sequence[int], franchises: NDArray[np.int64]) -> list[int]:
    """The same order, but no `SCREEN` neighbours have more than `FEW` of one franchise; what cannot be put apart is left out."""
    numbers = franchises[np.asarray(places, np.int64)]
    if np.unique(numbers[numbers >= 0], return_counts=True)[1].max(initial=0) <= FEW:
        return list(places)
    found: list[int] = []
    waiting = list(places)
    while waiting:
        recent = [int(franchises[place]) for place in found[-(SCREEN - 1) :]]
        fits = (place for place in waiting if franchises[place] < 0 or recent.count(int(franchises[place])) < FEW)
        chosen = next(fits, None)
        if chosen is None:
            break
        waiting.remove(chosen)
        found.append(chosen)
    return found

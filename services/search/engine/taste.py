"""What a profile likes, as far as it decides between titles that fit nearly equally well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from services.search.engine.documents import mark

# Of a profile's many weights those that say the most: who likes the same shares what is remembered of answers.
GENRES, PEOPLE = 3, 5
# Seen once is not liked yet.
LEAST = 1.5


@dataclass(frozen=True, slots=True)
class Taste:
    """The genres (ids) and the people (marks) somebody watches most."""

    genres: frozenset[str] = frozenset()
    people: frozenset[int] = frozenset()

    @classmethod
    def of(cls, genres: Mapping[str, float], people: Mapping[str, float]) -> Self:
        """The taste that weights of genres and people (ids) come to."""
        return cls(frozenset(_most(genres, GENRES)), frozenset(mark(person) for person in _most(people, PEOPLE)))

    def likes(self, facts: Mapping[str, Any]) -> float:
        """How much a title is to their liking, from 0 to 1 (`facts` as `documents` stores them for ranking)."""
        return 0.6 * (not self.genres.isdisjoint(facts["genres"])) + 0.4 * (
            not self.people.isdisjoint(facts["credits"])
        )

    def told(self) -> list[list[Any]]:
        """The same for a key."""
        return [sorted(self.genres), sorted(self.people)]


NEUTRAL = Taste()


def _most(weights: Mapping[str, float], number: int) -> list[str]:
    liked = [name for name, weight in weights.items() if weight >= LEAST]
    return sorted(liked, key=lambda name: (-weights[name], name))[:number]

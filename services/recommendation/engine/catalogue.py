"""The catalogue in memory, as columns: a title is a place in them, and who may see what is asked of all places at once."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.recommendation.engine import franchises
from services.recommendation.engine.content import Content

Mask = NDArray[np.bool_]
Places = NDArray[np.int64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Windows:
    """When and where titles may be shown that may not be shown always and everywhere: a row for each window."""

    places: Places
    starts: Numbers
    ends: Numbers
    regions: tuple[frozenset[str], ...]
    # By country, made with the first question from there: windows never change.
    _here: dict[str, Mask] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Sequence[Mapping[str, Any]]) -> Windows:
        """The windows of titles in the order of their places."""
        found = [
            (
                place,
                _seconds(told.get("starts_at"), -np.inf),
                _seconds(told.get("ends_at"), np.inf),
                told.get("regions"),
            )
            for place, entry in enumerate(entries)
            for told in entry["windows"]
        ]
        return cls(
            np.array([each[0] for each in found], np.int64),
            np.array([each[1] for each in found], np.float64),
            np.array([each[2] for each in found], np.float64),
            tuple(frozenset(each[3] or ()) for each in found),
        )

    def open(self, country: str, now: float) -> Mask:
        """Which windows are open there and then; one without regions is open everywhere."""
        here = self._here.get(country)
        if here is None:
            here = np.fromiter((not where or country in where for where in self.regions), np.bool_, len(self.regions))
            self._here[country] = here
        return here & (self.starts <= now) & (now < self.ends)


class Catalogue:
    """Published titles. It never changes: after a change there is another one."""

    def __init__(self, titles: Iterable[tuple[UUID, Mapping[str, Any]]] = ()) -> None:
        chosen = sorted(titles, key=lambda each: each[0])
        self.ids: list[UUID] = [title_id for title_id, _ in chosen]
        self.places: dict[UUID, int] = {title_id: place for place, title_id in enumerate(self.ids)}
        entries = [entry for _, entry in chosen]
        self.names: list[str] = [entry["name"] for entry in entries]
        self.maturity = np.array([entry["maturity"] for entry in entries], np.int16)
        self.playable = np.array([entry["availability"] == "playable" for entry in entries], np.bool_)
        self.published = np.array([_seconds(entry["published_at"], 0.0) for entry in entries], np.float64)
        self.genres: dict[str, Places] = _places_of([entry["genres"] for entry in entries])
        self.windows = Windows.of(entries)
        self._withdrawn = np.zeros(len(entries), np.bool_)
        self.content = Content(entries)
        # The names of posters beside their own, of titles that have such.
        self.others: dict[UUID, tuple[str, ...]] = {
            title_id: tuple(entry["other_posters"]) for title_id, entry in chosen if entry.get("other_posters")
        }
        self.franchises = franchises.numbered(entries)

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def _windowed(self) -> Mask:
        mask = np.zeros(len(self), np.bool_)
        mask[self.windows.places] = True
        return mask

    def visible(self, country: str, maturity: int, now: datetime) -> Mask:
        """Which titles may be shown in a country, to somebody with an age limit, at a moment."""
        shown = ~self._windowed
        shown[self.windows.places[self.windows.open(country, now.timestamp())]] = True
        return shown & (self.maturity <= maturity) & ~self._withdrawn

    def without(self, title_ids: Iterable[UUID]) -> Catalogue:
        """The same titles at the same places, and these are visible to nobody."""
        found = copy.copy(self)
        found._withdrawn = self._withdrawn.copy()
        found._withdrawn[self.at(title_ids)] = True
        return found

    def leaving(self, country: str, now: datetime, within: float) -> dict[int, float]:
        """The places of titles whose last open window closes within so many seconds, and when (Unix seconds)."""
        opened = self.windows.open(country, now.timestamp())
        last: dict[int, float] = {}
        for place, end in zip(self.windows.places[opened].tolist(), self.windows.ends[opened].tolist(), strict=True):
            last[place] = max(end, last.get(place, end))
        return {place: end for place, end in last.items() if end <= now.timestamp() + within}

    def at(self, title_ids: Iterable[UUID]) -> list[int]:
        """The places of titles, in their order, without those that are not here."""
        return [self.places[title_id] for title_id in title_ids if title_id in self.places]


def _places_of(lists: Sequence[Sequence[str]]) -> dict[str, Places]:
    found: dict[str, list[int]] = {}
    for place, names in enumerate(lists):
        for name in names:
            found.setdefault(name, []).append(place)
    return {name: np.array(places, np.int64) for name, places in sorted(found.items())}


def _seconds(value: str | None, otherwise: float) -> float:
    return datetime.fromisoformat(value).timestamp() if value else otherwise

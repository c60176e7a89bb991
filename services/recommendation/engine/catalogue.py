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
from services.recommendation.engine.content import Content, spans

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

    def among(self, where: Places, country: str) -> Windows:
        """Those of some titles, as they are in one country; `where` says which place each title has then, or -1."""
        kept = np.flatnonzero(where[self.places] >= 0)
        here = self._in(country)[kept]
        regions = tuple(self.regions[at] for at in kept.tolist())
        return Windows(where[self.places[kept]], self.starts[kept], self.ends[kept], regions, {country: here})

    def open(self, country: str, now: float) -> Mask:
        """Which windows are open there and then; one without regions is open everywhere."""
        return self._in(country) & (self.starts <= now) & (now < self.ends)

    def _in(self, country: str) -> Mask:
        here = self._here.get(country)
        if here is None:
            here = np.fromiter((not where or country in where for where in self.regions), np.bool_, len(self.regions))
            self._here[country] = here
        return here


@dataclass(frozen=True, slots=True)
class _Columns:
    """Of a whole catalogue what a part takes at once."""

    ids: NDArray[np.object_]
    names: NDArray[np.object_]
    genres: tuple[str, ...]
    starts: Places
    numbers: Places

    @classmethod
    def of(cls, ids: Sequence[UUID], names: Sequence[str], genres: Mapping[str, Places]) -> _Columns:
        at = np.concatenate([np.zeros(0, np.int64), *genres.values()])
        number = np.repeat(np.arange(len(genres)), [len(places) for places in genres.values()])
        order = np.argsort(at, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=len(ids)))])
        return cls(_objects(ids), _objects(names), tuple(genres), starts, number[order])

    def genres_of(self, places: Places) -> dict[str, Places]:
        """Of the titles at some places, by genre, which they are among these; genres that none of them has are left out."""
        entries, lengths = spans(self.starts, places)
        numbers = self.numbers[entries]
        order = np.argsort(numbers, kind="stable")
        at = np.repeat(np.arange(len(places)), lengths)[order]
        ends = np.cumsum(np.bincount(numbers, minlength=len(self.genres))).tolist()
        return {
            name: at[start:end] for name, start, end in zip(self.genres, [0, *ends], ends, strict=False) if end > start
        }


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
        self._columns = _Columns.of(self.ids, self.names, self.genres)
        # How many titles there are of each genre, also where this is but a part of the catalogue.
        self.sizes: dict[str, int] = {name: len(places) for name, places in self.genres.items()}
        self.is_part = False
        # Of a part: which place here each of the whole is, or -1.
        self._where: Places | None = None
        self.windows = Windows.of(entries)
        self._withdrawn = np.zeros(len(entries), np.bool_)
        self.content = Content(entries)
        # The names of posters beside their own, of titles that have such.
        self.others: dict[UUID, tuple[str, ...]] = {
            title_id: tuple(entry["other_posters"]) for title_id, entry in chosen if entry.get("other_posters")
        }
        self.franchises = franchises.numbered(entries)

    def among(self, places: Places, country: str) -> Catalogue:
        """These titles alone, in this order, as they are looked at from a country. What they are about weighs what it did."""
        found = object.__new__(Catalogue)
        columns = self._columns
        found.ids = columns.ids[places].tolist()
        # Asked for a few titles alone: those of the whole, which are other places here.
        found.places = self.places
        found.names = columns.names[places].tolist()
        found.maturity, found.playable = self.maturity[places], self.playable[places]
        found.published, found.franchises = self.published[places], self.franchises[places]
        found._withdrawn = self._withdrawn[places]
        found.others = self.others
        found.sizes, found.is_part = self.sizes, True
        where = np.full(len(self), -1, np.int64)
        where[places] = np.arange(len(places))
        found._where = where
        found.windows = self.windows.among(where, country)
        found.genres = columns.genres_of(places)
        found.content = self.content.among(places)
        return found

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
        places = self.places
        found = [place for title_id in title_ids if (place := places.get(title_id)) is not None]
        if self._where is None:
            return found
        return [int(place) for place in self._where[np.array(found, np.int64)] if place >= 0]


def _places_of(lists: Sequence[Sequence[str]]) -> dict[str, Places]:
    found: dict[str, list[int]] = {}
    for place, names in enumerate(lists):
        for name in names:
            found.setdefault(name, []).append(place)
    return {name: np.array(places, np.int64) for name, places in sorted(found.items())}


def _objects(values: Sequence[Any]) -> NDArray[np.object_]:
    found = np.empty(len(values), object)
    found[:] = values
    return found


def _seconds(value: str | None, otherwise: float) -> float:
    return datetime.fromisoformat(value).timestamp() if value else otherwise

"""Owns what the demo catalogue says: titles, seasons and episodes read from `catalogue.toml` and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from demo.cinema.script import reel

Maturity = Literal[0, 7, 12, 16, 18]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Episode(_Entry):
    """One episode; `still` names the object in its picture."""

    number: int = Field(ge=1)
    name: str
    description: str
    still: str


class Season(_Entry):
    """A season and its episodes in order."""

    number: int = Field(ge=1)
    name: str
    episodes: tuple[Episode, ...] = Field(min_length=1)


class Film(_Entry):
    """One film to be made; `key` names its script, the rest is said on its title and in its credits."""

    key: str
    name: str
    directors: tuple[str, ...]
    cast: tuple[str, ...]

    @property
    def seconds(self) -> int:
        """How long it is: what its script adds up to."""
        return round(reel(self.key).seconds)


class Title(_Entry):
    """A film or a series; `maturity` is the age it needs, `scene` the module that paints it."""

    slug: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    scene: str
    type: Literal["movie", "series"]
    name: str
    logline: str
    description: str
    year: int = Field(ge=1900, le=2100)
    genres: tuple[str, ...] = Field(min_length=1)
    cast: tuple[str, ...] = Field(min_length=1)
    directors: tuple[str, ...] = Field(min_length=1)
    tags: tuple[str, ...] = Field(min_length=1)
    country: str = Field(pattern=r"^[A-Z]{2}$")
    language: str = Field(pattern=r"^[a-z]{2}$")
    maturity: Maturity
    seasons: tuple[Season, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Title:
        if (self.type == "series") != bool(self.seasons):
            raise ValueError("a series has seasons, a film has none")
        return self

    def films(self) -> Iterator[Film]:
        """What can be played of the title: the film itself, or each of its episodes."""
        if self.type == "movie":
            yield Film(key=self.slug, name=self.name, directors=self.directors, cast=self.cast)
        for season in self.seasons:
            for episode in season.episodes:
                key = f"{self.slug}-{episode.still}"
                yield Film(key=key, name=episode.name, directors=self.directors, cast=self.cast)


class _Catalogue(_Entry):
    titles: tuple[Title, ...]


@cache
def titles() -> tuple[Title, ...]:
    """Every demo title, in the order of seeding."""
    text = (files("demo") / "catalogue.toml").read_text(encoding="utf-8")
    return _Catalogue.model_validate(tomllib.loads(text)).titles


def film(key: str) -> Film:
    """The film with this key."""
    return next(film for title in titles() for film in title.films() if film.key == key)

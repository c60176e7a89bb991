"""Owns what the demo catalogue says: titles, seasons and episodes read from `catalogue.toml` and checked."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Motion = Literal["beam", "push", "drive", "drift", "rise", "approach", "survey", "creep", "sway", "track"]
Particles = Literal["rain", "snow", "dust", "pollen", "stars", "sparks", "confetti"]
Maturity = Literal[0, 7, 12, 16, 18]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Clip(_Entry):
    """What a generated clip shows and sounds like. `chord` in hertz, `surf` how loud the noise under it is (0–1)."""

    seconds: int = Field(ge=20, le=40)
    motion: Motion
    particles: Particles
    chord: tuple[float, ...] = Field(min_length=3)
    surf: float = Field(ge=0, le=1)


class Episode(_Entry):
    """One episode; `runtime` in seconds, `still` names the object in its picture."""

    number: int = Field(ge=1)
    name: str
    description: str
    runtime: int
    still: str
    clip: Clip


class Season(_Entry):
    """A season and its episodes in order."""

    number: int = Field(ge=1)
    name: str
    episodes: tuple[Episode, ...] = Field(min_length=1)


class Title(_Entry):
    """A film or a series; `runtime` in seconds, `maturity` the age it needs, `scene` the module that paints it."""

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
    runtime: int = Field(ge=60)
    clip: Clip | None = None
    seasons: tuple[Season, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Title:
        if (self.type == "movie") != (self.clip is not None) or (self.type == "series") != bool(self.seasons):
            raise ValueError("a film has a clip, a series has seasons")
        return self

    @property
    def clips(self) -> int:
        """How many clips the title needs."""
        return 1 if self.clip else sum(len(season.episodes) for season in self.seasons)


class _Catalogue(_Entry):
    titles: tuple[Title, ...]


@cache
def titles() -> tuple[Title, ...]:
    """Every demo title, in the order of seeding."""
    text = (files("demo") / "catalogue.toml").read_text(encoding="utf-8")
    return _Catalogue.model_validate(tomllib.loads(text)).titles

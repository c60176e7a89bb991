"""Owns the shape of a film's script: its shots, what is seen, heard and said in them. Read from `demo/scripts/*.toml`.

Places are shares of the shot's window, except where a thing says `at`: those are in picture heights, as in the artwork.
Times in a shot count from its first frame; captions count from the first frame of the shot that holds them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from demo.cinema.weather import Weather

Point = tuple[float, float]
Camera = tuple[float, float, float]
LANGUAGES = ("en", "de")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(_Part):
    """What a caption says, from `at` for `lasts` seconds; `voice` speaks it where the film has spoken tracks."""

    at: float = Field(ge=0)
    lasts: float = Field(ge=0.8, le=8)
    en: str = Field(max_length=120)
    de: str = Field(max_length=130)
    voice: str = ""


class Prop(_Part):
    """A thing of `demo.cinema.props` put into a shot; `motion` as for layers."""

    what: str
    at: Point
    size: float
    depth: float = 0.5
    colour: str = "#05080c"
    motion: str = ""
    behind: str = ""


class Shot(_Part):
    """One shot. `window` is the lens (left, top and height of what is painted), `start` and `end` where the camera is."""

    seconds: float = Field(ge=2, le=14)
    scene: str = ""
    window: Camera = (0, 0, 1)
    start: Camera = (0.5, 0.5, 1.1)
    end: Camera = (0.5, 0.5, 1.2)
    join: Literal["cut", "dissolve", "black"] = "cut"
    without: tuple[str, ...] = ()
    motion: dict[str, str] = {}
    props: tuple[Prop, ...] = ()
    weather: Weather | None = None
    tint: tuple[str, str] = ("#ffffff", "#ffffff")
    flashes: tuple[float, ...] = ()
    ripple: float | None = None
    shake: float = 0
    card: str = ""
    title: bool = False
    credits: bool = False
    sounds: tuple[tuple[str, float], ...] = ()
    lines: tuple[Line, ...] = ()


class Score(_Part):
    """The music: chords and melody in a notation of `demo.cinema.music`, each instrument's part, the bed of noises."""

    tempo: float = Field(ge=40, le=180)
    beats: int = 4
    chords: str
    melody: str
    lead: str
    answer: str = ""
    pad: str = "strings"
    bass: str = "bass"
    pulse: str = ""
    beds: dict[str, float] = {}


class Lettering(_Part):
    """Where the film's lettering stands at its opening: the middle, in shares of the picture, and its height."""

    at: Point = (0.27, 0.5)
    size: float = 0.42
    colour: str = ""


class Script(_Part):
    """A film. `scene` is what its shots show unless they say otherwise; `intro` is how many shots come before the intro."""

    scene: str
    lettering: Lettering = Lettering()
    score: Score
    shots: tuple[Shot, ...] = Field(min_length=3)
    intro: int | None = None
    spoken: dict[str, dict[str, tuple[str, int, int]]] = {}

    @model_validator(mode="after")
    def _ends_with_credits(self) -> Script:
        if not self.shots[-1].credits or any(shot.credits for shot in self.shots[:-1]):
            raise ValueError("the credits are the last shot")
        for shot in self.shots:
            if any(line.at + line.lasts > shot.seconds + 1.5 for line in shot.lines):
                raise ValueError("a caption outlasts its shot")
        return self


class Timed(_Part):
    """A shot and when it begins, in seconds of the film; `opening` says that it belongs to the series' intro."""

    shot: Shot
    begins: float
    scene: str
    opening: bool = False


class Reel(_Part):
    """A script laid out in time: every shot with its beginning, and the markers that a player needs."""

    script: Script
    shots: tuple[Timed, ...]
    seconds: float
    credits_start: float
    intro: tuple[float, float] | None = None

    def lines(self) -> Iterator[tuple[float, float, Line]]:
        """Every caption with its begin and end in seconds of the film."""
        for timed in self.shots:
            for line in timed.shot.lines:
                yield timed.begins + line.at, timed.begins + line.at + line.lasts, line


def read(name: str) -> dict[str, Any]:
    """A script's file as it is written."""
    return tomllib.loads((files("demo") / "scripts" / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def reel(name: str) -> Reel:
    """The film called `name`, laid out; an episode has the intro of its series in it."""
    script = Script.model_validate(read(name))
    opening = tuple(Shot.model_validate(shot) for shot in read("intro")["shots"]) if script.intro is not None else ()
    shots = list(script.shots)
    at = script.intro or 0
    order = [(shot, False) for shot in shots[:at]] + [(shot, True) for shot in opening]
    order += [(shot, False) for shot in shots[at:]]
    timed, begins = [], 0.0
    for shot, is_opening in order:
        timed.append(Timed(shot=shot, begins=begins, scene=shot.scene or script.scene, opening=is_opening))
        begins += shot.seconds
    inside = [each for each in timed if each.opening]
    intro = (inside[0].begins, inside[-1].begins + inside[-1].shot.seconds) if inside else None
    return Reel(script=script, shots=tuple(timed), seconds=begins, credits_start=timed[-1].begins, intro=intro)

"""A sentence, how it was read, and what it leads to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.chassis import countries, languages, text
from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from services.search.engine.lexicon import MOODS
from services.search.engine.sentences import MOST, most_of
from services.search.engine.wishes import OneOf, choice
from services.search.schemas.results import QUERY, SearchItem

SENTENCE = "something funny from the 90s with a robot, under two hours, not scary"
Sentence = Annotated[str, text.query(300)]
ChipKind = Annotated[
    Literal["genre", "type", "decade", "year", "country", "language", "runtime", "maturity", "mood", "person", "text"],
    Field(
        description="`runtime`: at most so many minutes; 120- is at least, 90-120 between. `maturity`: for this age. "
        "`decade`: its first year. `year`: 2015, from 2016-, up to -1999, or between 1980-1985. "
        "`text`: words that the title is about."
    ),
]
# What a chip of a kind may say. Names of people and words are free.
_VALUES = {
    "genre": re.compile(r"[\w-]+"),
    "type": re.compile("movie|series"),
    "decade": re.compile("[12][0-9]{2}0"),
    "year": re.compile("[12][0-9]{3}|[12][0-9]{3}-|-[12][0-9]{3}|[12][0-9]{3}-[12][0-9]{3}"),
    "country": re.compile("[A-Z]{2}"),
    "language": re.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*"),
    "runtime": re.compile("[1-9][0-9]{0,4}(-([1-9][0-9]{0,4})?)?"),
    "maturity": re.compile("[0-9]|1[0-9]|2[01]"),
    "mood": re.compile("|".join(MOODS)),
}


_KNOWN: dict[str, Callable[[str], str]] = {"country": countries.known, "language": languages.known}


class Chip(Body):
    """One thing that a sentence asks for, or with `negated` asks to leave out. `label` is how to show it.

    Of chips with the same `one_of` a title has to meet one; it has to meet all others.
    """

    model_config = ConfigDict(extra="forbid") | example(
        kind="decade", value="1990", label="1990s", negated=False, one_of="year"
    )

    kind: ChipKind
    value: Annotated[str, text.line(80, shortest=1)]
    label: Annotated[str, text.line(80)] = ""
    negated: bool = False
    one_of: Annotated[
        OneOf | None,
        Field(
            description="What it is one choice of. Show several of one as alternatives. Of a `genre`, a `mood` and a `person` the"
            " sentence said so, with an or: send it back as it came. Of others it follows from the rest, and what is sent is not"
            " looked at."
        ),
    ] = None

    @model_validator(mode="after")
    def _of_its_kind(self) -> Chip:
        if self.kind in _VALUES and not _VALUES[self.kind].fullmatch(self.value):
            raise ValueError(f"{self.value!r} is no {self.kind}")
        if self.kind in _KNOWN:
            _KNOWN[self.kind](self.value)
        self.one_of = choice(self.kind, self.value, negated=self.negated, said=self.one_of)
        return self


class Discovery(Body):
    """A sentence to read, or the chips of an earlier answer as they were left: one of the two."""

    model_config = ConfigDict(extra="forbid") | example(text=SENTENCE)

    text: Sentence = ""
    chips: Annotated[list[Chip] | None, Field(max_length=MOST)] = None
    limit: Annotated[int, Field(ge=1, le=50, description="How many titles at most.")] = 20

    @model_validator(mode="after")
    def _one_of_both(self) -> Discovery:
        if bool(self.text) == bool(self.chips):
            raise ValueError("send a text to read, or chips, and not both")
        for kind, many in Counter(chip.kind for chip in self.chips or ()).items():
            if many > most_of(kind):
                raise ValueError(f"at most {most_of(kind)} chips of the kind {kind}, and these are {many}")
        return self


class NearMiss(BaseModel):
    """Titles that fit all that was asked for but `without`, the best first."""

    without: Chip
    items: list[SearchItem]


class Discovered(BaseModel):
    """How the sentence was read, and the titles that fit, the best first. `query_id` belongs to reports of what was chosen.

    Where nothing fits all of it, `near_misses` are what does with one chip less, at most three of them.
    `meaning`: titles were compared by what they mean as well, and not by their words alone.
    """

    model_config = example(meaning=True, query_id=QUERY)

    chips: list[Chip]
    items: list[SearchItem]
    near_misses: list[NearMiss]
    meaning: bool
    query_id: UUID

"""A sentence, how it was read, and what it leads to."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.chassis import text
from libs.chassis.http.examples import example
from services.search.schemas.results import QUERY, SearchItem

SENTENCE = "something funny from the 90s with a robot, under two hours, not scary"
Sentence = Annotated[str, text.line(300)]
ChipKind = Annotated[
    Literal["genre", "type", "decade", "year", "country", "language", "runtime", "maturity", "mood", "person", "text"],
    Field(
        description="`runtime`: at most so many minutes. `maturity`: for this age. `decade`: its first year. "
        "`text`: words that the title is about."
    ),
]


class Chip(BaseModel):
    """One thing that a sentence asks for, or with `negated` asks to leave out. `label` is how to show it."""

    model_config = ConfigDict(extra="forbid") | example(kind="decade", value="1990", label="1990s", negated=False)

    kind: ChipKind
    value: Annotated[str, text.line(80, shortest=1)]
    label: Annotated[str, text.line(80)] = ""
    negated: bool = False


class Discovery(BaseModel):
    """A sentence to read, or the chips of an earlier answer as they were left: one of the two."""

    model_config = ConfigDict(extra="forbid") | example(text=SENTENCE)

    text: Sentence = ""
    chips: Annotated[list[Chip] | None, Field(max_length=20)] = None
    limit: Annotated[int, Field(ge=1, le=50, description="How many titles at most.")] = 20

    @model_validator(mode="after")
    def _one_of_both(self) -> Discovery:
        if bool(self.text) == bool(self.chips):
            raise ValueError("send a text to read, or chips, and not both")
        return self


class Discovered(BaseModel):
    """How the sentence was read, and the titles that fit, the best first. `query_id` belongs to reports of what was chosen.

    `meaning`: titles were compared by what they mean as well, and not by their words alone.
    """

    model_config = example(meaning=True, query_id=QUERY)

    chips: list[Chip]
    items: list[SearchItem]
    meaning: bool
    query_id: UUID

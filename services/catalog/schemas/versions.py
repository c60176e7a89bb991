"""Versions of a title, as editors compare them and go back to them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from libs.chassis import text
from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example

FIELDS = (
    "`name`, `description`, `tagline`, `other_names`, `year`, `tags`, `language`, `country`, `maturity`, `certificates`, "
    "`descriptors`, `runtime`, `free_trailers`, `slug`, `genres`, `credits`, `windows`; and of what a title has several of, "
    "each by its language or id: `texts.de`, `season.ID`, `episode.ID`, `credits.ID` of an episode, `playable.ID`, `trailer.ID`. "
    "`cast` and `directors` come back with `credits`. Empty: all of them."
)
FieldKey = Annotated[str, text.line(120, shortest=1)]


class Change(BaseModel):
    """A field that differs: as the one version says it, and as the other does; null where one has none of it."""

    model_config = example(field="maturity", before=12, after=16)

    field: str
    before: Any
    after: Any


class Diff(BaseModel):
    """Everything in which two versions differ."""

    changes: list[Change]


class Rollback(Body):
    """The version to go back to; with `fields` only these, as a diff calls them."""

    model_config = ConfigDict(extra="forbid") | example(version=3, fields=["maturity"])

    version: Annotated[int, Field(ge=1, le=1_000_000_000, description="The version whose texts are wanted again.")]
    fields: Annotated[list[FieldKey], Field(max_length=500, description=FIELDS)] = []

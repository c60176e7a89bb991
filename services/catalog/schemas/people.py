"""People and credits, as viewers read them and as editors send them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from services.catalog.schemas.browse import Card
from services.catalog.schemas.fields import PERSON, PORTRAIT, LifeTexts, Line, Role, Text

BIOGRAPHY = "Plays keepers, pilots and the occasional queen."
OtherNames = Annotated[list[Line], Field(max_length=50, description="Other spellings people may look for.")]


class CreditBody(Body):
    """A part in a title: of the person with this `person_id`, or of whoever has this `name`."""

    model_config = ConfigDict(extra="forbid") | example(name="Isolde Harrow", role="actor", character="The keeper")

    person_id: UUID | None = None
    name: Line | None = None
    role: Role
    character: Line | None = None

    @model_validator(mode="after")
    def somebody_is_meant(self) -> Self:
        """Refuse a credit of nobody."""
        if self.person_id is None and self.name is None:
            raise ValueError("person_id or name must be given")
        return self


MOST_CREDITS = 500
Credits = Annotated[list[CreditBody], Field(max_length=MOST_CREDITS, description="In the order they are named.")]


class TitleCredit(BaseModel):
    """A part in a person's filmography."""

    model_config = example(role="actor", character="The keeper")

    title: Card
    role: Role
    character: str | None


class PersonDetails(BaseModel):
    """A person, and the parts of theirs in titles this profile may see, the newest first."""

    model_config = example(id=PERSON, name="Isolde Harrow", other_names=[], biography=BIOGRAPHY)

    id: UUID
    name: str
    other_names: list[str]
    biography: str
    portrait_url: str | None
    portrait_srcset: str | None
    credits: list[TitleCredit]


class NewPerson(Body):
    """A person to add: one more even where somebody has that name already, whom lists of names then go on meaning."""

    model_config = ConfigDict(extra="forbid") | example(name="Isolde Harrow", biography=BIOGRAPHY)

    name: Line
    other_names: OtherNames = []
    biography: Text = ""
    texts: LifeTexts = {}


class PersonPatch(Body):
    """Fields to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid") | example(other_names=["I. Harrow"])

    name: Line | None = None
    other_names: OtherNames | None = None
    biography: Text | None = None
    texts: LifeTexts | None = None

    @model_validator(mode="after")
    def all_always_have_a_value(self) -> Self:
        """Refuse null."""
        if wrong := sorted(name for name in self.model_fields_set if getattr(self, name) is None):
            raise ValueError(f"{', '.join(wrong)} cannot be null")
        return self


class Merge(Body):
    """Who they turned out to be."""

    model_config = ConfigDict(extra="forbid") | example(into="01993a20-5e1d-7c84-9a3b-6f2d8e4c1a70")

    into: UUID


class PersonRow(BaseModel):
    """A line of the table of people; `titles` is how many credit them, `version` grows with every edit."""

    model_config = example(
        id=PERSON,
        name="Isolde Harrow",
        other_names=["I. Harrow"],
        version=2,
        titles=3,
        portrait_url=f"{PORTRAIT}-320.webp",
        changed_at="2026-11-20T09:00:00Z",
    )

    id: UUID
    name: str
    other_names: list[str]
    version: int
    titles: int
    portrait_url: str | None
    changed_at: datetime


class PersonCredit(BaseModel):
    """A part as editors see it, whatever the title's status."""

    model_config = example(title_id="01993a02-71b4-7c58-9e2d-4f6a8b0c2d13", role="actor", character="The keeper")

    title_id: UUID
    episode_id: UUID | None
    role: Role
    character: str | None


class AdminPerson(BaseModel):
    """A person as editors see them. `version` grows with every edit; it is what If-Match names."""

    model_config = example(
        id=PERSON,
        name="Isolde Harrow",
        other_names=["I. Harrow"],
        biography=BIOGRAPHY,
        texts={},
        portrait_url=f"{PORTRAIT}-640.webp",
        version=2,
        created_at="2026-11-18T11:20:03Z",
        changed_at="2026-11-20T09:00:00Z",
    )

    id: UUID
    name: str
    other_names: list[str]
    biography: str
    texts: LifeTexts
    portrait_url: str | None
    version: int
    credits: list[PersonCredit]
    created_at: datetime
    changed_at: datetime

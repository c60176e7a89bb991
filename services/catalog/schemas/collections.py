"""Collections as viewers see them and as editors make them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from services.catalog.schemas.browse import Card
from services.catalog.schemas.fields import FILM, Line, Moment, OpenRegion, PartTexts, Status, Text, Version

MOST = 200
COLLECTION = "01993c10-2a4b-7d6c-8e9f-0a1b2c3d4e5f"
SEA = "Lamps, fog, and people who listen to both."

HomePlace = Annotated[
    int | None,
    Field(ge=0, le=1000, description="Where it stands among the home page's hand-made rows; null: not there."),
]
TitleIds = Annotated[
    list[UUID], Field(max_length=MOST, description="Its titles, in their order; one named twice is in it once.")
]
Many = Annotated[int, Field(description="How many titles are in it.")]


class CollectionDetails(BaseModel):
    """A collection, with those of its titles that this profile may see."""

    model_config = example(id=COLLECTION, name="By the sea", description=SEA)

    id: UUID
    name: str
    description: str
    items: list[Card]


class CollectionRows(BaseModel):
    """The hand-made rows of the home page, in their order."""

    items: list[CollectionDetails]


class CollectionBody(Body):
    """What editors say of a collection. It is shown from `starts_at` to `ends_at`, in `regions`; none means everywhere."""

    model_config = ConfigDict(extra="forbid") | example(
        name="By the sea", description=SEA, home_place=1, regions=["IE", "GB"], title_ids=[FILM]
    )

    name: Line
    description: Text = ""
    texts: PartTexts = Field(default_factory=dict)
    home_place: HomePlace = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    regions: list[OpenRegion] = Field(default_factory=list, max_length=250)
    title_ids: TitleIds = Field(default_factory=list)

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("ends_at must be after starts_at")
        return self


class CollectionTitle(BaseModel):
    """A title in a collection; viewers see it while it is published and open to them."""

    model_config = example(id=FILM, name="The Ninth Flash", status="published")

    id: UUID
    name: str
    status: Status


class AdminCollection(BaseModel):
    """A collection as editors see it."""

    model_config = example(
        id=COLLECTION,
        version=3,
        name="By the sea",
        description=SEA,
        texts={},
        home_place=1,
        regions=["IE", "GB"],
        created_at="2026-11-20T09:00:00Z",
        changed_at="2026-11-24T16:20:00Z",
    )

    id: UUID
    version: Version
    name: str
    description: str
    texts: PartTexts
    home_place: HomePlace
    starts_at: datetime | None
    ends_at: datetime | None
    regions: list[str]
    titles: list[CollectionTitle]
    created_at: datetime
    changed_at: datetime


class AdminCollectionRow(BaseModel):
    """A collection as a line of the editors' table."""

    model_config = example(
        id=COLLECTION, version=3, name="By the sea", home_place=1, titles=12, changed_at="2026-11-24T16:20:00Z"
    )

    id: UUID
    version: Version
    name: str
    home_place: HomePlace
    titles: Many
    changed_at: datetime

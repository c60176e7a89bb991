"""Field types that the bodies share: what a database or a page cannot hold is refused at the door."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints

from libs.chassis import text

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def _in_reach(value: datetime) -> datetime:
    if not EARLIEST <= value < LATEST:
        raise ValueError("must lie between the years 1970 and 2200")
    return value


Line = Annotated[str, text.name(200)]
Text = Annotated[str, text.paragraph(5000)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
Maturity = Literal[0, 7, 12, 16, 18]
Year = Annotated[int, Field(ge=1870, le=2200)]
Runtime = Annotated[int, Field(ge=1, le=1_000_000, description="whole seconds")]
Seconds = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Number = Annotated[int, Field(ge=0, le=9999)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_reach)]
Word = Annotated[str, text.line(80, shortest=1)]
TitleType = Literal["movie", "series"]
Status = Literal["draft", "review", "approved", "scheduled", "published", "archived"]
ArtworkKind = Literal["poster", "backdrop", "logo"]


class WindowBody(BaseModel):
    """When and where a title may be shown; regions are ISO 3166-1 alpha-2 codes, none means everywhere."""

    starts_at: Moment | None = None
    ends_at: Moment | None = None
    regions: list[Region] = Field(default_factory=list, max_length=250)

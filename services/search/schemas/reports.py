"""What staff read of searches."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from libs.chassis.http.examples import example


class SearchGap(BaseModel):
    """Something people search for and do not find: `searches` of it, `without_results` and `without_choice` among them."""

    model_config = example(
        text="lighthouse ghosts", searches=41, viewers=33, without_results=38, without_choice=40, before=12,
        last_at="2026-11-26T20:31:55Z",
    )  # fmt: skip

    text: str
    searches: int
    viewers: Annotated[int, Field(description="How many profiles searched for it.")]
    without_results: int
    without_choice: Annotated[int, Field(description="How often nothing of the answer was opened.")]
    before: Annotated[int, Field(description="How often it was searched for in as many days before these.")]
    trend: Annotated[float | None, Field(description="`searches` divided by `before`; null where nobody did before.")]
    last_at: datetime


class SearchGaps(BaseModel):
    """The gaps of the last `days`, the widest first; `without_results` counts those of all searches that found nothing.

    Only what several profiles searched for is shown.
    """

    model_config = example(days=28, searches=5120, without_results=310)

    items: list[SearchGap]
    days: int
    searches: Annotated[int, Field(description="All searches of these days.")]
    without_results: int

"""Every setting of catalog."""

from __future__ import annotations

from pydantic import Field

from libs.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Catalog needs its database and the object store that holds the artwork; Kafka may come later."""

    database_url: str
    object_store_url: str
    # Reports of so many accounts hide a review until a moderator has decided.
    review_reports: int = Field(default=3, ge=1, le=1000)
    # How many reviews, edits and reports an account may send in an hour.
    review_writes_an_hour: int = Field(default=30, ge=1, le=10_000)
    # Words that a moderator sees before others do, beside those of listed_words.txt; as a JSON list.
    review_words: tuple[str, ...] = ()
    # Whose windows say what people without an account may know of (ISO 3166-1 alpha-2).
    public_country: str = Field(default="US", pattern=r"^[A-Z]{2}$")
    # Whether somebody else has to approve what an editor publishes; a super admin may always publish a draft.
    review_required: bool = True
    # How long a publication waits for news of an asset that is on its way, before it is refused.
    news_patience: float = Field(default=3.0, ge=0, le=10)
    # Answers kept within a second for viewers of the same kind; 0 reads each anew.
    kept_answers: int = Field(default=1000, ge=0, le=100_000)

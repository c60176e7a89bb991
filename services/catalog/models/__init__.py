"""The tables of catalog."""

from services.catalog.models.base import Base
from services.catalog.models.collections import Collection, CollectionItem
from services.catalog.models.imports import Import, ImportChange, ImportFault, ImportPart, ImportPerson, TitleSource
from services.catalog.models.languages import TitleImage, TitleText
from services.catalog.models.lifecycle import LifecycleStep, Schedule, Withdrawal
from services.catalog.models.loose import LooseObject
from services.catalog.models.people import Credit, Person, PersonOrigins, PersonSpelling
from services.catalog.models.ratings import Rating, RatingTotal
from services.catalog.models.reviews import (
    Account,
    Review,
    ReviewEvent,
    ReviewReport,
    ReviewVersion,
    ReviewVote,
    WritingRate,
)
from services.catalog.models.slugs import FormerSlug
from services.catalog.models.titles import Asset, Audit, Episode, Genre, Image, Playable, Season, Title, Trailer, Window
from services.catalog.models.trending import Trending

__all__ = [
    "Account",
    "Asset",
    "Audit",
    "Base",
    "Collection",
    "CollectionItem",
    "Credit",
    "Episode",
    "FormerSlug",
    "Genre",
    "Image",
    "Import",
    "ImportChange",
    "ImportFault",
    "ImportPart",
    "ImportPerson",
    "LifecycleStep",
    "LooseObject",
    "Person",
    "PersonOrigins",
    "PersonSpelling",
    "Playable",
    "Rating",
    "RatingTotal",
    "Review",
    "ReviewEvent",
    "ReviewReport",
    "ReviewVersion",
    "ReviewVote",
    "Schedule",
    "Season",
    "Title",
    "TitleImage",
    "TitleSource",
    "TitleText",
    "Trailer",
    "Trending",
    "Window",
    "Withdrawal",
    "WritingRate",
]

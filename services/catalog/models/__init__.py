"""The tables of catalog."""

from services.catalog.models.base import Base
from services.catalog.models.ratings import Rating, RatingTotal
from services.catalog.models.titles import Asset, Audit, Episode, Genre, Image, Playable, Season, Title, Trailer, Window

__all__ = [
    "Asset",
    "Audit",
    "Base",
    "Episode",
    "Genre",
    "Image",
    "Playable",
    "Rating",
    "RatingTotal",
    "Season",
    "Title",
    "Trailer",
    "Window",
]

"""The tables of events."""

from services.events.models.base import Base
from services.events.models.trending import TitleHour, TitleViewer, Trending
from services.events.models.viewings import Viewing

__all__ = ["Base", "TitleHour", "TitleViewer", "Trending", "Viewing"]

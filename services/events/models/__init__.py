"""The tables of events."""

from services.events.models.base import Base
from services.events.models.erasures import Erased, ErasedProfile
from services.events.models.experiments import Experiment, Exposure, Flag, Plan, ProfileDay
from services.events.models.trending import TitleHour, TitleViewer, Trending
from services.events.models.viewings import Viewing

__all__ = [
    "Base",
    "Erased",
    "ErasedProfile",
    "Experiment",
    "Exposure",
    "Flag",
    "Plan",
    "ProfileDay",
    "TitleHour",
    "TitleViewer",
    "Trending",
    "Viewing",
]

"""Alembic's entry to playback's migrations."""

from libs.chassis.data.migrations import run
from services.playback.models import Base

run(Base.metadata)

"""Alembic's way into the tables of events."""

from libs.chassis.data.migrations import run
from services.events.models import Base

run(Base.metadata)

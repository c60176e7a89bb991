"""Alembic's way into watchstate's tables."""

from libs.chassis.data.migrations import run
from services.watchstate.models import Base

run(Base.metadata)

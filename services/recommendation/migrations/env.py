"""Alembic's way into the tables of recommendation."""

from libs.chassis.data.migrations import run
from services.recommendation.models import Base

run(Base.metadata)

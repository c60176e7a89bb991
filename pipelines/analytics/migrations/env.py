"""Alembic's way into the tables of the lake."""

from libs.chassis.data.migrations import run
from pipelines.analytics.models import Base

run(Base.metadata)

"""Alembic's way into the tables of search."""

from libs.chassis.data.migrations import run
from services.search.models import Base

run(Base.metadata)

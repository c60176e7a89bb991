"""Alembic's entry for identity."""

from libs.chassis.data.migrations import run
from services.identity.models import Base

run(Base.metadata)

"""Alembic's entry for identity."""

from libs.chassis.migrations import run
from services.identity.models import Base

run(Base.metadata)

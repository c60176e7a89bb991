"""Alembic's entry point."""

from libs.chassis.migrations import run
from tests.local.migrated.models import Base

run(Base.metadata)

"""Alembic's entry point."""

from libs.chassis.data.migrations import run
from tests.local.migrated.models import Base

run(Base.metadata)

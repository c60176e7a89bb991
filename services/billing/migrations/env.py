"""Alembic's entry for billing."""

from libs.chassis.data.migrations import run
from services.billing.models import Base

run(Base.metadata)

"""Alembic's way into catalog's tables."""

from libs.chassis.data.migrations import run
from services.catalog.models import Base

run(Base.metadata)

"""The tables of events."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid
from sqlalchemy.orm import DeclarativeBase

from libs.chassis.data.database import new_metadata


class Base(DeclarativeBase):
    """Base of the tables."""

    metadata = new_metadata()
    type_annotation_map = {UUID: Uuid, str: Text, datetime: DateTime(timezone=True)}

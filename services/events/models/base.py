"""What every table of events stands on."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Float, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

from libs.chassis.data.database import new_metadata


class Base(DeclarativeBase):
    """Base of the tables."""

    metadata = new_metadata()
    type_annotation_map = {
        UUID: Uuid,
        str: Text,
        datetime: DateTime(timezone=True),
        float: Float,
        dict[str, Any]: JSONB,
    }

"""Addresses of pages."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel

from libs.chassis.http.examples import example
from services.catalog.schemas.fields import FILM


class TitleAddress(BaseModel):
    """Which title an address leads to."""

    model_config = example(id=FILM)

    id: UUID

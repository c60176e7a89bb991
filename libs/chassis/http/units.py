"""Numbers that carry their unit into the API's document."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Seconds = Annotated[float, Field(description="In seconds.")]
WholeSeconds = Annotated[int, Field(description="In whole seconds.")]
Pixels = Annotated[int, Field(description="In pixels.")]
Bytes = Annotated[int, Field(description="In bytes.")]
Fraction = Annotated[float, Field(description="From 0 to 1.")]

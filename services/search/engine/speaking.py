"""What an answer shows of a title, in the language of whoever reads it: as the catalogue says it to them on every other page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from libs.chassis.languages import canonical, chain, said
from services.search.engine.documents import LOCAL


def spoken(shown: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """What is shown of a title, each text and picture in the best language there is for a viewer's `language` (BCP 47)."""
    if not shown["local"]:
        return shown
    places = chain((canonical(language),), shown["language"], shown["local"])
    return {**shown, **said(places, shown, shown["local"], LOCAL)}

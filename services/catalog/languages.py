"""Which language a title speaks to somebody: theirs, else its own, else English, for each thing it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from libs.chassis.languages import canonical, chain
from libs.contracts.catalog import UNKNOWN_LANGUAGE

TEXTS = ("name", "description", "tagline")


@dataclass(frozen=True, slots=True)
class Said:
    """What a title says to a viewer; `language` is that of its name."""

    language: str
    name: str
    description: str
    tagline: str


def say(row: Mapping[str, Any], viewers: Sequence[str]) -> Said:
    """Return a title's texts for a viewer. `row` has its own, and those in other languages as `texts`."""
    others = row["texts"] or {}
    places = chain(viewers, row["language"])
    said = {}
    language = canonical(row["language"])
    for text in TEXTS:
        said[text] = row[text]
        for place in places:
            value = row[text] if place is None else others.get(place, {}).get(text)
            if value:
                said[text] = value
                if text == "name":
                    language = place or language
                break
    return Said(language, **said)


def say_part(
    row: Mapping[str, Any],
    viewers: Sequence[str],
    own: str = UNKNOWN_LANGUAGE,
    texts: Sequence[str] = ("name", "description"),
) -> dict[str, str]:
    """Return what a part of a title, a collection or a person says to a viewer. `row` has its own texts and `part_texts`."""
    others, places = row["part_texts"], chain(viewers, own)
    said = {}
    for text in texts:
        found = (row[text] if place is None else others.get(place, {}).get(text) for place in places)
        said[text] = next((value for value in found if value), row[text])
    return said


def pictures(row: Mapping[str, Any], viewers: Sequence[str]) -> dict[str, Any]:
    """Return a title's pictures by kind for a viewer. `row` has its own as `images`, those of languages as `local_images`."""
    own, others = row["images"] or {}, row["local_images"] or {}
    found: dict[str, Any] = {}
    for place in reversed(chain(viewers, row["language"])):
        found |= own if place is None else others.get(place, {})
    return found

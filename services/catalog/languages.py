"""Which language a title speaks to somebody: theirs, else its own, else English, for each thing it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from libs.chassis.languages import canonical, chain, said
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
    places = chain(viewers, row["language"], others)
    found = said(places, row, others, TEXTS)
    named = (place for place in places if (row["name"] if place is None else others.get(place, {}).get("name")))
    return Said(next(named, None) or canonical(row["language"]), **found)


def say_part(
    row: Mapping[str, Any],
    viewers: Sequence[str],
    own: str = UNKNOWN_LANGUAGE,
    texts: Sequence[str] = ("name", "description"),
) -> dict[str, str]:
    """Return what a part of a title, a collection or a person says to a viewer. `row` has its own texts and `part_texts`."""
    return said(chain(viewers, own, row["part_texts"]), row, row["part_texts"], texts)


def part_language(row: Mapping[str, Any], viewers: Sequence[str], text: str) -> str | None:
    """Return the language in which `say_part` says a text; None where that is its own, which nobody has said."""
    places = chain(viewers, UNKNOWN_LANGUAGE, row["part_texts"])
    return next(
        (place for place in places if (row if place is None else row["part_texts"].get(place, {})).get(text)), None
    )


def pictures(row: Mapping[str, Any], viewers: Sequence[str]) -> dict[str, Any]:
    """Return a title's pictures by kind for a viewer. `row` has its own as `images`, those of languages as `local_images`."""
    own, others = row["images"] or {}, row["local_images"] or {}
    found: dict[str, Any] = {}
    for place in reversed(chain(viewers, row["language"], others)):
        found |= own if place is None else others.get(place, {})
    return found

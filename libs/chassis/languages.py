"""Which language to speak to somebody: theirs, else that of what is said itself, else English (RFC 4647, lookup)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from libs.chassis import faults

WRITTEN = faults.form(
    r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "must be the tag of a language, as en or pt-BR (BCP 47)", 35
)
LAST = "en"
MOST = 5  # languages that somebody may ask for at a time
_ASKED = re.compile(r"\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")


def canonical(tag: str) -> str:
    """Return a BCP 47 tag as it is usually written: `pt-BR`, `zh-Hant`."""
    first, *rest = tag.split("-")
    return "-".join([first.lower(), *(_subtag(part) for part in rest)])


def known(tag: str) -> str:
    """Return the tag of a language. Raises `ValueError` where the registry has none (BCP 47; private ones are nobody's)."""
    import langcodes  # the registry takes its time to load: only who is asked by language needs it

    if not langcodes.tag_is_valid(tag):
        raise ValueError("is the tag of no language (BCP 47)")
    return tag


def _subtag(part: str) -> str:
    return part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part.lower()


def wanted(profile: str, header: str) -> tuple[str, ...]:
    """Return the languages of a viewer, the best first: the profile's, or where it has none those of `Accept-Language`."""
    if profile:
        return (canonical(profile),)
    asked = []
    for place, part in enumerate(header[:500].split(",")):
        if (found := _ASKED.fullmatch(part)) and (weight := float(found[2] or 1)) > 0:
            asked.append((-weight, place, canonical(found[1])))
    return tuple(dict.fromkeys(tag for _, _, tag in sorted(asked)))[:MOST]


def looked_up(viewers: Sequence[str]) -> list[str]:
    """Return every language, without regions and scripts, in which something may be found for these viewers' languages."""
    return list(dict.fromkeys([*map(base, viewers), LAST]))


def base(tag: str) -> str:
    """Return the language of a tag, without its region and script."""
    return tag.partition("-")[0]


def chain(viewers: Sequence[str], own: str, others: Collection[str] = ()) -> list[str | None]:
    """Return where to look, the best first; None is what the title itself says.

    Of the languages `others`, in which something is said too, those of other regions follow what was asked for: who reads `pt`
    understands `pt-BR`, as who reads `pt-PT` does.
    """
    own, found = canonical(own), list[str | None]()

    def near(tag: str) -> list[str]:
        return sorted(other for other in others if base(other) == base(tag))

    for tag in viewers:
        if tag == own or base(tag) == base(own) == own or tag == base(own):
            # What was translated for exactly them is better than what a title of their language says.
            found += [*([None] if tag == own else [tag, None]), *near(tag)]
            break
        found.append(tag)
        if base(tag) != tag:
            found.append(None if base(tag) == base(own) else base(tag))
        found += near(tag)
    places = [*found, None, LAST, *near(LAST)]
    return list(dict.fromkeys(places))


def said(
    places: Iterable[str | None], own: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]], names: Iterable[str]
) -> dict[str, Any]:
    """Return each of `names` from the first of a chain's places that has it; `own` stands for None, and where none has."""
    places, found = list(places), {}
    for name in names:
        values = (own[name] if place is None else others.get(place, {}).get(name) for place in places)
        found[name] = next((value for value in values if value), own[name])
    return found

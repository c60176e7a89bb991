"""A title or a person as a document of the index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zlib import crc32

import tantivy

from libs.chassis.slugs import name_id
from libs.contracts.catalog import UNKNOWN_LANGUAGE
from services.search.domain import together
from services.search.engine import text
from services.search.engine.fields import key
from services.search.engine.lexicon import SAME_NUMBER
from services.search.engine.places import countries_of
from services.search.engine.windows import fits, windows_of

OLDEST = 21
NAMES_AT_MOST = 40
PEOPLE_AT_MOST = 80
# What an answer shows in the language of whoever reads it.
LOCAL = ("name", "description", "poster_url", "backdrop_url")


@dataclass(frozen=True, slots=True)
class Written:
    """What an index takes in: a document to find by, and beside it what ranking looks at and what an answer shows."""

    document: tantivy.Document
    ranked: dict[str, Any]
    shown: dict[str, Any] | None = None


def title(title_id: str, entry: Mapping[str, Any], signals: Mapping[str, Any]) -> Written:
    """A published title. `entry` as `service.projections` keeps it, `signals` of `models.Signal`."""
    doc = tantivy.Document()
    names = _names(entry)
    folded = text.distinct(text.fold(name) for name in names)
    people = entry["people"][:PEOPLE_AT_MOST]
    people_folded = [text.fold(person["name"]) for person in people]
    doc.add_text("id", title_id)
    doc.add_integer("key", key(UUID(title_id)))
    doc.add_text("called", " ".join(_called(folded)))
    doc.add_text("threes", " ".join(_threes(folded)))
    name_words = _words(folded)
    body = _body(entry)
    doc.add_text("everything", " ".join({*name_words, *body, *_words(people_folded)}))
    _add_facts(doc, entry, people)
    if signals.get("rating") is not None:
        doc.add_float("rating", float(signals["rating"]))
    # Where nobody has played it yet it comes after those that somebody has.
    popularity = together(signals.get("popularity"), signals.get("watched"))
    doc.add_float("popularity", float(popularity) if popularity is not None else -1e6)
    return Written(doc, _ranked(title_id, entry, folded, people_folded, body), _shown(title_id, entry, names))


def meant(entry: Mapping[str, Any]) -> str:
    """What is said of a title, to compare by what it means."""
    said = (entry["name"], ", ".join(entry["genres"]), entry["tagline"], entry["description"])
    return ". ".join(part for part in said if part)


def mark(person_id: str) -> int:
    """A short name of somebody, for ranking alone: what is as good as random takes the most room on disk."""
    return crc32(person_id.encode())


def _spaced(words: Iterable[str]) -> str:
    """Words with a space around each, so that one is found by its whole self."""
    return f" {' '.join(words)} "


def person(person_id: str, name: str, other_names: Iterable[str], *, known: bool) -> Written:
    """Somebody who is named in titles. `known`: the catalogue has an entry for them."""
    doc = tantivy.Document()
    folded = text.distinct(text.fold(each) for each in (name, *other_names))
    doc.add_text("person", person_id)
    for surname in {surname for each in folded for surname in text.surnames(each)}:
        doc.add_text("surname", surname)
    doc.add_text("person_threes", " ".join({three for each in folded for three in text.threes(each)}))
    return Written(doc, {"id": person_id, "name": name, "known": known, "names": folded})


def _names(entry: Mapping[str, Any]) -> list[str]:
    localized = (item.get("name") or "" for item in entry["localized"])
    return text.distinct((entry["name"], *entry["other_names"], *localized))[:NAMES_AT_MOST]


def _called(folded: Iterable[str]) -> set[str]:
    """Names without spaces, with and without their article, and what those begin with."""
    names = {text.squash(each) for name in folded for each in (name, text.without_article(name))}
    return names.union(*map(text.beginnings, names))


def _threes(folded: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for name in folded:
        found |= text.threes(name)
        if (bare := text.without_article(name)) != name:
            found |= text.threes(bare)
    return found


def _words(folded: Iterable[str]) -> set[str]:
    """Their words, and numbers among them written the other way too."""
    found = set(" ".join(folded).split())
    return found.union([SAME_NUMBER[word] for word in found & SAME_NUMBER.keys()])


def _body(entry: Mapping[str, Any]) -> list[str]:
    """Stems of all that a title says of itself, in its own language's endings and in English ones.

    In the order of the text, which is stored beside them: what is alike takes less room.
    """
    said = [
        entry["name"],
        *entry["other_names"],
        entry["description"],
        entry["tagline"],
        *entry["tags"],
        *entry["genres"],
    ]
    folded = " ".join(text.fold(part) for part in said if part)
    found = dict.fromkeys(text.stems(folded))
    if not entry["language"].startswith(("en", UNKNOWN_LANGUAGE)):
        found |= dict.fromkeys(text.stems(folded, entry["language"]))
    for item in entry["localized"]:
        for part in (item.get("name"), item.get("description"), item.get("tagline")):
            if part:
                found |= dict.fromkeys(text.stems(text.fold(part), item["language"]))
    return list(found)


def _add_facts(doc: tantivy.Document, entry: Mapping[str, Any], people: Iterable[Mapping[str, Any]]) -> None:
    doc.add_text("credit", " ".join({item["id"] for item in people}))
    doc.add_text("country", " ".join(countries_of(entry["country"])))
    age = min(max(entry["maturity"], 0), OLDEST)
    doc.add_text("age", str(age))
    for name in text.distinct(entry["genres"]):
        doc.add_text("genre", name_id(name))
        doc.add_text("genre_facet", f"{name_id(name)}\t{name}")
    facts = {"type": entry["type"], "language": entry["language"].partition("-")[0].lower()}
    for field, value in facts.items():
        doc.add_text(field, value)
        if value != UNKNOWN_LANGUAGE:  # no choice to offer
            doc.add_text(f"{field}_facet", value)
    if entry["year"] is not None:
        doc.add_integer("year", entry["year"])
        doc.add_integer("decade", entry["year"] // 10 * 10)
    if entry["runtime"] is not None:
        doc.add_integer("runtime", entry["runtime"])
    _add_windows(doc, entry, age)


def _add_windows(doc: tantivy.Document, entry: Mapping[str, Any], age: int) -> None:
    windows = windows_of(entry["windows"])
    if not windows:
        doc.add_integer("free_age", age)
        return
    if not fits(windows):
        doc.add_text("windowed", "many")
        return
    doc.add_text("windowed", "few")
    for slot, window in enumerate(windows):
        doc.add_integer(f"from{slot}", window.start)
        doc.add_integer(f"to{slot}", window.end)
        for region in window.regions:
            doc.add_text(f"regions{slot}", region)


def _ranked(
    title_id: str, entry: Mapping[str, Any], folded: list[str], people: list[str], body: list[str]
) -> dict[str, Any]:
    """What ranking looks at. What changes with each play is not among it: that is a column of the index."""
    return {
        "id": title_id,
        "names": folded,
        "people": _spaced(people),
        "credits": [mark(item["id"]) for item in entry["people"][: len(people)]],
        "body": _spaced(body),
        "genres": [name_id(name) for name in entry["genres"]],
        "countries": sorted(countries_of(entry["country"])),
        "language": entry["language"].partition("-")[0].lower(),
        "type": entry["type"],
        "year": entry["year"],
        "maturity": entry["maturity"],
    }


def _shown(title_id: str, entry: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    fields = (
        "name", "type", "description", "year", "maturity", "genres", "runtime", "poster_url", "backdrop_url", "availability",
        "tags",
    )  # fmt: skip
    return {
        "title_id": title_id,
        **{name: entry[name] for name in fields},
        "names": names,
        "people": [item["name"] for item in entry["people"][:PEOPLE_AT_MOST]],
        "language": entry["language"],
        "local": {item["language"]: said for item in entry["localized"] if (said := _told(item))},
    }


def _told(item: Mapping[str, Any]) -> dict[str, str]:
    """What a title says and shows in a language, where that is not what it says itself."""
    return {name: value for name in LOCAL if (value := item.get(name))}

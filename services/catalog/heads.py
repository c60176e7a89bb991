"""The heads of pages for who cannot sign in, search engines and previews of links: HTML out of facts, and sitemaps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from libs.contracts.catalog import UNKNOWN_LANGUAGE

NAME = "Bijou"
# As long as search engines and previews show.
LONGEST_DESCRIPTION = 300


@dataclass(frozen=True, slots=True)
class Facts:
    """What the public may know of a title. Addresses are absolute, `runtime` in whole seconds."""

    url: str
    type: str
    name: str
    description: str
    year: int | None
    genres: Sequence[str]
    cast: Sequence[str]
    directors: Sequence[str]
    language: str
    maturity: int
    runtime: int | None
    image: str | None
    ratings: int
    stars: int


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What the public may know of a person. Addresses are absolute."""

    url: str
    name: str
    other_names: Sequence[str]
    biography: str
    image: str | None


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What the public may know of a genre or a collection, with the addresses of its first titles. Addresses are absolute."""

    url: str
    name: str
    description: str
    image: str | None
    titles: Sequence[str]


def head(facts: Facts) -> str:
    """Return the elements that belong in the `head` of a title's page, in place of its title and description."""
    name = f"{facts.name} ({facts.year})" if facts.year else facts.name
    kind = "video.movie" if facts.type == "movie" else "video.tv_show"
    return _elements(kind, name, facts.description, facts.url, facts.image, _schema(facts))


def person_head(facts: PersonFacts) -> str:
    """The same of a person's page."""
    schema = {
        "@context": "https://schema.org",
        "@type": "Person",
        "name": facts.name,
        "alternateName": list(facts.other_names),
        "url": facts.url,
        "description": facts.biography,
        "image": facts.image,
    }
    known = {key: value for key, value in schema.items() if value}
    return _elements("profile", facts.name, facts.biography, facts.url, facts.image, known)


def list_head(facts: ListFacts) -> str:
    """The same of a page that lists titles."""
    items = [{"@type": "ListItem", "position": n, "url": url} for n, url in enumerate(facts.titles, 1)]
    schema = {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "name": facts.name,
        "url": facts.url,
        "description": facts.description,
        "image": facts.image,
        "mainEntity": {"@type": "ItemList", "itemListElement": items},
    }
    known = {key: value for key, value in schema.items() if value}
    return _elements("website", facts.name, facts.description, facts.url, facts.image, known)


def _elements(kind: str, name: str, description: str, url: str, image: str | None, schema: dict[str, Any]) -> str:
    said = _shortened(description)
    properties = {
        "og:site_name": NAME,
        "og:type": kind,
        "og:title": name,
        "og:description": said,
        "og:url": url,
        "og:image": image,
    }
    lines = [
        f"<title>{escape(name)} · {NAME}</title>",
        f'<meta name="description" content="{escape(said)}">',
        f'<link rel="canonical" href="{escape(url)}">',
        *(f'<meta property="{key}" content="{escape(value)}">' for key, value in properties.items() if value),
        f'<meta name="twitter:card" content="{"summary_large_image" if image and kind != "profile" else "summary"}">',
        f'<script type="application/ld+json">{_in_script(schema)}</script>',
    ]
    return "\n".join(lines)


def _schema(facts: Facts) -> dict[str, Any]:
    """Return the title as schema.org describes one; what is not known is left out."""
    found = {
        "@context": "https://schema.org",
        "@type": "Movie" if facts.type == "movie" else "TVSeries",
        "name": facts.name,
        "url": facts.url,
        "description": facts.description,
        "image": facts.image,
        "datePublished": str(facts.year) if facts.year else None,
        "genre": list(facts.genres),
        "actor": _people(facts.cast),
        "director": _people(facts.directors),
        "inLanguage": facts.language if facts.language != UNKNOWN_LANGUAGE else None,
        "duration": f"PT{facts.runtime}S" if facts.runtime and facts.type == "movie" else None,
        "contentRating": f"{facts.maturity}+" if facts.maturity else None,
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": round(facts.stars / facts.ratings, 2),
            "ratingCount": facts.ratings,
            "bestRating": 5,
            "worstRating": 1,
        }
        if facts.ratings
        else None,
    }
    return {key: value for key, value in found.items() if value}


def _people(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"@type": "Person", "name": name} for name in names]


def _in_script(data: Any) -> str:
    """Return JSON in which nothing ends the script element, or begins a comment in it."""
    text = json.dumps(data, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= LONGEST_DESCRIPTION else words[: LONGEST_DESCRIPTION - 1].rsplit(" ", 1)[0] + "…"


def sitemap(pages: Iterable[tuple[str, datetime | None]]) -> str:
    """Return a sitemap of addresses and when each was changed (sitemaps.org, protocol 0.9)."""
    return _xml("urlset", "url", ((url, changed) for url, changed in pages))


def sitemap_index(maps: Iterable[str]) -> str:
    """Return the list of sitemaps."""
    return _xml("sitemapindex", "sitemap", ((url, None) for url in maps))


def _xml(root: str, item: str, entries: Iterable[tuple[str, datetime | None]]) -> str:
    lines = [
        f"<{item}><loc>{escape(url)}</loc>{f'<lastmod>{changed:%Y-%m-%dT%H:%M:%SZ}</lastmod>' if changed else ''}</{item}>"
        for url, changed in entries
    ]
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', f'<{root} xmlns="{space}">', *lines, f"</{root}>"])

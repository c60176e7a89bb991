"""What a page of recommended rows costs at a hundred thousand titles, and what viewers cost the memory of who makes it.

`python -m bench.recommendation_serving [TITLES]`. The catalogue, the model and the viewers are made up, in the shape of real
ones: genres, casts, words, 12,000 modelled titles with 400 links each, histories of up to 200 plays. Ranking alone: what one
page takes of one processor, with no database and no network.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import numpy as np

from services.recommendation.engine import shortlist
from services.recommendation.engine.catalogue import Catalogue
from services.recommendation.engine.model import Model, Part
from services.recommendation.engine.plays import longest
from services.recommendation.engine.ranking import Ranker, Taste, Watched
from services.recommendation.engine.rows import Page, Row
from services.recommendation.service.choosing import _alike, page_of, speaking_for
from services.recommendation.service.people import Viewer
from services.recommendation.service.shelf import View, rare

TITLES, MODELLED, LINKS, GENRES, VIEWERS, WHOLE = 100_000, 12_000, 400, 25, 600, 25
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
GOAL_MS = 5.0


def catalogue(size: int) -> Catalogue:
    """Titles with two genres, eight people, five tags and a description each; one of twenty is not shown everywhere."""
    random = np.random.default_rng(1)
    words = np.array([f"word{at:05d}" for at in range(30_000)])
    made = []
    for number in range(size):
        genres = random.integers(0, GENRES, 2)
        people = [f"person {int(size * each)}" for each in random.power(0.5, 8)]
        entry = {
            "name": f"Film {number}", "type": "movie" if number % 4 else "series", "genres": [f"Genre {at}" for at in genres],
            "people": people, "tags": [f"tag {genres[0]} {at}" for at in random.integers(0, 60, 5)], "country": "US",
            "description": " ".join(words[(30_000 * random.power(0.4, 25)).astype(int)]), "maturity": (0, 12, 16)[number % 3],
            "windows": [] if number % 20 else [{"starts_at": None, "ends_at": None, "regions": ["DE"]}],
            "availability": "playable", "published_at": "2026-11-01T00:00:00+00:00",
        }  # fmt: skip
        made.append((UUID(int=number + 1), entry))
    return Catalogue(made)


def model(size: int) -> Model:
    """A model of the most watched titles."""
    random = np.random.default_rng(2)
    known = min(MODELLED, size)
    width = min(LINKS, known - 1)
    titles = tuple(UUID(int=int(at) + 1) for at in random.choice(size, known, replace=False))
    parts = tuple(
        Part(
            name, decay, longest(decay), chances, random.integers(0, known, (known, width), np.int32),
            (random.random((known, width)) / width).astype(np.float32),
        )
        for name, decay, chances in (("next", 0.5, True), ("soon", 0.9, True), ("ridge", 0.8, False), ("ease", 1.0, False))
    )  # fmt: skip
    shares = random.dirichlet(np.ones(known), 2).astype(np.float32)
    return Model("bench", titles, shares, parts, np.array([1.0, 0.5, 1.0, 1.0, 0.3, 0.3], np.float32))


def viewers(size: int) -> list[Viewer]:
    """People with histories of 1 to 200 plays, most of them short."""
    random = np.random.default_rng(3)
    found = []
    for number in range(VIEWERS):
        plays = (size * random.power(0.6, int(1 + 199 * random.power(0.5)))).astype(int)
        watched = tuple(Watched(UUID(int=int(at) + 1), NOON, 3_000.0, True) for at in dict.fromkeys(plays.tolist()))
        country = "US" if number % 3 else "DE"
        found.append(Viewer(UUID(int=number + 1), country, 12 if number % 2 else 18, NOON, True, Taste(watched)))
    return found


def milliseconds(act: Callable[..., object], *told: object) -> float:
    """What an act takes of one processor."""
    began = time.process_time()
    act(*told)
    return 1_000 * (time.process_time() - began)


def resident_mib() -> float:
    """The most memory that this process had. Linux counts kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def shortlisted(view: View, viewer: Viewer) -> list[Row]:
    """The rows, as they are made."""
    return page_of(view, viewer).rows()


def whole(view: View, viewer: Viewer) -> list[Row]:
    """The rows, made of all titles."""
    return Page(
        view.ranker, viewer.taste, view.popular, view.rare, (), (), viewer.country, viewer.maturity, viewer.now
    ).rows()


def main() -> None:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else TITLES
    titles = catalogue(size)
    popular = np.log1p(np.random.default_rng(6).pareto(1.0, size))
    view = View(Ranker(titles, model(size)), popular, rare(popular))
    people = viewers(size)
    for each in people[:20]:
        shortlisted(view, each)
    before = resident_mib()
    # What the page is made of is less than what all pages look at: the process keeps nothing of any viewer.
    pages = np.array([milliseconds(shortlisted, view, each) for each in people])
    every = np.array([milliseconds(whole, view, each) for each in people[:WHOLE]])
    asked = [(titles.at(each.taste.seen)[0], each) for each in people]
    similar = np.array([milliseconds(_alike, view, each, at, 12) for at, each in asked])
    why = np.array([milliseconds(speaking_for, view, each, at) for at, each in asked])
    same = [
        len(set(a.titles[:10]) & set(b.titles[:10])) / 10
        for each in people[:WHOLE]
        for a, b in [(shortlisted(view, each)[0], whole(view, each)[0])]
    ]
    print(f"{size} titles, {len(people)} viewers; more than {shortlist.EXACT} titles are looked at through a shortlist")
    print(f"{'milliseconds of a processor':<34}{'p50':>8}{'p95':>8}{'p99':>8}")
    for name, found in (
        ("rows", pages),
        ("rows, all titles looked at", every),
        ("similar titles", similar),
        ("why", why),
    ):
        print(f"{name:<34}" + "".join(f"{np.quantile(found, part):>8.2f}" for part in (0.5, 0.95, 0.99)))
    print(f"of the first ten picked, as of all titles: {np.mean(same):.2f}")
    print(f"memory: {before:.0f} MiB before the pages, {resident_mib():.0f} MiB after those of {len(people)} viewers")
    print(f"RESULT recommendation_rows_p95_ms={np.quantile(pages, 0.95):.2f}")
    print(f"RESULT recommendation_rows_vs_all_titles={np.median(pages) / np.median(every):.3f}")
    print(f"RESULT recommendation_first_ten_same={np.mean(same):.3f}")


if __name__ == "__main__":
    main()

"""How training, memory and answers grow with a house: 10,000 and 100,000 viewers of 100,000 titles that are made up.

A million viewers are projected from these: what grows with plays in proportion, what does with titles not at all. Each size
is a process of its own, which tells its peak of memory. The most played titles are modelled, here fewer than training's most:
least squares take time by the third power of them, and the viewers' share would not be seen; `--modelled 12000` is all of it.
Where plays no longer fit one machine, Spark makes `lake.training_plays` of them.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import time
from datetime import UTC, datetime
from multiprocessing.queues import SimpleQueue
from typing import Any
from uuid import UUID

import numpy as np

from services.recommendation.engine import artefact, training
from services.recommendation.engine.catalogue import Catalogue
from services.recommendation.engine.plays import Plays
from services.recommendation.engine.ranking import Ranker, Taste, Watched

TITLES, GENRES, EACH = 100_000, 200, 20
SIZES = (10_000, 100_000)
PROJECTED = 1_000_000
ASKED = 300
MODELLED = 3_000


def made_up(viewers: int, titles: int) -> Plays:
    """Everybody goes on within a genre or two, the popular before the rare, as in bench/recommendation.py, but many at once."""
    random = np.random.default_rng(3)
    number = viewers * EACH
    who = np.repeat(np.arange(viewers), EACH)
    genre = np.repeat(random.integers(0, GENRES, viewers), EACH)
    genre = np.where(random.random(number) < 0.2, random.integers(0, GENRES, number), genre)
    # Of a genre's titles the first are watched most: Zipf's law with an exponent of about one.
    within = np.floor((titles // GENRES) ** random.random(number)).astype(np.int64) - 1
    title = within * GENRES + genre
    _, first = np.unique(who * titles + title, return_index=True)
    first.sort()
    return Plays.of(who[first], title[first], np.arange(number, dtype=np.float64)[first], titles)


def one(viewers: int, modelled: int, told: SimpleQueue[dict[str, Any]]) -> None:
    """Train for so many viewers, and answer some of them."""
    everything = made_up(viewers, TITLES)
    counts = np.bincount(everything.titles, minlength=TITLES)
    most = np.sort(np.argsort(-counts, kind="stable")[:modelled])
    place = np.full(TITLES, -1)
    place[most] = np.arange(len(most))
    kept = place[everything.titles] >= 0
    plays = Plays.of(everything.viewers[kept], place[everything.titles[kept]], everything.times[kept], len(most))
    ids = [UUID(int=int(title) + 1) for title in most]
    wall, begun = time.monotonic(), time.process_time()
    model = training.train("bench", plays, ids)
    trained = {"seconds": time.monotonic() - wall, "processor_seconds": time.process_time() - begun}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ranker = Ranker(Catalogue((UUID(int=title + 1), entry(title)) for title in range(TITLES)), model)
    popular = np.log1p(counts.astype(np.float64))
    spent = []
    for history in everything.some(np.arange(ASKED)).each():
        at = datetime(2026, 1, 1, tzinfo=UTC)
        watched = tuple(Watched(UUID(int=int(title) + 1), at, None, True) for title in history[::-1])
        begun = time.perf_counter()
        ranker.scores(Taste(watched), popular)
        spent.append((time.perf_counter() - begun) * 1000)
    told.put(
        {
            "plays": len(everything.titles), **trained, "peak_mb": peak, "file_mb": len(artefact.packed(model)) / 2**20,
            "answer_ms_p50": float(np.median(spent)), "answer_ms_p95": float(np.quantile(spent, 0.95)),
        }
    )  # fmt: skip


def entry(title: int) -> dict[str, Any]:
    """A title as the service knows it."""
    return {
        "name": f"Film {title}", "maturity": 0, "availability": "playable", "published_at": None, "windows": [],
        "genres": [f"genre {title % GENRES}"], "people": [f"person {title % 9973}", f"person {title % 7919}"],
    }  # fmt: skip


def main() -> None:
    """Print a row for each size, and what follows for a million."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modelled", type=int, default=MODELLED, help="titles that are modelled")
    modelled = parser.parse_args().modelled
    context = multiprocessing.get_context("spawn")
    rows: dict[int, dict[str, float]] = {}
    for viewers in SIZES:
        told: SimpleQueue[dict[str, Any]] = context.SimpleQueue()
        child = context.Process(target=one, args=(viewers, modelled, told))
        child.start()
        child.join()
        if child.exitcode:
            raise SystemExit(f"{viewers:,} viewers: the process ended with {child.exitcode}")
        rows[viewers] = told.get()
        show(viewers, rows[viewers])
    small, large = (rows[viewers] for viewers in SIZES)
    share = (PROJECTED * EACH - large["plays"]) / (large["plays"] - small["plays"])
    growing = ("plays", "seconds", "processor_seconds", "peak_mb")
    projected = {name: large[name] + share * (large[name] - small[name]) for name in growing}
    print("projected, in proportion to plays:")
    show(PROJECTED, projected)


def show(viewers: int, row: dict[str, float]) -> None:
    """Print what one size costs."""
    print(f"{viewers:>9,} viewers", json.dumps({name: round(value, 1) for name, value in row.items()}), flush=True)
    for name, value in row.items():
        print(f"RESULT recommendation_growth_{viewers}_{name}={value:.1f}")


if __name__ == "__main__":
    main()

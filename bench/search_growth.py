"""How search's index grows with synthetic titles: time to build, memory, and the slowest searches and suggestions.

Memory is given twice: what the process has taken for itself, and with the pages of the index that it has looked at.

    python -m bench.search_growth [10000 100000 1000000]

Names, people and plots are made of invented words with the frequencies of a language (Zipf), so that common groups of letters
are as common as in real titles.
"""

from __future__ import annotations

import itertools
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil

from services.search.domain import person_by_name
from services.search.engine import asking, documents
from services.search.engine.index import Index
from services.search.engine.matching import Filters
from services.search.engine.visibility import Viewer

SIZES = (10_000, 100_000, 1_000_000)
GOALS = "build < 180 s, resident < 500 MB, search p99 < 50 ms, suggest p99 < 15 ms at 1,000,000"
ASKED = 300
COMMIT = 50_000
SYLLABLES = "an ar be bo ca co da de di el en er fa fi ga go ha in is ka ki la le li lo ma me mi mo na ne ni no or pa pe ra re ri ro sa se si so ta te ti to un va ve vi wa za".split()  # noqa: SIM905, E501
GENRES = "Drama Comedy Thriller Horror Documentary Romance Action Anime Crime Family Sports Music".split()  # noqa: SIM905
COUNTRIES = ("US", "IN", "GB", "FR", "JP", "KR", "ES", "DE", "MX", "NG")


class Words:
    """Invented words, a few of them frequent and most of them rare."""

    def __init__(self, chance: random.Random, size: int) -> None:
        self._words = list({"".join(chance.choices(SYLLABLES, k=chance.choice((2, 2, 3, 3, 4)))) for _ in range(size)})
        self._weights = list(itertools.accumulate(1 / (place + 3) for place in range(len(self._words))))
        self._chance = chance

    def some(self, number: int) -> list[str]:
        return self._chance.choices(self._words, cum_weights=self._weights, k=number)


def entries(size: int, chance: random.Random) -> Iterator[tuple[str, dict[str, Any]]]:
    words, names = Words(chance, 60_000), Words(chance, 20_000)
    people = [
        {"id": str(person_by_name(name)), "name": name.title(), "other_names": [], "role": "actor", "known": False}
        for name in (" ".join(names.some(2)) for _ in range(max(1000, size // 4)))
    ]
    for number in range(size):
        yield (
            str(UUID(int=number + 1)),
            {
                "name": " ".join(words.some(chance.choice((1, 2, 2, 3, 3, 4, 5)))).title(),
                "type": chance.choice(("movie", "movie", "series")), "description": " ".join(words.some(24)), "tagline": "",
                "year": chance.randint(1950, 2026), "genres": chance.sample(GENRES, 2), "tags": [], "language": "en",
                "country": chance.choice(COUNTRIES), "maturity": chance.choice((0, 7, 12, 16, 18)), "runtime": 5400,
                "poster_url": f"/images/{number}/poster-480.webp", "backdrop_url": None, "windows": [], "other_names": [],
                "localized": [], "availability": "playable", "people": chance.sample(people, 6),
            },
        )  # fmt: skip


def build(folder: Path, size: int, told: Any) -> None:
    """Build in a process of its own; tell the seconds that it took, those of the processor, and the most memory of its own.

    The seconds are those of making documents and writing them; inventing titles goes on beside, in those of the processor.
    """
    index, chance = Index(folder, memory=48), random.Random(7)
    seen: set[str] = set()
    busy, most, samples = 0.0, 0, []
    ticking = time.process_time()
    source = entries(size, chance)
    while batch := list(itertools.islice(source, COMMIT)):
        begun = time.perf_counter()
        for id_, entry in batch:
            index.put_title(id_, documents.title(id_, entry, {}), entry, fits=True, new=True)
            for person in entry["people"]:
                if person["id"] not in seen:
                    seen.add(person["id"])
                    index.put_person(
                        person["id"], documents.person(person["id"], person["name"], (), known=False), new=True
                    )
        index.commit(1)
        busy += time.perf_counter() - begun
        most = max(most, own_memory())
        samples += [(entry["name"], entry["people"][0]["name"]) for _, entry in batch[:: max(1, len(batch) // 100)]]
    index.writer.wait_merging_threads()
    told.send((busy, time.process_time() - ticking, most, samples))


def own_memory() -> int:
    """What a process has taken for itself, in bytes: pages of the index are the system's, which takes them back when it wants."""
    told = Path("/proc/self/smaps_rollup")
    if not told.exists():
        return int(psutil.Process().memory_full_info().uss)
    return 1024 * sum(int(line.split()[1]) for line in told.read_text().splitlines() if line.startswith("Anonymous:"))


def questions(samples: Sequence[tuple[str, str]], chance: random.Random) -> list[str]:
    """What people type: names with mistakes, people, a genre and a country."""
    found = []
    for name, person in chance.sample(list(samples), min(ASKED, len(samples))):
        place = chance.randrange(len(name))
        found.append(
            chance.choice(
                (name, name[:place] + name[place + 1 :], person, f"{person} comedy", "german drama", f"{name} movie")
            )
        )
    return found


def ask(folder: Path, samples: Sequence[tuple[str, str]], told: Any) -> None:
    """Ask in a process of its own; tell the milliseconds of searches and suggestions, and the memory that is resident."""
    view, chance = Index(folder, memory=48).view, random.Random(11)
    now = datetime(2026, 11, 27, tzinfo=UTC)
    # Every other one may not see everything: limits cost.
    viewers = itertools.cycle(Viewer("US", age, kids=False, language="en", now=now) for age in (18, 12))
    asked = questions(samples, chance)
    searches, suggestions = [], []
    for text in asked[:20] + asked:
        begun = time.perf_counter()
        asking.search(view, text, next(viewers), Filters(), "relevance", 0, 20)
        searches.append((time.perf_counter() - begun) * 1000)
    for text in asked:
        typed = text[: chance.randint(1, len(text))]
        begun = time.perf_counter()
        asking.suggest(view, typed, next(viewers))
        suggestions.append((time.perf_counter() - begun) * 1000)
    told.send((sorted(searches[20:]), sorted(suggestions), own_memory(), psutil.Process().memory_info().rss))


def alone(work: Any, *arguments: Any) -> Any:
    """What a piece of work tells that is done in a process of its own, so that its memory is nobody else's."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    running = context.Process(target=work, args=(*arguments, theirs))
    running.start()
    theirs.close()
    try:
        return ours.recv()
    finally:
        running.join()


def main() -> None:
    sizes = [int(argument) for argument in sys.argv[1:]] or SIZES
    columns = (
        "titles", "build s", "processor s", "disk MB", "building MB", "serving MB", "with pages", "search p50", "p99",
        "suggest p50", "p99",
    )  # fmt: skip
    print("".join(f"{name:>13}" for name in columns))
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bijou-bench-") as made:
            folder = Path(made) / "index"
            seconds, processor, building, samples = alone(build, folder, size)
            disk = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
            searches, suggestions, serving, resident = alone(ask, folder, samples)
        at = [
            milliseconds[int(len(milliseconds) * share)]
            for milliseconds in (searches, suggestions)
            for share in (0.5, 0.99)
        ]
        megabytes = (building / 1e6, serving / 1e6, resident / 1e6)
        shown = [f"{size:,}", *(f"{value:.1f}" for value in (seconds, processor, disk, *megabytes, *at))]
        print("".join(f"{value:>13}" for value in shown))
        for name, value in (
            ("build_seconds", seconds),
            ("serving_mb", serving / 1e6),
            ("resident_mb", resident / 1e6),
            ("p99_ms", at[1]),
            ("suggest_p99_ms", at[3]),
        ):
            print(f"RESULT search_{size}_{name}={value:.1f}")
    print(f"goals: {GOALS}")


if __name__ == "__main__":
    main()

"""How search's index grows with synthetic titles: time to build, memory, and the slowest searches and suggestions.

Memory is given twice: what the process has taken for itself, and with the pages of the index that it has looked at.

    python -m bench.search_growth [10000 100000 1000000] [--keep FOLDER] [--slow 10]

`--keep` leaves the indexes in a folder, and asks those that lie there already: of what they are made the code must be the same.
`--slow` shows the slowest of each kind with what was typed.

Names, people and plots are made of invented words with the frequencies of a language (Zipf), so that common groups of letters
are as common as in real titles.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import resource
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import psutil

from bench.consumers import database
from deploy.local.nodes.postgres import Postgres
from deploy.local.ports import free_port
from libs.chassis.data.database import Database
from services.search.domain import person_by_name
from services.search.engine import asking
from services.search.engine.index import Index
from services.search.engine.matching import Filters
from services.search.engine.visibility import Viewer
from services.search.service.indexes import Indexes, IndexNotReady

SIZES = (10_000, 100_000, 1_000_000)
GOALS = "build < 180 s, resident < 500 MB, search p99 < 50 ms, suggest p99 < 15 ms at 1,000,000"
ASKED = 300
AT_ONCE = 20_000
PLOTS = 50_000
SYLLABLES = "an ar be bo ca co da de di el en er fa fi ga go ha in is ka ki la le li lo ma me mi mo na ne ni no or pa pe ra re ri ro sa se si so ta te ti to un va ve vi wa za".split()  # noqa: SIM905, E501
GENRES = "Drama Comedy Thriller Horror Documentary Romance Action Anime Crime Family Sports Music".split()  # noqa: SIM905
COUNTRIES = ("US", "IN", "GB", "FR", "JP", "KR", "ES", "DE", "MX", "NG")


class Words:
    """Invented words, a few of them frequent and most of them rare."""

    def __init__(self, chance: random.Random, size: int) -> None:
        made = ("".join(chance.choices(SYLLABLES, k=chance.choice((2, 2, 3, 3, 4)))) for _ in range(size))
        # In the order they were made, which is the same in every process: the first ones are frequent.
        self._words = list(dict.fromkeys(made))
        self._weights = list(itertools.accumulate(1 / (place + 3) for place in range(len(self._words))))
        self._chance = chance

    def some(self, number: int) -> list[str]:
        return self._chance.choices(self._words, cum_weights=self._weights, k=number)


def entries(size: int, chance: random.Random) -> Iterator[tuple[str, dict[str, Any]]]:
    words, names = Words(chance, 60_000), Words(chance, 20_000)
    # What is said of a title is said of a few others too: inventing it anew each time would take longer than the build.
    plots = [" ".join(words.some(24)) for _ in range(min(size, PLOTS))]
    people = [
        {"id": str(person_by_name(name)), "name": name.title(), "other_names": [], "role": "actor", "known": False}
        for name in (" ".join(names.some(2)) for _ in range(max(1000, size // 4)))
    ]
    for number in range(size):
        yield (
            str(UUID(int=number + 1)),
            {
                "name": " ".join(words.some(chance.choice((1, 2, 2, 3, 3, 4, 5)))).title(),
                "type": chance.choice(("movie", "movie", "series")), "description": chance.choice(plots), "tagline": "",
                "year": chance.randint(1950, 2026), "genres": chance.sample(GENRES, 2), "tags": [], "language": "en",
                "country": chance.choice(COUNTRIES), "maturity": chance.choice((0, 7, 12, 16, 18)), "runtime": 5400,
                "poster_url": f"/images/{number}/poster-480.webp", "backdrop_url": None, "windows": [], "other_names": [],
                "localized": [], "availability": "playable", "people": chance.sample(people, 6),
            },
        )  # fmt: skip


async def fill(url: str, size: int) -> list[tuple[str, str]]:
    """Put synthetic titles and people where the projection keeps them; return names of some, to ask for."""
    chance = random.Random(7)
    seen: set[str] = set()
    samples: list[tuple[str, str]] = []
    source = entries(size, chance)
    connection = await asyncpg.connect(url, command_timeout=600)
    try:
        await connection.set_type_codec(
            "jsonb",
            schema="pg_catalog",
            format="binary",
            decoder=bytes,
            encoder=lambda entry: b"\x01" + orjson.dumps(entry),
        )
        for table in ("titles", "people"):  # how they are written is not measured
            await connection.execute(f"ALTER TABLE {table} SET UNLOGGED")
        while batch := list(itertools.islice(source, AT_ONCE)):
            titles = [(UUID(id_), 1, "published", entry) for id_, entry in batch]
            people: dict[str, tuple[UUID, str, list[str], bool]] = {
                person["id"]: (UUID(person["id"]), person["name"], [], False)
                for _, entry in batch
                for person in entry["people"]
                if person["id"] not in seen
            }
            seen.update(people)
            await connection.copy_records_to_table(
                "titles", records=titles, columns=("title_id", "version", "status", "entry")
            )
            await connection.copy_records_to_table(
                "people", records=people.values(), columns=("person_id", "name", "other_names", "known")
            )
            samples += [(entry["name"], entry["people"][0]["name"]) for _, entry in batch[:: max(1, len(batch) // 100)]]
        for table in ("titles", "people"):
            await connection.execute(f"VACUUM ANALYZE {table}")
    finally:
        await connection.close()
    return samples


def build(url: str, folder: Path, told: Any) -> None:
    """Start an index in a process of its own; tell the seconds until it answers, those of all processors, the most memory."""
    told.send(asyncio.run(_build(url, folder)))


async def _build(url: str, folder: Path) -> tuple[float, float, int]:
    async with database_of(url) as db:
        indexes = Indexes(db, folder, memory=48)
        begun, most = time.perf_counter(), 0
        await indexes.start()
        while not answers(indexes):
            most = max(most, own_memory())
            await asyncio.sleep(0.2)
        took = time.perf_counter() - begun
        await indexes.stop()
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return took, sum(each.ru_utime + each.ru_stime for each in used), most


def answers(indexes: Indexes) -> bool:
    try:
        return indexes.view is not None
    except IndexNotReady:
        return False


@asynccontextmanager
async def database_of(url: str) -> AsyncIterator[Database]:
    db = Database(url)
    await db.start()
    try:
        yield db
    finally:
        await db.stop()


def own_memory() -> int:
    """What this process and its children have taken for themselves, in bytes.

    Pages of the index are the system's, which takes them back when it wants.
    """
    found = 0
    for process in (psutil.Process(), *psutil.Process().children()):
        told = Path(f"/proc/{process.pid}/smaps_rollup")
        with suppress(OSError, psutil.Error):
            if told.exists():
                lines = told.read_text().splitlines()
                found += 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Anonymous:"))
            else:
                found += int(process.memory_full_info().uss)
    return found


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
        viewer = next(viewers)
        begun = time.perf_counter()
        asking.search(view, text, viewer, Filters(), "relevance", 0, 20)
        searches.append(((time.perf_counter() - begun) * 1000, text))
    for text in asked:
        typed = text[: chance.randint(1, len(text))]
        viewer = next(viewers)
        begun = time.perf_counter()
        asking.suggest(view, typed, viewer)
        suggestions.append(((time.perf_counter() - begun) * 1000, typed))
    told.send((searches[20:], suggestions, own_memory(), psutil.Process().memory_info().rss))


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


def built(place: Path, size: int) -> dict[str, Any]:
    """Fill a database, and have an index built of it; the database is stopped afterwards, for searches need none."""
    server = Postgres(place / "data", free_port(), "bench", place / "postgres.log")
    server.start()
    try:
        url = asyncio.run(prepared(server))
        samples = asyncio.run(fill(url, size))
        seconds, processor, most = alone(build, url, place / "index")
    finally:
        server.stop()
    shutil.rmtree(place / "data")
    return {"seconds": seconds, "processor": processor, "building": most, "samples": samples}


async def prepared(server: Postgres) -> str:
    async with database(server, "search") as db:
        return db.url


@contextmanager
def index_of(size: int, kept: Path | None) -> Iterator[tuple[Path, dict[str, Any]]]:
    """An index of so many titles, and what is known of how it was built: one that was kept, or a new one."""
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="bijou-bench-") as made:
            place = Path(made)
            place.chmod(0o755)
            yield place / "index", built(place, size)
        return
    place, note = kept / str(size), kept / str(size) / "built.json"
    if not note.exists():
        place.mkdir(parents=True, exist_ok=True)
        note.write_bytes(orjson.dumps(built(place, size)))
    yield place / "index", orjson.loads(note.read_bytes())


def show(kind: str, took: Sequence[tuple[float, str]], most: int) -> None:
    """The slowest questions of a kind."""
    for milliseconds, text in sorted(took, reverse=True)[:most]:
        print(f"    {kind:<10}{milliseconds:8.1f} ms  {text}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--slow", type=int, default=0)
    told = parser.parse_args()
    columns = (
        "titles", "build s", "processor s", "disk MB", "building MB", "serving MB", "with pages", "search p50", "p99",
        "suggest p50", "p99",
    )  # fmt: skip
    print("".join(f"{name:>13}" for name in columns))
    for size in told.sizes:
        with index_of(size, told.keep) as (index, made):
            folder = index / "0" / (index / "0" / "current").read_text()
            disk = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
            searches, suggestions, serving, resident = alone(ask, folder, made["samples"])
        at = [sorted(took)[int(len(took) * share)][0] for took in (searches, suggestions) for share in (0.5, 0.99)]
        seconds = made["seconds"]
        megabytes = (made["building"] / 1e6, serving / 1e6, resident / 1e6)
        shown = [f"{size:,}", *(f"{value:.1f}" for value in (seconds, made["processor"], disk, *megabytes, *at))]
        print("".join(f"{value:>13}" for value in shown))
        show("search", searches, told.slow)
        show("suggest", suggestions, told.slow)
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

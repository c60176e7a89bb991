"""How well and how fast search finds, beside what else could search the same titles (`bench.search_peers`).

Each query is asked three times, and the one in the middle counts, for ours as for the others; ours keeps no answers meanwhile.

Reads 8,807 real titles and judged queries from `../shared/data` (or BIJOU_BENCH_DATA), sends the titles through search's
projection, and asks through its HTTP API. The judged queries are given in two halves, by the hash of their ids; both have been
looked at while the ranking was made. Beside them is a held-out set: names of other titles, changed by chance from a fixed seed in
the ways that people change them (`bench.search_variations`), which the ranking was not made by; and an unseen one, of all
kinds of the judged queries, made by rule of titles that none of those is about (`bench.search_unseen`).

Growth, with synthetic titles: `python -m bench.search_growth`; sentences, with and without their meaning:
`python -m bench.search_sentences`.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import hashlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid5

import httpx

from bench import processes, search_peers, search_unseen
from bench.consumers import database
from bench.search_variations import variations
from deploy.local.nodes.postgres import Postgres
from deploy.local.ports import free_port
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging.consumers import Received
from libs.chassis.security import tokens
from libs.contracts.catalog import TitleChanged
from libs.contracts.token import Principal
from services.catalog.importing.files import Row
from services.catalog.importing.mapping import ImportMapping
from services.search.service import projections

GOALS = {"success@1": 0.95, "success@5": 0.98, "MRR": 0.96}
MAPPING = ImportMapping.model_validate_json((Path(__file__).parents[1] / "demo/mappings/netflix.json").read_bytes())
NAMES = UUID("0199c4d0-0000-7000-8000-000000000000")
NOW = datetime.now(UTC)
BATCH = 500
TOP = 50
TIMES = 3
# What takes longer, in milliseconds, is not asked again.
SLOW = 200.0
FRESH = 20
AGES = {"G": 0, "TV-Y": 0, "TV-G": 0, "PG": 7, "TV-Y7": 7, "TV-Y7-FV": 7, "TV-PG": 7, "PG-13": 12, "TV-14": 12, "R": 16}

T = TypeVar("T")
Ask = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Judged:
    """A query, its class, and the titles of which any one will do."""

    id: str
    kind: str
    text: str
    relevant: frozenset[str]

    @property
    def second(self) -> bool:
        return hashlib.sha256(self.id.encode()).digest()[0] % 2 == 1


@dataclass(slots=True)
class Score:
    """How often the first, one of the first five, was right; the mean of 1 / place; milliseconds of each query."""

    ranks: list[int | None] = field(default_factory=list)
    took: list[float] = field(default_factory=list)

    def at(self, place: int) -> float:
        return sum(1 for rank in self.ranks if rank and rank <= place) / len(self.ranks)

    @property
    def mrr(self) -> float:
        return sum(1 / rank for rank in self.ranks if rank) / len(self.ranks)

    def milliseconds(self, share: float) -> float:
        return statistics.quantiles(self.took, n=100)[round(share * 100) - 1] if len(self.took) > 1 else self.took[0]

    def line(self) -> str:
        return f"{len(self.ranks):5}{self.at(1):8.3f}{self.at(5):8.3f}{self.mrr:8.3f}"


def data() -> Path:
    """Where titles and queries are: never in this repository."""
    if named := os.environ.get("BIJOU_BENCH_DATA"):
        return Path(named)
    here = Path(__file__).resolve()
    found = next(
        (p / "shared" / "data" for p in here.parents if (p / "shared" / "data" / "dev_queries.tsv").exists()), None
    )
    if found is None:
        raise SystemExit("There is no ../shared/data with netflix_titles.csv.gz: name its folder in BIJOU_BENCH_DATA.")
    return found


def titles(folder: Path) -> list[dict[str, str]]:
    with gzip.open(folder / "netflix_titles.csv.gz", "rt", encoding="utf-8", errors="replace") as file:
        return list(csv.DictReader(file))


def queries(folder: Path) -> list[Judged]:
    with (folder / "dev_queries.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Judged(r["qid"], r["class"], r["query"], frozenset(r["relevant"].split(","))) for r in rows]


def event(row: dict[str, str]) -> TitleChanged:
    """A row as the catalogue would tell of it; its genres and its language are what the documented mapping makes of them."""
    _, said, _ = MAPPING.read(Row(0, row))
    year, minutes = row["release_year"] or "", row["duration"] or ""
    return TitleChanged(
        title_id=uuid5(NAMES, row["show_id"]), version=1, type="movie" if row["type"] == "Movie" else "series",
        status="published", name=row["title"], description=row["description"] or "", year=int(year) if year.isdigit() else None,
        genres=said.get("genres", ()), cast=listed(row["cast"]), directors=listed(row["director"]),
        country=row["country"] or "", maturity=AGES.get(row["rating"], 16), availability="listed", changed_at=NOW,
        language=said["language"], runtime=int(minutes.split()[0]) * 60 if minutes.endswith(" min") else None, published_at=NOW,
    )  # fmt: skip


def listed(cell: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (cell or "").split(",") if part.strip())


def usual(work: Callable[[], T]) -> tuple[T, float]:
    """What a piece of work comes to, and the milliseconds that it usually takes: the middle of three, or one that is slow."""
    took = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        found = work()
        took.append((time.perf_counter() - begun) * 1000)
        if took[-1] > SLOW:
            break
    return found, statistics.median(took)


def judge(asked: Iterable[Judged], ask: Ask) -> dict[str, Score]:
    """Scores by class, and of the halves and the whole."""
    found: dict[str, Score] = {"all": Score()}
    for query in asked:
        ids, took = usual(partial(ask, query.text))
        rank = next((place for place, id_ in enumerate(ids, 1) if id_ in query.relevant), None)
        for group in (query.kind, "second half" if query.second else "first half", "all"):
            score = found.setdefault(group, Score())
            score.ranks.append(rank)
            score.took.append(took)
    return found


def ours(client: httpx.Client, by_id: dict[str, str]) -> Ask:
    def ask(text: str) -> list[str]:
        answer = client.get("/api/v1/search", params={"q": text, "limit": TOP})
        answer.raise_for_status()
        return [by_id[item["title_id"]] for item in answer.json()["items"]]

    return ask


async def fill(server: Postgres, events: Sequence[TitleChanged]) -> str:
    """Send titles through search's projection; return the database's address."""
    async with database(server, "search") as db:
        for start in range(0, len(events), BATCH):
            batch = [
                Received(id=new_id(), type=each.TYPE, time=NOW, key=each.key(), data=each)
                for each in events[start : start + BATCH]
            ]
            async with db.transaction() as session:
                await projections.titles_changed(session, batch)
        return db.url


def ready(client: httpx.Client) -> float:
    begun = time.perf_counter()
    while client.get("/readyz").json()["components"]["index"] != "ok":
        time.sleep(0.02)
    return time.perf_counter() - begun


def main() -> None:
    folder = data()
    rows, asked = titles(folder), queries(folder)
    events = [event(row) for row in rows]
    by_id = {str(each.title_id): row["show_id"] for each, row in zip(events, rows, strict=True)}
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as made:
        place = Path(made)
        place.chmod(0o755)
        server = Postgres(place / "data", free_port(), "bench", place / "postgres.log")
        server.start()
        try:
            known = frozenset(id_ for query in asked for id_ in query.relevant)
            texts = frozenset(search_unseen.plain(query.text) for query in asked)
            sets = {
                "": asked,
                "held_out": [Judged(f"v{number}", *each) for number, each in enumerate(variations(rows, known))],
                "unseen": [
                    Judged(f"u{number}", *each) for number, each in enumerate(search_unseen.queries(rows, known, texts))
                ],
            }
            found = measure(server, place, events, by_id, sets)
            peers = search_peers.all_of(server, rows, lambda ask: judge(asked, ask))
        finally:
            server.stop()
    show(found.pop(""), peers)
    for named, what in (
        ("held_out", "held out: names of other titles, changed by chance"),
        ("unseen", "unseen: the kinds of the judged queries, of other titles"),
    ):
        scores = {name: score for name, score in found[named].items() if not name.endswith("half")}
        print(f"\n{what}\n" + "\n".join(lines(scores)))
        whole = scores["all"]
        for name, value in (("success_at_1", whole.at(1)), ("success_at_5", whole.at(5)), ("mrr", whole.mrr)):
            print(f"RESULT search_{named}_{name}={value:.3f}")


def measure(
    server: Postgres, place: Path, events: Sequence[TitleChanged], by_id: dict[str, str], sets: dict[str, list[Judged]]
) -> dict[str, dict[str, Score]]:
    """Scores of each set of queries; what is typed and edited is told here."""
    begun = time.perf_counter()
    url = asyncio.run(fill(server, events))
    filled = time.perf_counter() - begun
    signer = tokens.Signer(tokens.new_private_key())
    (place / "jwks.json").write_text(json.dumps(signer.jwks()))
    who = Principal(account_id=new_id(), session_id=new_id(), profile_id=new_id())
    told = {
        "BIJOU_DATABASE_URL": url, "BIJOU_INDEX_DIR": str(place / "index"), "BIJOU_JWKS_CACHE": str(place / "jwks.json"),
        "BIJOU_KAFKA_BOOTSTRAP": "127.0.0.1:1", "BIJOU_LOG_LEVEL": "error", "BIJOU_BY_MEANING": "false",
        "BIJOU_PERSONAL": "false",
    }  # fmt: skip
    with processes.python("services.search.main", told) as port:
        headers = {"authorization": f"Bearer {signer.issue(who, ttl=3600)}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
            indexed = ready(client)
            print(
                f"{len(events):,} titles: through the projection in {filled:.1f} s,"
                f" indexed within {indexed:.1f} s of the start"
            )
            asked = sets[""]
            judge(asked[:20], ours(client, by_id))  # connections, caches
            scores = {name: judge(queries, ours(client, by_id)) for name, queries in sets.items()}
            typed(client, asked)
            asyncio.run(fresh(client, url, events[:FRESH]))
            return scores


def typed(client: httpx.Client, asked: Sequence[Judged]) -> None:
    """Suggestions at every second letter of the queries."""
    score = Score()

    def suggest(text: str) -> httpx.Response:
        return client.get("/api/v1/search/suggest", params={"q": text}).raise_for_status()

    for query in asked:
        for length in range(1, len(query.text) + 1, 2):
            _, took = usual(partial(suggest, query.text[:length]))
            score.took.append(took)
    print(f"suggestions: p50 {score.milliseconds(0.5):.1f} ms, p99 {score.milliseconds(0.99):.1f} ms")
    print(f"RESULT search_suggest_p99_ms={score.milliseconds(0.99):.1f}")


async def fresh(client: httpx.Client, url: str, events: Sequence[TitleChanged]) -> None:
    """From the commit of an edit until a search finds it, and from that of a withdrawal until none does."""
    took: dict[str, list[float]] = {"published": [], "archived": []}
    db = Database(url)
    await db.start()
    async with httpx.AsyncClient(base_url=client.base_url, headers=client.headers, timeout=60) as asking:

        async def finds(name: str) -> bool:
            answer = await asking.get("/api/v1/search", params={"q": name})
            return any(item["name"] == name for item in answer.json()["items"])

        for number, title in enumerate(events):
            name = f"Quartzvexol {number}"
            for version, status in enumerate(took, 2):
                edited = title.model_copy(update={"name": name, "version": version, "status": status})
                told = Received(id=new_id(), type=edited.TYPE, time=NOW, key=edited.key(), data=edited)
                async with db.transaction() as session:
                    await projections.titles_changed(session, [told])
                begun = time.perf_counter()
                while await finds(name) != (status == "published"):  # noqa: ASYNC110
                    await asyncio.sleep(0.002)
                took[status].append(time.perf_counter() - begun)
    await db.stop()
    found, gone = (max(seconds) for seconds in took.values())
    print(f"{len(events)} edits: found after {found:.2f} s at most; when withdrawn, gone after {gone:.2f} s at most")
    print(f"RESULT search_edit_found_s={found:.2f}\nRESULT search_withdrawn_gone_s={gone:.2f}")


def lines(found: dict[str, Score]) -> Iterator[str]:
    yield f"{'':24}{'n':>5}{'s@1':>8}{'s@5':>8}{'MRR':>8}"
    for group in sorted(found, key=lambda name: (name in ("all", "first half", "second half"), name)):
        yield f"{group:24}{found[group].line()}"


def show(found: dict[str, Score], peers: dict[str, dict[str, Score]]) -> None:
    print("\n".join(lines(found)))
    print(f"\n{'':24}{'s@1':>8}{'s@5':>8}{'MRR':>8}{'p50 ms':>9}{'p95 ms':>9}")
    for name, scores in {"bijou, over HTTP": found, **peers}.items():
        score = scores["all"]
        print(
            f"{name:24}{score.at(1):8.3f}{score.at(5):8.3f}{score.mrr:8.3f}"
            f"{score.milliseconds(0.5):9.1f}{score.milliseconds(0.95):9.1f}"
        )
    whole, second = found["all"], found["second half"]
    for name, value in (
        ("search_success_at_1", whole.at(1)), ("search_success_at_5", whole.at(5)), ("search_mrr", whole.mrr),
        ("search_second_half_success_at_1", second.at(1)), ("search_p95_ms", whole.milliseconds(0.95)),
    ):  # fmt: skip
        print(f"RESULT {name}={value:.3f}")


if __name__ == "__main__":
    main()

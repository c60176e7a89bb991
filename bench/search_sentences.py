"""How well sentences find titles: by their words alone, and with what they mean. 42 sentences of our own over 8,807 real titles.

The sentences (`sentences.tsv`) were written before anything was tuned, in other words than the titles' descriptions have.
"""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from bench.search import Score, data, event, titles
from services.search.engine import asking, documents
from services.search.engine.fields import key
from services.search.engine.index import Index
from services.search.engine.meanings import Meanings
from services.search.engine.model import Model
from services.search.engine.visibility import Viewer
from services.search.service import projections

BATCH = 32
TOP = 50
VIEWER = Viewer("US", 18, kids=False, language="en", now=datetime(2026, 11, 27, tzinfo=UTC))


def sentences() -> Iterator[tuple[str, frozenset[str]]]:
    with Path(__file__).with_name("sentences.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            yield row["sentence"], frozenset(row["titles"].split("|"))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as made:
        index, meanings = Index(Path(made) / "index", memory=48), Meanings(Path(made), model := Model())
        entries = [(str(told.title_id), projections.entry(told)) for told in map(event, titles(data()))]
        for id_, entry in entries:
            index.put_title(id_, documents.title(id_, entry, {}), entry, fits=True, new=True)
        index.commit(1)
        begun = time.process_time()
        # Of like lengths together: a batch is as long as its longest.
        entries.sort(key=lambda each: len(documents.meant(each[1])))
        for start in range(0, len(entries), BATCH):
            some = entries[start : start + BATCH]
            vectors = model.vectors([documents.meant(entry) for _, entry in some])
            meanings.add([key(UUID(id_)) for id_, _ in some], [vector.tobytes() for vector in vectors])
        meanings.ready()
        each = (time.process_time() - begun) / len(entries) * 1000
        print(f"{len(entries):,} titles: {each:.1f} ms of processor for the meaning of each")
        print(f"{'':24}{'s@1':>8}{'s@5':>8}{'s@10':>8}{'MRR':>8}{'p50 ms':>9}{'p95 ms':>9}")
        for name, compared in (("by words alone", None), ("with meaning", meanings)):
            score = judged(index, compared)
            places = "".join(f"{score.at(place):8.3f}" for place in (1, 5, 10))
            print(f"{name:24}{places}{score.mrr:8.3f}{score.milliseconds(0.5):9.1f}{score.milliseconds(0.95):9.1f}")
            print(f"RESULT search_sentences_{name.replace(' ', '_')}_success_at_10={score.at(10):.3f}")


def judged(index: Index, meanings: Meanings | None) -> Score:
    score = Score()
    for sentence, wanted in sentences():
        begun = time.perf_counter()
        wishes = asking.wishes_of(index.view, sentence, VIEWER)
        question = meanings.question(sentence) if meanings else None
        found = asking.discover(index.view, wishes, VIEWER, TOP, question)
        score.took.append((time.perf_counter() - begun) * 1000)
        names = [shown["name"] for shown, _ in found.items]
        score.ranks.append(next((place for place, name in enumerate(names, 1) if name in wanted), None))
    return score


if __name__ == "__main__":
    main()

"""How well recommendation ranks what people watched next: MovieLens 1M, all titles ranked, none sampled.

Reads `../shared/data` (or BIJOU_BENCH_DATA); without it a small house is made up, whose figures say nothing of others.
Leave-one-out: everybody's last film is to be foretold from those before it, whose order is known and whose time is not. Temporal:
trained anew each month, the next 28 days are to be foretold. Training is the service's own,
`services/recommendation/engine/training.py`. `sequence` is leave-one-out with a sequence model too; that takes PyTorch
(`tests/setup/sequence.sh`) and hours of processor on MovieLens, and goes on where it was cut short (`--folder`).
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import numpy as np
import pyarrow.parquet as parquet
from numpy.typing import NDArray
from scipy import sparse

from services.recommendation.engine import measuring, training
from services.recommendation.engine.closed_forms import HALVED
from services.recommendation.engine.model import Model
from services.recommendation.engine.plays import Plays, seen, since, without_last
from services.recommendation.service.comparing import Score, measured, of_model

DATA = Path(os.environ.get("BIJOU_BENCH_DATA", "../shared/data"))
FILE = DATA / "ml1m_interactions.parquet"
CATALOG = DATA / "ml1m_catalog.csv.gz"
MONTHS = 6
VIEWERS, TITLES, GENRES = 400, 200, 8
MONTH = 28 * 86_400.0


def plays() -> Plays:
    """All of MovieLens, in the order it was rated; where it is not there, a small house that is made up."""
    if not FILE.exists():
        print(f"{FILE} is not there: a made-up house of {VIEWERS} viewers and {TITLES} titles stands in for it")
        return made_up()
    table = parquet.read_table(FILE)
    told = {name: table[name].to_numpy() for name in ("user_id", "movie_id", "timestamp", "seq_pos")}
    titles, places = np.unique(told["movie_id"], return_inverse=True)
    _, viewers = np.unique(told["user_id"], return_inverse=True)
    order = np.lexsort((told["seq_pos"], viewers))
    times = told["timestamp"][order].astype(np.float64)
    return Plays(viewers[order], places[order], times, len(titles))


def genres() -> sparse.csr_matrix | None:
    """Titles × genres, in the order of the titles in `plays`; None where they are not known."""
    if not FILE.exists() or not CATALOG.exists():
        return None
    with gzip.open(CATALOG, "rt", encoding="utf-8", newline="") as file:
        told = {int(row["movie_id"]): row["ml_genres"].split("|") for row in csv.DictReader(file)}
    films = np.unique(parquet.read_table(FILE, columns=["movie_id"])["movie_id"].to_numpy()).tolist()
    numbers = {name: number for number, name in enumerate(sorted({each for names in told.values() for each in names}))}
    pairs = [(row, numbers[name]) for row, film in enumerate(films) for name in told.get(film, ())]
    rows, columns = np.array(pairs, np.int64).T
    return sparse.csr_matrix((np.ones(len(pairs)), (rows, columns)), (len(films), len(numbers)))


def made_up() -> Plays:
    """Viewers of half a year who go on with what follows in a genre of theirs, or else watch what everybody watches."""
    random = np.random.default_rng(11)
    popular = 1 / np.arange(1, TITLES + 1)
    popular /= popular.sum()
    viewers, titles, times = [], [], []
    for viewer in range(VIEWERS):
        genre, seen = int(random.integers(GENRES)), set[int]()
        at = int(random.integers(TITLES // GENRES))
        for time_ in np.sort(random.uniform(0, 26 * 7 * 86_400.0, int(random.integers(8, 30)))):
            at = (at + 1) % (TITLES // GENRES)
            title = at * GENRES + genre if random.random() < 0.7 else int(random.choice(TITLES, p=popular))
            if title not in seen:
                seen.add(title)
                viewers.append(viewer)
                titles.append(title)
                times.append(float(time_))
    return Plays.of(np.array(viewers), np.array(titles), np.array(times), TITLES)


def alone(model: Model, number: int) -> Score:
    """Rank by one of a model's features."""
    told = np.zeros_like(model.told)
    told[number] = 1
    return of_model(replace(model, told=told))


def parameters(model: Model) -> int:
    """How many numbers a model has."""
    return sum(part.weights.size for part in model.parts) + model.shares.size + model.told.size


def leave_one_out(everything: Plays) -> None:
    """Fit without everybody's last film, and rank it."""
    known, wanted = without_last(everything)
    begun = time.process_time()
    model = training.train("bench", known, [UUID(int=place) for place in range(known.number)])
    seconds = time.process_time() - begun
    print(f"leave-one-out: {seconds:.0f} s of processor to train, {parameters(model):,} parameters")
    names = [*(part.name for part in model.parts), "popularity"]
    rows = {"blend": of_model(model), **{name: alone(model, number) for number, name in enumerate(names)}}
    about = genres()
    show("leave_one_out", {name: measured(known, wanted, score, about) for name, score in rows.items()})
    print("  told", dict(zip(names, model.told.round(3).tolist(), strict=True)))


def sequence(everything: Plays, folder: Path, rounds: int) -> None:
    """Leave-one-out with a sequence model: alone, and beside the closed forms."""
    from services.recommendation.engine.sequence.fitting import Fitting, Size

    known, wanted = without_last(everything)
    fitting = Fitting(Size(rounds=rounds), folder)
    begun = time.process_time()
    model = training.train("bench", known, [UUID(int=place) for place in range(known.number)], sequences=fitting)
    following = model.following
    assert following is not None
    print(
        f"sequence: {time.process_time() - begun:.0f} s of processor in this run, {fitting.parameters:,} parameters more"
    )
    for told in fitting.rounds:
        print("  round", told)
    only = np.zeros_like(following.told)
    only[-1] = 1
    rows = {
        "blend": of_model(model),
        "sequence": of_model(replace(model, following=replace(following, told=only))),
        "closed forms": of_model(replace(model, following=None)),
    }
    about = genres()
    found = {name: measured(known, wanted, score, about) for name, score in rows.items()}
    show("sequence", found)
    print(f"RESULT recommendation_sequence_alone_ndcg_at_10={found['sequence'].told()['ndcg@10']}")
    low, high = measuring.interval(found["blend"].ndcg, found["closed forms"].ndcg)
    print(f"  blend over closed forms: {low:+.4f} to {high:+.4f}")
    print("  told", following.told.round(3).tolist())


def temporal(everything: Plays) -> None:
    """Train at the beginning of each of the last months in which enough people came back, and rank what they watched in it."""
    end = float(np.quantile(everything.times, 0.9999))
    found: dict[str, list[measuring.Measured]] = {}
    about = genres()
    for month in range(MONTHS, 0, -1):
        now = end - month * MONTH
        until = since(everything, now + MONTH)[0]
        known, wanted = since(until, now)
        model = training.train("bench", known, [UUID(int=place) for place in range(known.number)], now=now)
        kinds = [f"popularity, halved in {half / 86_400:.0f} days" for half in HALVED]
        names = [*(part.name for part in model.parts), "popularity", *kinds]
        rows = {"blend": of_model(model), **{name: alone(model, number) for number, name in enumerate(names)}}
        rows["popularity, 7 days"] = week(known, now)
        for name, score in rows.items():
            found.setdefault(name, []).append(measured(known, wanted, score, about))
    together = {name: measuring.pooled(each) for name, each in found.items()}
    print(f"temporal: {MONTHS} months, trained anew for each")
    show("temporal", together)
    for name in ("ease", "popularity, 7 days"):
        low, high = measuring.interval(together["blend"].ndcg, together[name].ndcg)
        ratio = together["blend"].ndcg.mean() / together[name].ndcg.mean()
        print(f"  blend over {name}: × {ratio:.3f}, difference {low:+.4f} to {high:+.4f}")
        print(f"RESULT recommendation_temporal_over_{name.split(',')[0]}={ratio:.3f}")
    print(f"  told, of the last month {dict(zip(names, model.told.round(3).tolist(), strict=True))}")


def week(known: Plays, now: float) -> Score:
    """Rank by how often titles were watched in the week before."""
    recent = known.times >= now - 7 * 86_400
    counts = np.bincount(known.titles[recent], minlength=known.number).astype(np.float32)

    def score(plays: Plays, viewers: slice) -> NDArray[np.float32]:
        total = np.tile(counts, (viewers.stop - viewers.start, 1))
        total[seen(plays, viewers).nonzero()] = -np.inf
        return total

    return score


def show(split: str, rows: Mapping[str, measuring.Measured]) -> None:
    """Print a table, and what the blend reached."""
    for name, each in rows.items():
        print(f"  {name:22}", each.told(), flush=True)
    for measure, value in rows["blend"].told().items():
        if measure != "viewers":
            print(f"RESULT recommendation_{split}_{measure.replace('@', '_at_')}={value}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="*", default=["leave-one-out", "temporal"])
    parser.add_argument(
        "--folder", type=Path, default=Path("var/sequence"), help="where a sequence model's training stands"
    )
    parser.add_argument("--rounds", type=int, default=80, help="how often it goes through all plays at most")
    asked = parser.parse_args()
    everything = plays()
    for which in asked.which:
        if which == "sequence":
            sequence(everything, asked.folder, asked.rounds)
        else:
            {"leave-one-out": leave_one_out, "temporal": temporal}[which](everything)

"""Training of a model: its parts by what is known, and how much each of them tells by what was watched after that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol
from uuid import UUID

from scipy import sparse

from services.recommendation.engine import weighing
from services.recommendation.engine.closed_forms import parts, shares
from services.recommendation.engine.model import Following, Model
from services.recommendation.engine.plays import Plays, since, without_last
from services.recommendation.engine.sequence.answering import Network
from services.recommendation.engine.weighing import Lesson

# The square tables of least squares need memory and time by the second and third power: of more titles, the most played.
MOST_TITLES = 12_000
# What is to be foretold: the plays of so many seconds.
RECENT = 28 * 86_400.0
# Of few viewers who came back nothing can be learned: then those of some months are put together.
ENOUGH_VIEWERS = 1_000
MOST_MONTHS = 3


class Sequences(Protocol):
    """What trains a sequence model; it needs PyTorch, so it is handed in. Both return the file that `Network` reads."""

    def begin(self, plays: Plays) -> bytes:
        """Train, from what it was first trained on where it was: each time on that and more."""
        ...

    def go_on(self, plays: Plays) -> bytes:
        """Train a little on more plays than the last time."""
        ...


def train(
    version: str,
    plays: Plays,
    titles: Sequence[UUID],
    *,
    now: float | None = None,
    sequences: Sequences | None = None,
) -> Model:
    """Train a model: learn how much each part tells, then fit the parts on everything.

    Without `now` (Unix seconds) times are taken for an order alone, and everybody's last play is what is to be foretold. With it
    the plays of the last four weeks are, from those before them, and where few came back in these, those of some months.
    With `sequences` it has a sequence model too.
    """
    lessons = [_lesson(*without_last(plays), None)] if now is None else list(_months(plays, now))
    # Of the earliest lesson, so that what any of them asks for was not known.
    network = None if sequences is None else Network(sequences.begin(lessons[-1].known), plays.number)
    told, beside = weighing.weighed(lessons, network)
    following = None
    if sequences is not None and beside is not None:
        data = sequences.go_on(plays)
        following = Following(data, beside, Network(data, plays.number))
    fitted = tuple(parts(plays, timed=now is not None))
    return Model(version, tuple(titles), shares(plays, now), fitted, told, following)


def _months(plays: Plays, now: float) -> Iterator[Lesson]:
    """The last four weeks after those before them, and where few came back in them, the four weeks before, and so on."""
    viewers = 0
    for month in range(1, MOST_MONTHS + 1):
        at = now - month * RECENT
        until, _ = since(plays, at + RECENT)
        known, wanted = since(until, at)
        back = int((wanted.getnnz(axis=1) > 0).sum())
        if month > 1 and not back:
            return
        yield _lesson(known, wanted, at)
        viewers += back
        if viewers >= ENOUGH_VIEWERS:
            return


def _lesson(known: Plays, wanted: sparse.csr_matrix, now: float | None) -> Lesson:
    return Lesson(known, wanted, tuple(parts(known, timed=now is not None)), shares(known, now))

"""Training of the network: what came next after each play, against every title that its viewer had not watched by then.

The cross-entropy over all titles rather than a few sampled ones is what makes such networks good (Klenitskiy, Vasilev, "Turning
Dross Into Gold Loss", RecSys 2023).
"""

from __future__ import annotations

import copy
import hashlib
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from libs.chassis import telemetry
from services.recommendation.engine.plays import Plays
from services.recommendation.engine.sequence.exporting import exported
from services.recommendation.engine.sequence.network import Network, Shape, gap

log = telemetry.logger(__name__)

# Places of histories that one step learns from, and of those so many at once against all titles.
STEP = 3_200
CHUNK = 256
# Processors multiply best by so many columns at once.
ALIGNED = 64
RATE = 1e-3
WARM = 200  # steps
# Answers come from the mean of the weights of the last steps.
KEPT = 0.999
# So many viewers' last plays are held back; when they were not foretold better for so many rounds, it has learned enough.
HELD_BACK = 1_000
PATIENCE = 6
ROUNDS = 80
# On more plays than before: so many rounds, of smaller steps.
MORE_ROUNDS = 2
GENTLE = 0.3


@dataclass(frozen=True, slots=True)
class Batch:
    """Histories, empty in front where others are longer, and what followed each of their plays, -1 where nothing did."""

    histories: Tensor
    following: Tensor
    gaps: Tensor


class Next(torch.autograd.Function):
    """The mean cross-entropy of what came next, its slope found along the way: the scores of all titles are never kept."""

    @staticmethod
    def forward(
        context: Any,
        states: Tensor,
        titles: Tensor,
        bias: Tensor,
        following: Tensor,
        seen: tuple[Tensor, Tensor, Tensor],
    ) -> Tensor:
        histories, viewer, place = seen
        total = states.new_zeros(())
        number, width = titles.shape
        wide = -(-(number + 1) // ALIGNED) * ALIGNED
        small = torch.zeros(wide, width, dtype=torch.bfloat16)
        small[:number] = titles
        begin = torch.full((wide,), -math.inf)
        begin[:number] = bias
        slope, of_titles, of_bias = torch.empty_like(states), torch.zeros(wide, width), torch.zeros(wide)
        at_places = torch.arange(histories.shape[1])
        for at in range(0, len(states), CHUNK):
            part = slice(at, at + CHUNK)
            near, wanted = states[part].to(torch.bfloat16), following[part, None]
            scores = (near @ small.T).float().add_(begin)
            right = scores.gather(1, wanted)
            # Where nothing was seen yet stands a title that nobody can watch.
            watched = torch.where(at_places <= place[part, None], histories[viewer[part]], number)
            scores.scatter_(1, watched, -math.inf)
            # What is watched again may be foretold all the same.
            scores.scatter_(1, wanted, right)
            power = torch.softmax(scores, dim=1)
            chance = power.gather(1, wanted)
            total -= chance.clamp(min=1e-30).log().sum()
            power.scatter_(1, wanted, chance - 1.0)
            of_bias += power.sum(dim=0)
            steep = power.to(torch.bfloat16)
            slope[part] = (steep @ small).float()
            of_titles += (steep.T @ near).float()
        size = len(states)
        context.save_for_backward(slope / size, of_titles[:number] / size, of_bias[:number] / size)
        return total / size

    @staticmethod
    def backward(context: Any, *outer: Tensor) -> tuple[Tensor | None, ...]:
        slope, of_titles, of_bias = context.saved_tensors
        return slope * outer[0], of_titles * outer[0], of_bias * outer[0], None, None


def batches(plays: Plays, longest: int, random: np.random.Generator, step: int = STEP) -> Iterator[Batch]:
    """Everybody's history in windows, in another order and cut at another place each time."""
    starts = np.searchsorted(plays.viewers, np.arange(plays.size))
    ends = np.append(starts[1:], len(plays.viewers))
    windows = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        at = end
        if end - start > longest + 1:
            at = end - int(random.integers(0, longest // 2))
            windows.append((start, max(end - longest - 1, start), end))
        while at - start > 1:
            windows.append((start, max(at - longest - 1, start), at))
            at = max(at - longest, start)
            if end - start <= longest + 1:
                break
    lengths = np.array([end - at for _, at, end in windows])
    # Alike in length, so that little is empty; which are together differs.
    order = np.argsort(lengths + random.uniform(0, 8, len(lengths)), kind="stable")
    groups: list[list[int]] = []
    group: list[int] = []
    wide = 0
    for number in order.tolist():
        wide = max(wide, int(lengths[number]))
        if group and wide * (len(group) + 1) > step:
            groups.append(group)
            group, wide = [], int(lengths[number])
        group.append(number)
    groups.append(group)
    for number in random.permutation(len(groups)).tolist():
        yield _batch(plays, [windows[each] for each in groups[number]], longest)


def _batch(plays: Plays, windows: list[tuple[int, int, int]], longest: int) -> Batch:
    wide = max(end - at for _, at, end in windows) - 1
    histories = np.full((len(windows), wide), plays.number, np.int64)
    following = np.full((len(windows), wide), -1, np.int64)
    times = np.zeros((len(windows), wide + 2))
    for row, (start, at, end) in enumerate(windows):
        size = end - at - 1
        titles = plays.titles[at:end]
        histories[row, wide - size :] = titles[:-1]
        following[row, wide - size :] = titles[1:]
        before = plays.times[at - 1] if at > start else np.nan
        times[row, : wide - size] = np.nan
        times[row, wide - size] = before
        times[row, wide - size + 1 :] = plays.times[at:end]
    return Batch(torch.from_numpy(histories), torch.from_numpy(following), _gaps(times))


def _gaps(times: NDArray[np.float64]) -> Tensor:
    between = torch.from_numpy(np.diff(times, axis=1))
    return torch.where(torch.isnan(between), 0, gap(torch.nan_to_num(between)))


def loss(network: Network, batch: Batch) -> Tensor:
    """The mean surprise at what came next."""
    with torch.autocast("cpu", torch.bfloat16):
        states = network.states(batch.histories, batch.gaps if network.shape.timed else None)
    viewer, place = (batch.following >= 0).nonzero(as_tuple=True)
    following = batch.following[viewer, place]
    number = network.shape.titles
    seen = (batch.histories, viewer, place)
    found: Tensor = Next.apply(
        states[viewer, place].float(), network.titles.weight[:number], network.bias, following, seen
    )
    return found


@dataclass(frozen=True, slots=True)
class Size:
    """How large a network is to be, and how long it may learn."""

    width: int = 96
    blocks: int = 2
    heads: int = 2
    longest: int = 200
    dropout: float = 0.25
    rounds: int = ROUNDS
    patience: int = PATIENCE
    seconds: float = math.inf
    step: int = STEP


class Fitting:
    """Trains sequence models one after the other, as `training.Sequences` describes.

    In `folder` the first and longest training keeps where it is after each round, so that one that was cut short goes on.
    """

    def __init__(self, size: Size | None = None, folder: Path | None = None, seed: int = 1) -> None:
        self.size = Size() if size is None else size
        self._folder, self._seed = folder, seed
        self._earliest: Network | None = None
        self._latest: Network | None = None
        # What was told of each round, for a card.
        self.rounds: list[dict[str, float]] = []

    @property
    def parameters(self) -> int:
        """How many numbers the network has that was trained last."""
        return 0 if self._latest is None else sum(each.numel() for each in self._latest.parameters())

    def begin(self, plays: Plays) -> bytes:
        """Train from nothing, or on from what came of that the first time."""
        if self._earliest is None:
            self._earliest = self._latest = self._whole(plays)
            return exported(self._earliest)
        self._latest = self._more(self._earliest, plays)
        return exported(self._latest)

    def go_on(self, plays: Plays) -> bytes:
        """Train a little on more plays than the last time."""
        assert self._latest is not None
        self._latest = self._more(self._latest, plays)
        return exported(self._latest)

    def _whole(self, plays: Plays) -> Network:
        size = self.size
        shape = Shape(plays.number, size.width, size.blocks, size.heads, size.longest, dropout=size.dropout)
        learned, asked = _held_back(plays, self._seed)
        torch.manual_seed(self._seed)
        run = _Run(Network(shape), RATE, self._seed, size.step)
        file = None if self._folder is None else self._folder / f"{_called(plays, size)}.pt"
        if file is not None:
            run.take_up(file)
        began = time.monotonic() - run.seconds
        while (
            run.round < size.rounds
            and run.round - run.best_round < size.patience
            and time.monotonic() - began < size.seconds
        ):
            surprise = run.learn(learned)
            run.judge(rank_of(run.mean, asked))
            run.seconds = time.monotonic() - began
            told = {"surprise": surprise, "ndcg": run.ndcg, "seconds": run.seconds}
            self.rounds.append({name: round(value, 4) for name, value in told.items()})
            if file is not None:
                run.keep(file)
        return run.best

    def _more(self, network: Network, plays: Plays) -> Network:
        torch.manual_seed(self._seed)
        run = _Run(copy.deepcopy(network), RATE * GENTLE, self._seed, self.size.step)
        for _ in range(min(MORE_ROUNDS, self.size.rounds)):
            run.learn(plays)
        return run.mean


class _Run:
    """A training under way: the network, the mean of its last states, and the best of these."""

    def __init__(self, network: Network, rate: float, seed: int, plays: int) -> None:
        self.network, self._rate, self._seed, self._plays = network, rate, seed, plays
        self.mean, self.best = copy.deepcopy(network), copy.deepcopy(network)
        self.steps = torch.optim.AdamW(network.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.0)
        self.step = self.round = self.best_round = 0
        self.ndcg, self.best_ndcg, self.seconds = 0.0, -1.0, 0.0

    def learn(self, plays: Plays) -> float:
        """Go once through all plays; return the mean surprise."""
        random = np.random.default_rng([self._seed, self.round])
        surprise = []
        self.network.train()
        for batch in batches(plays, self.network.shape.longest, random, self._plays):
            self.step += 1
            for group in self.steps.param_groups:
                group["lr"] = self._rate * min(1.0, self.step / WARM)
            found = loss(self.network, batch)
            self.steps.zero_grad(set_to_none=True)
            found.backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            self.steps.step()
            surprise.append(float(found.detach()))
            with torch.no_grad():
                share = 1 - min(KEPT, (1 + self.step) / (10 + self.step))
                for kept, now in zip(self.mean.parameters(), self.network.parameters(), strict=True):
                    kept.lerp_(now, share)
        self.round += 1
        return float(np.mean(surprise)) if surprise else 0.0

    def judge(self, ndcg: float) -> None:
        """Remember the mean where it is the best until now."""
        self.ndcg = ndcg
        if ndcg > self.best_ndcg:
            self.best, self.best_ndcg, self.best_round = copy.deepcopy(self.mean), ndcg, self.round

    def keep(self, file: Path) -> None:
        """Write where the training is; what is half written replaces nothing."""
        file.parent.mkdir(parents=True, exist_ok=True)
        states = {name: getattr(self, name).state_dict() for name in ("network", "mean", "best", "steps")}
        numbers = {name: getattr(self, name) for name in ("step", "round", "best_round", "best_ndcg", "seconds")}
        torch.save({**states, **numbers}, file.with_suffix(".new"))
        file.with_suffix(".new").replace(file)

    def take_up(self, file: Path) -> None:
        """Go on where a training was cut short, if one was. What cannot be read, or only a part of it, is begun anew."""
        if not file.exists():
            return
        before = copy.deepcopy(self.__dict__)
        try:
            told = torch.load(file, weights_only=True)
            for name in ("network", "mean", "best", "steps"):
                getattr(self, name).load_state_dict(told[name])
            for name in ("step", "round", "best_round", "best_ndcg", "seconds"):
                setattr(self, name, told[name])
        except Exception as error:  # PyTorch's own have no common kind
            self.__dict__.update(before)
            log.warning("training_begun_anew", file=str(file), reason=f"{type(error).__name__}: {error}"[:500])


def _called(plays: Plays, size: Size) -> str:
    # How long it may learn is no part of what it is.
    made = {name: value for name, value in asdict(size).items() if name not in ("rounds", "patience", "seconds")}
    known = hashlib.sha256(repr(sorted(made.items())).encode())
    for numbers in (plays.viewers, plays.titles):
        known.update(np.ascontiguousarray(numbers, np.int64).tobytes())
    return known.hexdigest()[:16]


def _held_back(plays: Plays, seed: int) -> tuple[Plays, list[NDArray[np.int64]]]:
    """All plays but the last of some viewers, and the whole histories of those."""
    counts = np.bincount(plays.viewers)
    several = np.flatnonzero(counts > 2)
    asked = np.random.default_rng(seed).permutation(several)[: min(HELD_BACK, len(several) // 2)]
    ends = np.cumsum(counts)
    kept = np.ones(len(plays.viewers), np.bool_)
    kept[ends[asked] - 1] = False
    histories = [plays.titles[ends[viewer] - counts[viewer] : ends[viewer]] for viewer in asked.tolist()]
    return Plays(plays.viewers[kept], plays.titles[kept], plays.times[kept], plays.number), histories


@torch.no_grad()  # type: ignore[untyped-decorator]
def rank_of(network: Network, histories: list[NDArray[np.int64]]) -> float:
    """The NDCG@10 of the last title of each history after those before it, of all that it does not have."""
    network.eval()
    gains = []
    ordered = sorted(histories, key=len)
    for at in range(0, len(ordered), 32):
        several = ordered[at : at + 32]
        wide = min(network.shape.longest, max(len(each) - 1 for each in several))
        told = np.full((len(several), wide), network.shape.titles, np.int64)
        for row, history in enumerate(several):
            recent = history[:-1][-wide:]
            told[row, wide - len(recent) :] = recent
        scores = network.scores(network.states(torch.from_numpy(told))[:, -1]).numpy()
        for row, history in enumerate(several):
            scores[row, history[:-1]] = -math.inf
            better = int((scores[row] > scores[row, history[-1]]).sum())
            gains.append(1 / math.log2(better + 2) if better < 10 else 0.0)
    return float(np.mean(gains)) if gains else 0.0

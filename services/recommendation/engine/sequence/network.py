"""The network: self-attention over a history, as in SASRec (Kang, McAuley, ICDM 2018), with how far back instead of a place.

Needs PyTorch, which who only answers never loads.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

# Gaps between plays count by their order of size: 0 s, up to 2, 4, 8 s … 2^26 s (two years), and one for "not known".
GAPS = 28
UNKNOWN = 0


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a network is. `timed`: it is told how long ago plays were."""

    titles: int
    width: int = 64
    blocks: int = 2
    heads: int = 2
    longest: int = 200
    timed: bool = False
    dropout: float = 0.2

    def told(self) -> dict[str, Any]:
        """For a file."""
        return asdict(self)


class Block(nn.Module):
    """Attention to what was watched before, then a layer for each place of a history."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.before = nn.LayerNorm(shape.width)
        self.mixed = nn.Linear(shape.width, 3 * shape.width)
        self.together = nn.Linear(shape.width, shape.width)
        # How much each head looks at what came so many places before; in the beginning the newer, the more.
        slopes = torch.tensor([2.0 ** -(2 * head) for head in range(1, shape.heads + 1)])
        self.distance = nn.Parameter(-slopes[:, None] * torch.arange(shape.longest).sqrt()[None, :])
        self.then = nn.LayerNorm(shape.width)
        self.wide = nn.Linear(shape.width, 4 * shape.width)
        self.narrow = nn.Linear(4 * shape.width, shape.width)
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, states: Tensor, away: Tensor, hidden: Tensor) -> Tensor:
        """`states` is viewers × places × width, `away` how far each place is from each, `hidden` where one may not look."""
        viewers, places, width = states.shape
        mixed = self.mixed(self.before(states)).view(viewers, places, 3, self.heads, width // self.heads)
        ask, key, value = mixed.permute(2, 0, 3, 1, 4)
        near = self.distance[:, away].masked_fill(hidden, -math.inf)
        weights = torch.softmax(ask @ key.transpose(-1, -2) / math.sqrt(width // self.heads) + near, dim=-1)
        seen = (weights @ value).transpose(1, 2).reshape(viewers, places, width)
        states = states + self.dropout(self.together(seen))
        return states + self.dropout(self.narrow(nn.functional.gelu(self.wide(self.then(states)))))


class Network(nn.Module):
    """What comes after each place of histories: `states` of which `scores` are made."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        # One more, for where a history has not begun yet.
        self.titles = nn.Embedding(shape.titles + 1, shape.width)
        self.since = nn.Embedding(GAPS, shape.width) if shape.timed else None
        self.until = nn.Embedding(GAPS, shape.width) if shape.timed else None
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.blocks))
        self.last = nn.LayerNorm(shape.width)
        self.out = nn.Linear(shape.width, shape.width)
        self.bias = nn.Parameter(torch.zeros(shape.titles))
        self.dropout = nn.Dropout(shape.dropout)
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.5 / math.sqrt(shape.width))
        for gap in (self.since, self.until):
            if gap is not None:
                nn.init.zeros_(gap.weight)

    def states(self, histories: Tensor, gaps: Tensor | None = None) -> Tensor:
        """Viewers × places × width, from places of titles, the oldest first.

        `gaps`: viewers × (places + 1), how long before each play and before the request the play before was, as `gap` counts it.
        """
        places = histories.shape[1]
        states = self.titles(histories)
        if self.since is not None and self.until is not None and gaps is not None:
            states = states + self.since(gaps[:, :-1]) + self.until(gaps[:, 1:])
        at = torch.arange(places)
        away = at[:, None] - at[None, :]
        # Nothing before a history begins; a place sees itself in any case, for there must be something.
        empty = (histories == self.shape.titles)[:, None, None, :]
        hidden = (away < 0) | (empty & (away != 0))
        states, away = self.dropout(states), away.clamp(min=0)
        for block in self.blocks:
            states = block(states, away, hidden)
        found: Tensor = self.out(self.last(states))
        return found

    def scores(self, states: Tensor) -> Tensor:
        """What speaks for each title, in units of logarithms."""
        return states @ self.titles.weight[: self.shape.titles].T + self.bias


def gap(seconds: Tensor) -> Tensor:
    """The order of size of times between plays, from 1 on; 0 stays free for what is not known."""
    found: Tensor = (torch.log2(seconds.clamp(min=0.0) + 1.0).ceil() + 1).clamp(max=GAPS - 1).to(torch.int64)
    return found

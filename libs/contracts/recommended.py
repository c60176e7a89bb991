"""The rows of a first page: what each kind of row is called, whoever makes it, and how they are told apart."""

from __future__ import annotations

from typing import Literal, get_args

# Rows that recommendation chooses.
RecommendedKind = Literal[
    "top_picks",
    "because_watched",
    "top10",
    "trending",
    "new",
    "genre",
    "watch_again",
    "hidden_gems",
    "leaving_soon",
    "coming_soon",
]

# Rows that others make: what a profile is in the middle of or put on its list, what editors made, what is rated best.
OwnKind = Literal["continue_watching", "my_list", "collection", "top_rated"]

RowKind = Literal["arrived", OwnKind, RecommendedKind]

OWN_KINDS: tuple[OwnKind, ...] = get_args(OwnKind)
_BY_NAME: dict[str, OwnKind | RecommendedKind] = {
    kind.replace("_", "-"): kind for kind in (*OWN_KINDS, *get_args(RecommendedKind))
} | {"because": "because_watched"}


def kind_of(row: str) -> OwnKind | RecommendedKind | None:
    """The kind of a row by its id, which begins with it: `genre-drama` is a `genre`. None of what is no row of a first page."""
    return _BY_NAME.get(row) or _BY_NAME.get(row.partition("-")[0])

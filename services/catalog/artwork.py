"""Which pictures a title has, in which sizes, and which of them an answer names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """`widths` that are made, in pixels; `default` the widest that answers name by itself; `alpha` keeps transparency."""

    widths: tuple[int, ...]
    default: int
    alpha: bool = False


# Posters of which one may be shown instead of a title's own, to whom it says more.
OTHER_POSTERS = ("poster_2", "poster_3", "poster_4")
_POSTER = Kind((320, 640, 1280), 640)
KINDS: dict[str, Kind] = {
    "poster": _POSTER,
    **dict.fromkeys(OTHER_POSTERS, _POSTER),
    "backdrop": Kind((640, 1280, 1920), 1920),
    "logo": Kind((320, 640, 1280), 640, alpha=True),
    "still": Kind((320, 640, 1280), 640),
    "portrait": Kind((160, 320, 640), 320),
}


def url(kind: str, variants: Mapping[str, str] | None) -> str | None:
    """Return the address of the variant a client gets that does not choose one itself."""
    if not variants:
        return None
    widths = sorted(int(width) for width in variants)
    fitting = [width for width in widths if width <= KINDS[kind].default]
    return f"/{variants[str(fitting[-1] if fitting else widths[0])]}"


def srcset(variants: Mapping[str, str] | None) -> str | None:
    """Return every variant in the form of the `srcset` attribute of HTML."""
    if not variants:
        return None
    return ", ".join(f"/{key} {width}w" for width, key in sorted(variants.items(), key=lambda item: int(item[0])))

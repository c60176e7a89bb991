"""What a sentence asks for, one thing at a time, and the amounts among them: years, lengths, ages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

from services.search.engine.documents import OLDEST
from services.search.engine.lexicon import DIGITS

CHILD = 7
_YEAR = r"((?:19|20)\d\d)"
_DECADE = r"(?:the )?(?:(19|20)?(\d)0s)"
# On folded text, where a hyphen is a space.
_BETWEEN = re.compile(rf"\b(?:between |from |in )?{_YEAR} (?:(?:and|to|until|till|through) )?{_YEAR}\b")
_AFTER, _SINCE = re.compile(rf"\b(?:after|later than|newer than) {_YEAR}\b"), re.compile(rf"\bsince {_YEAR}\b")
_ONWARDS = re.compile(rf"\b(?:from )?{_YEAR} (?:on|onwards?|or later|or newer)\b")
_BEFORE = re.compile(rf"\b(?:before|earlier than|older than) {_YEAR}\b")
_UNTIL = re.compile(rf"\b(?:until|till|up to) {_YEAR}\b")
_AROUND_DECADE = re.compile(rf"\b(after|since|before|until) {_DECADE}(?!\w)")
_LENGTH = r"(\d+|[a-z]+)( and a half)?(?: |(?<=\d))(hours?|h|minutes?|mins?|min)( and a half)?\b"
_AT_LEAST = re.compile(
    rf"\b(?:longer than|more than|at least|(?:not|no) (?:less|shorter) than|over|above|minimum) {_LENGTH}"
)
_AT_MOST = re.compile(
    r"\b(?:under|below|(?<!no )(?<!not )(?:less|shorter) than|at most|max(?:imum)?|up to|within"
    rf"|(?:not|no) (?:longer|more) than|not over) {_LENGTH}"
)
_MINUTES = re.compile(r"\bbetween (\d+|[a-z]+) and (\d+|[a-z]+) (hours?|minutes?|mins?)\b")
_AGE = re.compile(
    r"for (?:(?:a|an|my|our|the) )?(?:(?:kid|child|boy|girl|son|daughter) of )?(\d+|[a-z]+) years? olds?\b"
)
_CHILDREN_OF = re.compile(
    r"for (?:(?:my|our|the|small|little|young) )*(?:kids|children)"
    r" (?:(?:under|aged?|of|up to|from|at) )+(?:age )?(\d+|[a-z]+)(?: years?(?: olds?)?)?\b"
)
_CHILDREN = re.compile(
    r"for (?:(?:my|our|the|a|small|little|young|whole|all) )*(?:kids?|children|child|toddlers?|family|families)\b"
)
_TEENAGERS, _TEENAGED = re.compile(r"for (?:(?:my|our|a|the) )*(?:teens?|teenagers?)\b"), 13


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that a sentence asks for, or asks to leave out; kinds as in `schemas.discovery`.

    `one_of`: what it was said to be one choice of (`choice`).
    """

    kind: str
    value: str
    label: str
    negated: bool = False
    one_of: str | None = None


OneOf = Literal["year", "country", "language", "type", "genre", "mood", "person"]
# Of these a title has one: who names two wants either. A decade is a choice of years.
_ONE: dict[str, OneOf] = {
    "decade": "year", "year": "year", "country": "country", "language": "language", "type": "type",
}  # fmt: skip


# Of these it may have several: they are choices where somebody says so. A mood is had by genres.
_SAID: dict[str, str] = {"genre": "genre", "mood": "genre", "person": "person"}


def choice(kind: str, value: str, *, negated: bool, said: str | None = None) -> OneOf | None:
    """What a wish is one choice of: of wishes for the same one a title has to meet one. None where it has to meet the wish.

    A year from or up to which is a bound, and no choice. `said`: what it is a choice of where it need not be one.
    """
    if negated or (kind == "year" and None in span(value)):
        return None
    if kind in _ONE:
        return _ONE[kind]
    return cast(OneOf, said) if said and may_be(kind) and may_be(kind) == may_be(said) else None


def may_be(kind: str) -> str | None:
    """Wishes of which kinds may be choices of one where somebody says so: those of which this is the same."""
    return _SAID.get(kind)


def span(value: str) -> tuple[int | None, int | None]:
    """From and up to: of 1980-1985, 2016- and -1999, and of one number alone both."""
    low, dash, high = value.partition("-")
    return int(low) if low else None, int(high if dash else low) if high or not dash else None


def amounts(part: str) -> tuple[str, list[Wish]]:
    """What a part of a sentence says of years, lengths and ages, and the part without it."""
    found: list[Wish] = []
    for pattern, wish in _READERS:
        while match := pattern.search(part):
            if wished := wish(match):
                found.append(wished)
            part = f"{part[: match.start()]} {part[match.end() :]}"
    return part, found


def _years(low: int | None, high: int | None) -> Wish:
    value = f"{low or ''}-{high or ''}"
    label = f"{low}–{high}" if low and high else f"from {low}" if low else f"up to {high}"
    return Wish("year", value, label)


def _between(match: re.Match[str]) -> Wish:
    low, high = sorted((int(match.group(1)), int(match.group(2))))
    return _years(low, high)


def _around_decade(match: re.Match[str]) -> Wish:
    word, century, digit = match.groups()
    first = int(f"{century or ('20' if int(digit) < 3 else '19')}{digit}0")
    bounds = {
        "after": (first + 10, None),
        "since": (first, None),
        "before": (None, first - 1),
        "until": (None, first + 9),
    }
    return _years(*bounds[word])


def number(word: str) -> int | None:
    """The number that digits or a word stand for."""
    digits = "1" if word in ("an", "a") else DIGITS.get(word, word)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 4 else None


def _minutes(match: re.Match[str]) -> int | None:
    said, half, unit, later_half = match.groups()
    count = number(said)
    if not count:
        return None
    return count * 60 + 30 * bool(half or later_half) if unit.startswith("h") else count


def _at_least(match: re.Match[str]) -> Wish | None:
    minutes = _minutes(match)
    return Wish("runtime", f"{minutes}-", f"at least {minutes} min") if minutes else None


def _at_most(match: re.Match[str]) -> Wish | None:
    minutes = _minutes(match)
    return Wish("runtime", str(minutes), f"under {minutes} min") if minutes else None


def _between_minutes(match: re.Match[str]) -> Wish | None:
    low, high = number(match.group(1)), number(match.group(2))
    if not low or not high:
        return None
    low, high = sorted((low * 60, high * 60) if match.group(3).startswith("h") else (low, high))
    return Wish("runtime", f"{low}-{high}", f"{low}–{high} min")


def _age(match: re.Match[str]) -> Wish | None:
    years = number(match.group(1))
    return None if years is None or years > OLDEST else Wish("maturity", str(years), f"for age {years}")


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Wish | None]], ...] = (
    (_BETWEEN, _between),
    (_AFTER, lambda match: _years(int(match.group(1)) + 1, None)),
    (_SINCE, lambda match: _years(int(match.group(1)), None)),
    (_ONWARDS, lambda match: _years(int(match.group(1)), None)),
    (_BEFORE, lambda match: _years(None, int(match.group(1)) - 1)),
    (_UNTIL, lambda match: _years(None, int(match.group(1)))),
    (_AROUND_DECADE, _around_decade),
    (_MINUTES, _between_minutes),
    # "Not longer than" is in both, and means the second.
    (_AT_MOST, _at_most),
    (_AT_LEAST, _at_least),
    (_AGE, _age),
    (_CHILDREN_OF, _age),
    (_CHILDREN, lambda match: Wish("maturity", str(CHILD), "for children")),
    (_TEENAGERS, lambda match: Wish("maturity", str(_TEENAGED), "for teenagers")),
)  # fmt: skip

"""National age ratings: the systems we know, and which of our ages each of their ratings stands for.

An age that lies between two of ours (0, 7, 12, 16, 18) goes up to the next one, so that nobody is shown more than a system
allows. Ratings that only advise parents stand for the age they name, rounded down to ours. What a system has not rated
stands for 18.
"""

from __future__ import annotations

from collections.abc import Mapping

SYSTEMS: dict[str, dict[str, int]] = {
    # Germany, the United Kingdom and Ireland, the United States (cinema, then television)
    "FSK": {"0": 0, "6": 7, "12": 12, "16": 16, "18": 18},
    "BBFC": {"U": 0, "PG": 7, "12": 12, "12A": 12, "15": 16, "18": 18, "R18": 18},
    "IFCO": {"G": 0, "PG": 7, "12": 12, "12A": 12, "15": 16, "15A": 16, "16": 16, "18": 18},
    "MPA": {"G": 0, "PG": 7, "PG-13": 12, "R": 18, "NC-17": 18, "NR": 18, "UR": 18},
    "TVPG": {
        "TV-Y": 0, "TV-G": 0, "TV-Y7": 7, "TV-Y7-FV": 7, "TV-PG": 7, "TV-14": 16, "TV-MA": 18, "NR": 18, "UR": 18,
    },
    # France, Spain, Italy, the Netherlands, Sweden
    "CNC": {"TP": 0, "10": 12, "12": 12, "16": 16, "18": 18},
    "ICAA": {"A": 0, "7": 7, "12": 12, "16": 16, "18": 18, "X": 18},
    "DGCA": {"T": 0, "6+": 7, "14+": 16, "18+": 18},
    "KIJKWIJZER": {"AL": 0, "6": 7, "9": 12, "12": 12, "14": 16, "16": 16, "18": 18},
    "SMR": {"BTL": 0, "7": 7, "11": 12, "15": 16},
    # Brazil, Australia, Japan, South Korea, India
    "CLASSIND": {"L": 0, "10": 12, "12": 12, "14": 16, "16": 16, "18": 18},
    "ACB": {"G": 0, "PG": 7, "M": 16, "MA15+": 16, "R18+": 18},
    "EIRIN": {"G": 0, "PG12": 12, "R15+": 16, "R18+": 18},
    "KMRB": {"ALL": 0, "12": 12, "15": 16, "18": 18},
    "CBFC": {"U": 0, "UA": 12, "UA 7+": 7, "UA 13+": 16, "UA 16+": 16, "A": 18},
}  # fmt: skip


class UnknownCertificate(ValueError):
    """A rating that its system does not have, or a system we do not know."""


def age_of(system: str, rating: str) -> int:
    """Return the age a rating stands for. Raises `UnknownCertificate`, which says what there is."""
    ratings = SYSTEMS.get(system)
    if ratings is None:
        raise UnknownCertificate(f"{system} is none of {', '.join(SYSTEMS)}")
    if rating not in ratings:
        raise UnknownCertificate(f"{system} has no {rating}, but {', '.join(ratings)}")
    return ratings[rating]


def age_of_all(certificates: Mapping[str, str]) -> int | None:
    """Return the age that satisfies every one of a title's ratings; None where it has none."""
    return max((age_of(system, rating) for system, rating in certificates.items()), default=None)


def age_after(maturity: int, before: Mapping[str, str], after: Mapping[str, str]) -> int:
    """Return the age of a title of `maturity` whose ratings change and of whose age nothing is said.

    It follows its ratings; one that is not theirs was set by hand, and is raised by them and never lowered.
    """
    theirs, age = age_of_all(before), age_of_all(after)
    if age is None or dict(before) == dict(after):
        return maturity
    return age if maturity == theirs else max(maturity, age)

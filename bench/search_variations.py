"""Names of titles as people half remember them, made from a seed: queries that the ranking was not made by."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from services.search.engine.lexicon import ARTICLES, DIGITS, ROMANS
from services.search.engine.text import fold, squash

SEED = 2026
EACH = 60
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# As people spell what their keyboard does not have.
SPELLED = {
    "ä": "ae",
    "ö": "oe",
    "ü": "ue",
    "ß": "ss",
    "å": "aa",
    "ø": "oe",
    "æ": "ae",
    "ñ": "n",
    "ı": "i",
    "ş": "sh",
    "ğ": "g",
}
OTHER_DIGITS = {digits: word for word, digits in DIGITS.items()}

Change = Callable[[str, random.Random], str | None]


def _letter(name: str, chance: random.Random, place: int) -> str:
    """One mistake at a place: a letter left out, doubled, exchanged with its neighbour, or another one."""
    kind = chance.randrange(4)
    if kind == 0:
        return name[:place] + name[place + 1 :]
    if kind == 1:
        return name[:place] + name[place] + name[place:]
    if kind == 2 and place + 1 < len(name):
        return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    return name[:place] + chance.choice(LETTERS) + name[place + 1 :]


def first_letter(name: str, chance: random.Random) -> str | None:
    return chance.choice(LETTERS) + name[1:] if len(name) > 5 else None


def typo(name: str, chance: random.Random) -> str | None:
    return _letter(name, chance, chance.randrange(1, len(name))) if len(name) > 5 else None


def two_typos(name: str, chance: random.Random) -> str | None:
    if len(name) < 11:
        return None
    return _letter(_letter(name, chance, chance.randrange(1, 5)), chance, chance.randrange(6, len(name) - 1))


def glued(name: str, chance: random.Random) -> str | None:
    return squash(name) if " " in name else None


def split(name: str, chance: random.Random) -> str | None:
    places = [at for at in range(2, len(name) - 2) if " " not in name[at - 2 : at + 2]]
    if not places:
        return None
    at = chance.choice(places)
    return f"{name[:at]} {name[at:]}"


def spelled(name: str, chance: random.Random) -> str | None:
    found = "".join(SPELLED.get(letter, letter) for letter in name)
    return fold(found) if found != name else None


def number(name: str, chance: random.Random) -> str | None:
    other = {**OTHER_DIGITS, **DIGITS, **ROMANS}
    words = name.split()
    found = [other.get(word, word) for word in words]
    return " ".join(found) if found != words else None


def order(name: str, chance: random.Random) -> str | None:
    words = [word for word in name.split() if word not in ARTICLES]
    if not 2 <= len(words) <= 4:
        return None
    return " ".join([*words[1:], words[0]])


def beginning(name: str, chance: random.Random) -> str | None:
    return name[: max(6, round(len(name) * chance.uniform(0.5, 0.85)))] if len(name) > 9 else None


def no_article(name: str, chance: random.Random) -> str | None:
    first, _, rest = name.partition(" ")
    return rest if rest and first in ARTICLES else None


def said_around(name: str, chance: random.Random) -> str | None:
    return chance.choice(("watch {}", "{} full movie", "{} online", "{} netflix", "the {} film")).format(name)


CHANGES: dict[str, Change] = {
    "a typo": typo, "a typo in the first letter": first_letter, "two typos": two_typos, "words glued": glued,
    "a word split": split, "letters spelled out": spelled, "numbers written otherwise": number, "words in another order": order,
    "only the beginning": beginning, "without its article": no_article, "words around it": said_around,
}  # fmt: skip


def variations(rows: Sequence[dict[str, str]], known: frozenset[str]) -> Iterator[tuple[str, str, frozenset[str]]]:
    """(class, query, ids of which any will do); nothing of titles that are `known` from other queries."""
    chance = random.Random(SEED)
    by_name: dict[str, set[str]] = {}
    for row in rows:
        by_name.setdefault(fold(row["title"]), set()).add(row["show_id"])
    unseen = [row["title"] for row in rows if row["show_id"] not in known and len(fold(row["title"])) > 3]
    for kind, change in CHANGES.items():
        found = 0
        for name in chance.sample(unseen, len(unseen)):
            # What is spelled out are the letters of the name as it is written; all else begins with how it is compared.
            text = change(name.lower() if change is spelled else fold(name), chance)
            if text is None or fold(text) == fold(name):
                continue
            yield kind, text, frozenset(_meant(by_name, fold(name), text, begun=change is beginning))
            found += 1
            if found == EACH:
                break


def _meant(by_name: dict[str, set[str]], name: str, text: str, *, begun: bool) -> set[str]:
    if not begun:
        return by_name[name] | by_name.get(fold(text), set())
    return {id_ for other, ids in by_name.items() if other.startswith(text) for id_ in ids}

"""Queries of the same kinds as the judged ones, made by rule from a seed: over titles that no judged query is about.

Each kind says in one function how a query is made of a title and which titles answer it; `queries` draws the titles. Titles whose
names are the same answer for each other. Nothing here uses the engine: it folds text and knows genres and countries by itself.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

SEED = 20_261_127
EACH = 40
DRAWS = 4000
LETTERS = "abcdefghijklmnopqrstuvwxyz"
VOWELS = "aeiou"
# What is said for a genre, and what the name of one has in it that is meant.
GENRES = {
    "comedy": "Comed", "drama": "Dramas", "action": "Action", "horror": "Horror", "documentary": "Docu", "romance": "Romantic",
    "crime": "Crime", "anime": "Anime", "stand up comedy": "Stand-Up", "sports": "Sports", "thriller": "Thrillers",
    "sci fi": "Sci-Fi",
}  # fmt: skip
PEOPLE_OF = {
    "American": "United States", "Indian": "India", "British": "United Kingdom", "Canadian": "Canada", "French": "France",
    "Japanese": "Japan", "Spanish": "Spain", "South Korean": "South Korea", "German": "Germany", "Mexican": "Mexico",
    "Chinese": "China", "Australian": "Australia", "Egyptian": "Egypt", "Turkish": "Turkey", "Nigerian": "Nigeria",
    "Italian": "Italy", "Brazilian": "Brazil", "Argentinian": "Argentina", "Polish": "Poland", "Thai": "Thailand",
}  # fmt: skip
AROUND = ("{} full movie", "{} movie", "watch {}", "{} netflix", "{} online")
TELLING = ("movie about {}", "show where {}", "film with a {}", "the one with {}")
# Words that tell nothing of a plot.
COMMON = 5

Row = dict[str, str]
Made = tuple[str, frozenset[str]] | None
Kind = Callable[["Titles", Row, random.Random], Made]


def plain(text: str) -> str:
    """Small Latin letters, digits and single spaces; apostrophes join, "&" is and."""
    text = unicodedata.normalize("NFKD", text.replace("&", " and ")).encode("ascii", "ignore").decode().lower()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", re.sub(r"['`]", "", text)).split())


def listed(cell: str) -> list[str]:
    return [part.strip() for part in (cell or "").split(",") if part.strip()]


class Titles:
    """All titles, and who answers what."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.names = {row["show_id"]: plain(row["title"]) for row in rows}
        self.plots = {row["show_id"]: set(plain(row["description"] or "").split()) for row in rows}
        self.said: dict[str, int] = {}
        for words in self.plots.values():
            for word in words:
                self.said[word] = self.said.get(word, 0) + 1

    def where(self, holds: Callable[[Row], bool]) -> frozenset[str]:
        return frozenset(row["show_id"] for row in self.rows if holds(row))

    def called(self, name: str) -> frozenset[str]:
        return frozenset(id_ for id_, each in self.names.items() if each == name)

    def with_person(self, column: str, name: str) -> frozenset[str]:
        return self.where(lambda row: name in map(plain, listed(row[column])))

    def rare(self, row: Row) -> list[str]:
        """Longer words of its plot that few plots have."""
        words = plain(row["description"] or "").split()
        return [
            word
            for word in dict.fromkeys(words)
            if len(word) > 3 and self.said[word] <= len(self.rows) * COMMON // 1000
        ]


def mistyped(text: str, chance: random.Random) -> str:
    """One letter left out, doubled, exchanged with the next, or another; the first one stays."""
    place = chance.randrange(1, len(text))
    kind = chance.randrange(4)
    if kind == 0:
        return text[:place] + text[place + 1 :]
    if kind == 1:
        return text[:place] + text[place] + text[place:]
    if kind == 2 and place + 1 < len(text):
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text[:place] + chance.choice(LETTERS) + text[place + 1 :]


def as_heard(word: str, chance: random.Random) -> str:
    """A word as somebody spells it who has only heard it: some vowels are others, and some letters sound the same."""
    for heard, written in (("ph", "f"), ("ck", "k"), ("qu", "kw"), ("th", "t"), ("x", "ks")):
        if chance.random() < 0.5:
            word = word.replace(heard, written)
    return "".join(chance.choice(VOWELS) if letter in VOWELS and chance.random() < 0.4 else letter for letter in word)


def exact_title(titles: Titles, row: Row, chance: random.Random) -> Made:
    return row["title"], titles.called(titles.names[row["show_id"]])


def typo_title(titles: Titles, row: Row, chance: random.Random) -> Made:
    name = titles.names[row["show_id"]]
    if len(name) < 5:
        return None
    text = mistyped(name, chance)
    return (mistyped(text, chance) if len(name) > 11 and chance.random() < 0.5 else text), titles.called(name)


def words_typo(titles: Titles, row: Row, chance: random.Random) -> Made:
    """A mistake in each longer word."""
    name = titles.names[row["show_id"]]
    words = name.split()
    if not 2 <= sum(len(word) > 3 for word in words) <= 4:
        return None
    return " ".join(mistyped(word, chance) if len(word) > 3 else word for word in words), titles.called(name)


def phonetic(titles: Titles, row: Row, chance: random.Random) -> Made:
    name = titles.names[row["show_id"]]
    return (" ".join(as_heard(word, chance) for word in name.split()), titles.called(name)) if len(name) > 7 else None


def prefix(titles: Titles, row: Row, chance: random.Random) -> Made:
    name = titles.names[row["show_id"]]
    if len(name) < 9:
        return None
    begun = name[: max(6, round(len(name) * chance.uniform(0.4, 0.8)))].strip()
    return begun, frozenset(id_ for id_, each in titles.names.items() if each.startswith(begun))


def prefix_typo(titles: Titles, row: Row, chance: random.Random) -> Made:
    """The beginning of a name with a mistake; long enough that no other begins so."""
    name = titles.names[row["show_id"]]
    if len(name) < 12:
        return None
    begun = name[: max(8, round(len(name) * chance.uniform(0.5, 0.85)))].strip()
    return mistyped(begun, chance), frozenset(id_ for id_, each in titles.names.items() if each.startswith(begun))


def partial_words(titles: Titles, row: Row, chance: random.Random) -> Made:
    words = titles.names[row["show_id"]].split()
    longer = [word for word in words if len(word) > 3]
    if len(words) < 4 or len(longer) < 2:
        return None
    some = chance.sample(longer, min(len(longer) - (len(longer) == len(words)), chance.choice((2, 3))))
    found = frozenset(id_ for id_, each in titles.names.items() if set(some) <= set(each.split()))
    return (" ".join(some), found) if len(some) > 1 else None


def glued(titles: Titles, row: Row, chance: random.Random) -> Made:
    name = titles.names[row["show_id"]]
    return (name.replace(" ", ""), titles.called(name)) if " " in name else None


def glued_typo(titles: Titles, row: Row, chance: random.Random) -> Made:
    name = titles.names[row["show_id"]]
    return (mistyped(name.replace(" ", ""), chance), titles.called(name)) if " " in name and len(name) > 8 else None


def title_plus(titles: Titles, row: Row, chance: random.Random) -> Made:
    name = titles.names[row["show_id"]]
    return chance.choice(AROUND).format(name), titles.called(name)


def accent_folded(titles: Titles, row: Row, chance: random.Random) -> Made:
    name = titles.names[row["show_id"]]
    written = any(unicodedata.combining(letter) for letter in unicodedata.normalize("NFD", row["title"]))
    return (name, titles.called(name)) if written else None


def plot_words(titles: Titles, row: Row, chance: random.Random) -> Made:
    rare = titles.rare(row)
    if len(rare) < 4:
        return None
    some = chance.sample(rare, 4)
    return " ".join(some), frozenset(id_ for id_, words in titles.plots.items() if set(some) <= words)


def plot_told(titles: Titles, row: Row, chance: random.Random) -> Made:
    rare = titles.rare(row)
    if len(rare) < 3:
        return None
    some = sorted(chance.sample(range(len(rare)), 3))
    words = [rare[place] for place in some]
    found = frozenset(id_ for id_, each in titles.plots.items() if set(words) <= each)
    return chance.choice(TELLING).format(" ".join(words)), found


def _person(titles: Titles, row: Row, chance: random.Random, column: str = "cast") -> Made:
    people = [name for name in map(plain, listed(row[column])[:5]) if " " in name]
    if not people:
        return None
    name = chance.choice(people)
    found = titles.with_person(column, name)
    return (name, found) if len(found) > 1 else None


def actor(titles: Titles, row: Row, chance: random.Random) -> Made:
    return _person(titles, row, chance)


def director(titles: Titles, row: Row, chance: random.Random) -> Made:
    return _person(titles, row, chance, "director")


def actor_typo(titles: Titles, row: Row, chance: random.Random) -> Made:
    made = _person(titles, row, chance)
    return (mistyped(made[0], chance), made[1]) if made and len(made[0]) > 9 else None


def _of_genre(titles: Titles, row: Row, chance: random.Random, people: frozenset[str]) -> Made:
    """A genre of this title, and those of them that have it."""
    said = [name for name, part in GENRES.items() if part in (row["listed_in"] or "")]
    if not said:
        return None
    name = chance.choice(said)
    return name, people & titles.where(lambda each: GENRES[name] in (each["listed_in"] or ""))


def actor_genre(titles: Titles, row: Row, chance: random.Random) -> Made:
    who = _person(titles, row, chance)
    genre = _of_genre(titles, row, chance, who[1]) if who else None
    return (f"{who[0]} {genre[0]}", genre[1]) if who and genre else None


def actor_typo_genre(titles: Titles, row: Row, chance: random.Random) -> Made:
    who = actor_typo(titles, row, chance)
    genre = _of_genre(titles, row, chance, who[1]) if who else None
    kind = chance.choice(("", " movies", " film")) if row["type"] == "Movie" else ""
    return (f"{who[0]} {genre[0]}{kind}", genre[1]) if who and genre else None


def country_genre(titles: Titles, row: Row, chance: random.Random) -> Made:
    said = [name for name, country in PEOPLE_OF.items() if country in listed(row["country"])]
    if not said:
        return None
    whose = chance.choice(said)
    genre = _of_genre(titles, row, chance, titles.where(lambda each: PEOPLE_OF[whose] in listed(each["country"])))
    return (f"{whose.lower()} {genre[0]}", genre[1]) if genre else None


def genre_year(titles: Titles, row: Row, chance: random.Random) -> Made:
    year = row["release_year"]
    genre = _of_genre(titles, row, chance, titles.where(lambda each: each["release_year"] == year))
    return (f"{genre[0]} {year}", genre[1]) if genre else None


def star_plus_word(titles: Titles, row: Row, chance: random.Random) -> Made:
    """A word of the name and the last name of somebody in it."""
    words = [word for word in titles.names[row["show_id"]].split() if len(word) > 3]
    stars = [name.split()[-1] for name in map(plain, listed(row["cast"])[:5]) if " " in name]
    if not words or not stars:
        return None
    word, star = chance.choice(words), chance.choice(stars)
    found = titles.where(
        lambda each: (
            word in titles.names[each["show_id"]].split()
            and any(star in plain(name).split() for name in listed(each["cast"]))
        )
    )
    return chance.choice((f"{word} {star}", f"{star} {word}")), found


KINDS: dict[str, Kind] = {
    kind.__name__: kind
    for kind in (
        exact_title, typo_title, words_typo, phonetic, prefix, prefix_typo, partial_words, glued, glued_typo, title_plus,
        accent_folded, plot_words, plot_told, actor, director, actor_typo, actor_genre, actor_typo_genre, country_genre,
        genre_year, star_plus_word,
    )
}  # fmt: skip


def queries(
    rows: Sequence[Row], known: frozenset[str], asked: frozenset[str]
) -> Iterator[tuple[str, str, frozenset[str]]]:
    """(kind, query, ids of which any will do): of titles that are not `known`, and nothing that was `asked` (as `plain`)."""
    titles = Titles(rows)
    unseen = [row for row in rows if row["show_id"] not in known and len(titles.names[row["show_id"]]) > 3]
    for name, kind in KINDS.items():
        chance, made = random.Random(f"{SEED} {name}"), set[str]()
        for row in chance.sample(unseen, min(DRAWS, len(unseen))):
            query = kind(titles, row, chance)
            if query is None or query[0] in made or plain(query[0]) in asked or row["show_id"] not in query[1]:
                continue
            made.add(query[0])
            yield name, *query
            if len(made) == EACH:
                break

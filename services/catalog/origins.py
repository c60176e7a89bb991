"""Whose is what a person shows into whom others were merged.

Everything is kept with whoever brought it. A merge adds what the other one shows, a split takes away what is theirs: as if they
had never been merged, in whichever order people come and go. What was edited since the last of them is of who shows it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# Who brought it, by id, and what it is.
Entry = list[Any]
# A title, one of its episodes or none, and a role.
Part = tuple[str, str | None, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person shows now. `portrait` is an address, `credits` are parts with their character and place each."""

    id: str
    name: str
    other_names: Sequence[str]
    biography: str
    texts: Mapping[str, Any]
    portrait: str | None
    spellings: Sequence[str]
    credits: Sequence[tuple[Part, str | None, int]]


@dataclass(frozen=True, slots=True)
class Origins:
    """What a person shows, or would where nobody else's came first, as JSON has it; `members` are who was merged into them."""

    members: list[str] = field(default_factory=list)
    names: list[Entry] = field(default_factory=list)
    biography: list[Entry] = field(default_factory=list)
    texts: dict[str, list[Entry]] = field(default_factory=dict)
    portrait: list[Entry] = field(default_factory=list)
    spellings: list[Entry] = field(default_factory=list)
    # Title, episode, role, character and place of each.
    credits: list[Entry] = field(default_factory=list)

    def after(self, other: Origins, shown: Shown) -> Origins:
        """What is whose once `other`, of whom this is `shown`, was merged into this person."""
        tags = dict.fromkeys((*self.texts, *other.texts))
        return Origins(
            members=[*self.members, shown.id, *other.members],
            names=[*self.names, [shown.id, shown.name], *other.names],
            biography=[*self.biography, *other.biography],
            texts={tag: [*self.texts.get(tag, []), *other.texts.get(tag, [])] for tag in tags},
            portrait=[*self.portrait, *other.portrait],
            spellings=[*self.spellings, *other.spellings],
            credits=[*self.credits, *other.credits],
        )

    def without(self, gone: Collection[str]) -> Origins:
        """What is left once some people have taken theirs with them."""
        return Origins(
            members=[each for each in self.members if each not in gone],
            names=_without(self.names, gone),
            biography=_without(self.biography, gone),
            texts={tag: left for tag, entries in self.texts.items() if (left := _without(entries, gone))},
            portrait=_without(self.portrait, gone),
            spellings=_without(self.spellings, gone),
            credits=_without(self.credits, gone),
        )

    def parts(self) -> dict[Part, list[Entry]]:
        """Who brought each part, in the order in which they did."""
        found: dict[Part, list[Entry]] = {}
        for entry in self.credits:
            found.setdefault(part_of(entry), []).append(entry)
        return found

    def names_of(self, other_names: Iterable[str]) -> list[str]:
        """Those of some names that somebody brought who is still here."""
        known = {entry[1] for entry in self.names}
        return [name for name in other_names if name in known]

    def texts_of(self, texts: Mapping[str, Any], before: Origins) -> dict[str, Any]:
        """The texts by language as they are once `before` has become this; those that say nothing stay."""
        others = {tag: said for tag, said in texts.items() if tag not in before.texts}
        return others | {tag: entries[0][1] for tag, entries in self.texts.items() if entries}


def seen(shown: Shown, known: Origins) -> Origins:
    """What is whose of what somebody shows now, by what was `known` when somebody was last merged or split."""
    mine = shown.id
    present = {entry[1] for entry in known.names}
    spelled = {entry[1] for entry in known.spellings}
    claimed, played = known.parts(), {part for part, *_ in shown.credits}
    said = {tag: texts for tag, texts in shown.texts.items() if any(texts.values())}
    return Origins(
        members=known.members,
        names=[
            *(entry for entry in known.names if entry[1] in shown.other_names or entry[1] == shown.name),
            *([mine, name] for name in shown.other_names if name not in present),
        ],
        biography=_first(known.biography, shown.biography, mine),
        texts={
            tag: entries
            for tag in dict.fromkeys((*known.texts, *said))
            if (entries := _first(known.texts.get(tag, []), said.get(tag), mine))
        },
        portrait=_first(known.portrait, shown.portrait, mine),
        spellings=[
            *(entry for entry in known.spellings if entry[1] in shown.spellings),
            *([mine, spelling] for spelling in shown.spellings if spelling not in spelled),
        ],
        credits=[
            *(entry for entry in known.credits if part_of(entry) in played),
            *([mine, [*part, *said_of]] for part, *said_of in shown.credits if part not in claimed),
        ],
    )


def part_of(entry: Entry) -> Part:
    """Which part an entry of `credits` is about."""
    title, episode, role, *_ = entry[1]
    return title, episode, role


def characters(said: Iterable[str | None]) -> list[str | None]:
    """Who somebody plays of whom several say it: each character once, and none where nobody names one."""
    every = list(dict.fromkeys(said))
    return [each for each in every if each] or every[:1]


def fewer(
    present: Sequence[str | None], brought: Sequence[Entry], gone: Collection[str]
) -> tuple[list[str | None], list[str | None]]:
    """Share the characters out that a part has at `present`: those of who stays, and of who is `gone`.

    What was edited is of who stays, and a character that was removed comes back to nobody.
    """
    before = characters(entry[1][3] for entry in brought)
    after = characters(entry[1][3] for entry in _without(brought, gone))
    theirs = characters(entry[1][3] for entry in brought if entry[0] in gone)
    kept = [each for each in present if each not in before or each in after]
    stay = characters([*kept, *(each for each in after if each not in before)]) or [None]
    removed = set(before) - set(present) if set(present) < set(before) else set()
    return stay, [each for each in theirs if each not in removed]


def _first(entries: list[Entry], shown: Any, mine: str) -> list[Entry]:
    if entries and entries[0][1] == shown:
        return entries
    # It was edited. Where it was removed, nobody else's is to come up in its place.
    return [[mine, shown], *(entry for entry in entries if entry[0] != mine)] if shown else []


def _without(entries: Iterable[Entry], gone: Collection[str]) -> list[Entry]:
    return [entry for entry in entries if entry[0] not in gone]

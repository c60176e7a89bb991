"""A mapping: which column of a file becomes what of a title, and what to do where the file is known to be wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import re2
from pydantic import ConfigDict, Field, model_validator

from libs.chassis import faults, text
from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from libs.contracts.catalog import UNKNOWN_LANGUAGE
from services.catalog.certificates import SYSTEMS
from services.catalog.importing.files import Fault, Row
from services.catalog.title_fields import IMPORTED, FileFormat, of_kind

LISTS, NUMBERS, FLAGS, OBJECTS = of_kind("list"), of_kind("number"), of_kind("flag"), of_kind("objects")
PEOPLE = ("cast", "directors")
PATTERN_BYTES = 1 << 20
LONGEST_NAME, MOST_WORDS, SHORT_SENTENCE = 80, 10, 5
LONGEST_KEY, MOST_DIGITS = 200, 15
# More than anything that is looked at inside of them may have: as many languages, as many parts, as many fields of one part.
MOST_TAGS, MOST_PARTS, MOST_KEYS = 100, 500, 50

Short = Annotated[str, text.line(200)]
Column = Annotated[str, text.line(200, shortest=1)]
BREAKS = re.compile(r"[\n\r\t\v\f]")


if TYPE_CHECKING:
    FieldName = str
else:  # the names of the table
    FieldName = Literal[IMPORTED]


@cache
def _quiet() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = PATTERN_BYTES
    return options


@lru_cache(maxsize=256)
def _pattern(match: str) -> Any:
    # RE2: its time grows with the text alone, whatever an editor writes.
    return re2.compile(match, options=_quiet())


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode() if isinstance(said, bytes) else str(said)


class Rule(Body):
    """How a field is made of a `column`, or of a `constant`.

    In this order: `match` keeps the first group of a regular expression (nothing where it does not match), `split` makes a list,
    `values` translates into one, several or none (`other` is for what it does not name; without it that is a fault), and keeps
    once what then stands there twice, `take` keeps one of a list, `times` multiplies a number. `systems` are the national systems
    whose ratings the column may hold.
    """

    model_config = ConfigDict(extra="forbid") | example(column="listed_in", split=",")

    column: Column | None = None
    constant: Short | None = None
    match: Annotated[Short | None, Field(description="A regular expression of RE2 with one group.")] = None
    split: Annotated[Annotated[str, text.token(3)] | None, Field(description="What stands between the parts.")] = None
    values: Annotated[
        dict[Short, Short | Annotated[list[Short], Field(max_length=20)]],
        Field(max_length=1000, description="What a value becomes; a list is several of them, an empty one none."),
    ] = {}
    other: Short | None = None
    take: Literal["first"] | None = None
    times: Annotated[int, Field(ge=1, le=86_400, description="Seconds in a unit, as 60.")] | None = None
    systems: Annotated[list[Annotated[str, text.line(20)]], Field(max_length=20)] = []

    @model_validator(mode="after")
    def of_one_thing(self) -> Self:
        """Refuse a rule that is made of nothing, of two things, or of what is not known."""
        if (self.column is None) == (self.constant is None):
            raise ValueError("give either a column or a constant")
        if unknown := [system for system in self.systems if system not in SYSTEMS]:
            raise ValueError(f"{', '.join(unknown)}: none of {', '.join(SYSTEMS)}")
        if self.match is not None:
            try:
                groups = _pattern(self.match).groups
            except re2.error as error:
                raise ValueError(f"match is no regular expression of RE2: {_said(error)}") from None
            if groups != 1:
                raise ValueError("match must have one group")
        return self


class ImportMapping(Body):
    """Which column becomes what. `key` is the column that tells rows apart; with `source` it tells a title is here already.

    `publish`: `draft`, or `listed` (published at once, shown and found, nothing to play). `existing`: what to do with a row whose
    title is here already; `update` lets the fields that are named say what the row says, but for `type`, `slug`, `availability`.
    `corrections`, by key: what stands in a column instead of what the file says.
    """

    model_config = ConfigDict(extra="forbid") | example(
        format="csv",
        source="netflix",
        key="show_id",
        publish="listed",
        fields={"type": {"constant": "movie"}, "name": {"column": "title"}},
        corrections={"s2": {"director": ""}},
    )

    format: FileFormat = "csv"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    guarded: Annotated[
        bool,
        Field(
            description="As in our own exports: an apostrophe before what a spreadsheet would calculate is not meant, a backslash"
            " before a separator says that it is none, and no column has shifted."
        ),
    ] = False
    source: Annotated[
        str,
        faults.form(r"^[a-z0-9-]{1,40}$", "must be up to 40 small letters, digits and hyphens, as netflix-2026"),
        Field(description="Where the file is from."),
    ]
    key: Column
    known_by: Annotated[
        Literal["key", "id", "slug"],
        Field(
            description="What tells that a title is here: the key it was imported with; `id`, `slug`: or that `key` is its own."
        ),
    ] = "key"
    version: Annotated[
        Column | None,
        Field(
            description="The column with the version of the title that a row was read from: a row that would change a title of"
            " another version is refused."
        ),
    ] = None
    publish: Literal["draft", "listed"] = "draft"
    existing: Literal["refuse", "skip", "update"] = "refuse"
    fields: dict[FieldName, Rule]
    corrections: Annotated[
        dict[Annotated[str, text.line(200, shortest=1)], dict[Column, Annotated[str, text.paragraph(5000)]]],
        Field(max_length=10_000),
    ] = {}

    @model_validator(mode="after")
    def says_what_and_how_it_is_called(self) -> Self:
        """Refuse a mapping without a type or a name."""
        if missing := [name for name in ("type", "name") if name not in self.fields]:
            raise ValueError(f"fields must say the {' and the '.join(missing)}")
        if "credits" in self.fields and self.fields.keys() & PEOPLE:
            raise ValueError("credits already say who acts and directs: leave cast and directors out")
        if "availability" in self.fields and self.publish == "listed":
            raise ValueError("what is published as listed has its availability: leave it out")
        for name in sorted(OBJECTS & self.fields.keys()):
            if self.format != "jsonl":
                raise ValueError(f"{name} are objects, which only JSON Lines can hold")
            if self.fields[name].model_dump(exclude_defaults=True).keys() != {"column"}:
                raise ValueError(f"{name} are taken as they are: give their column alone")
        return self

    @property
    def columns(self) -> set[str]:
        """Every column it reads."""
        own = {self.key, self.version} if self.version else {self.key}
        return own | {rule.column for rule in self.fields.values() if rule.column}

    def read(self, row: Row) -> tuple[str, dict[str, Any], list[Fault]]:
        """Return a row's key, what it says of a title, and what is wrong with it."""
        if row.faults:
            return "", {}, row.faults
        if missing := sorted(self.columns - row.values.keys()):
            return "", {}, [Fault(row.line, name, "is missing") for name in missing]
        try:
            key = _key(row.values[self.key])
        except ValueError as error:
            return "", {}, [Fault(row.line, self.key, str(error))]
        values = {**row.values, **self.corrections.get(key, {})}
        said: dict[str, Any] = {}
        faults: list[Fault] = []
        for name, rule in self.fields.items():
            try:
                if rule.column is not None:
                    _check_kind(values[rule.column], flag=name in FLAGS, objects=name in OBJECTS)
                if (value := _made(name, rule, values, escaped=self.guarded)) not in (None, "", [], {}):
                    said[name] = value
            except ValueError as error:
                faults.append(Fault(row.line, rule.column, str(error)))
        said.setdefault("language", UNKNOWN_LANGUAGE)
        faults += self._shifted(row.line, values, said)
        return key, said, faults

    def version_of(self, row: Row) -> int | None:
        """Return the version of the title that a row was read from; None where the row, or the mapping, says none.

        Raises `ValueError` for what is no version.
        """
        said = row.values.get(self.version) if self.version else None
        _check_kind(said)
        found = str(said).strip() if isinstance(said, str | int | float) else ""
        if said is not None and not isinstance(said, str | int | float):
            raise ValueError("must be one number")
        return _number(found) if found else None

    def column_of(self, field: str) -> str | None:
        """Return the column that a title's field is made of."""
        rule = next((rule for name, rule in self.fields.items() if name == field), None)
        return rule.column if rule else None

    def _shifted(self, line: int, values: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[Fault]:
        """Find what cannot be a name: a number, a sentence, or what another column says."""
        for field in PEOPLE if not self.guarded else ():
            column = self.column_of(field)
            others = _long_texts(values, column) if column and said.get(field) else frozenset()
            for name in said.get(field, ()):
                if column and (what := _no_name(name, str(values[column]).strip(), others)):
                    yield Fault(line, column, f"“{name[:60]}” is no name but {what}: have the columns shifted?")
                    break


def _key(value: Any) -> str:
    _check_kind(value)
    key = str(value).strip() if isinstance(value, str | int | float) else ""
    if not key or len(key) > LONGEST_KEY:
        raise ValueError(f"must be there, and not longer than {LONGEST_KEY} characters")
    text.line(LONGEST_KEY).checked(key)
    return key


def _check_kind(value: Any, *, flag: bool = False, objects: bool = False) -> None:
    """Refuse what only JSON can say and no field can be: true (but for a `flag`), NaN, a list in a list, half a character.

    `objects` are looked at where they are read.
    """
    if objects:
        if not (value is None or isinstance(value, list | dict)):
            raise ValueError("must be a list or an object")
        if too_much := _too_much(value):
            raise ValueError(too_much)
        return
    parts = value if isinstance(value, list) else [value]
    for part in parts:
        if reason := _no_value(part, flag=flag) or (
            parts is value and isinstance(part, list | dict) and "holds a list in a list"
        ):
            raise ValueError(reason)


def _too_much(value: list[Any] | dict[str, Any] | None) -> str | None:
    """Return what is too much of objects to look at each: every fault inside of one costs a message."""
    most = MOST_PARTS if isinstance(value, list) else MOST_TAGS
    if value is not None and len(value) > most:
        return f"has {len(value):,} parts, where {most} are the most"
    for place, part in value.items() if isinstance(value, dict) else enumerate(value or ()):
        if isinstance(part, list | dict) and len(part) > MOST_KEYS:
            return f"{str(place)[:35]}: has {len(part):,} fields, where {MOST_KEYS} are the most"
    return None


def _no_value(part: Any, *, flag: bool) -> str | None:
    if isinstance(part, bool) and not flag:
        return f"is {str(part).lower()} where text or a number is wanted"
    if isinstance(part, float) and not isfinite(part):
        return "is no number, or one that is too large"
    if isinstance(part, str) and not part.isascii() and any("\ud800" <= character <= "\udfff" for character in part):
        return "holds half a character (a lone surrogate)"
    return None


def _made(name: str, rule: Rule, values: Mapping[str, Any], *, escaped: bool = False) -> Any:
    value: Any = rule.constant if rule.column is None else values[rule.column]
    if value is None or name in OBJECTS:
        return value
    if isinstance(value, list | tuple):
        parts = [str(part) for part in value if part is not None]
    elif isinstance(value, dict):
        if name == "certificates":
            if len(value) > MOST_KEYS:
                raise ValueError(f"has {len(value):,} fields, where {MOST_KEYS} are the most")
            return {str(system): str(rating) for system, rating in value.items()}
        raise ValueError("must be text, a number or a list")
    else:
        found = str(value)
        if rule.match is not None:
            matched = _pattern(rule.match).search(found)
            found = matched[1] if matched else ""
        parts = _split(found, rule.split, escaped=escaped) if rule.split else [found]
    parts = [_trimmed(each, name, rule) for each in parts]
    made = [each for part in parts if part for each in _translated(part, rule) if each]
    parts = list(dict.fromkeys(made)) if rule.values else made
    if rule.take == "first":
        parts = parts[:1]
    if name in LISTS:
        return parts
    if name == "certificates" and rule.split and not rule.systems:
        return _certificates(parts)
    if len(parts) > 1:
        raise ValueError("has several values where one is wanted: say split and take, or split it for a list")
    if not parts:
        return None
    if name == "certificates":
        return _certificate(parts[0], rule)
    if name in NUMBERS:
        return _number(parts[0]) * (rule.times or 1)
    if name in FLAGS:
        return _flag(parts[0])
    return parts[0]


def _trimmed(part: str, name: str, rule: Rule) -> str:
    """Return a part without spaces at its ends; a line without breaks, and what is compared without several spaces together."""
    if name == "description" or not (rule.values or name in LISTS or BREAKS.search(part)):
        return part.strip()
    return " ".join(part.split())


def _split(cell: str, between: str, *, escaped: bool) -> list[str]:
    if not escaped or "\\" not in cell:
        return cell.split(between)
    parts, part = [], ""
    for place, piece in enumerate(re.split(rf"(\\\\|\\{re.escape(between)}|{re.escape(between)})", cell)):
        if place % 2 == 0:
            part += piece
        elif piece == between:
            parts.append(part)
            part = ""
        else:
            part += piece[1:]
    return [*parts, part]


def _translated(part: str, rule: Rule) -> Sequence[str]:
    """Return what a part becomes: one, several or none."""
    if not rule.values:
        return (part,)
    if (made := rule.values.get(part, rule.other)) is not None:
        return (made,) if isinstance(made, str) else made
    raise ValueError(f"“{part[:60]}” is none of {', '.join(list(rule.values)[:12])}")


def _certificate(rating: str, rule: Rule) -> dict[str, str]:
    for system in rule.systems:
        if rating in SYSTEMS[system]:
            return {system: rating}
    raise ValueError(
        f"“{rating[:60]}” is no rating of {', '.join(rule.systems) or 'any system that the mapping names'}"
    )


def _flag(part: str) -> bool:
    if part.lower() not in ("true", "false"):
        raise ValueError(f"“{part[:60]}” is neither true nor false")
    return part.lower() == "true"


def _certificates(parts: Sequence[str]) -> dict[str, str]:
    made = {}
    for part in parts:
        system, equals, rating = part.partition("=")
        if not equals or rating not in SYSTEMS.get(system, {}):
            raise ValueError(f"“{part[:60]}” is no system and its rating, as FSK=16")
        made[system] = rating
    return made


def _number(part: str) -> int:
    digits = part.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS):
        raise ValueError(f"“{part[:60]}” is no whole number")
    return int(part)


def _long_texts(values: Mapping[str, Any], column: str) -> frozenset[str]:
    """Return what the other columns say that is too long for a name."""
    texts = (str(value) for other, value in values.items() if other != column)
    return frozenset(text.strip() for text in texts if len(text) > LONGEST_NAME)


def _no_name(name: str, cell: str, others: Collection[str]) -> str | None:
    """Return what a name is instead of one; `cell` is all that stands in its column."""
    if name.isdigit():
        return "a number"
    if cell in others:
        return "what another column says too"
    words = len(name.split())
    if len(name) > LONGEST_NAME or words > MOST_WORDS or (name.endswith(".") and words > SHORT_SENTENCE):
        return "a sentence"
    return None

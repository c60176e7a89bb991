"""What a title says, field by field: the one table that imports, exports, updates by files, the log and rollbacks read.

A field that is added to `Title` or to what editors send and not here fails `tests/catalog/test_title_fields.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# How a file says it: one value, several, a number, true or false, ratings by system, or objects as bodies have them.
Kind = Literal["text", "list", "number", "flag", "ratings", "objects"]
FileFormat = Literal["csv", "jsonl"]
EVERYWHERE: tuple[FileFormat, ...] = ("csv", "jsonl")


@dataclass(frozen=True, slots=True)
class TitleField:
    """A field by its `name` in bodies and files. `column` holds it in `Title`; None: it is made of rows of other tables.

    `files` that it stands in; `imported`: whether a file says it of every title, only of those it makes, or never; `logged`:
    whether its column is a fact of the log, and `back`: whether a rollback gives that again.
    """

    name: str
    kind: Kind = "text"
    column: str | None = ""
    files: tuple[FileFormat, ...] = EVERYWHERE
    imported: Literal["always", "new", "never"] = "always"
    logged: bool = True
    back: bool = True

    @property
    def stored(self) -> str | None:
        """The column of `Title`."""
        return self.name if self.column == "" else self.column


# In the order of a file's columns.
FIELDS = (
    TitleField("type", imported="new", logged=False, back=False),
    TitleField("slug", imported="new"),
    TitleField("name"),
    TitleField("description"),
    TitleField("tagline"),
    TitleField("year", "number"),
    TitleField("genres", "list"),
    # What credits are made of where a file has one cell for them.
    TitleField("cast", "list", "cast_names", ("csv",), logged=False, back=False),
    TitleField("directors", "list", "directors", ("csv",), logged=False, back=False),
    TitleField("credits", "objects", None, ("jsonl",)),
    TitleField("tags", "list"),
    TitleField("other_names", "list"),
    TitleField("descriptors", "list"),
    TitleField("language"),
    TitleField("country"),
    TitleField("maturity", "number"),
    TitleField("runtime", "number"),
    TitleField("certificates", "ratings"),
    TitleField("free_trailers", "flag"),
    TitleField("windows", "objects", None, ("jsonl",)),
    TitleField("texts", "objects", None, ("jsonl",)),
    # Where a title stands on its way, and whether there is something to play, are nothing that a file of today knows tomorrow.
    TitleField("status", imported="never", back=False),
    TitleField("availability", imported="new", back=False),
    TitleField("artwork", "objects", None, ("jsonl",), imported="never"),
)
BY_NAME = {field.name: field for field in FIELDS}
IMPORTED = tuple(field.name for field in FIELDS if field.imported != "never")
# Facts of the title's own row, as the log keeps them, and those of them that a rollback simply sets.
LOGGED = tuple(field.stored for field in FIELDS if field.stored and field.logged and field.name != "genres")
PLAIN = tuple(
    field.name
    for field in FIELDS
    if field.stored and field.logged and field.back and field.name not in ("genres", "slug")
)


def of_kind(kind: Kind) -> frozenset[str]:
    """Return the names of the fields that a file says in this way."""
    return frozenset(field.name for field in FIELDS if field.kind == kind)


def in_files(kind: FileFormat) -> tuple[str, ...]:
    """Return the names of the fields that an export has, in their order."""
    return tuple(field.name for field in FIELDS if kind in field.files)

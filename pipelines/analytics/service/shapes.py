"""Events decoded as far as the lake has to know them: what is a person's as text, everything else as the JSON that it was.

Decoding all of an event and writing it down again takes four times as long, and says the same. Only what has exactly the fields
that its contract knows, each in its place, is decoded so; `rows.py` looks at the others one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType

from pipelines.analytics.domain import WHOSE, Kind
from pipelines.analytics.service.keyring import Whose

# What decoding raises for an event that is not as its contract says, or is no JSON.
UNFIT = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
Values: TypeAlias = tuple[Any, ...]


class Shape:
    """A flat event's. `decode` gives a struct of it, of which `values` are those that are somebody's, in the order of `names`."""

    def __init__(self, kind: Kind) -> None:
        fields = kind.model.model_fields
        personal = {name for (name,) in kind.personal}
        self.names = tuple(name for name in fields if name in personal or name in WHOSE)
        told = [(name, str | None if name in self.names else Raw) for name in fields]
        self.struct = msgspec.defstruct(
            kind.model.__name__,
            [(name, of) if name in kind.required else (name, of | UnsetType, UNSET) for name, of in told],
            kw_only=True,
            forbid_unknown_fields=True,
            gc=False,
        )
        self.decode: Callable[[bytes], Any] = msgspec.json.Decoder(self.struct).decode
        self.values = _values(self.names)
        self.personal = tuple(name in personal for name in self.names)

    def whose(self, values: Values) -> Whose:
        """Return whose an event with these values is."""
        told = dict(zip(self.names, values, strict=True))
        account, profile = (told.get(name) or None for name in WHOSE)
        return account, profile


def shape(kind: Kind) -> Shape | None:
    """Return the shape of a kind of event; None where something personal lies deeper in it, or a field goes by another name."""
    named = all(field.alias in (None, name) for name, field in kind.model.model_fields.items())
    return Shape(kind) if named and all(len(path) == 1 for path in kind.personal) else None


def _values(names: tuple[str, ...]) -> Callable[[Any], Values]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda data: tuple(getattr(data, name) for name in names)

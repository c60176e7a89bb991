"""What apps tell, decoded and checked in one step: structs made of the JSON Schema of the contract, which stays the only one.

What a struct takes, its model takes too, and says the same. What it refuses is to be held against the model: it may be written as
few apps write it (a moment as a number, a field that is null or unknown), and the model finds the words for what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType
from pydantic import BaseModel, TypeAdapter

# What decoding raises for what no struct takes.
UNFIT = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
# As it is written down again: an id of an event is answered as it was sent.
WRITTEN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"
# Words of a schema that say nothing of what is valid, and those that go with a struct's default.
TOLD = frozenset({"title", "description", "default", "examples"})
# Words of JSON Schema → what they are called of a number, a text and an object.
NUMBER = {"minimum": "ge", "maximum": "le"}
TEXT = {"minLength": "min_length", "maxLength": "max_length", "pattern": "pattern"}
OBJECT = {"minProperties": "min_length", "maxProperties": "max_length"}
LIST = {"minItems": "min_length", "maxItems": "max_length"}


class NotKnown(TypeError):
    """A model says something that no struct made here would hold to."""


def events(kinds: Mapping[str, type[BaseModel]]) -> tuple[Callable[[Raw], Any], dict[type, str]]:
    """Return what decodes an event of any of these kinds, by its `type`, and the kind of each of the structs it gives."""
    structs = {
        struct(model, {"id": Annotated[str, Meta(pattern=WRITTEN)]}, tag=kind, strict=True): kind
        for kind, model in kinds.items()
    }
    return msgspec.json.Decoder(reduce(or_, structs)).decode, structs


def struct(
    model: type[BaseModel], instead: Mapping[str, Any], *, tag: str | None = None, strict: bool = False
) -> type[msgspec.Struct]:
    """Return a struct of a model's fields, those `instead` as they say; `strict`: it has no others. Raises NotKnown.

    With a `tag`, which is what its `type` says, it is written down again, and has no field that is null.
    """
    schema = TypeAdapter(model).json_schema()
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for name, field in model.model_fields.items():
        if tag is not None and name == "type":
            continue
        kind = instead[name] if name in instead else _type(schema["properties"][name])
        if field.is_required():
            fields.append((name, kind))
        elif (default := field.get_default(call_default_factory=True)) is None:
            # What is written again must not say null, which its reader would have to tell apart from nothing.
            fields.append((name, kind | None, None) if tag is None else (name, kind | UnsetType, UNSET))
        else:
            fields.append(
                (name, kind, msgspec.field(default_factory=type(default)) if default in ({}, []) else default)
            )
    tagged: dict[str, Any] = {} if tag is None else {"tag_field": "type", "tag": tag}
    return msgspec.defstruct(
        model.__name__, fields, kw_only=True, forbid_unknown_fields=strict, frozen=True, gc=False, **tagged
    )


def _type(schema: Mapping[str, Any]) -> Any:
    said = {word: value for word, value in schema.items() if word not in TOLD}
    match said:
        case {"anyOf": [one, {"type": "null"}], **others} if not others:
            return _type(one)
        case {"const": value, "type": "string", **others} if not others:
            return Literal[value]
        case {"enum": values, "type": "string", **others} if not others:
            return Literal[tuple(values)]
        case {"type": "string", "format": "uuid", **others} if not others:
            return UUID
        case {"type": "string", "format": "date-time", **others} if not others:
            return Annotated[datetime, Meta(tz=True)]
        case {"type": "string", **others}:
            return _bounded(str, others, TEXT)
        case {"type": "boolean", **others} if not others:
            return bool
        case {"type": "integer", **others}:
            return _bounded(int, others, NUMBER)
        case {"type": "number", **others}:
            return _bounded(float, others, NUMBER)
        case {"type": "array", "items": items, **others}:
            return _bounded(list[_type(items)], others, LIST)  # type: ignore[misc]
        case {"type": "object", "patternProperties": patterns, "propertyNames": names, **others} if len(patterns) == 1:
            ((pattern, values),) = patterns.items()
            keys = _bounded(str, {**names, "pattern": pattern}, TEXT)
            return _bounded(dict[keys, _type(values)], others, OBJECT)  # type: ignore[misc, valid-type]
    raise NotKnown(f"no struct holds to {said}")


def _bounded(kind: Any, said: Mapping[str, Any], words: Mapping[str, str]) -> Any:
    """Return a type within the bounds that a schema says. Raises NotKnown for what is no bound of it."""
    if unknown := said.keys() - words.keys():
        raise NotKnown(f"no struct holds to {sorted(unknown)}")
    bounds: dict[str, Any] = {
        words[word]: _whole(value) if word == "pattern" else value for word, value in said.items()
    }
    return Annotated[kind, Meta(**bounds)] if bounds else kind


def _whole(pattern: str) -> str:
    """Return a pattern of JSON Schema as Python reads it, where `$` would let a line break pass at the end."""
    return pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern

"""Bodies of requests: JSON says what is a number, a truth and a text, so that nothing of it is guessed.

`"5"` is no number, `"yes"` and 1 are no truth, 1700000000 is no moment. A whole number is a number where a fraction may be one;
moments, ids and words of a list are texts, as JSON has nothing else for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast, get_args

from pydantic import BaseModel, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

# Kinds that pydantic makes of texts and of one another.
_EXACT = frozenset({"int", "float", "bool"})
_MOMENTS = {"datetime": "datetime_type", "date": "date_type", "time": "time_type", "timedelta": "time_delta_type"}
# Parts of a schema that are none themselves; keys of an object are texts, whatever they stand for.
_NO_SCHEMAS = frozenset({"metadata", "serialization", "config", "expected", "default", "keys_schema"})
_DIGITS = re.compile(r"\s*[+-]?\d+(\.\d*)?\s*")


class Coercing(TypeError):
    """A route takes a body that is not derived from `Body`."""


def check(annotation: Any) -> None:
    """Raise `Coercing` where a body that is annotated so, or a model inside of it, takes other kinds than it says."""
    for model in _models(annotation, set()):
        if not issubclass(model, Body):
            raise Coercing(
                f"{model.__module__}.{model.__qualname__}: derive it from Body, so that JSON means what it says"
            )


def _models(annotation: Any, seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in seen:
        seen.add(annotation)
        yield annotation
        for field in annotation.model_fields.values():
            yield from _models(field.annotation, seen)
    for part in get_args(annotation):
        yield from _models(part, seen)


def _exact(schema: Any) -> Any:
    """Return a schema, or a list of some, that takes no kind for another."""
    if isinstance(schema, list | tuple):
        return type(schema)(_exact(part) for part in schema)
    if not isinstance(schema, dict):
        return schema
    kind = schema.get("type")
    if kind in _EXACT:
        return {**schema, "strict": True}
    if kind in _MOMENTS:
        return core_schema.no_info_before_validator_function(_written(_MOMENTS[kind]), cast(CoreSchema, schema))
    if kind == "literal" and not any(isinstance(value, bool) for value in schema["expected"]):
        return core_schema.no_info_before_validator_function(_no_truth, cast(CoreSchema, schema))
    return {
        name: {key: _exact(each) for key, each in part.items()}
        if name in ("fields", "choices") and isinstance(part, dict)
        else part
        if name in _NO_SCHEMAS
        else _exact(part)
        for name, part in schema.items()
    }


def _written(error: Any) -> Any:
    def checked(value: Any) -> Any:
        if isinstance(value, int | float) or (isinstance(value, str) and _DIGITS.fullmatch(value)):
            raise PydanticKnownError(error)
        return value

    return checked


def _no_truth(value: Any) -> Any:
    # To Python True is 1; no word and no number of a list is meant by it.
    if isinstance(value, bool):
        raise PydanticKnownError("int_type")
    return value


class Body(BaseModel):
    """What a client sends; all bodies of requests, and the models inside of them, are derived from it."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return cast(CoreSchema, _exact(handler(source)))

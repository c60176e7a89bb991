"""Examples in the API's document: written once beside a model, put together for every body that is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict

Schema = dict[str, Any]
NULL = {"type": "null"}
REFERENCE = "#/components/schemas/"


class NoExample(LookupError):
    """Neither a schema nor its parts say what one of them looks like."""


def example(**fields: Any) -> ConfigDict:
    """Return the `model_config` of a model that looks like this, as JSON.

    Of what is left out, fields that are models show themselves, and others are null where they may be.
    """
    return ConfigDict(json_schema_extra={"examples": [fields]})


def example_of(schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    """Return what a schema says one of it looks like, or what its parts say. Raises `NoExample`.

    Optional fields are shown where an example names them, where they have their own, or where there is none of the whole.
    """
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(REFERENCE)], schemas)
    shown = next(iter(schema.get("examples", ())), None)
    if "properties" in schema and (shown is None or isinstance(shown, dict)):
        return _object(schema, shown, schemas)
    if shown is not None:
        return shown
    for key in ("const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _one_of(schema["anyOf"], schemas)
    if schema.get("type") == "array":
        return [example_of(schema["items"], schemas)]
    raise NoExample(schema.get("title") or schema)


def _object(schema: Schema, shown: Schema | None, schemas: Mapping[str, Schema]) -> Schema:
    found = {}
    required = schema.get("required", ())
    for name, inner in schema["properties"].items():
        if shown is not None and name in shown:
            found[name] = shown[name]
        elif name in required and "examples" not in inner and _may_be_null(inner):
            found[name] = None
        elif name in required or shown is None or "examples" in inner:
            try:
                found[name] = example_of(inner, schemas)
            except NoExample as error:
                if name in required:
                    raise NoExample(f"{name}: {error}") from None
    return found


def _may_be_null(schema: Schema) -> bool:
    """Tell whether null stands for a field that is no model."""
    choices = schema.get("anyOf", ())
    return NULL in choices and not any("$ref" in choice for choice in choices)


def _one_of(choices: list[Schema], schemas: Mapping[str, Schema]) -> Any:
    for choice in choices:
        try:
            return example_of(choice, schemas)
        except NoExample:
            continue
    raise NoExample(choices)

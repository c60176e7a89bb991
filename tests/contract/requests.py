"""What a request may consist of: its fields as the types know them, and examples of bodies as the documents tell them."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from fastapi.routing import APIRoute

from libs.chassis.text import Text

Document = dict[str, Any]
Path = tuple[str | int, ...]
KNOWN = {
    "number": "4242 4242 4242 4242",
    "cvc": "123",
    "exp_year": 2099,
    "email": "ada@example.com",
    "avatar_url": None,
}


def routes(found: Any) -> Iterator[APIRoute]:
    """Every route of an application that the OpenAPI document shows."""
    for route in found.routes:
        if isinstance(route, APIRoute):
            if route.include_in_schema:
                yield route
        elif hasattr(route, "original_router"):
            yield from routes(route.original_router)


def fields(app: FastAPI) -> Iterator[tuple[str, Any]]:
    """Where a field of a request is read, and what pydantic knows of it."""

    def of(dependant: Any) -> Iterator[tuple[str, Any]]:
        for place in ("path", "query", "header", "cookie", "body"):
            for field in getattr(dependant, f"{place}_params"):
                yield f"{place} {field.alias}", field._type_adapter.core_schema
        for inner in dependant.dependencies:
            yield from of(inner)

    for route in routes(app):
        for place, schema in of(route.dependant):
            yield f"{sorted(route.methods or ())[0]} {route.path} {place}", schema


def open_ended(schema: Any, at: str = "") -> Iterator[str]:
    """Strings of any characters, and numbers of any size, in a schema of pydantic's."""
    if isinstance(schema, dict):
        kind = schema.get("type")
        if kind == "function-after" and isinstance(getattr(schema["function"]["function"], "__self__", None), Text):
            return
        if kind == "str" and not schema.get("pattern"):
            yield f"{at}: str"
        if kind == "int" and not (schema.keys() & {"le", "lt"} and schema.keys() & {"ge", "gt"}):
            yield f"{at}: int"
        if kind == "float" and (schema.get("allow_inf_nan", True) or not schema.keys() & {"le", "lt"}):
            yield f"{at}: float"
        for key, value in schema.items():
            if key not in ("metadata", "serialization"):
                inner = isinstance(value, dict) and value.get("type") == "model-field"
                yield from open_ended(value, f"{at}.{key}" if inner else at)
    elif isinstance(schema, list | tuple):
        for value in schema:
            yield from open_ended(value, at)


def example(schema: Document, document: Document, name: str = "") -> Any:
    """Something that fits a JSON schema, with every field that may be there."""
    schema = _resolved(schema, document)
    for choices in ("anyOf", "oneOf"):
        if choices in schema:
            return example(schema[choices][0], document, name)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    match schema.get("type"):
        case "object":
            return {key: example(value, document, key) for key, value in schema.get("properties", {}).items()}
        case "array":
            return [example(schema["items"], document, name)]
        case "string":
            return _string(schema, name)
        case "integer" | "number":
            return KNOWN.get(name, max(schema.get("minimum", 1), 1))
        case "boolean":
            return False
    raise AssertionError(schema)


def _string(schema: Document, name: str) -> Any:
    if schema.get("format") == "uuid":
        return str(uuid4())
    if schema.get("format") == "date-time":
        return None if name == "ends_at" else "2026-11-20T12:00:00Z"
    by_pattern = {"^[0-9]{4}$": "1234", "^[A-Z]{2}$": "US"}
    return KNOWN.get(name, by_pattern.get(schema.get("pattern", ""), "en" if "language" in name else "some-text"))


def _resolved(schema: Document, document: Document) -> Document:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def leaves(body: Any, kind: type, at: Path = ()) -> Iterator[Path]:
    """Where in a body there are values of a kind."""
    if isinstance(body, dict | list):
        for key, value in body.items() if isinstance(body, dict) else enumerate(body):
            yield from leaves(value, kind, (*at, key))
    elif isinstance(body, kind) and not isinstance(body, bool):
        yield at


def replaced(body: Any, at: Path, value: Any) -> Any:
    """A copy of a body with another value in one place."""
    if not at:
        return value
    copy = body.copy()
    copy[at[0]] = replaced(body[at[0]], at[1:], value)
    return copy

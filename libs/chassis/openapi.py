"""What FastAPI's document of a service leaves out: errors as problem documents, and which of them an operation answers with.

They are derived from what an operation declares (its policy, its parameters, its body) and from the statuses and codes that its
description names. Titles are made unique, since generators of clients name their classes after them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from libs.chassis import problems

Document = dict[str, Any]
MEDIA_TYPE = "application/problem+json"
PREFIX = "#/components/schemas/"
SIGNED_IN = (401, 403)
WITH_A_BODY = (400, 413, 422)
# Whoever comes too often, and whoever comes while a part is away.
ALWAYS = (429, 503)


class ProblemDetails(BaseModel):
    """RFC 9457 problem details; `code` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    retryable: bool
    trace_id: str


class FieldProblem(BaseModel):
    """One field that is not valid: `loc` leads to it, from `body`, `query`, `path` or `header` on."""

    loc: list[str | int]
    msg: str
    type: str


class InvalidProblem(ProblemDetails):
    """Something in the request is not valid; `errors` names the fields where the types of the request say so."""

    errors: list[FieldProblem] = []


class Described(FastAPI):
    """An application whose document is complete."""

    def openapi(self) -> Document:
        """Return the document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = complete(super().openapi())
        return self.openapi_schema


def complete(document: Document) -> Document:
    """Add to a document, in place, what it leaves out."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    invalid = InvalidProblem.model_json_schema(ref_template=PREFIX + "{model}")
    schemas.update(invalid.pop("$defs"))
    schemas.setdefault(ProblemDetails.__name__, ProblemDetails.model_json_schema())
    schemas[InvalidProblem.__name__] = invalid
    for item in document.get("paths", {}).values():
        for operation in item.values():
            _answers(operation)
            for parameter in operation.get("parameters", ()):
                _untitle(parameter.get("schema"))
            for content in operation.get("requestBody", {}).get("content", {}).values():
                content["schema"] = _body_itself(content["schema"])
            for content in _contents(operation):
                _untitle(content.get("schema"))
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    for schema in schemas.values():
        schema["title"] = ""  # FastAPI's own, with brackets
        _untitle_fields(schema)
    return titled(document)


def titled(document: Document) -> Document:
    """Give every schema that has a title its name for it, in place: no two are called the same."""
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        if "title" in schema:
            schema["title"] = name.strip("_")
    return document


def _answers(operation: Document) -> None:
    responses = operation.setdefault("responses", {})
    described = operation.get("description", "")
    codes = sorted({code for code in re.findall(r"`([a-z_]+)`", described) if code in problems.CATALOGUE})
    for status in sorted({*_statuses(operation, described), *(problems.CATALOGUE[code].status for code in codes)}):
        named = [f"`{code}`" for code in codes if problems.CATALOGUE[code].status == status]
        sentence = problems.BY_STATUS[status]().detail if status in problems.BY_STATUS else "What went wrong"
        responses.setdefault(str(status), {"description": ", ".join(named) or sentence})
    for status, response in responses.items():
        if status == "default" or status >= "400":
            model = InvalidProblem if status == "422" else ProblemDetails
            content = response.get("content", {})
            schema = content.get("application/json", content.get(MEDIA_TYPE, {})).get("schema")
            response["content"] = {MEDIA_TYPE: {"schema": schema or {"$ref": PREFIX + model.__name__}}}
    operation["responses"] = dict(sorted(responses.items()))


def _statuses(operation: Document, described: str) -> Iterator[int]:
    """Statuses an operation can answer with, by what it declares."""
    parameters = operation.get("parameters", ())
    yield from ALWAYS
    if operation.get("x-bijou-policy", "public") != "public":
        yield from SIGNED_IN
    if any(parameter["in"] == "path" for parameter in parameters):
        yield 404
    if any(parameter["name"] == "cursor" for parameter in parameters):
        yield 400
    if parameters:
        yield 422
    if "requestBody" in operation:
        yield from WITH_A_BODY
    yield from (status for status in map(int, re.findall(r"\b([45]\d\d)\b", described)) if status in problems.BY_STATUS)


def _body_itself(schema: Document) -> Document:
    """A body that may be left out is not one that may be null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    return kinds[0] if len(kinds) == 1 else schema


def _contents(operation: Document) -> Iterator[Document]:
    yield from operation.get("requestBody", {}).get("content", {}).values()
    for response in operation["responses"].values():
        yield from response.get("content", {}).values()


def _untitle(schema: Any) -> None:
    """Take away titles that only repeat the name of a field: nested, they would clash with those of others."""
    if isinstance(schema, dict):
        schema.pop("title", None)
        _untitle_fields(schema)


def _untitle_fields(schema: Document) -> None:
    for inner in schema.get("properties", {}).values():
        _untitle(inner)
    for key in ("items", "additionalProperties", "not"):
        _untitle(schema.get(key))
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for inner in schema.get(key, ()):
            _untitle(inner)

"""What FastAPI's document of a service leaves out: summaries, who may call, examples, and every problem with its code.

The first line of a route's docstring is its summary, the rest its description. Titles are made unique, since generators of
clients name their classes after them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from fastapi import FastAPI

from libs.chassis.http import declared_problems
from libs.chassis.http.declared_problems import DECLARED, MEDIA_TYPE, InvalidProblem, ProblemDetails
from libs.chassis.http.examples import NoExample, example_of

Document = dict[str, Any]
PREFIX = "#/components/schemas/"
EXAMPLES = "#/components/examples/"
WHO = {
    "public": "Anyone may call this, without a token.",
    "account": "For whoever is signed in.",
    "profile": "For a token that is bound to a profile: select one first.",
    "holder": "For the account's holder: signed in, and not at a profile with an age limit.",
}
UNSAID = "Successful Response"  # FastAPI's
SUCCESS = {"200": "The answer.", "201": "Made.", "204": "Done; there is no body."}
# The code that a missing header is answered with. FastAPI calls these headers optional: if not, it would answer with its own.
REFUSED_WITHOUT = {"idempotency_key_missing": "idempotency-key", "precondition_required": "if-match"}
RETRY_AFTER = {
    "Retry-After": {"description": "After how many seconds to ask again.", "schema": {"type": "integer", "minimum": 0}}
}


class Described(FastAPI):
    """An application whose document is complete."""

    def openapi(self) -> Document:
        """Return the document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = complete(super().openapi())
        return self.openapi_schema


def complete(document: Document) -> Document:
    """Add to a document, in place, what it leaves out."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    invalid = InvalidProblem.model_json_schema(ref_template=PREFIX + "{model}")
    schemas.update(invalid.pop("$defs"))
    schemas.setdefault(ProblemDetails.__name__, ProblemDetails.model_json_schema())
    schemas[InvalidProblem.__name__] = invalid
    examples: Document = {}
    for item in document.get("paths", {}).values():
        for operation in item.values():
            _describe(operation)
            _answers(operation, schemas, examples)
            demanded = {REFUSED_WITHOUT.get(code) for code in operation["x-bijou-codes"]}
            for parameter in operation.get("parameters", ()):
                _untitle(parameter.get("schema"))
                if parameter["in"] == "header" and parameter["name"].lower() in demanded:
                    parameter |= {"required": True, "schema": _itself(parameter["schema"])}
            for content in operation.get("requestBody", {}).get("content", {}).values():
                content["schema"] = _itself(content["schema"])
            for content in _contents(operation):
                _untitle(content.get("schema"))
            _show(operation, schemas)
            _forget_empty(operation)
    _show_whole(schemas)
    components["schemas"] = dict(sorted(schemas.items()))
    components["examples"] = dict(sorted(examples.items()))
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


def add_problem(operation: Document, body: Document, examples: Document) -> None:
    """Add to an operation of a complete document, in place, another problem document that it answers with."""
    responses, code = operation.setdefault("responses", {}), body["code"]
    answer = responses.setdefault(str(body["status"]), {"description": "", "content": {MEDIA_TYPE: {"examples": {}}}})
    content = answer["content"][MEDIA_TYPE]
    content.setdefault("schema", {"$ref": PREFIX + ProblemDetails.__name__})
    content["examples"][code] = {"$ref": EXAMPLES + code}
    examples[code] = {"summary": body["title"], "value": body}
    answer["description"] = "\n\n".join(part for part in (answer["description"], f"`{code}` {body['detail']}") if part)
    operation["responses"] = dict(sorted(responses.items()))
    operation["x-bijou-codes"] = sorted({*operation.get("x-bijou-codes", ()), code})


def _describe(operation: Document) -> None:
    """Split the docstring into summary and description, and add who may call."""
    policy = operation.get("x-bijou-policy", "public")
    who = (
        WHO.get(policy)
        or f"For staff ({policy.partition(':')[2].replace(',', ', ')}), not at a profile with an age limit."
    )
    summary, _, more = operation.pop("description", "").partition("\n")
    operation["summary"] = summary.strip().removesuffix(".")
    operation["description"] = "\n\n".join(part for part in (more.strip(), who) if part)


def _answers(operation: Document, schemas: Document, examples: Document) -> None:
    """Write out the problems of an operation, each with its sentence and an example."""
    responses = operation.setdefault("responses", {})
    responses.pop("default", None)  # what stands in it follows, by its status
    found: dict[str, dict[str, Document]] = {}
    for status, response in responses.items():
        found[status] = response.pop(DECLARED, {})
    for problem in declared_problems.following(operation):
        found.setdefault(str(problem.status), {}).setdefault(problem.code, problem.body(declared_problems.TRACE))
    for status, bodies in found.items():
        if bodies:
            responses[status] = _problem_answer(status, bodies, responses.get(status, {}), schemas, examples)
        elif responses[status]["description"] == UNSAID:
            responses[status]["description"] = SUCCESS.get(status, "Done.")
    operation["responses"] = dict(sorted(responses.items()))
    operation["x-bijou-codes"] = sorted({code for bodies in found.values() for code in bodies})


def _problem_answer(
    status: str, bodies: dict[str, Document], declared: Document, schemas: Document, examples: Document
) -> Document:
    model = InvalidProblem if status == "422" else ProblemDetails
    usual = {"$ref": PREFIX + model.__name__}
    schema = declared.get("content", {}).get("application/json", {}).get("schema", usual)
    shown: Document = {}
    for code, body in sorted(bodies.items()):
        if schema == usual:
            examples[code] = {"summary": body["title"], "value": body}
            shown[code] = {"$ref": EXAMPLES + code}
        else:
            shown[code] = {"summary": body["title"], "value": {**example_of(schema, schemas), **body}}
    answer = {
        "description": "\n\n".join(f"`{code}` {body['detail']}" for code, body in sorted(bodies.items())),
        "content": {MEDIA_TYPE: {"schema": schema, "examples": shown}},
    }
    return {**answer, "headers": RETRY_AFTER} if status in ("429", "503") else answer


def _show(operation: Document, schemas: Document) -> None:
    """Give each JSON body of a request or a success its example, where its schema knows one."""
    bodies = [operation.get("requestBody", {})]
    bodies += [response for status, response in operation["responses"].items() if status.startswith("2")]
    for body in bodies:
        content = body.get("content", {}).get("application/json")
        if content is not None and "example" not in content:
            with suppress(NoExample):
                content["example"] = example_of(content["schema"], schemas)


def _show_whole(schemas: Document) -> None:
    """Complete what each schema says it looks like by what its parts say."""
    for schema in schemas.values():
        if "properties" in schema and schema.get("examples"):
            with suppress(NoExample):
                schema["examples"] = [example_of(schema, schemas)]


def _forget_empty(operation: Document) -> None:
    """Take away bodies that FastAPI expects of a route that answers in headers alone."""
    for response in operation["responses"].values():
        if response.get("content", {}).get("application/json", {}).get("schema") == {}:
            del response["content"]


def _itself(schema: Document) -> Document:
    """A body that may be left out is not one that may be null, nor is a header."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    around = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**kinds[0], **around} if len(kinds) == 1 else schema


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

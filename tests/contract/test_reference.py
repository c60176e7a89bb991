"""The document as a reference: every operation is told, every body shown, every refusal named; and what is shown is true."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator, FormatChecker

from deploy.local import generate
from deploy.topology import SERVICES
from gateway.reference import TAGS
from libs.chassis import problems
from libs.chassis.http.examples import NoExample, example_of
from tests.contract.test_openapi import Document, operations

LONGEST_SUMMARY = 64
NUMBERS = {"integer", "number"}
# The `reason` of a `lease_lost`, never a code of its own.
REASONS = {"session_too_long"}


def bodies(document: Document) -> Iterator[tuple[str, Document]]:
    """Each JSON body of a request or an answer, with where it stands."""
    for where, operation in operations(document):
        yield from ((f"{where} asks", content) for content in json_of(operation.get("requestBody", {})))
        for status, response in operation["responses"].items():
            yield from ((f"{where} {status}", content) for content in json_of(response))


def json_of(body: Document) -> list[Document]:
    return [content for kind, content in body.get("content", {}).items() if kind.endswith("json")]


def examples(content: Document, document: Document) -> list[Any]:
    """What a body shows, with what its references lead to."""
    shown = list(content.get("examples", {}).values())
    found = [document["components"]["examples"][e["$ref"].rpartition("/")[2]] if "$ref" in e else e for e in shown]
    own = [content["example"]] if "example" in content else []
    return own + [item["value"] for item in found]


def test_every_operation_has_a_summary_that_can_be_scanned(document: Document) -> None:
    summaries = {where: operation["summary"] for where, operation in operations(document)}

    bad = {w: s for w, s in summaries.items() if not s or len(s) > LONGEST_SUMMARY or s.endswith(".") or "`" in s}
    assert bad == {}
    twice = {s for s in summaries.values() if list(summaries.values()).count(s) > 1}
    assert twice == set()


def test_every_operation_says_who_may_call_it_and_asks_for_a_token_just_then(document: Document) -> None:
    for where, operation in operations(document):
        public = operation["x-bijou-policy"] == "public"
        assert ("security" in operation) != public, where
        assert operation["description"], where
    (scheme,) = document["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"], bool(scheme["description"])) == ("http", "bearer", True)


def test_every_operation_has_one_subject_and_staff_stand_apart(document: Document) -> None:
    names = [tag["name"] for tag in document["tags"]]
    assert names[: len(TAGS)] == list(TAGS)
    # A service that nobody has given a subject yet has its own name for one.
    assert set(names[len(TAGS) :]) <= set(PACKAGES)
    for where, operation in operations(document):
        (tag,) = operation["tags"]
        assert tag in names, where
        assert tag.startswith("Staff") == ("/admin/" in where), where


def test_every_parameter_is_described(document: Document) -> None:
    silent = [
        f"{where} {parameter['name']}"
        for where, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if not parameter.get("description")
    ]

    assert silent == []


def test_every_body_is_shown(document: Document) -> None:
    assert [
        where for where, content in bodies(document) if not examples(content, document) and " default" not in where
    ] == []


def test_what_is_shown_fits_its_schema(document: Document) -> None:
    wrong = {}
    for where, content in bodies(document):
        schema = {**content["schema"], "components": document["components"]}
        validator = Draft202012Validator(schema, format_checker=FormatChecker())
        for shown in examples(content, document):
            if errors := [f"{error.json_path}: {error.message[:120]}" for error in validator.iter_errors(shown)]:
                wrong[where] = errors

    assert wrong == {}


def test_a_schema_shows_a_whole_one_of_itself(document: Document) -> None:
    """Client generators and the page of the reference show these alone."""
    wrong = {}
    for name, schema in document["components"]["schemas"].items():
        validator = Draft202012Validator(
            {**schema, "components": document["components"]}, format_checker=FormatChecker()
        )
        for shown in schema.get("examples", ()):
            if errors := [f"{error.json_path}: {error.message[:120]}" for error in validator.iter_errors(shown)]:
                wrong[name] = errors

    assert wrong == {}


def test_a_header_without_which_a_call_is_refused_is_said_to_be_required(document: Document) -> None:
    required = {
        where: [p["name"].lower() for p in operation.get("parameters", ()) if p["in"] == "header" and p["required"]]
        for where, operation in operations(document)
    }

    for where, operation in operations(document):
        codes = operation["x-bijou-codes"]
        assert ("idempotency-key" in required[where]) == ("idempotency_key_missing" in codes), where
        assert ("if-match" in required[where]) == ("precondition_required" in codes), where
    assert required["POST /api/v1/me/subscription"] == ["idempotency-key"]
    assert required["PATCH /api/v1/admin/titles/{title_id}"] == ["if-match"]
    assert required["POST /api/v1/playback/sessions"] == []


def test_what_a_call_needs_in_its_address_has_an_example(document: Document) -> None:
    bare = [
        f"{where} {parameter['name']}"
        for where, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if parameter["required"] and not {"enum", "$ref", "const"} & parameter["schema"].keys()
        if not parameter["schema"].get("examples")
    ]

    assert bare == []


def test_every_number_says_what_it_counts(document: Document) -> None:
    """By its own description, or by its name in that of the whole."""
    silent = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, inner in schema.get("properties", {}).items()
        if any(kind.get("type") in NUMBERS for kind in (inner, *inner.get("anyOf", ())))
        if not any(kind.get("description") for kind in (inner, *inner.get("anyOf", ())))
        if f"`{field}`" not in schema.get("description", "")
    ]

    assert silent == []


def test_every_object_is_described(document: Document) -> None:
    schemas = document["components"]["schemas"].items()

    assert [name for name, schema in schemas if schema.get("type") == "object" and not schema.get("description")] == []


def test_every_code_of_an_operation_has_its_sentence_and_example(document: Document) -> None:
    for where, operation in operations(document):
        told = {
            code: answer["description"]
            for status, answer in operation["responses"].items()
            if status >= "4" and status != "default"
            for code in answer["content"]["application/problem+json"]["examples"]
        }
        assert sorted(told) == operation["x-bijou-codes"], where
        assert [code for code, description in told.items() if f"`{code}` " not in description] == [], where


def test_examples_are_put_together_and_what_is_missing_is_said() -> None:
    schemas: dict[str, Document] = {
        "Money": {
            "properties": {"amount": {"type": "integer"}},
            "required": ["amount"],
            "examples": [{"amount": 1299}],
        },
        "Plan": {
            "properties": {
                "price": {"$ref": "#/components/schemas/Money"},
                "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                "name": {"type": "string"},
            },
            "required": ["price", "note", "name"],
        },
    }
    plans = {"type": "array", "items": {"$ref": "#/components/schemas/Plan"}}

    with pytest.raises(NoExample, match="name"):
        example_of(plans, schemas)
    schemas["Plan"]["examples"] = [{"name": "Standard"}]
    assert example_of(plans, schemas) == [{"price": {"amount": 1299}, "note": None, "name": "Standard"}]


def kinds_of(kind: type[problems.Problem] = problems.Problem) -> Iterator[type[problems.Problem]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from kinds_of(inner)


def raised_in(package: Path) -> set[str]:
    """Names that a package raises, returns, or keeps in a table to raise from."""
    found: set[str] = set()
    for file in package.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Raise | ast.Return | ast.Dict):
                found |= {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
                found |= {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}
    return found


def problems_of(package: str) -> set[type[problems.Problem]]:
    return {kind for kind in kinds_of() if kind.__module__.startswith(f"{package}.")}


PACKAGES = {service.name: service.package for service in SERVICES if service.port and service.name != "gateway"}


def test_services_have_problems_of_their_own(applications: dict[str, FastAPI]) -> None:
    """All but one that is new."""
    assert set(applications) >= set(PACKAGES)
    assert len([package for package in PACKAGES.values() if problems_of(package)]) >= 6


@pytest.mark.parametrize("service", sorted(PACKAGES))
def test_every_problem_of_a_service_is_raised_and_declared(service: str, applications: dict[str, FastAPI]) -> None:
    """What an operation answers with beyond its declaration, the fixture `every_code_is_declared` finds in every test."""
    package = PACKAGES[service]
    own = problems_of(package)
    declared = {
        code for _, operation in operations(applications[service].openapi()) for code in operation["x-bijou-codes"]
    }
    raised = raised_in(generate.ROOT / package.replace(".", "/"))

    assert sorted(kind.code for kind in own if kind.code not in declared | REASONS) == []
    assert sorted(kind.__name__ for kind in own if kind.__name__ not in raised) == []


def told(node: Any) -> Iterator[str]:
    """Every text that the reference shows as Markdown, in which HTML would be markup."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name in ("summary", "description") and isinstance(value, str):
                yield value
            elif name not in ("example", "examples"):
                yield from told(value)
    elif isinstance(node, list):
        for value in node:
            yield from told(value)


def test_no_text_brings_markup_of_its_own(document: Document) -> None:
    """The explorer draws HTML in descriptions; only the page's policy would keep a script in one from running."""
    texts = list(told(document))

    assert len(texts) > 500
    assert [text for text in texts if re.search(r"<[a-z/!]|\]\(\s*(?:javascript|data):", text, re.IGNORECASE)] == []

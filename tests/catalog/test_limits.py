"""Every limit of what is sent to catalog: what reaches it is taken, and what passes it is refused by its field."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from libs.chassis.ids import new_id
from services.catalog.importing.mapping import ImportMapping
from services.catalog.schemas import admin_requests, collections, imports, lifecycle, people, reviews
from tests.contract.requests import example

BODIES: list[type[BaseModel]] = [
    admin_requests.NewTitle, admin_requests.TitlePatch, admin_requests.TextsBody, admin_requests.NewSeason,
    admin_requests.NewEpisode, admin_requests.EpisodePatch, admin_requests.PlayablePatch, admin_requests.NewTrailer,
    admin_requests.TrailerOrder, collections.CollectionBody, imports.NewImport, imports.StartImport, ImportMapping,
    lifecycle.Rejection, lifecycle.ScheduleBody, people.NewPerson, people.PersonPatch, reviews.ReviewBody,
    reviews.ReportBody, reviews.DecisionBody,
]  # fmt: skip
Limit = tuple[str, list[Any], list[Any]]  # a field, what it takes, and what it refuses


def limits(schema: dict[str, Any], document: dict[str, Any]) -> Iterator[tuple[list[Any], list[Any]]]:
    """What fits a field to the last character, item or number, and what is one too many."""
    if "$ref" in schema:
        schema = document["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    for choice in schema.get("anyOf", ()):
        yield from limits(choice, document)
    if (longest := schema.get("maxLength")) is not None:
        taken = [] if "pattern" in schema else [letter * longest for letter in ("x", "\u062f", "\U0001f30a")]
        yield taken, ["x" * (longest + 1), "x" * 100_000]
    if (most := schema.get("maxItems")) is not None:
        item = new_id if schema["items"].get("format") == "uuid" else lambda: example(schema["items"], document)
        yield [[], [item() for _ in range(most)]], [[item() for _ in range(most + 1)]]
    for end, step in (("minimum", -1), ("maximum", 1)):
        if end in schema:
            yield [schema[end]], [schema[end] + step, 2**63 * step]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_a_field_takes_what_reaches_its_limit_and_refuses_what_passes_it(body: type[BaseModel]) -> None:
    document = TypeAdapter(body).json_schema(ref_template="#/$defs/{model}")
    document["components"] = {"schemas": document.get("$defs", {})}
    asked = 0
    for name, schema in document["properties"].items():

        def refused(value: Any, name: str = name) -> bool:
            try:
                body.model_validate({name: value})
            except ValidationError as error:
                return any(each["loc"][:1] == (name,) for each in error.errors())
            return False

        for taken, too_much in limits(schema, document):
            asked += 1
            for value in taken:
                assert not refused(value), f"{name}: {str(value)[:80]} is within the limit"
            for value in too_much:
                assert refused(value), f"{name}: {str(value)[:80]} is past the limit"
    assert asked, "this body has no limits at all"

"""Several documents become one: nothing is lost, nothing means two things."""

import copy
from typing import Any

from gateway.main import create_app
from gateway.openapi import Published, merge
from gateway.settings import GatewaySettings
from tests.gateway.conftest import Start
from tests.gateway.servers import Neighbour, free_port, serving

PREFIX = "#/components/schemas/"


def ref(name: str) -> dict[str, str]:
    return {"$ref": PREFIX + name}


PROBLEM = {"type": "object", "properties": {"code": {"type": "string"}}}


def doc(paths: dict[str, str], schemas: dict[str, Any], operation: str = "read") -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "paths": {
            path: {
                "get": {
                    "operationId": operation,
                    "responses": {"200": {"content": {"application/json": {"schema": ref(name)}}}},
                }
            }
            for path, name in paths.items()
        },
        "components": {
            "schemas": {"ProblemDetails": PROBLEM, **schemas},
            "securitySchemes": {"access_token": {"type": "http", "scheme": "bearer"}},
        },
    }


CATALOG = doc(
    {"/api/v1/titles": "Page", "/api/v1/titles/{title_id}": "Item", "/livez": "Item"},
    {"Item": {"type": "object"}, "Page": {"items": ref("Item")}, "Same": {"of": ref("Problem")}, "Problem": PROBLEM},
)
BILLING = doc(
    {"/api/v1/plans": "Page"},
    {"Item": {"type": "string"}, "Page": {"items": ref("Item")}, "Same": {"of": ref("Problem")}, "Problem": PROBLEM},
)
GATEWAY = doc({"/api/v1/titles/{title_id}": "Title"}, {"Title": {"type": "object"}}, "get_title")


def schema_of(document: dict[str, Any], path: str) -> str:
    content = document["paths"][path]["get"]["responses"]["200"]["content"]
    name: str = content["application/json"]["schema"]["$ref"]
    return name.removeprefix(PREFIX)


def test_names_that_mean_two_things_are_kept_apart_with_all_that_refers_to_them() -> None:
    before = copy.deepcopy((CATALOG, BILLING))
    merged = merge({"catalog": CATALOG, "billing": BILLING})

    assert schema_of(merged, "/api/v1/titles") == "CatalogPage"
    assert schema_of(merged, "/api/v1/plans") == "BillingPage"
    schemas = merged["components"]["schemas"]
    assert schemas["BillingPage"] == {"items": ref("BillingItem")}
    assert schemas["CatalogItem"] == {"type": "object"}
    assert set(schemas) == {
        "BillingItem",
        "BillingPage",
        "CatalogItem",
        "CatalogPage",
        "Problem",
        "ProblemDetails",
        "Same",
    }
    assert before == (CATALOG, BILLING)


def test_every_reference_leads_somewhere_and_ids_are_unique() -> None:
    merged = merge({"catalog": CATALOG, "billing": BILLING, "gateway": GATEWAY})

    names: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                names.add(node["$ref"])
            for value in node.values():
                walk(value)

    walk(merged)
    there = {
        f"#/components/{section}/{name}" for section in merged["components"] for name in merged["components"][section]
    }
    assert names <= there
    ids = [op["operationId"] for item in merged["paths"].values() for op in item.values()]
    assert sorted(ids) == ["billing_read", "catalog_read", "get_title"]


def test_a_code_that_two_services_say_differently_is_shown_in_the_words_of_each() -> None:
    def told(sentence: str, path: str) -> dict[str, Any]:
        document = doc({path: "Problem"}, {"Problem": PROBLEM}, path.rpartition("/")[2])
        answer = {
            "content": {"application/problem+json": {"examples": {"gone": {"$ref": "#/components/examples/gone"}}}}
        }
        document["paths"][path]["get"]["responses"]["410"] = answer
        document["components"]["examples"] = {"gone": {"value": {"detail": sentence}}}
        return document

    merged = merge({"a": told("It left.", "/api/v1/a"), "b": told("It was never here.", "/api/v1/b")})

    content = merged["paths"]["/api/v1/b"]["get"]["responses"]["410"]["content"]["application/problem+json"]
    (reference,) = content["examples"].values()
    assert (
        merged["components"]["examples"][reference["$ref"].rpartition("/")[2]]["value"]["detail"]
        == "It was never here."
    )


def test_the_gateway_adds_what_it_answers_when_a_service_is_not_there() -> None:
    merged = merge({"billing": BILLING})

    responses = merged["paths"]["/api/v1/plans"]["get"]["responses"]
    # 414 and 431 are the edge's, whatever is asked.
    assert set(responses) == {"200", "414", "431", "502", "503", "504"}
    assert merged["components"]["examples"]["service_unavailable"]["value"]["status"] == 503


def test_what_the_gateway_composes_replaces_its_source_and_probes_stay_inside() -> None:
    merged = merge({"catalog": CATALOG, "gateway": GATEWAY})

    assert schema_of(merged, "/api/v1/titles/{title_id}") == "Title"
    assert "/livez" not in merged["paths"]
    assert merged["components"]["securitySchemes"]["access_token"]["scheme"] == "bearer"


def test_an_operation_that_several_services_have_is_one_whose_path_names_them() -> None:
    def of(name: str) -> dict[str, Any]:
        document = doc({"/api/v1/letters/{service}": "Page"}, {"Page": {"type": "object"}}, "list_letters")
        schema = {"type": "string", "const": name}
        document["paths"]["/api/v1/letters/{service}"]["get"]["parameters"] = [
            {"name": "service", "in": "path", "schema": schema}
        ]
        return document

    docs = {name: of(name) for name in ("search", "billing", "catalog")}
    operation = merge(docs)["paths"]["/api/v1/letters/{service}"]["get"]
    assert operation["operationId"] == "list_letters"
    assert operation["parameters"][0]["schema"] == {"type": "string", "enum": ["billing", "catalog", "search"]}
    assert docs["search"] == of("search")


def test_the_order_of_the_services_does_not_matter() -> None:
    one = merge({"catalog": CATALOG, "billing": BILLING, "gateway": GATEWAY})

    assert one == merge({"gateway": GATEWAY, "billing": BILLING, "catalog": CATALOG})
    assert merge({})["paths"] == {}


def test_the_gateways_own_routes_declare_their_policies() -> None:
    document = create_app(GatewaySettings()).openapi()

    policies = {path: item["get"]["x-bijou-policy"] for path, item in document["paths"].items()}
    ours = {path: policy for path, policy in policies.items() if "/admin/" in path}
    assert set(ours.values()) == {"staff:super_admin"}
    assert {policy for path, policy in policies.items() if path not in ours} == {"profile"}
    assert "/api/v1/home" in policies


async def test_it_is_served_to_anyone_and_names_who_could_not_be_asked(start: Start) -> None:
    catalog = Neighbour(answers={"/openapi.json": CATALOG})
    async with (
        serving(catalog.app) as url,
        start({"catalog": url, "billing": f"http://127.0.0.1:{free_port()}"}) as client,
    ):
        answer = await client.get("/api/v1/openapi.json")

    document = answer.json()
    assert answer.status_code == 200
    assert {"/api/v1/home", "/api/v1/titles", "/api/v1/titles/{title_id}"} <= set(document["paths"])
    assert schema_of(document, "/api/v1/titles/{title_id}") == "Title"
    assert document["x-bijou-missing"] == ["billing"]


async def test_it_is_made_once_and_again_when_a_service_says_something_else(start: Start) -> None:
    billing = Neighbour(answers={"/openapi.json": BILLING})
    published = Published()

    first = published.body({"billing": BILLING}, [])
    tag = published.tag
    assert published.body({"billing": copy.deepcopy(BILLING)}, []) is first
    assert published.body({"catalog": CATALOG}, []) != first
    assert published.tag != tag

    async with serving(billing.app) as url, start({"billing": url}) as client:
        answer = await client.get("/api/v1/openapi.json")
        again = await client.get("/api/v1/openapi.json", headers={"If-None-Match": answer.headers["etag"]})

    assert (answer.status_code, again.status_code, again.content) == (200, 304, b"")

"""One OpenAPI document from every service's: paths joined, schemas that differ under one name kept apart."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from libs.chassis.openapi import titled

Document = dict[str, Any]
PREFIX = "#/components/schemas/"
OWN = "gateway"
SHOWN = ("/api/", "/.well-known/")
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


def merge(docs: Mapping[str, Document]) -> Document:
    """The whole API as one document; `docs` is each service's by name.

    An operation that the gateway composes replaces the one it is composed of. A schema name that means different things
    in two services gets the service's name in front in each of them; what refers to such a schema differs too.
    """
    ordered = sorted(docs, key=lambda name: (name != OWN, name))
    clashing = _clashing(docs)
    operations = Counter(op["operationId"] for _, op in _operations(docs) if "operationId" in op)
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    security: dict[str, Any] = {}
    for service in ordered:
        doc = docs[service]
        names = {name: _renamed(service, name) for name in _schemas(doc) if name in clashing}
        for path, item in doc.get("paths", {}).items():
            if not path.startswith(SHOWN):
                continue
            target = paths.setdefault(path, {})
            for key, value in _relinked(item, names).items():
                if key in METHODS and operations[value.get("operationId", "")] > 1:
                    value = {**value, "operationId": f"{service}_{value['operationId']}"}
                target.setdefault(key, value)
        for name, schema in _schemas(doc).items():
            schemas.setdefault(names.get(name, name), _relinked(schema, names))
        security.update(doc.get("components", {}).get("securitySchemes", {}))
    components = {"schemas": dict(sorted(schemas.items())), "securitySchemes": security}
    merged = {
        "openapi": "3.1.0",
        "info": {"title": "Bijou", "version": "1", "description": "The public API of Bijou, a streaming service."},
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {key: value for key, value in components.items() if value},
    }
    return titled(merged)


def _schemas(doc: Document) -> dict[str, Any]:
    found: dict[str, Any] = doc.get("components", {}).get("schemas", {})
    return found


def _operations(docs: Mapping[str, Document]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation that stays: the gateway's own, and others where the gateway has none."""
    own = docs.get(OWN, {}).get("paths", {})
    for service, doc in docs.items():
        for path, item in doc.get("paths", {}).items():
            if path.startswith(SHOWN):
                for method, operation in item.items():
                    if method in METHODS and (service == OWN or method not in own.get(path, {})):
                        yield service, operation


def _clashing(docs: Mapping[str, Document]) -> set[str]:
    """Names with more than one meaning, and names of schemas that refer to one of those."""
    versions: dict[str, list[Any]] = {}
    for doc in docs.values():
        for name, schema in _schemas(doc).items():
            found = versions.setdefault(name, [])
            if schema not in found:
                found.append(schema)
    several = {name for name in versions if sum(name in _schemas(doc) for doc in docs.values()) > 1}
    clashing = {name for name in several if len(versions[name]) > 1}
    while True:
        more = {name for name in several - clashing if clashing & set(_references(versions[name]))}
        if not more:
            return clashing
        clashing |= more


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str) and value.startswith(PREFIX):
                yield value.removeprefix(PREFIX)
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _renamed(service: str, name: str) -> str:
    return "".join(part.capitalize() for part in service.split("_")) + name


def _relinked(node: Any, names: Mapping[str, str]) -> Any:
    """A copy in which references, and discriminators' mappings, use the new names."""
    if isinstance(node, dict):
        return {key: _relinked(value, names) for key, value in node.items()}
    if isinstance(node, list):
        return [_relinked(value, names) for value in node]
    if isinstance(node, str) and node.startswith(PREFIX):
        name = node.removeprefix(PREFIX)
        return PREFIX + names.get(name, name)
    return node

"""One OpenAPI document from every service's: paths joined, components that differ under one name kept apart."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from gateway.proxy import BodyStalled
from gateway.reference import ACCESS, INTRODUCTION, TAGS, THE_EDGES
from gateway.upstream import ServiceSlow, ServiceUnavailable
from libs.chassis.http.declared_problems import TRACE
from libs.chassis.http.openapi import add_problem, titled

Document = dict[str, Any]
OWN = "gateway"
SHOWN = ("/api/", "/.well-known/")
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
# What services name, and what else of theirs may refer to it.
NAMED = ("schemas", "examples")


class Published:
    """The merged document as it is sent, made anew only when one of the services' has changed: it is large."""

    def __init__(self) -> None:
        self._docs: dict[str, Document] | None = None
        self._body = b""
        self.tag = ""

    def body(self, docs: dict[str, Document], missing: list[str]) -> bytes:
        """Return the document of these services' documents; `missing` could not be asked. `tag` is then its entity tag."""
        if docs != self._docs:
            merged = merge(docs)
            self._body = orjson.dumps({**merged, "x-bijou-missing": missing} if missing else merged)
            self.tag = f'"{hashlib.sha256(self._body).hexdigest()[:32]}"'
            self._docs = docs
        return self._body


def merge(docs: Mapping[str, Document]) -> Document:
    """The whole API as one document; `docs` is each service's by name.

    An operation that the gateway composes replaces the one it is composed of. One that several services have is one, whose path
    says which of them it is for. A name that means different things in two services gets the service's name in front in each
    of them; what refers to such a schema differs too.
    """
    ordered = sorted(docs, key=lambda name: (name != OWN, name))
    clashing = {section: _clashing(docs, section) for section in NAMED}
    operations = Counter(
        name for _, _, name in {(path, method, op.get("operationId", "")) for path, method, op in _operations(docs)}
    )
    paths: dict[str, Any] = {}
    components: dict[str, dict[str, Any]] = {section: {} for section in NAMED}
    security: dict[str, Any] = {}
    for service in ordered:
        doc = docs[service]
        names = {
            _pointer(section, name): _pointer(section, _renamed(service, section, name))
            for section in NAMED
            for name in _components(doc, section)
            if name in clashing[section]
        }
        for path, item in _paths(doc).items():
            if not path.startswith(SHOWN):
                continue
            target = paths.setdefault(path, {})
            for key, value in _relinked(item, names).items():
                if key in METHODS and operations[value.get("operationId", "")] > 1:
                    value = {**value, "operationId": f"{service}_{value['operationId']}"}
                if key in target and key in METHODS and key not in _paths(docs.get(OWN, {})).get(path, {}):
                    _add_choices(target[key], value)
                target.setdefault(key, value)
        for section in NAMED:
            for name, component in _components(doc, section).items():
                called = names.get(_pointer(section, name), name).rpartition("/")[2]
                components[section].setdefault(called, _relinked(component, names))
        security |= {
            name: {"description": ACCESS, **scheme} for name, scheme in _components(doc, "securitySchemes").items()
        }
    _pass_through(paths, components["examples"])
    made = {
        **{section: dict(sorted(found.items())) for section, found in components.items()},
        "securitySchemes": security,
    }
    merged = {
        "openapi": "3.1.0",
        "info": {"title": "Bijou API", "version": "1", "description": INTRODUCTION},
        "servers": [{"url": "/"}],
        "tags": _tags(paths),
        "paths": _in_order(paths, [docs[name] for name in reversed(ordered)]),
        "components": {key: value for key, value in made.items() if value},
    }
    return titled(merged)


def _pass_through(paths: dict[str, Any], examples: dict[str, Any]) -> None:
    """Add what the gateway may answer in a service's place, and the edge in the gateway's."""
    for item in paths.values():
        for method, operation in item.items():
            if method in METHODS:
                for problem in (ServiceUnavailable(), ServiceSlow()):
                    add_problem(operation, problem.body(TRACE), examples)
                if "requestBody" in operation:
                    add_problem(operation, BodyStalled().body(TRACE), examples)
                for body in THE_EDGES:
                    add_problem(operation, body, examples)


def _in_order(paths: dict[str, Any], docs: Iterable[Document]) -> dict[str, Any]:
    """Paths by their subject, and within it as their services declare them."""
    declared = {path: at for doc in docs for at, path in enumerate(_paths(doc))}
    subjects = list(TAGS)

    def place(path: str) -> tuple[int, int, str]:
        tags = next((operation["tags"] for operation in paths[path].values() if operation.get("tags")), [""])
        subject = subjects.index(tags[0]) if tags[0] in subjects else len(subjects)
        return subject, declared[path], path

    return {path: paths[path] for path in sorted(paths, key=place)}


def _tags(paths: dict[str, Any]) -> list[Document]:
    """The subjects of the operations that are there, in the order of the product's story; last those without a place in it."""
    used = {tag for item in paths.values() for operation in item.values() for tag in operation.get("tags", ())}
    told = [{"name": name, "description": text} for name, text in TAGS.items() if name in used]
    return told + [{"name": name} for name in sorted(used - TAGS.keys())]


def _components(doc: Document, section: str) -> dict[str, Any]:
    found: dict[str, Any] = doc.get("components", {}).get(section, {})
    return found


def _add_choices(operation: dict[str, Any], others: dict[str, Any]) -> None:
    """Let a parameter be what another service lets it be, too."""
    theirs = {parameter["name"]: parameter["schema"] for parameter in others.get("parameters", ())}
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        if found := _choices(schema):
            schema.pop("const", None)
            schema["enum"] = sorted(found | _choices(theirs.get(parameter["name"], {})))


def _choices(schema: Mapping[str, Any]) -> set[str]:
    """Return what a parameter may be, where its schema counts that up."""
    return {*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())}


def _paths(doc: Document) -> dict[str, Any]:
    found: dict[str, Any] = doc.get("paths", {})
    return found


def _operations(docs: Mapping[str, Document]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation that stays, with its path and method: the gateway's own, and others where the gateway has none."""
    own = _paths(docs.get(OWN, {}))
    for service, doc in docs.items():
        for path, item in _paths(doc).items():
            if path.startswith(SHOWN):
                for method, operation in item.items():
                    if method in METHODS and (service == OWN or method not in own.get(path, {})):
                        yield path, method, operation


def _clashing(docs: Mapping[str, Document], section: str) -> set[str]:
    """Names with more than one meaning, and names of components that refer to one of those."""
    versions: dict[str, list[Any]] = {}
    for doc in docs.values():
        for name, component in _components(doc, section).items():
            found = versions.setdefault(name, [])
            if component not in found:
                found.append(component)
    several = {name for name in versions if sum(name in _components(doc, section) for doc in docs.values()) > 1}
    clashing = {name for name in several if len(versions[name]) > 1}
    while True:
        more = {name for name in several - clashing if clashing & set(_references(versions[name], section))}
        if not more:
            return clashing
        clashing |= more


def _references(node: Any, section: str) -> Iterator[str]:
    prefix = _pointer(section, "")
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str) and value.startswith(prefix):
                yield value.removeprefix(prefix)
            else:
                yield from _references(value, section)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value, section)


def _pointer(section: str, name: str) -> str:
    return f"#/components/{section}/{name}"


def _renamed(service: str, section: str, name: str) -> str:
    if section == "examples":
        return f"{service}.{name}"
    return "".join(part.capitalize() for part in service.split("_")) + name


def _relinked(node: Any, names: Mapping[str, str]) -> Any:
    """A copy in which references, and discriminators' mappings, use the new names."""
    if isinstance(node, dict):
        return {key: _relinked(value, names) for key, value in node.items()}
    if isinstance(node, list):
        return [_relinked(value, names) for value in node]
    return names.get(node, node) if isinstance(node, str) else node

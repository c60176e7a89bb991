"""Versions of events that were released, and what a change would break: `python -m deploy.local.released` keeps the next ones.

A version is a file, `docs/events/released/<type>/<number>.json`, with its schema and one sample. It is never changed: events like
it lie in topics and outboxes, and readers of its time are still running while a release goes out. So an event may change by
optional fields alone; `make check` says what else would break whom.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from deploy.local import asyncapi, event_examples
from libs.contracts.registry import EVENTS

ROOT = Path(__file__).resolve().parents[2] / "docs" / "events" / "released"
Schema = dict[str, Any]
# What says nothing of which events fit.
REMARKS = frozenset({"title", "description", "default", "examples", "x-bijou-personal", "$defs"})
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


class Version(NamedTuple):
    """One version of an event."""

    type: str
    number: int
    schema: Schema
    sample: dict[str, Any]


def versions(root: Path = ROOT) -> list[Version]:
    """Return every version that was released, of each type the oldest first."""
    found = [(path.parent.name, int(path.stem), json.loads(path.read_text())) for path in root.glob("*/*.json")]
    return [Version(name, number, said["schema"], said["sample"]) for name, number, said in sorted(found, key=_place)]


def _place(found: tuple[str, int, Any]) -> tuple[str, int]:
    return found[:2]


def newest(root: Path = ROOT) -> dict[str, Version]:
    """Return the last released version of each type."""
    return {version.type: version for version in versions(root)}


def broken(now: Mapping[str, Schema], root: Path = ROOT) -> list[str]:
    """Return what the events of `now` would break, a sentence each."""
    return [
        sentence
        for name, before in newest(root).items()
        for sentence in (
            breaks(name, before.schema, now[name]) if name in now else [f"{name} is gone: events of it lie in topics"]
        )
    ]


def breaks(name: str, before: Schema, after: Schema) -> list[str]:
    """Return what a change of an event's schema breaks."""
    return list(_compare(name, before, after, before, after))


def _compare(at: str, before: Schema, after: Schema, old: Schema, new: Schema) -> Iterator[str]:
    before, after = _resolved(before, old), _resolved(after, new)
    if "properties" in before and "properties" in after:
        yield from _fields(at, before, after, old, new)
    elif "anyOf" in before or "anyOf" in after:
        yield from _choices(at, before, after, old, new)
    else:
        yield from _values(at, before, after, old, new)


def _fields(at: str, before: Schema, after: Schema, old: Schema, new: Schema) -> Iterator[str]:
    needed, needs = set(before.get("required", ())), set(after.get("required", ()))
    for name, schema in before["properties"].items():
        if name not in after["properties"]:
            yield f"{at}.{name} is gone: readers look for it"
            continue
        if name in needs - needed:
            yield f"{at}.{name} is required now: events from before lack it"
        if name in needed - needs and not _has_default(after["properties"][name]):
            yield f"{at}.{name} may be missing now: readers from before need it"
        yield from _compare(f"{at}.{name}", schema, after["properties"][name], old, new)
    for name in sorted(needs & (after["properties"].keys() - before["properties"].keys())):
        yield f"{at}.{name} is new and required: events from before lack it"


def _has_default(schema: Schema) -> bool:
    return "default" in schema


def _choices(at: str, before: Schema, after: Schema, old: Schema, new: Schema) -> Iterator[str]:
    first = {_said(choice, old): choice for choice in before.get("anyOf", [before])}
    then = {_said(choice, new): choice for choice in after.get("anyOf", [after])}
    gone = [choice for said, choice in first.items() if said not in then]
    added = [choice for said, choice in then.items() if said not in first]
    while gone and added and _resolved(gone[0], old).get("type") == _resolved(added[0], new).get("type"):
        yield from _compare(at, gone.pop(0), added.pop(0), old, new)
    for choice in gone:
        yield f"{at} may no longer be {_kind(choice, old)}: events from before are"
    for choice in added:
        yield f"{at} may now be {_kind(choice, new)}: readers from before do not know that"


def _values(at: str, before: Schema, after: Schema, old: Schema, new: Schema) -> Iterator[str]:
    if (was := _kind(before, old)) != (is_now := _kind(after, new)):
        yield f"{at} is {is_now} and was {was}"
        return
    if "enum" in before or "enum" in after or "const" in before or "const" in after:
        first, then = _listed(before), _listed(after)
        if gone := sorted(map(str, first - then)):
            yield f"{at} may no longer be {', '.join(gone)}: events from before are"
        if added := sorted(map(str, then - first)):
            yield f"{at} may now be {', '.join(added)}: readers from before do not know that"
    for name in (*LOWER, *UPPER):
        was_bound, bound = before.get(name), after.get(name)
        tighter = bound is not None and (was_bound is None or (bound > was_bound) == (name in LOWER))
        if was_bound == bound:
            continue
        if tighter:
            yield f"{at} has a {name} of {bound} now: events from before may not fit"
        else:
            yield f"{at} had a {name} of {was_bound}: readers from before refuse what lies beyond"
    if before.get("pattern") != after.get("pattern"):
        yield f"{at} has another pattern"
    for inner in ("items", "additionalProperties"):
        if isinstance(before.get(inner), dict) and isinstance(after.get(inner), dict):
            yield from _compare(f"{at}[]", before[inner], after[inner], old, new)


def _listed(schema: Schema) -> set[Any]:
    return set(schema.get("enum", [schema["const"]] if "const" in schema else []))


def _kind(schema: Schema, whole: Schema) -> str:
    schema = _resolved(schema, whole)
    return " ".join(str(schema[name]) for name in ("type", "format") if name in schema) or "anything"


def _said(schema: Schema, whole: Schema) -> str:
    """Return a schema without remarks and references, to compare."""

    def plain(node: Any) -> Any:
        if isinstance(node, dict):
            node = _resolved(node, whole)
            return {key: plain(value) for key, value in node.items() if key not in REMARKS}
        return [plain(value) for value in node] if isinstance(node, list) else node

    return json.dumps(plain(schema), sort_keys=True)


def _resolved(schema: Schema, whole: Schema) -> Schema:
    while "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def sample(schema: Schema, whole: Schema | None = None, model: str = "", field: str = "") -> Any:
    """Return something that fits a schema, with every field that may be there, each as `event_examples` has it."""
    whole = whole or schema
    schema = _resolved(schema, whole)
    if "anyOf" in schema:
        return sample(schema["anyOf"][0], whole, model, field)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object" if "properties" in schema:
            title = schema.get("title", "")
            return {name: sample(inner, whole, title, name) for name, inner in schema["properties"].items()}
        case "array" if "prefixItems" in schema:
            return [sample(inner, whole, model, field) for inner in schema["prefixItems"]]
        case "array":
            return [sample(schema["items"], whole, model, field)]
        case "boolean":
            return False
    return event_examples.example(model, field, schema)


def sample_of(kind: str) -> dict[str, Any]:
    """Return an event of a type, as it would lie in its topic."""
    said: dict[str, Any] = sample(asyncapi.schemas()[kind])
    consent = getattr(EVENTS.get(kind), "CONSENT", None)
    return said | ({"consent": consent} if consent else {})


def release(root: Path = ROOT) -> list[str]:
    """Keep every event as it is now as a version of its own, where it differs from the last; return what was written."""
    known, written = newest(root), []
    for name, schema in asyncapi.schemas().items():
        before = known.get(name)
        if before is not None and _said(before.schema, before.schema) == _said(schema, schema):
            continue
        path = root / name / f"{before.number + 1 if before else 1}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"schema": schema, "sample": sample_of(name)}, indent=2, ensure_ascii=False)
        path.write_text(text + "\n")
        written.append(path.relative_to(root).as_posix())
    return written


if __name__ == "__main__":
    print("\n".join(release()) or "Nothing has changed since the last release.")

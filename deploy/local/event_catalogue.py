"""The events as a page for people: each topic, whose it is, who reads it and for how long, each event with its fields."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any

from deploy.local import asyncapi, released
from deploy.topology import SERVICES
from libs.contracts.envelope import Event, Topic
from libs.contracts.registry import EVENTS, TOPICS

STYLE = """
:root { color-scheme: light dark; --page: #fbf9f6; --raised: #fff; --line: #e2dcd3; --text: #1b171e; --dust: #6a6170;
  --ruby: #b01d38; --amber: #8a5200; --amber-soft: #fdf0d9; --mono: ui-monospace, Menlo, monospace; }
@media (prefers-color-scheme: dark) { :root { --page: #0b0a0d; --raised: #16131a; --line: #352e3b; --text: #f4efe6;
  --dust: #a79fae; --ruby: #ff6b80; --amber: #e9a23b; --amber-soft: #2c2114; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 4rem; }
body { background: var(--page); color: var(--text); font: 16px/1.55 Inter, system-ui, sans-serif; margin: 0; }
main { max-width: 56rem; padding: 2.5rem 1.25rem 6rem; margin: 0 auto; min-width: 0; }
h1 { font-size: 2rem; line-height: 1.1; margin: 0 0 1rem; letter-spacing: -0.01em; }
h2 { font-size: 1.5rem; line-height: 1.2; margin: 4rem 0 0.25rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; } h3 code { font-size: 0.95rem; font-weight: 600; }
h2 a, h3 a { color: inherit; text-decoration: none; } h2 a:hover, h3 a:hover { color: var(--ruby); }
a { color: var(--ruby); text-underline-offset: 0.2em; } :focus-visible { outline: 2px solid var(--ruby); outline-offset: 2px; }
code, pre { font: 0.875em/1.5 var(--mono); }
p { max-width: 44rem; } .about { color: var(--dust); margin: 0 0 1rem; }
nav { position: sticky; top: 0; z-index: 1; display: flex; gap: 0.25rem; overflow-x: auto; padding: 0.6rem 1rem;
  background: var(--page); border-bottom: 1px solid var(--line); }
nav b { display: none; }
nav a { flex: none; padding: 0.3rem 0.7rem; border-radius: 999px; color: var(--text); text-decoration: none;
  font-size: 0.875rem; }
nav a:hover { background: var(--raised); color: var(--ruby); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1.25rem; margin: 0 0 1.5rem; font-size: 0.9375rem; }
dt { color: var(--dust); } dd { margin: 0; }
article { background: var(--raised); border: 1px solid var(--line); border-radius: 10px; padding: 1.25rem; margin: 1rem 0; }
article p { margin: 0.75rem 0; }
table { border-collapse: collapse; width: 100%; margin-top: 1rem; }
th { font-size: 0.8125rem; font-weight: 600; color: var(--dust); }
th, td { text-align: left; vertical-align: top; padding: 0.45rem 0; border-bottom: 1px solid var(--line); }
td:first-child { padding-right: 1.25rem; overflow-wrap: anywhere; width: 45%; } td small { display: block; color: var(--dust); }
tr:last-child td { border-bottom: 0; }
summary { cursor: pointer; padding: 0.35rem 0; color: var(--ruby); font-size: 0.9375rem; }
pre { background: var(--page); border: 1px solid var(--line); border-radius: 6px; padding: 0.9rem; overflow-x: auto;
  margin: 0.5rem 0 0; }
.personal { background: var(--amber-soft); color: var(--amber); border-radius: 4px; padding: 0.05em 0.45em; font-size: 0.75rem;
  font-weight: 600; white-space: nowrap; }
@media (min-width: 70rem) {
  html { scroll-padding-top: 1.5rem; }
  body { display: grid; grid-template-columns: 17rem minmax(0, 1fr); }
  main { padding-top: 3rem; }
  nav { flex-direction: column; gap: 0; height: 100vh; padding: 3rem 1rem 2rem 1.5rem; overflow: auto; border: 0;
    border-right: 1px solid var(--line); }
  nav b { display: block; padding: 0 0.7rem 0.75rem; }
}
"""
INTRODUCTION = (
    "Every event is a CloudEvent 1.0 in Kafka binary mode: its attributes are headers (<code>ce_id</code>, <code>ce_type</code>,"
    " <code>ce_time</code>), its value is the JSON shown here. It may arrive more than once: <code>ce_id</code> stays the same."
    " Events of one key arrive in their order. Events change only by optional fields. <span class='personal'>personal</span>"
    " marks what says who somebody is, or leads to them. The same as <a href='asyncapi.json'>AsyncAPI</a>."
)


def page() -> str:
    """Return the page."""
    body = "".join(_topic(topic) for topic in sorted(TOPICS.values(), key=lambda topic: topic.name))
    index = "".join(f"<a href='#{name}'>{name}</a>" for name in sorted(TOPICS))
    return (
        "<!doctype html>\n<html lang='en'>\n<meta charset='utf-8'>\n<meta name='viewport' content='width=device-width'>\n"
        f"<title>Bijou's events</title>\n<style>{STYLE}</style>\n"
        f"<nav aria-label='Topics' tabindex='0'><b>Topics</b>{index}</nav>\n"
        f"<main>\n<h1>Bijou's events</h1>\n<p>{INTRODUCTION}</p>\n{body}</main>\n</html>\n"
    )


def owner(topic: Topic) -> str:
    """Return the service that publishes a topic."""
    return next(service.name for service in SERVICES if topic.name in service.publishes)


def readers(topic: Topic) -> list[str]:
    """Return the services that read a topic."""
    return [service.name for service in SERVICES if topic.name in service.consumes]


def kept(topic: Topic) -> str:
    """Say how long the broker keeps what is in a topic."""
    if topic.compacted:
        return "the newest event of every key, for good"
    return f"{topic.hours} hours" if topic.hours else "as long as the broker does by default (Kafka: 7 days)"


def fields(name: str) -> list[tuple[str, str, bool, str]]:
    """Return what an event says: for each field its name, its kind, whether it is personal, and what is said of it.

    What is inside a field follows it: `profiles[].name`.
    """
    schema = asyncapi.schemas()[name]
    return list(_fields(schema, schema, ""))


def _fields(model: dict[str, Any], whole: dict[str, Any], before: str) -> Iterator[tuple[str, str, bool, str]]:
    for name, said in model["properties"].items():
        kind = _kind(said, whole) + ("" if name in model.get("required", ()) else ", optional")
        yield before + name, kind, bool(said.get("x-bijou-personal")), said.get("description", "")
        for inside, listed in _inside(said, whole):
            yield from _fields(inside, whole, f"{before}{name}{'[]' if listed else ''}.")


def _inside(said: dict[str, Any], whole: dict[str, Any], listed: bool = False) -> Iterator[tuple[dict[str, Any], bool]]:
    """Yield the models that a field is made of, and whether it is a list of them. No contract's model holds itself."""
    if "$ref" in said:
        model = whole["$defs"][said["$ref"].rpartition("/")[2]]
        if "properties" in model:
            yield model, listed
    for each in said.get("anyOf", ()):
        yield from _inside(each, whole, listed)
    if isinstance(said.get("items"), dict):
        yield from _inside(said["items"], whole, True)


def _topic(topic: Topic) -> str:
    facts = {
        "owner": owner(topic),
        "read by": ", ".join(readers(topic)) or "nobody yet",
        "key": f"{topic.key}: events of one keep their order",
        "kept": kept(topic),
    }
    told = "".join(f"<dt>{name}</dt><dd>{escape(fact)}</dd>" for name, fact in facts.items())
    events = "".join(_event(name, kind) for name, kind in EVENTS.items() if kind.TOPIC is topic)
    about = escape(topic.about[:1].upper() + topic.about[1:])
    head = f"<h2 id='{topic.name}'><a href='#{topic.name}'>{topic.name}</a></h2>"
    return f"<section>\n{head}\n<p class='about'>{about}</p>\n<dl>{told}</dl>\n{events}</section>\n"


def _event(name: str, kind: type[Event]) -> str:
    rows = "".join(
        f"<tr><td><code>{field}</code>{' <span class=personal>personal</span>' if personal else ''}</td>"
        f"<td>{escape(what)}{f'<small>{_prose(about)}</small>' if about else ''}</td></tr>\n"
        for field, what, personal, about in fields(name)
    )
    shown = json.dumps(released.sample_of(name), indent=2, ensure_ascii=False)
    consent = getattr(kind, "CONSENT", None)
    whose = "whatever somebody agreed to" if consent == "necessary" else f"of who agreed to <b>{consent}</b>"
    agreed = f"<p>Kept {whose}.</p>\n" if consent else ""
    return (
        f"<article>\n<h3 id='{name}'><a href='#{name}'><code>{name}</code></a></h3>\n<p>{_prose(meaning(kind))}</p>\n{agreed}"
        f"<table><tr><th scope='col'>Field</th><th scope='col'>Kind</th></tr>\n{rows}</table>\n"
        f"<details><summary>Example</summary><pre tabindex='0'>{escape(shown)}</pre></details>\n</article>\n"
    )


def meaning(kind: type[Event]) -> str:
    """Return what an event's docstring says, and those of the models it is made of."""
    own = [kind, *(base for base in kind.__mro__[1:] if base.__name__.endswith("Said") and base.__name__ != "Said")]
    return "\n\n".join(" ".join((each.__doc__ or "").split()) for each in own)


def _prose(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False)).replace("\n\n", "</p>\n<p>")


def _kind(schema: dict[str, Any], whole: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_kind(each, whole) for each in schema["anyOf"])
    if "const" in schema:
        return f'"{schema["const"]}"'
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'], whole)}" if "items" in schema else "list"
    return str(schema.get("format") or schema.get("type") or "anything")

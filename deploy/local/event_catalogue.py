"""The events as a page for people: each topic, whose it is, who reads it and for how long, each event with its fields."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from deploy.local import asyncapi, released
from deploy.topology import SERVICES
from libs.contracts.envelope import Event, Topic
from libs.contracts.registry import EVENTS, TOPICS

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 64rem; padding: 2rem 1.25rem 6rem; }
h1 { font-size: 1.8rem; } h2 { margin-top: 3.5rem; border-top: 1px solid var(--line); padding-top: 1.5rem; }
code, pre { font: 0.875em/1.45 ui-monospace, monospace; }
pre { background: var(--soft); padding: 0.9rem; overflow-x: auto; border-radius: 6px; }
table { border-collapse: collapse; width: 100%; } .wide { overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.9rem 0.35rem 0; border-bottom: 1px solid var(--line); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.2rem; } dt { opacity: 0.7; } dd { margin: 0; }
.personal { background: #d9770622; border: 1px solid #d97706; border-radius: 4px; padding: 0 0.3em; font-size: 0.8em; }
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
    index = " · ".join(f"<a href='#{name}'>{name}</a>" for name in sorted(TOPICS))
    return (
        "<!doctype html>\n<html lang='en'>\n<meta charset='utf-8'>\n<meta name='viewport' content='width=device-width'>\n"
        f"<title>Bijou's events</title>\n<style>{STYLE}</style>\n<h1>Bijou's events</h1>\n<p>{INTRODUCTION}</p>\n"
        f"<p>{index}</p>\n{body}</html>\n"
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
    """Return what an event says: for each field its name, its kind, whether it is personal, and what is said of it."""
    schema = asyncapi.schemas()[name]
    return [
        (field, _kind(said, schema) + ("" if field in schema.get("required", ()) else ", optional"),
         bool(said.get("x-bijou-personal")), said.get("description", ""))
        for field, said in schema["properties"].items()
    ]  # fmt: skip


def _topic(topic: Topic) -> str:
    facts = {
        "owner": owner(topic),
        "read by": ", ".join(readers(topic)) or "nobody yet",
        "key": f"{topic.key}: events of one keep their order",
        "kept": kept(topic),
    }
    told = "".join(f"<dt>{name}</dt><dd>{escape(fact)}</dd>" for name, fact in facts.items())
    events = "".join(_event(name, kind) for name, kind in EVENTS.items() if kind.TOPIC is topic)
    return f"<h2 id='{topic.name}'>{topic.name}</h2>\n<p>{escape(topic.about)}</p>\n<dl>{told}</dl>\n{events}"


def _event(name: str, kind: type[Event]) -> str:
    rows = "".join(
        f"<tr><td><code>{field}</code>{' <span class=personal>personal</span>' if personal else ''}</td>"
        f"<td>{escape(what)}</td><td>{escape(about)}</td></tr>\n"
        for field, what, personal, about in fields(name)
    )
    shown = json.dumps(released.sample_of(name), indent=2, ensure_ascii=False)
    consent = getattr(kind, "CONSENT", None)
    agreed = f"<p>Kept of who agreed to: <b>{consent}</b>.</p>\n" if consent else ""
    return (
        f"<h3 id='{name}'><code>{name}</code></h3>\n<p>{_prose(meaning(kind))}</p>\n{agreed}"
        f"<div class='wide'><table><tr><th>field</th><th>kind</th><th></th></tr>\n{rows}</table></div>\n"
        f"<details><summary>Example</summary><pre>{escape(shown)}</pre></details>\n"
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

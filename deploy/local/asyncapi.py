"""The event contracts as AsyncAPI 3.0 and JSON Schema, made from the models in libs/contracts."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from libs.contracts.envelope import Event
from libs.contracts.registry import EVENTS, TOPICS

REF = "#/components/schemas/{model}"
HEADERS = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": "the same on every delivery: deduplicate by it"},
        "ce_type": {"type": "string"},
        "ce_source": {"type": "string", "examples": ["/bijou/catalog"]},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_crowd": {
            "const": "1",
            "description": "written with many others, by an import for one: nobody waits for it",
        },
        "content-type": {"const": "application/json"},
    },
}


def schemas() -> dict[str, dict[str, Any]]:
    """Return one self-contained JSON Schema per event type."""
    return {name: kind.model_json_schema(mode="serialization") for name, kind in EVENTS.items()}


def document() -> dict[str, Any]:
    """Return the AsyncAPI document of the platform."""
    references, shared = models_json_schema([(kind, "serialization") for kind in EVENTS.values()], ref_template=REF)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Bijou events",
            "version": "1",
            "description": "CloudEvents 1.0 in Kafka binary mode. Models change only by adding optional fields.",
        },
        "defaultContentType": "application/json",
        "channels": {
            topic.name: {
                "address": topic.name,
                "description": f"Keyed by {topic.key}: {topic.about}.",
                "messages": {
                    name: {"$ref": f"#/components/messages/{name}"}
                    for name, kind in EVENTS.items()
                    if topic is kind.TOPIC
                },
                "bindings": {
                    "kafka": {
                        "partitions": topic.partitions,
                        "topicConfiguration": {"cleanup.policy": ["compact" if topic.compacted else "delete"]},
                    }
                },
            }
            for topic in TOPICS.values()
        },
        "operations": {
            f"send.{topic.name}": {"action": "send", "channel": {"$ref": f"#/channels/{topic.name}"}}
            for topic in TOPICS.values()
        },
        "components": {
            "messages": {
                # Two producers may call different events alike; pydantic then names their schemas apart.
                name: _message(name, kind, references[kind, "serialization"])
                for name, kind in EVENTS.items()
            },
            "schemas": {
                **shared.get("$defs", {}),
            },
        },
    }


def _message(name: str, kind: type[Event], payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "summary": (kind.__doc__ or "").strip().split("\n\n")[0].replace("\n", " "),
        "headers": HEADERS,
        "payload": payload,
    }

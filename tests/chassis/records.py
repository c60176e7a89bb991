"""Records as a broker would hand them over, for consumers that are tested without one."""

from aiokafka import ConsumerRecord

from libs.chassis.ids import new_id
from libs.contracts.envelope import Event


def record(event: Event, position: int = 0, *, partition: int = 0, event_id: str = "") -> ConsumerRecord[bytes, bytes]:
    """An event as it lies in its topic."""
    headers = {
        "ce_id": event_id or str(new_id()),
        "ce_type": event.TYPE,
        "ce_time": "2026-11-26T12:00:00+00:00",
    }
    if getattr(event, "crowd", False):  # as the relay sends it
        headers["ce_crowd"] = "1"
    return raw(event.TOPIC.name, event.key(), event.model_dump_json().encode(), headers, position, partition)


def records(*events: Event) -> list[ConsumerRecord[bytes, bytes]]:
    """Events one after another."""
    return [record(event, position) for position, event in enumerate(events)]


def raw(
    topic: str, key: str, value: bytes, headers: dict[str, str], position: int = 0, partition: int = 0
) -> ConsumerRecord[bytes, bytes]:
    """Anything at all."""
    return ConsumerRecord(
        topic=topic, partition=partition, offset=position, timestamp=0, timestamp_type=0, key=key.encode(), value=value,
        checksum=None, serialized_key_size=0, serialized_value_size=len(value),
        headers=tuple((name, item.encode()) for name, item in headers.items()),
    )  # fmt: skip

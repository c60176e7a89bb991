"""The broker: reached, with every topic of the contracts as they say it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from deploy.operations.doctor.findings import Check, Finding
from libs.chassis.messaging.bus import EPOCH_TOPIC
from libs.chassis.messaging.kafka import client_options
from libs.chassis.settings import ServiceSettings
from libs.contracts.envelope import Topic
from libs.contracts.registry import TOPICS

HOUR = 3_600_000


def check(settings: ServiceSettings) -> Check:
    """Return the check of the broker that a service's settings name."""
    return Check("broker", lambda: asyncio.run(_look(settings)))


async def _look(settings: ServiceSettings) -> list[Finding]:
    admin = AIOKafkaAdminClient(
        bootstrap_servers=settings.kafka_bootstrap, request_timeout_ms=5000, **client_options(settings)
    )
    try:
        await admin.start()
        wanted = [*TOPICS.values(), EPOCH_TOPIC]
        partitions = {item["topic"]: len(item["partitions"]) for item in await admin.describe_topics()}
        there = [topic.name for topic in wanted if topic.name in partitions]
        told = await _configs(admin, there)
    except (KafkaError, OSError, ValueError, TimeoutError) as error:
        return [
            Finding(
                f"The broker at {settings.kafka_bootstrap} cannot be used: {type(error).__name__}: {error}",
                "Writes go on and their events wait; nothing is lost, and nobody hears anything.",
                "See whether it runs, and what BIJOU_KAFKA_… say: docs/runbooks/backends.md.",
            )
        ]
    finally:
        with suppress(KafkaError, OSError, TimeoutError, RuntimeError):
            await asyncio.wait_for(admin.close(), 2)
    return list(compare(wanted, partitions, told, alone=settings.kafka_forgets))


async def _configs(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    for answer in await admin.describe_configs(resources) if resources else ():
        for _code, _message, _kind, name, entries in _resources(answer):
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found


def _resources(answer: Any) -> Iterator[tuple[Any, ...]]:
    yield from answer.resources


def compare(
    wanted: list[Topic], partitions: Mapping[str, int], told: Mapping[str, Mapping[str, str]], *, alone: bool
) -> Iterator[Finding]:
    """Yield how topics differ from what the contracts say. A broker that serves one machine `alone` has one partition of each."""
    for topic in wanted:
        if topic.name not in partitions:
            yield Finding(
                f"The topic {topic.name} is not there.",
                "Its events wait with whoever publishes them.",
                "Start a service, which makes what is missing; where only operators may, apply deploy/k8s/components/kafka.",
            )
            continue
        fewest = 1 if alone else topic.partitions
        if partitions[topic.name] < fewest:
            yield Finding(
                f"The topic {topic.name} has {partitions[topic.name]} partitions where the contract says {topic.partitions}.",
                "No more consumers than that share its work.",
                "Add partitions while no events of it wait: keys move to others then, and lose their order for a moment.",
                "warning",
            )
        yield from _kept(topic, told.get(topic.name, {}))


def _kept(topic: Topic, told: Mapping[str, str]) -> Iterator[Finding]:
    policy, wanted = told.get("cleanup.policy"), "compact" if topic.compacted else "delete"
    if policy is not None and ("compact" in policy) != topic.compacted:
        yield Finding(
            f"The topic {topic.name} is kept by {policy!r} where the contract says {wanted!r}.",
            "A projection that is made again from it misses what was deleted."
            if topic.compacted
            else "It grows without end, or loses what is not the newest of its key.",
            f"kafka-configs --alter --topic {topic.name} --add-config cleanup.policy={wanted}",
        )
    hours = told.get("retention.ms")
    if topic.hours is not None and hours is not None and int(hours) != topic.hours * HOUR:
        yield Finding(
            f"The topic {topic.name} keeps records for {int(hours) / HOUR:g} hours where the contract says {topic.hours}.",
            "A replay brings back what was to be forgotten, or lacks what was to be kept.",
            f"kafka-configs --alter --topic {topic.name} --add-config retention.ms={topic.hours * HOUR}",
        )

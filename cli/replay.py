"""`bijou replay` and `bijou republish`: a projection is made again from its topic, and a topic from its owner's outbox."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from cli.console import console, stop
from cli.service import opened, owners
from libs.chassis.messaging import replaying
from libs.chassis.messaging.bus import BusUnavailable
from libs.chassis.messaging.consumers import Consumer
from libs.chassis.messaging.replaying import Replayed
from libs.contracts.registry import TOPICS

Name = Annotated[str, typer.Argument(metavar="SERVICE", help=", ".join(owners()))]
TopicName = Annotated[str, typer.Argument(metavar="TOPIC", help="For example catalog.titles.")]


app = typer.Typer()


@app.command()
def replay(service: Name, topic: TopicName) -> None:
    """Apply all that a topic holds to a service's tables again, while it goes on running."""
    asyncio.run(_replay(service, topic))


async def _replay(name: str, topic: str) -> None:
    async with opened(name) as service:
        readers = [consumer for consumer in service.consumers if topic in consumer.topics]
        if not readers:
            known = sorted({item for consumer in service.consumers for item in consumer.topics})
            stop(f"{name} does not read {topic}. It reads: {', '.join(known) or 'nothing'}.")
        await service.bus.start()
        try:
            for consumer in readers:
                _tell(consumer.group, topic, await replaying.replay(service.db, consumer, service.bus, topic))
                for kind in _once(consumer, topic):
                    console.print(
                        f"Of {kind} it left out what it has applied within 8 days, for that may be applied only once.",
                        highlight=False,
                    )
        except BusUnavailable as error:
            stop(f"The broker is away ({error}). What was read until then is applied; run this again.")
        finally:
            await service.bus.stop()
    if not TOPICS[topic].compacted:
        console.print("This topic keeps what is recent only: what is older was not applied again.")


def _tell(group: str, topic: str, done: Replayed) -> None:
    passed = done.settled + done.forgotten + done.others
    console.print(
        f"{group}: read {done.read} records of {topic} again: {done.applied} applied, {done.aside} put aside,"
        f" {passed} passed over.",
        highlight=False,
    )
    reasons = {
        "it applied or dropped as dead letters before": done.settled,
        "are of accounts or profiles that are erased": done.forgotten,
    }
    for reason, count in reasons.items():
        if count:
            console.print(f"Of those passed over, {count} {reason}.", highlight=False)
    if done.aside:
        console.print("`bijou dead-letters list` shows what was put aside.", highlight=False)


def _once(consumer: Consumer, topic: str) -> list[str]:
    kinds = consumer.applier.types.items()
    return sorted(name for name, kind in kinds if topic == kind.TOPIC.name and not consumer.applier.repeats(name))


@app.command()
def republish(service: Name, topic: TopicName) -> None:
    """Publish the newest event of every key of a topic again, from the outbox of the service that owns it."""
    asyncio.run(_republish(service, topic))


async def _republish(name: str, topic: str) -> None:
    if topic not in TOPICS or not TOPICS[topic].compacted:
        compacted = [item.name for item in TOPICS.values() if item.compacted]
        stop(f"Only a topic with one newest event for each key can be published again: {', '.join(compacted)}.")
    async with opened(name) as service:
        count = await replaying.republish(service.db, topic)
        if not count:
            stop(f"{name} has published nothing on {topic}. Name the service that owns it.")
        console.print(f"{count} events of {topic} are in the outbox again; {name} publishes them now.", highlight=False)

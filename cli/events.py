"""`bijou events`: look at events, as they are said and as they pass; apply them again; mend those that could not be applied."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Annotated

import typer
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError
from rich.table import Table
from rich.text import Text

from cli import dead_letters
from cli.console import console, stop
from cli.replay import replay, republish
from cli.service import told
from deploy.local import event_catalogue, released
from libs.chassis.messaging import kafka
from libs.chassis.messaging.dead_letters import header
from libs.contracts.envelope import Event, Topic
from libs.contracts.registry import EVENTS, TOPICS

app = typer.Typer(help="Events: what they say, what passes, what could not be applied.", no_args_is_help=True)
app.add_typer(dead_letters.app, name="dead-letters")
app.command()(replay)
app.command()(republish)

CONNECT_SECONDS = 15
WAIT_MS = 500
MOST_LINES = 10_000

Kind = Annotated[str, typer.Argument(metavar="TYPE", help="For example bijou.client.click.v1, or its end: click.")]
TopicName = Annotated[str, typer.Argument(metavar="TOPIC", help="For example events.client.")]


@app.command()
def describe(kind: Annotated[str | None, typer.Argument(metavar="[TYPE]")] = None) -> None:
    """What an event says, whose it is and who reads it; without TYPE, all of them."""
    if kind is None:
        table = Table("topic", "type", "owner", "read by", box=None)
        for name, event in sorted(EVENTS.items(), key=lambda item: (item[1].TOPIC.name, item[0])):
            owner, readers = event_catalogue.owner(event.TOPIC), ", ".join(event_catalogue.readers(event.TOPIC))
            table.add_row(*map(Text, (event.TOPIC.name, name, owner, readers)))
        console.print(table)
        return
    name, event = _found(kind)
    topic = event.TOPIC
    console.print(f"{name}\n{event_catalogue.meaning(event)}\n", markup=False, highlight=False)
    for label, fact in (
        ("topic", topic.name), ("key", topic.key), ("owner", event_catalogue.owner(topic)),
        ("read by", ", ".join(event_catalogue.readers(topic)) or "nobody yet"), ("kept", event_catalogue.kept(topic)),
        ("consent", getattr(event, "CONSENT", "none needed")),
    ):  # fmt: skip
        console.print(f"{label:>8}  {fact}", markup=False, highlight=False)
    table = Table("field", "kind", "", box=None)
    for field, what, personal, about in event_catalogue.fields(name):
        table.add_row(Text(field), Text(what), Text("personal" if personal else about))
    console.print(table)


@app.command()
def sample(kind: Kind) -> None:
    """An event of a type as it would lie in its topic, as JSON."""
    name, _ = _found(kind)
    console.print_json(json.dumps(released.sample_of(name)))


@app.command()
def tail(
    topic: TopicName,
    lines: Annotated[
        int, typer.Option("-n", min=0, max=MOST_LINES, help="How many of the last to begin with, from each partition.")
    ] = 10,
    follow: Annotated[bool, typer.Option(help="Go on with what comes.")] = True,
    kind: Annotated[str | None, typer.Option("--type", help="Only this type, or its end.")] = None,
    key: Annotated[str | None, typer.Option(help="Only what has this key.")] = None,
    raw: Annotated[bool, typer.Option("--json", help="Each as one line of JSON.")] = False,
) -> None:
    """What passes on a topic, as it passes."""
    if topic not in TOPICS:
        stop(f"There is no topic {topic}. There are: {', '.join(sorted(TOPICS))}.")
    wanted = _found(kind)[0] if kind else None
    with suppress(KeyboardInterrupt):
        asyncio.run(_tail(TOPICS[topic], lines, follow, wanted, key, raw))


async def _tail(topic: Topic, lines: int, follow: bool, kind: str | None, key: str | None, raw: bool) -> None:
    settings = told(event_catalogue.owner(topic))
    options = {"bootstrap_servers": settings.kafka_bootstrap, **kafka.client_options(settings)}
    reader = AIOKafkaConsumer(topic.name, **options, group_id=None, auto_offset_reset="earliest")
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await reader.start()
    except (KafkaError, OSError, TimeoutError) as error:
        await reader.stop()
        stop(f"The broker at {settings.kafka_bootstrap} cannot be reached: {type(error).__name__}: {error}")
    try:
        async for record in _passing(reader, lines, follow, lambda record: _is_wanted(record, kind, key)):
            _show(record, raw)
    finally:
        await reader.stop()


def _is_wanted(record: ConsumerRecord, kind: str | None, key: str | None) -> bool:
    said = (record.key or b"").decode(errors="replace")
    return kind in (None, header(record, "ce_type")) and key in (None, said)


async def _passing(
    reader: AIOKafkaConsumer, lines: int, follow: bool, wanted: Callable[[ConsumerRecord], bool]
) -> AsyncIterator[ConsumerRecord]:
    """Yield the last wanted records of each partition in the order of their time, then those that come."""
    held: list[ConsumerRecord] = []
    ends = await reader.end_offsets(list(reader.assignment()))
    # The local broker's ends count only the first record of the last batch: the answer to a read says where it is.
    while any([await reader.position(item) < max(end, reader.highwater(item) or 0) for item, end in ends.items()]):
        for records in (await reader.getmany(timeout_ms=WAIT_MS)).values():
            held += filter(wanted, records)
            held = [
                each
                for part in {r.partition for r in held}
                for each in [r for r in held if r.partition == part][-lines or len(held) :]
            ]
    for record in sorted(held, key=lambda record: (header(record, "ce_time") or "", record.offset)):
        yield record
    while follow:
        for records in (await reader.getmany(timeout_ms=WAIT_MS)).values():
            for record in filter(wanted, records):
                yield record


def _show(record: ConsumerRecord, raw: bool) -> None:
    value = (record.value or b"").decode(errors="replace")
    kind, time, event_id = (header(record, name) or "?" for name in ("ce_type", "ce_time", "ce_id"))
    if raw:
        with suppress(ValueError):
            said = {
                "id": event_id,
                "type": kind,
                "time": time,
                "key": (record.key or b"").decode(),
                "data": json.loads(value),
            }
            typer.echo(json.dumps(said))
        return
    console.print(f"{time}  {kind}  {event_id}\n  {value}", markup=False, highlight=False, soft_wrap=True)


def _found(kind: str) -> tuple[str, type[Event]]:
    """Return the type that is meant; end the command where that is none or several."""
    if kind in EVENTS:
        return kind, EVENTS[kind]
    meant = [name for name in EVENTS if f".{kind}." in name or name.endswith(f".{kind}")]
    if len(meant) != 1:
        stop(f"{kind} is {'several types' if meant else 'no type'}: {', '.join(meant or sorted(EVENTS))}.")
    return meant[0], EVENTS[meant[0]]

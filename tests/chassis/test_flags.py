"""Flags in a process: as staff switched them, on a real broker, also for who started before."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from libs.chassis.ids import new_id
from libs.chassis.messaging.bus import Bus, Outgoing
from libs.chassis.messaging.flags import Flags
from libs.contracts.envelope import Event
from libs.contracts.experiments import Arm, ExperimentChanged, FlagChanged
from libs.contracts.token import Principal

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
IRIS = Principal(account_id=new_id(), session_id=new_id(), profile_id=new_id(), country="PT")


def flag(version: int, **fields: Any) -> FlagChanged:
    return FlagChanged(**{"name": "home.trending", "version": version, "on": True, "changed_at": NOON, **fields})


def experiment(version: int, status: Any) -> ExperimentChanged:
    arms = (Arm(name="a"), Arm(name="b"))
    return ExperimentChanged(
        name="cards", version=version, status=status, layer="home", first=0, last=9, arms=arms, changed_at=NOON
    )


async def tell(bus: Bus, event: Event) -> None:
    value = orjson.dumps(event.model_dump(mode="json"))
    await bus.send(
        Outgoing(topic=event.TOPIC.name, key=event.key(), event_id=new_id(), type=event.TYPE, time=NOON, value=value)
    )


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110  (a process that follows tells nobody what it heard)
            await asyncio.sleep(0.02)


async def test_a_switch_reaches_every_process_and_the_newest_word_counts(kafka_bootstrap: str) -> None:
    bus, flags = Bus(kafka_bootstrap, service="test"), Flags()
    following = flags.follow(bus)
    await bus.start()
    await following.start()
    try:
        await bus.ready()
        assert flags.is_on("home.trending", IRIS, default=True) is True
        assert flags.is_on("home.trending", IRIS, default=False) is False
        await tell(bus, flag(2, on=False))
        await until(lambda: not flags.is_on("home.trending", IRIS, default=True))
        switched = flags.version
        # What is older changes nothing; a draft is nobody's business; what runs is.
        await tell(bus, flag(1))
        await tell(bus, experiment(1, "draft"))
        await tell(bus, experiment(2, "running"))
        await until(lambda: flags.version != switched)
        assert flags.is_on("home.trending", IRIS, default=True) is False
        running = flags.version
        await tell(bus, experiment(3, "stopped"))
        await until(lambda: flags.version != running)
        assert flags.version == switched
    finally:
        await following.stop()
        await bus.stop()

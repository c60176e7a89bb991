"""Topics as the contracts say them: looked at, and emptied after the databases were put back to an earlier time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code

from libs.chassis.messaging.bus import EPOCH_TOPIC, SEND_TIMEOUT
from libs.chassis.messaging.kafka import client_options
from libs.chassis.settings import ServiceSettings
from libs.contracts.registry import TOPICS

GONE_SECONDS = 30.0


class BrokerFailed(Exception):
    """The broker could not be told to forget. Delete the topics by its own tools, then run this again."""


async def forget(settings: ServiceSettings) -> list[str]:
    """Delete every topic of the contracts and the one that names the broker's data; return those that were there.

    A broker that keeps what happened after the backup would tell it to consumers that go back before it: versions that nobody
    has any more, in front of the same versions with other content. Without its topics it is another broker: relays publish
    all that the outboxes keep, consumers begin anew. Raises BrokerFailed.
    """
    ours = {*TOPICS, EPOCH_TOPIC.name}
    admin = AIOKafkaAdminClient(
        bootstrap_servers=settings.kafka_bootstrap, request_timeout_ms=5000, **client_options(settings)
    )
    try:
        async with asyncio.timeout(GONE_SECONDS):
            await admin.start()
            found = sorted(ours & set(await admin.list_topics()))
            if found:
                _refused(await admin.delete_topics(found))
            while ours & set(await admin.list_topics()):  # noqa: ASYNC110  a broker tells nobody
                await asyncio.sleep(0.2)
        return found
    except (KafkaError, OSError, TimeoutError, ValueError) as error:
        raise BrokerFailed(f"{BrokerFailed.__doc__} ({type(error).__name__}: {error})") from error
    finally:
        with suppress(KafkaError, OSError, TimeoutError, RuntimeError):
            await asyncio.wait_for(admin.close(), SEND_TIMEOUT)


def _refused(answer: Any) -> None:
    for topic, code, *_ in answer.topic_error_codes:
        if code:
            raise BrokerFailed(f"{topic}: {for_code(code).__name__}. {BrokerFailed.__doc__}")

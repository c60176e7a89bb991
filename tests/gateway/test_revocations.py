"""Through a real broker: a session revoked by identity is refused by a gateway that runs, and by one that starts later."""

from datetime import UTC, datetime
from uuid import UUID

import httpx

from libs.chassis.ids import new_id
from libs.chassis.messaging.bus import Bus, Outgoing
from libs.contracts.identity import SessionsRevoked
from tests.conftest import AuthHeaders
from tests.gateway.conftest import Start
from tests.gateway.servers import Neighbour, eventually, serving


async def revoke(bus: Bus, session_id: UUID) -> None:
    event = SessionsRevoked(
        account_id=new_id(), session_ids=(session_id,), reason="logout", revoked_at=datetime.now(UTC)
    )
    await bus.send(
        Outgoing(
            event.TOPIC.name, event.key(), new_id(), event.TYPE, event.revoked_at, event.model_dump_json().encode()
        )
    )


async def refused(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    async def is_refused() -> bool:
        return (await client.get("/api/v1/me", headers=headers)).status_code == 401

    await eventually(is_refused)


async def test_revoked_now_and_after_a_restart(
    start: Start, neighbour: Neighbour, auth_headers: AuthHeaders, kafka_bootstrap: str
) -> None:
    session_id = new_id()
    headers = auth_headers(session_id=session_id)
    bus = Bus(kafka_bootstrap, service="identity")
    await bus.start()
    try:
        async with serving(neighbour.app) as url:
            async with start({"identity": url}, kafka_bootstrap=kafka_bootstrap) as client:
                assert (await client.get("/api/v1/me", headers=headers)).status_code == 200
                await bus.ready()
                await revoke(bus, session_id)
                await refused(client, headers)
                assert (await client.get("/api/v1/me", headers=auth_headers())).status_code == 200
            async with start({"identity": url}, kafka_bootstrap=kafka_bootstrap) as client:
                await refused(client, headers)
    finally:
        await bus.stop()

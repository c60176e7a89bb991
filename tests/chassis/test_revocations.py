"""Revoked sign-ins and outdated tokens: remembered as long as a token lives, refused by every service, read before ready."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter

from deploy.local.nodes.tansu import Tansu
from libs.chassis.clock import FrozenClock
from libs.chassis.http import app as chassis
from libs.chassis.ids import new_id
from libs.chassis.messaging.bus import Bus, Outgoing
from libs.chassis.messaging.consumers import Received
from libs.chassis.security import auth
from libs.chassis.security.revocations import (
    AccountSuspended,
    Following,
    NotCaughtUp,
    Revocations,
    TokenOutdated,
)
from libs.chassis.security.tokens import InvalidToken, Verifier
from libs.chassis.settings import ServiceSettings
from libs.contracts.envelope import Event
from libs.contracts.identity import SessionsRevoked, SignInLowered, TokensOutdated
from libs.contracts.token import Principal
from tests.conftest import AuthHeaders
from tests.gateway.servers import eventually

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
router = APIRouter(prefix="/api/v1")


@router.get("/mine")
async def mine(who: auth.Account) -> dict[str, str]:
    return {"account": str(who.account_id)}


def somebody(version: int = 1) -> Principal:
    return Principal(account_id=new_id(), session_id=new_id(), profile_id=new_id(), version=version)


def revoked(*sessions: UUID, at: datetime = NOW, reason: str = "logout") -> Received[SessionsRevoked]:
    event = SessionsRevoked.model_validate(
        {"account_id": new_id(), "session_ids": sessions, "reason": reason, "revoked_at": at}
    )
    return Received(id=new_id(), type=event.TYPE, time=at, key=event.key(), data=event)


def outdated(profile: UUID, version: int, at: datetime = NOW) -> Received[TokensOutdated]:
    event = TokensOutdated(account_id=new_id(), profile_id=profile, version=version, changed_at=at)
    return Received(id=new_id(), type=event.TYPE, time=at, key=event.key(), data=event)


def lowered(session: UUID, count: int, at: datetime = NOW) -> Received[SignInLowered]:
    event = SignInLowered(account_id=new_id(), session_id=session, lowered=count, changed_at=at)
    return Received(id=new_id(), type=event.TYPE, time=at, key=event.key(), data=event)


async def test_a_revoked_session_is_refused_and_others_are_not() -> None:
    known = Revocations(FrozenClock(NOW))
    who = somebody()
    await known.on_revoked(revoked(who.session_id))
    await known.on_revoked(revoked(who.session_id))
    with pytest.raises(InvalidToken):
        known.check(who)
    known.check(replace(who, session_id=new_id()))


async def test_a_suspended_account_hears_why() -> None:
    known = Revocations(FrozenClock(NOW))
    who = somebody()
    await known.on_revoked(revoked(who.session_id, reason="suspended"))
    await known.on_revoked(revoked(who.session_id, reason="logout"))
    with pytest.raises(AccountSuspended):
        known.check(who)


async def test_a_changed_profile_ends_its_tokens_from_before() -> None:
    known = Revocations(FrozenClock(NOW))
    before = somebody(version=4)
    assert before.profile_id is not None
    await known.on_outdated(outdated(before.profile_id, 5))
    await known.on_outdated(outdated(before.profile_id, 3))  # late
    with pytest.raises(TokenOutdated):
        known.check(before)
    with pytest.raises(TokenOutdated):
        known.check(replace(before, version=0))  # issued by the version of the software before
    known.check(replace(before, version=5))
    known.check(replace(before, profile_id=None))
    known.check(replace(before, profile_id=new_id()))


async def test_a_sign_in_that_chose_a_lower_profile_ends_its_tokens_from_before() -> None:
    known = Revocations(FrozenClock(NOW))
    adult = somebody()
    await known.on_lowered(lowered(adult.session_id, 2))
    await known.on_lowered(lowered(adult.session_id, 1))  # late
    for before in (adult, replace(adult, profile_id=None), replace(adult, lowered=1)):
        with pytest.raises(TokenOutdated):
            known.check(before)
    known.check(replace(adult, lowered=2))
    known.check(replace(adult, lowered=3))  # the token is here before the news
    known.check(replace(adult, session_id=new_id()))


async def test_what_is_older_than_any_token_is_forgotten() -> None:
    clock = FrozenClock(NOW)
    known = Revocations(clock)
    who = somebody()
    await known.on_revoked(revoked(who.session_id, at=NOW - timedelta(hours=2)))
    known.check(who)
    await known.on_revoked(revoked(who.session_id))
    clock.advance(2 * 3600)
    await known.on_revoked(revoked(new_id(), at=clock.now()))
    assert len(known._sessions) == 1


async def test_its_memory_is_bounded_and_loses_the_oldest_first() -> None:
    known = Revocations(FrozenClock(NOW), size=100)
    first, last = somebody(), somebody()
    await known.on_revoked(revoked(first.session_id))
    for _ in range(200):
        await known.on_revoked(revoked(new_id()))
        await known.on_outdated(outdated(new_id(), 2))
        await known.on_lowered(lowered(new_id(), 2))
    await known.on_revoked(revoked(last.session_id))
    assert len(known._sessions) == len(known._profiles) == len(known._lowered) == 100
    with pytest.raises(InvalidToken):
        known.check(last)


async def publish(bus: Bus, event: Event) -> None:
    record = Outgoing(
        event.TOPIC.name, event.key(), new_id(), event.TYPE, datetime.now(UTC), event.model_dump_json().encode()
    )
    await bus.send(record)


@asynccontextmanager
async def service(bootstrap: str, verifier: Verifier) -> AsyncIterator[httpx.AsyncClient]:
    """A service as the factory makes it, with a bus and nothing else."""
    bus = Bus(bootstrap, service=f"test-{new_id().hex[-6:]}")
    app = chassis.create(
        "test", ServiceSettings(kafka_bootstrap=bootstrap), routers=[router], components=[bus], verifier=verifier
    )
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield client


async def test_a_service_refuses_by_itself_and_is_ready_when_it_knows(
    fresh_broker: Tansu, verifier: Verifier, auth_headers: AuthHeaders
) -> None:
    signed_out, here, later, profile, shared = (new_id() for _ in range(5))
    bus = Bus(fresh_broker.bootstrap, service="identity")
    await bus.start()
    try:
        await bus.ready()
        for session in (*(new_id() for _ in range(500)), signed_out):
            await publish(
                bus,
                SessionsRevoked(
                    account_id=new_id(), session_ids=(session,), reason="logout", revoked_at=datetime.now(UTC)
                ),
            )
        async with service(fresh_broker.bootstrap, verifier) as client:

            async def ready() -> bool:
                return (await client.get("/readyz")).status_code == 200

            assert not await ready(), "nothing has been read yet"
            await eventually(ready)
            # Ready means: what was revoked before the start is refused already, without any waiting here.
            answer = await client.get("/api/v1/mine", headers=auth_headers(session_id=signed_out))
            assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
            assert (await client.get("/api/v1/mine", headers=auth_headers(session_id=here))).status_code == 200

            event = SessionsRevoked(
                account_id=new_id(), session_ids=(later,), reason="suspended", revoked_at=datetime.now(UTC)
            )
            await publish(bus, event)
            await publish(
                bus,
                TokensOutdated(account_id=new_id(), profile_id=profile, version=3, changed_at=datetime.now(UTC)),
            )
            await publish(
                bus, SignInLowered(account_id=new_id(), session_id=shared, lowered=1, changed_at=datetime.now(UTC))
            )

            async def refused() -> bool:
                codes = [
                    (await client.get("/api/v1/mine", headers=headers)).json().get("code")
                    for headers in (
                        auth_headers(session_id=later),
                        auth_headers(profile_id=profile),
                        auth_headers(session_id=shared),
                    )
                ]
                return codes == ["account_suspended", "token_outdated", "token_outdated"]

            await eventually(refused, 5)
            assert (await client.get("/api/v1/mine", headers=auth_headers(session_id=here))).status_code == 200
    finally:
        await bus.stop()


async def test_it_is_ready_at_once_when_nothing_was_ever_revoked(fresh_broker: Tansu, verifier: Verifier) -> None:
    async with service(fresh_broker.bootstrap, verifier) as client:

        async def ready() -> bool:
            return (await client.get("/readyz")).status_code == 200

        await eventually(ready)


async def test_without_its_broker_it_is_not_ready_for_a_while_and_then_it_is() -> None:
    time = 100.0
    bus = Bus("127.0.0.1:1", service="test")
    following = Following(Revocations(), bus, now=lambda: time)
    assert following.required
    with pytest.raises(NotCaughtUp):
        await following.check()
    time += 9.9
    with pytest.raises(NotCaughtUp):
        await following.check()
    time += 0.2
    await following.check()
    time -= 10  # once ready it stays so: an outage of the broker takes no service away
    await following.check()


def test_a_service_without_a_broker_waits_for_none(verifier: Verifier) -> None:
    app = chassis.create(
        "test", ServiceSettings(), routers=[router], components=[Bus("", service="test")], verifier=verifier
    )
    assert app.state.revocations is not None

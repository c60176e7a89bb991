"""What identity is as a service: keys, probes without Kafka and Redis, events taken in, settings."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jose import jwt
from pydantic import ValidationError

from libs.chassis.clock import FrozenClock
from libs.chassis.ids import new_id
from libs.chassis.messaging.consumers import Received
from libs.chassis.security import revocations
from libs.chassis.security.tokens import FETCH_INTERVAL, Signer, Verifier, new_private_key
from libs.contracts.billing import EntitlementChanged
from libs.contracts.token import Principal
from services.identity.consumers import entitlements_changed
from services.identity.main import signer_of
from services.identity.settings import Settings
from tests.identity.conftest import Identity, Start

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def test_tokens_verify_against_the_published_keys(identity: Identity) -> None:
    body = await identity.register()
    answer = await identity.client.get("/.well-known/jwks.json")
    assert answer.status_code == 200 and "d" not in answer.json()["keys"][0]
    who = await Verifier(keys=answer.json()).verify(body["access_token"])
    assert str(who.account_id) == body["account"]["id"]


def test_a_key_file_may_hold_the_next_key_too(tmp_path: Path) -> None:
    old, new = new_private_key(), new_private_key()
    file = tmp_path / "keys.pem"
    file.write_text(new + "\n" + old)
    clock = FrozenClock(NOW)
    signer = signer_of(Settings(signing_key_file=file, signing_overlap=300), clock)
    assert [key["kid"] for key in signer.jwks()["keys"]] == [Signer(new).kid, Signer(old).kid]

    def signs(after: int) -> str:
        who = Principal(account_id=new_id(), session_id=new_id())
        token = signer.issue(who, ttl=600, now=NOW.timestamp() + after)
        return str(jwt.get_unverified_header(token)["kid"])

    assert [signs(after) for after in (0, 299)] == [Signer(old).kid] * 2, "the new key is only published"
    assert signs(300) == Signer(new).kid


def test_a_key_is_published_for_longer_than_verifiers_go_without_asking() -> None:
    with pytest.raises(ValidationError, match="signing_overlap"):
        Settings(signing_overlap=int(FETCH_INTERVAL))
    assert Settings().signing_overlap > 2 * FETCH_INTERVAL  # theirs, and a minute that the answer may be kept


def test_production_needs_a_key_file() -> None:
    with pytest.raises(ValidationError, match="signing_key_file"):
        Settings(
            environment="production",
            mail_url="smtps://mail.example:465",
            sealing_secret="s" * 48,
            gateway_secret="known to the gateway alone",
        )


async def test_it_is_ready_without_kafka(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    identity = await start()
    waiting = (await identity.client.get("/readyz")).json()
    assert [name for name, state in waiting["components"].items() if "NotCaughtUp" in state] == [
        "consumer:identity.revocations"
    ]
    monkeypatch.setattr(revocations, "PATIENCE", 0)  # as if it had been as long
    answer = await identity.client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["components"]["database"] == "ok" and answer.json()["components"]["kafka"] != "ok"


async def test_only_newer_entitlements_are_kept(identity: Identity) -> None:
    body = await identity.register()
    now = identity.clock.now()
    for version, status in ((2, "active"), (1, "trialing"), (2, "canceled"), (3, "past_due")):
        event = EntitlementChanged.model_validate(
            {"account_id": body["account"]["id"], "version": version, "plan_id": "p", "status": status,
             "valid_until": now + timedelta(days=1)}
        )  # fmt: skip
        async with identity.app.state.accounts._core.db.transaction() as session:
            await entitlements_changed(session, [Received(new_id(), event.TYPE, now, event.key(), event)])
        if version == 1:
            me = await identity.call("GET", "/me", body["access_token"])
            assert me.json()["subscription_status"] == "active"
    me = await identity.call("GET", "/me", body["access_token"])
    assert me.json()["subscription_status"] == "past_due"

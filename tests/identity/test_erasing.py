"""`bijou erase`: identity erases, each service says that it has, and who has not is named."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from typer.testing import CliRunner

from cli import erase, recount
from cli.__main__ import app
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging import forgetting
from tests.conftest import DatabaseFactory
from tests.identity.conftest import Identity
from tests.identity.test_closing import sweep


def said(*arguments: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, list(arguments))
    return found.exit_code, found.output


def test_all_are_asked_who_hear_of_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recount, "address", lambda name: f"postgresql://{name}")
    assert {"identity", "catalog", "playback", "watchstate", "events", "billing", "lake"} <= erase.addresses().keys()


async def test_it_is_erased_once_everybody_says_so(
    identity: Identity, database: DatabaseFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed, staff = await identity.register(), await identity.register()
    account, other = signed["account"]["id"], staff["account"]["id"]
    await identity.rows("UPDATE accounts SET roles = '{support}' WHERE id = $1 RETURNING id", other)
    urls = {"identity": identity.url, "watchstate": await database("services.watchstate")}
    monkeypatch.setattr(erase, "addresses", lambda *_: urls)
    monkeypatch.setattr(erase, "LOOK_SECONDS", 0.05)

    for who, why in ((new_id(), "There is no account"), (other, "member of staff")):
        code, told = said("erase", account, str(who), "--force")
        assert code == 1 and why in told
    assert [row["status"] for row in await identity.rows("SELECT DISTINCT status FROM accounts")] == ["active"]
    code, told = said("erase", account, "--force", "--within", "1")
    assert code == 1 and f"{account}: not yet by: identity, watchstate" in told

    await sweep_at_once(identity)
    code, told = said("erase", account, "--force", "--within", "1")
    assert code == 1 and f"{account}: not yet by: watchstate" in told
    db = Database(urls["watchstate"])
    await db.start()
    async with db.background() as session:
        await forgetting.forget(session, [UUID(account)])
    await db.stop()
    assert said("erase", account, "--force") == (0, f"{account}: erased by all 2\n")
    before = identity.clock.now() - timedelta(days=1)
    assert said("erased", "--since", f"{before:%Y-%m-%dT%H:%M:%S}") == (0, f"{account}\n")
    assert said("erased", "--since", f"{before + timedelta(days=90):%Y%m%dT%H%M%SZ}") == (0, "")


async def sweep_at_once(identity: Identity) -> None:
    """As the component does, by the clock of the database."""
    (row,) = await identity.rows("SELECT max(erase_at) AS due FROM accounts")
    identity.clock.advance(max(0.0, (row["due"] - identity.clock.now()).total_seconds()) + 1)
    await sweep(identity)

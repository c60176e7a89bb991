"""Ensures the accounts an installation begins with: `python -m services.identity.seed`, as often as one likes.

`BIJOU_SEED_ACCOUNTS` is a JSON list of `{email, password, name, roles}`. An account that exists keeps its password and
gets the roles it lacks, if its address is confirmed: anybody can register one that is not theirs.
"""

from __future__ import annotations

import asyncio

from pydantic import BaseModel, SecretStr

from libs.chassis import telemetry
from libs.chassis.clock import SystemClock
from libs.chassis.data.database import Database
from libs.chassis.http.rate_limits import Limiter
from libs.chassis.settings import load
from services.identity.breached import Breached
from services.identity.countries import Countries
from services.identity.hashing import Hasher
from services.identity.main import cipher_of, signer_of
from services.identity.service.accounts import Accounts
from services.identity.service.base import Core, EmailUnverified
from services.identity.service.mails import Post
from services.identity.service.sessions import Sessions
from services.identity.settings import Settings

log = telemetry.logger(__name__)


class SeedAccount(BaseModel):
    """One account to be there."""

    email: str
    password: SecretStr
    name: str
    roles: list[str] = []


class SeedSettings(Settings):
    """Identity's settings and the accounts."""

    seed_accounts: list[SeedAccount] = []


async def seed(settings: SeedSettings) -> int:
    """Ensure the accounts; return how many were made now."""
    db = Database.of(settings)
    clock = SystemClock()
    core = Core(
        db,
        signer_of(settings, clock),
        Hasher(),
        Limiter(settings.redis_url),
        clock,
        settings,
        Post(clock),
        cipher_of(settings),
        Breached(),
    )
    accounts = Accounts(core, Sessions(core), Countries(settings.country_database, settings.default_country))
    made = 0
    await db.start()
    try:
        for wanted in settings.seed_accounts:
            try:
                new = await accounts.ensure(
                    email=wanted.email,
                    password=wanted.password.get_secret_value(),
                    name=wanted.name,
                    roles=wanted.roles,
                )
            except EmailUnverified:
                # No reason to stop: whoever registers an address could otherwise stop an installation from starting.
                log.error(
                    "roles_refused", email=wanted.email, way_out="let its owner confirm the address, then seed again"
                )
                continue
            made += new
            log.info("account_ensured", email=wanted.email, made=new)
    finally:
        await db.stop()
    return made


def main() -> None:
    """Read the environment and seed."""
    settings = load(SeedSettings)
    telemetry.configure("identity-seed", settings.log_level, settings.log_format)
    asyncio.run(seed(settings))


if __name__ == "__main__":
    main()

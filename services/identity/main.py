"""Identity, wired: accounts, sign-ins, profiles, devices, keys."""

from __future__ import annotations

from fastapi import FastAPI

from libs.chassis import telemetry
from libs.chassis.clock import Clock, SystemClock
from libs.chassis.components import Component
from libs.chassis.data.database import Database
from libs.chassis.housekeeping import Housekeeping
from libs.chassis.http import app, dead_letters
from libs.chassis.http.rate_limits import Limiter
from libs.chassis.messaging import outbox
from libs.chassis.messaging.bus import Bus
from libs.chassis.security.followed import Followed
from libs.chassis.security.tokens import Signer, Verifier, new_private_key
from services.identity.api import (
    account,
    admin_users,
    auth,
    consents,
    devices,
    keys,
    mailbox,
    profiles,
    recovery,
    security,
)
from services.identity.breached import Breached
from services.identity.ciphers import Cipher
from services.identity.clients.mailers import Folder, mailer_of
from services.identity.consumers import consumers
from services.identity.countries import Countries
from services.identity.hashing import Hasher
from services.identity.models import Base
from services.identity.service.accounts import Accounts
from services.identity.service.base import Core
from services.identity.service.closing import Closing, Eraser
from services.identity.service.consents import Consents
from services.identity.service.devices import Devices
from services.identity.service.mails import Post, sending
from services.identity.service.passkeys import PasskeyCases
from services.identity.service.profiles import Profiles
from services.identity.service.recovery import Recovery
from services.identity.service.second_factors import SecondFactors
from services.identity.service.sessions import Sessions
from services.identity.service.users import Users
from services.identity.settings import Settings, since, split_pem

log = telemetry.logger(__name__)


def signer_of(settings: Settings, clock: Clock) -> Signer:
    """Return the signer of the key file; in development without one, of a key that lasts as long as this process.

    Of several keys the first one signs once it has been published for `signing_overlap`, counted from when the file says that it
    was put there, else from now.
    """
    if settings.signing_key_file is None:
        log.warning("signing_with_a_temporary_key", way_out="set BIJOU_SIGNING_KEY_FILE")
        return Signer(new_private_key())
    held = settings.signing_key_file.read_text()
    begun = since(held) or clock.now().timestamp()
    return Signer(*split_pem(held), settled_at=begun + settings.signing_overlap)


def following(settings: Settings, clock: Clock, signer: Signer, verifier: Verifier) -> list[Component]:
    """Return what follows the key file: a key that comes is published at once, and signs when all know it."""
    if settings.signing_key_file is None:
        return []

    def take(held: str) -> None:
        signer.replace(*split_pem(held), settled_at=clock.now().timestamp() + settings.signing_overlap)
        verifier.accept(signer.jwks())

    return [Followed("signing_key_file", settings.signing_key_file, take)]


def cipher_of(settings: Settings) -> Cipher:
    """Return the cipher of the sealing secret; in development without one, of a secret that lasts as long as this process."""
    secret = settings.sealing_secret.get_secret_value()
    if not secret:
        log.warning("sealing_with_a_temporary_secret", way_out="set BIJOU_SEALING_SECRET")
    return Cipher(secret)


def create_app(settings: Settings, *, clock: Clock | None = None) -> FastAPI:
    """Wire the service."""
    clock = clock or SystemClock()
    db = Database.of(settings)
    bus = Bus.of(settings, service="identity")
    facts = consumers(db, bus, clock)
    limiter = Limiter(settings.redis_url)
    signer = signer_of(settings, clock)
    verifier = Verifier(keys=signer.jwks())
    post, cipher = Post(clock), cipher_of(settings)
    core = Core(db, signer, Hasher(), limiter, clock, settings, post, cipher, Breached(settings.breached_passwords))
    url = settings.mail_url.get_secret_value()
    mailer = mailer_of(url) if url else None
    sessions = Sessions(core)
    return app.create(
        "identity",
        settings,
        routers=[
            auth.router,
            account.router,
            recovery.router,
            security.router,
            security.mine,
            profiles.router,
            consents.router,
            devices.router,
            keys.router,
            admin_users.router,
            dead_letters.router("identity", db, facts),
            *([mailbox.router(mailer)] if isinstance(mailer, Folder) else []),
        ],
        components=[
            db,
            limiter,
            bus,
            outbox.Relay(db, bus),
            *facts,
            core.hasher,
            Eraser(core),
            *sending(db, post, mailer, cipher, clock, settings),
            Housekeeping(db, Base),
            *following(settings, clock, signer, verifier),
        ],
        state={
            "signer": signer,
            "accounts": Accounts(core, sessions, Countries(settings.country_database, settings.default_country)),
            "sessions": sessions,
            "recovery": Recovery(core),
            "second_factors": SecondFactors(core),
            "passkeys": PasskeyCases(core, sessions),
            "closing": Closing(core),
            "profiles": Profiles(core),
            "consents": Consents(core),
            "devices": Devices(core),
            "users": Users(core),
        },
        verifier=verifier,
    )


if __name__ == "__main__":
    app.serve(create_app, Settings, "identity")

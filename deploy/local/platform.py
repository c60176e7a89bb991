"""The platform as a list: every program of ours, its database, and what it alone is told. Reads as the diagram."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from deploy.local.data import Data, Secrets

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the parts are told about: the data directory, its secrets, everyone's port, the address people use."""

    data: Data
    secrets: Secrets
    ports: dict[str, int]
    public_url: str

    def url_of(self, part: str) -> str:
        return f"http://{HOST}:{self.ports[part]}"


def _nothing_more(_: Surroundings) -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Part:
    """`target` is run as `python -m` does, or called where it is `module:function`.

    `port` is the one it listens on where that is free. `package` holds the migrations of the part's own database;
    `part_of` names the part whose database it shares.
    """

    name: str
    target: str
    port: int | None = None
    package: str | None = None
    part_of: str | None = None
    told: Callable[[Surroundings], dict[str, str]] = _nothing_more

    @property
    def database(self) -> str | None:
        return self.part_of or (self.name if self.package else None)


# On one machine everyone signs in from one address, tests and scripts included.
SIGN_INS_PER_ADDRESS = 600


def _identity(it: Surroundings) -> dict[str, str]:
    return {
        "BIJOU_SIGNING_KEY_FILE": str(it.data.signing_key),
        "BIJOU_LOGINS_PER_ADDRESS": str(SIGN_INS_PER_ADDRESS),
    }


def _playback(it: Surroundings) -> dict[str, str]:
    return {"BIJOU_GRANT_SECRET": it.secrets.grant}


def _transcode(it: Surroundings) -> dict[str, str]:
    # On a laptop the first film should be playable within a minute; the bits saved by a slower preset can wait.
    return {"BIJOU_WORK_DIR": str(it.data.work), "BIJOU_ENCODE_PRESET": "veryfast"}


def _gateway(it: Surroundings) -> dict[str, str]:
    # Everyone else takes the keys from the gateway; the gateway, which serves them on, from their source.
    return {
        "BIJOU_SERVICES": services_json(it),
        "BIJOU_JWKS_URL": f"{it.url_of('identity')}/.well-known/jwks.json",
        "BIJOU_LIMIT_SIGN_IN": str(SIGN_INS_PER_ADDRESS // 5),
    }


PARTS = (
    Part("identity", "services.identity.main", 8011, package="services.identity", told=_identity),
    Part("catalog", "services.catalog.main", 8012, package="services.catalog"),
    Part("playback", "services.playback.main", 8013, package="services.playback", told=_playback),
    Part("watchstate", "services.watchstate.main", 8014, package="services.watchstate"),
    Part("billing", "services.billing.main", 8015, package="services.billing"),
    Part("transcode", "pipelines.transcode.main", 8016, package="pipelines.transcode", told=_transcode),
    Part("transcode-worker", "pipelines.transcode.worker:main", part_of="transcode", told=_transcode),
    Part("gateway", "gateway.main", 8001, told=_gateway),
)

# Imported once, before the first fork, so that all parts share them in memory and none waits for them.
PRELOAD = (
    "argon2",
    "email_validator",
    "h11",
    "httptools",
    "libs.chassis.app",
    "libs.chassis.auth",
    "libs.chassis.consumers",
    "libs.chassis.database",
    "libs.chassis.idempotency",
    "libs.chassis.ids",
    "libs.chassis.limits",
    "libs.chassis.messaging",
    "libs.chassis.objects",
    "libs.chassis.outbox",
    "libs.chassis.pages",
    "libs.chassis.tokens",
    "libs.contracts.registry",
    "procrastinate",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.orm",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
    "uvloop",
)


# What is not ours listens here.
SERVER_PORTS = {"public": 8080, "postgres": 15432, "valkey": 16379, "tansu": 19092}


def services_json(it: Surroundings) -> str:
    """Name → base URL of every service behind the gateway."""
    behind = [name for name in it.ports if name not in SERVER_PORTS and name != "gateway"]
    return json.dumps({name: it.url_of(name) for name in behind})


def database_url(it: Surroundings, name: str) -> str:
    return f"postgresql://{name}:{it.secrets.databases[name]}@{HOST}:{it.ports['postgres']}/{name}"


def environment(part: Part, it: Surroundings) -> dict[str, str]:
    """Everything this part is told, and nothing that another part is told in confidence."""
    common = {
        "BIJOU_ENVIRONMENT": "development",
        "BIJOU_HOST": HOST,
        "BIJOU_PUBLIC_URL": it.public_url,
        "BIJOU_GATEWAY_SECRET": it.secrets.gateway,
        "BIJOU_JWKS_URL": f"{it.url_of('gateway')}/.well-known/jwks.json",
        # The keys survive a restart of the part while their source is away.
        "BIJOU_JWKS_CACHE": str(it.data.run / f"{part.name}.jwks.json"),
        "BIJOU_REDIS_URL": f"redis://:{it.secrets.valkey}@{HOST}:{it.ports['valkey']}/0",
        "BIJOU_KAFKA_BOOTSTRAP": f"{HOST}:{it.ports['tansu']}",
        "BIJOU_KAFKA_FORGETS": "true",
        "BIJOU_OBJECT_STORE_URL": it.data.store.as_uri(),
    }
    if part.port:
        common["BIJOU_PORT"] = str(it.ports[part.name])
    if part.database:
        common["BIJOU_DATABASE_URL"] = database_url(it, part.database)
    return {**common, **part.told(it)}


def seed_environment(it: Surroundings) -> dict[str, str]:
    """For `services.identity.seed`, which makes the first accounts: what identity is told, and who they are."""
    identity = next(part for part in PARTS if part.name == "identity")
    accounts = [
        {
            "email": it.secrets.admin.email,
            "password": it.secrets.admin.password,
            "name": "Admin",
            "roles": ["super_admin"],
        },
        {"email": it.secrets.demo.email, "password": it.secrets.demo.password, "name": "Demo", "roles": []},
    ]
    return {**environment(identity, it), "BIJOU_SEED_ACCOUNTS": json.dumps(accounts)}


def demo_environment(it: Surroundings) -> dict[str, str]:
    """For the demo catalogue, which is filled through the public API alone."""
    return {
        "BIJOU_DATA": str(it.data.root),
        "BIJOU_PUBLIC_URL": it.public_url,
        "BIJOU_ADMIN_EMAIL": it.secrets.admin.email,
        "BIJOU_ADMIN_PASSWORD": it.secrets.admin.password,
        "BIJOU_DEMO_EMAIL": it.secrets.demo.email,
        "BIJOU_DEMO_PASSWORD": it.secrets.demo.password,
    }

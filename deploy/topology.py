"""The platform as data: everything that is deployed, what it needs, hears, tells and serves, and what it is told.

It reads as the architecture diagram. It does not know where it runs: a renderer (`deploy/local`) fills its symbols in, and
`make generate` makes the gateway's prefixes and the tables of ARCHITECTURE.md from it.
"""

from __future__ import annotations

from typing import TypeVar

from deploy.deployable import (
    Backend,
    Edge,
    EveryUrl,
    MailUrl,
    Resources,
    Service,
    Value,
    cpu,
    private_key,
    queue,
    secret,
    share,
    url,
    volume,
)

Symbol = TypeVar("Symbol", bound=Value)

API = "/api/v1"

POSTGRES = Backend("postgres", 5432, "DATABASE_URL", "one database and one role for each service")
VALKEY = Backend("valkey", 6379, "REDIS_URL", "counters of limits; losing it loses nothing else")
KAFKA = Backend("kafka", 9092, "KAFKA_BOOTSTRAP", "events; never the system of record")
OBJECTS = Backend("objects", 8333, "OBJECT_STORE_URL", "films, artwork, masters")
BACKENDS = (POSTGRES, VALKEY, KAFKA, OBJECTS)

# What everyone who listens is told.
EVERYONE: dict[str, Value] = {
    "JWKS_URL": url("gateway", "/.well-known/jwks.json"),
    "PUBLIC_URL": url("edge"),
}

EDGE = Edge(
    "edge",
    owns="nginx and the grant check",
    package="deploy.edge",
    port=8080,
    needs={OBJECTS},
    told={"GATEWAY": url("gateway"), "PLAYBACK": url("playback"), "GRANT_SECRET": secret("grant")},
    scale=cpu(0.6),
    resources=Resources(cores=1, memory=512),
)

GATEWAY = Service(
    "gateway",
    owns="the door: authentication, limits, composition",
    package="gateway",
    port=8001,
    needs={VALKEY, KAFKA},
    # Everyone else takes the keys from the gateway; the gateway, which serves them on, from their source. It alone knows the
    # whole of the secret by which each service believes it.
    told={
        "SERVICES": EveryUrl(),
        "JWKS_URL": url("identity", "/.well-known/jwks.json"),
        "GATEWAY_SECRET": secret("gateway"),
    },
    scale=cpu(0.5),
    resources=Resources(cores=1),
)

# Those whose rows are their own; what they publish is all that is published.
OWNERS = (
    Service(
        "identity",
        owns="accounts, sign-ins, profiles, devices",
        port=8011,
        needs={POSTGRES, VALKEY, KAFKA},
        publishes=("identity.accounts", "identity.revocations"),
        consumes=("billing.entitlements",),
        serves=("/.well-known", "/auth", "/me", "/admin/users", "/admin/dead-letters/identity"),
        told={
            "SIGNING_KEY_FILE": private_key("signing_key"),
            "SEALING_SECRET": secret("sealing"),
            "MAIL_URL": MailUrl(),
        },
        resources=Resources(cores=0.5),
        libraries=("argon2", "email_validator", "webauthn", "zxcvbn"),
    ),
    Service(
        "catalog",
        owns="titles, people, artwork, lifecycle, ratings, reviews",
        port=8012,
        needs={POSTGRES, KAFKA, OBJECTS},
        publishes=("catalog.titles", "catalog.ratings"),
        consumes=("media.assets", "identity.accounts", "events.trending"),
        serves=(
            "/titles", "/genres", "/people", "/collections", "/reviews", "/pages", "/admin/titles", "/admin/seasons",
            "/admin/episodes", "/admin/playables", "/admin/trailers", "/admin/images", "/admin/people",
            "/admin/imports", "/admin/reviews", "/admin/collections", "/admin/exports",
            "/admin/dead-letters/catalog",
        ),
        resources=Resources(memory=512),
    ),
    Service(
        "playback",
        owns="the play decision, leases, grants",
        port=8013,
        needs={POSTGRES, KAFKA},
        publishes=("playback.sessions", "playback.leases", "watch.progress"),
        consumes=(
            "identity.accounts", "identity.revocations", "billing.entitlements", "catalog.titles", "watch.lists",
        ),
        serves=("/playback", "/admin/dead-letters/playback"),
        told={"GRANT_SECRET": secret("grant")},
        resources=Resources(cores=0.5),
    ),
    Service(
        "watchstate",
        owns="progress, history, My List, reminders, sync",
        port=8014,
        needs={POSTGRES, KAFKA},
        publishes=("watch.lists",),
        consumes=("watch.progress", "playback.leases", "catalog.titles", "identity.accounts", "identity.revocations"),
        serves=(
            "/me/progress", "/me/resume", "/me/continue-watching", "/me/history", "/me/tracks", "/me/list", "/me/reminders",
            "/me/sync", "/admin/dead-letters/watchstate",
        ),
    ),
    Service(
        "billing",
        owns="plans, subscriptions, ledger, entitlements",
        port=8015,
        needs={POSTGRES, VALKEY, KAFKA},
        publishes=("billing.entitlements", "billing.charges"),
        consumes=("identity.accounts",),
        serves=(
            "/plans", "/billing", "/admin/plans", "/me/subscription", "/me/payment-methods", "/me/invoices",
            "/me/referrals", "/admin/dead-letters/billing",
        ),
    ),
    Service(
        "transcode",
        owns="uploads, assets",
        package="pipelines.transcode",
        port=8016,
        needs={POSTGRES, KAFKA, OBJECTS},
        publishes=("media.assets",),
        serves=("/admin/uploads", "/admin/assets"),
        told={"WORK_DIR": volume("work")},
        libraries=("procrastinate",),
    ),
    Service(
        "transcode-worker",
        owns="encoding",
        package="pipelines.transcode",
        entry="pipelines.transcode.worker:main",
        shares="transcode",
        needs={POSTGRES, OBJECTS},
        told={"WORK_DIR": volume("work")},
        scale=queue("transcode", jobs=1),
        # One does one chunk at a time: more of them, not larger ones, make a film sooner.
        resources=Resources(cores=1, memory=4096),
    ),
    Service(
        "search",
        owns="the index, suggestions, what people search for",
        port=8017,
        needs={POSTGRES, VALKEY, KAFKA},
        consumes=("catalog.titles", "catalog.ratings", "playback.sessions", "events.trending", "identity.accounts"),
        serves=("/search", "/admin/analytics/search-gaps", "/admin/dead-letters/search"),
        told={"INDEX_DIR": volume("search")},
        resources=Resources(cores=0.5, memory=512),
        libraries=("rapidfuzz", "tantivy"),
        extras=("meaning",),
    ),
    Service(
        "events",
        owns="what apps tell, and what became of every viewing",
        port=8018,
        needs={POSTGRES, VALKEY, KAFKA},
        publishes=("events.client", "events.views", "events.trending", "events.experiments"),
        consumes=("playback.sessions", "watch.progress", "events.client", "identity.accounts", "billing.entitlements"),
        serves=(
            "/events", "/experiments", "/admin/analytics/playback", "/admin/analytics/live", "/admin/flags", "/admin/experiments",
            "/admin/dead-letters/events",
        ),
    ),
    Service(
        "recommendation",
        owns="what to watch: rows, similar titles, the models that choose",
        port=8020,
        needs={POSTGRES, KAFKA, OBJECTS},
        consumes=(
            "catalog.titles", "catalog.ratings", "playback.sessions", "events.views", "events.trending", "events.client",
            "watch.lists", "identity.accounts",
        ),
        serves=("/recommendations", "/me/taste", "/admin/dead-letters/recommendation"),
        # Out of memory a training would take who answers with it: it has a container of its own.
        contained={"TRAIN_DAILY": "false"},
        resources=Resources(cores=0.5, memory=512),
        libraries=("numpy",),
        extras=("sequence",),
    ),
)  # fmt: skip

LAKE = Service(
    "lake",
    owns="every topic as tables, and what is computed from them",
    package="pipelines.analytics",
    port=8019,
    needs={POSTGRES, KAFKA, OBJECTS},
    consumes=tuple(sorted({topic for each in OWNERS for topic in each.publishes})),
    serves=("/admin/analytics/data-quality",),
    # One batch is written while the next is read.
    resources=Resources(cores=1, memory=1536),
    optional=True,
)

SERVICES = (*OWNERS, LAKE, GATEWAY)


def database(service: Service) -> str | None:
    """The database a service uses, its own or the one it shares."""
    return (service.shares or service.name) if POSTGRES in service.needs else None


def owns_database(service: Service) -> bool:
    """Whether the migrations of a database are this service's."""
    return database(service) == service.name


def told(each: Service | Edge) -> dict[str, Value]:
    """All that something is told, but for the addresses of the backends it needs."""
    if not isinstance(each, Service) or not each.port:
        return dict(each.told)
    return {**EVERYONE, "GATEWAY_SECRET": share("gateway", each.name), **each.told}


def symbols(kind: type[Symbol]) -> list[Symbol]:
    """Every symbol of a kind that somebody is told, each once."""
    values = [value for each in (*SERVICES, EDGE) for value in told(each).values()]
    return list(dict.fromkeys(value for value in values if isinstance(value, kind)))


def prefixes() -> dict[str, str]:
    """Every public prefix → the service that answers it."""
    return {
        (prefix if prefix.startswith("/.") else API + prefix): service.name
        for service in SERVICES
        for prefix in service.serves
    }

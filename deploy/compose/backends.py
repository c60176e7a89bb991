"""The servers that are not ours, as services of compose: images, commands, checks and volumes."""

from __future__ import annotations

from typing import Any

from deploy.secrets import BUCKET, MAILPIT, MAILPIT_PORT
from deploy.topology import BACKENDS, KAFKA, OBJECTS, POSTGRES, VALKEY, owns_database
from deploy.topology import SERVICES as PARTS

Service = dict[str, Any]

POSTGRES_IMAGE = "postgres:18-trixie"
# Below what its pod may use, by as much as a copy of itself needs while it writes.
VALKEY_MEMORY = "160mb"
# Where a container finds the secrets of a server.
GIVEN = "/run/secrets"
DATABASES = "databases"
BUCKETS = "bucket"


def services() -> dict[str, Service]:
    """Every backend by its name, and what fills it with databases and a bucket before we start."""
    assert {POSTGRES, VALKEY, KAFKA, OBJECTS} == set(BACKENDS), "a backend that compose does not know"
    return {
        POSTGRES.name: _postgres(),
        DATABASES: _databases(),
        VALKEY.name: _valkey(),
        KAFKA.name: _kafka(),
        OBJECTS.name: _objects(),
        BUCKETS: _bucket(),
        MAILPIT: _mailpit(),
    }


def _postgres() -> Service:
    return {
        "image": POSTGRES_IMAGE,
        # Each of ours has two pools of its own.
        "command": ["postgres", "-c", "max_connections=400", "-c", "shared_buffers=256MB"],
        "environment": {"POSTGRES_PASSWORD_FILE": f"{GIVEN}/password"},
        "secrets": [{"source": "postgres_password", "target": f"{GIVEN}/password"}],
        "volumes": ["postgres:/var/lib/postgresql"],
        "shm_size": "256mb",
        "healthcheck": _check(["CMD", "pg_isready", "--username", "postgres", "--host", "127.0.0.1"]),
    }


def _databases() -> Service:
    names = [each.name for each in PARTS if owns_database(each)]
    return {
        "image": POSTGRES_IMAGE,
        "command": ["sh", "/databases.sh", *names],
        "environment": {"PGHOST": POSTGRES.name, "PGUSER": "postgres"},
        "volumes": ["./deploy/compose/databases.sh:/databases.sh:ro"],
        "secrets": [
            {"source": f"databases_{name}", "target": f"{GIVEN}/databases/{name}"} for name in ["password", *names]
        ],
        "depends_on": {POSTGRES.name: {"condition": "service_healthy"}},
        "restart": "on-failure",
    }


def _valkey() -> Service:
    # By standard input: a command line can be read by everybody.
    # All that is in it ends by itself: what ends soonest makes room.
    settings = ["appendonly yes", "dir /data", f"maxmemory {VALKEY_MEMORY}", "maxmemory-policy volatile-ttl"]
    lines = " ".join(f"echo '{line}';" for line in settings)
    told = f"{{ printf 'requirepass '; cat {GIVEN}/password; echo; {lines} }}"
    asked = f"REDISCLI_AUTH=$$(cat {GIVEN}/password) valkey-cli ping | grep -q PONG"
    return {
        "image": "valkey/valkey:9-trixie",
        "user": "999",
        "command": ["sh", "-c", f"{told} | exec valkey-server -"],
        "secrets": [{"source": "valkey_password", "target": f"{GIVEN}/password"}],
        "volumes": ["valkey:/data"],
        "healthcheck": _check(["CMD-SHELL", asked]),
    }


def _kafka() -> Service:
    return {
        "image": "apache/kafka:4.1.1",
        "environment": {
            "KAFKA_NODE_ID": "1",
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_LISTENERS": f"PLAINTEXT://:{KAFKA.port},CONTROLLER://:9093",
            "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{KAFKA.name}:{KAFKA.port}",
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": f"1@{KAFKA.name}:9093",
            "KAFKA_LOG_DIRS": "/var/lib/kafka/data",
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
            "KAFKA_HEAP_OPTS": "-Xms256m -Xmx512m",
        },
        "volumes": ["kafka:/var/lib/kafka/data"],
        "healthcheck": _check(["CMD", "bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{KAFKA.port}"]),
    }


def _objects() -> Service:
    return {
        "image": "chrislusf/seaweedfs:4.48",
        "command": [
            "server", "-dir=/data", "-ip=objects", "-ip.bind=0.0.0.0", "-master.volumeSizeLimitMB=1024", "-volume.max=0",
            "-s3", f"-s3.port={OBJECTS.port}", f"-s3.config={GIVEN}/s3.json",
        ],
        "secrets": [{"source": "objects_s3.json", "target": f"{GIVEN}/s3.json"}],
        "volumes": ["objects:/data"],
        "healthcheck": _check(["CMD-SHELL", f"nc -z 127.0.0.1 {OBJECTS.port}"]),
    }  # fmt: skip


def _bucket() -> Service:
    shell = f"weed shell -master={OBJECTS.name}:9333"
    there = f"echo s3.bucket.list | {shell} | grep -qw {BUCKET}"
    # The shell ends well whatever came of it: whether the bucket is there is asked again.
    return {
        "image": "chrislusf/seaweedfs:4.48",
        "entrypoint": ["sh", "-c"],
        "command": [f"{there} || echo s3.bucket.create -name {BUCKET} | {shell}; {there}"],
        "depends_on": {OBJECTS.name: {"condition": "service_healthy"}},
        "restart": "on-failure",
    }


def _mailpit() -> Service:
    """Takes every mail and shows it; with a relay of its own it passes on to the world what it is handed."""
    return {
        "image": "axllent/mailpit:v1.33.1",
        "environment": {
            "MP_SMTP_BIND_ADDR": f"0.0.0.0:{MAILPIT_PORT}",
            "MP_MAX_MESSAGES": "1000",
            "MP_MAX_AGE": "7d",
            # Pictures and styles of mails are shown, nothing is fetched for them.
            "MP_BLOCK_REMOTE_CSS_AND_FONTS": "true",
            "MP_SMTP_RELAY_ALL": "${BIJOU_MAIL_RELAY_ALL:-false}",
            "MP_SMTP_RELAY_CONFIG": "${BIJOU_MAIL_RELAY_CONFIG:-}",
        },
        "ports": ["127.0.0.1:${BIJOU_MAILPIT_PORT:-8025}:8025"],
        "networks": ["inside", "front"],
        "healthcheck": _check(["CMD", "/mailpit", "readyz"]),
    }


def _check(test: list[str]) -> dict[str, Any]:
    return {
        "test": test,
        "interval": "10s",
        "timeout": "5s",
        "retries": 6,
        "start_period": "60s",
        "start_interval": "1s",
    }

"""docker-compose.yml from the table of the platform: the order of a start, what each container may, and what it is told."""

from __future__ import annotations

from typing import Any

import yaml

from deploy import containers, topology
from deploy.compose import backends, observing
from deploy.containers import Deployable, deployables, migration_command, told, volumes
from deploy.deployable import Edge, Queue, Service
from deploy.images.dockerfile import PATH
from deploy.secrets import BUCKET, files, unmade
from deploy.topology import EDGE, KAFKA, OBJECTS, POSTGRES, SERVICES, VALKEY, database, owns_database

PUBLIC = "${BIJOU_PUBLIC_URL:-http://127.0.0.1:8080}"
STORE = f"s3://{BUCKET}?endpoint=http://{OBJECTS.name}:{OBJECTS.port}&region=us-east-1"
FOLDER = "${BIJOU_SECRETS:-./deploy/compose/secrets}"
HEAD = """\
# The whole platform in containers. Made from deploy/topology.py by `make generate` (deploy/compose/render.py).
#   cp .env.example .env && python3 -m deploy.secrets deploy/compose/secrets && docker compose up --build --wait
# deploy/compose/README.md says more. Profiles: `lake` (every event as tables), `observe` (dashboards and logs).
"""
# Processors that nobody else uses may be had by anyone; memory is kept within so many times of what is asked for.
MEMORY_FACTOR = 2
PROCESSES = 512
HEALTHY: dict[str, Any] = {"condition": "service_healthy"}
DONE: dict[str, Any] = {"condition": "service_completed_successfully"}
LOGS = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}


def compose() -> dict[str, Any]:
    """The whole file as data."""
    services = {name: _server(each) for name, each in backends.services().items()}
    for each in deployables():
        if isinstance(each, Service) and owns_database(each):
            services[f"migrate-{each.name}"] = _migration(each)
        services[each.name] = _ours(each)
    services["seed"] = _seed()
    services |= {name: {**each, "logging": LOGS} for name, each in observing.services().items()}
    return {
        "name": "bijou",
        "services": services,
        # `inside` reaches nothing outside: only the edge has a door.
        "networks": {"inside": {"internal": True}, "front": {}},
        "volumes": {name: {} for name in _volumes(services)},
        "secrets": {
            f"{holder}_{name}": {"file": f"{FOLDER}/{holder}/{name}"}
            for holder, held in files(unmade()).items()
            for name in held
        },
    }


def text() -> str:
    """docker-compose.yml."""
    return HEAD + yaml_of(compose())


def yaml_of(document: Any) -> str:
    """A document as YAML that a person can read."""
    return yaml.dump(document, Dumper=_Plain, sort_keys=False, width=1000, allow_unicode=True)


class _Plain(yaml.SafeDumper):
    """Writes everything where it is used: no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _server(each: dict[str, Any]) -> dict[str, Any]:
    return {
        "restart": "unless-stopped",
        "networks": ["inside"],
        **each,
        "security_opt": ["no-new-privileges:true"],
        "logging": LOGS,
    }


def _image(name: str) -> dict[str, Any]:
    return {
        "image": f"${{BIJOU_REGISTRY:-bijou}}/{name}:${{BIJOU_TAG:-latest}}",
        "build": {"context": ".", "dockerfile": PATH, "target": name},
    }


def _another(service: Service) -> dict[str, Any]:
    """What runs once in the image of a service: it is built or fetched once, by the service itself."""
    return {
        "image": _image(service.name)["image"],
        "pull_policy": "never",
        **_held(),
        "restart": "on-failure",
        "pids_limit": PROCESSES,
        "healthcheck": {"disable": True},
    }


def _held() -> dict[str, Any]:
    """What no container of ours may: change its files, gain a right, fill the machine with logs."""
    return {
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "logging": LOGS,
        "networks": ["inside"],
    }


def _ours(each: Deployable) -> dict[str, Any]:
    given = told(each, PUBLIC)
    found = {
        **_image(each.name),
        **_held(),
        "restart": "unless-stopped",
        # It hands on signals and buries children.
        "init": True,
        "stop_grace_period": f"{containers.GRACE_SECONDS}s",
        "environment": {**given.variables, **_addresses(each)},
        "secrets": [_secret(each.name, name) for name in given.files],
        "tmpfs": [f"{containers.SCRATCH}:size=256m,mode=1777"],
        "volumes": [f"{name}:{containers.VOLUMES}/{name}" for name in volumes(each)],
        "depends_on": _before(each),
        "deploy": {"resources": _resources(each)},
    }
    if isinstance(each, Edge):
        found |= _door(found)
    elif isinstance(each.scale, Queue):
        found["deploy"]["replicas"] = f"${{BIJOU_{each.name.upper().replace('-', '_')}S:-1}}"
    if isinstance(each, Service) and each.optional:
        found["profiles"] = [each.name]
    return {key: value for key, value in found.items() if value != []}


def _door(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "ports": [f"${{BIJOU_LISTEN:-127.0.0.1}}:${{BIJOU_PUBLIC_PORT:-8080}}:{EDGE.port}"],
        "networks": ["inside", "front"],
        "tmpfs": [*found["tmpfs"], f"/run/edge:size=256m,mode=0700,uid={containers.USER}"],
        "volumes": ["edge-cache:/var/cache/edge"],
    }


def _secret(holder: str, name: str) -> dict[str, str]:
    return {"source": f"{holder}_{name}", "target": f"{containers.SECRETS}/{name}"}


def _addresses(each: Deployable) -> dict[str, str]:
    found = {}
    if KAFKA in each.needs:
        found["BIJOU_KAFKA_BOOTSTRAP"] = f"{KAFKA.name}:{KAFKA.port}"
    if OBJECTS in each.needs:
        found["BIJOU_OBJECT_STORE_URL"] = STORE
    if each.name == "billing":
        found["BIJOU_SANDBOX_PAYMENTS"] = "${BIJOU_SANDBOX_PAYMENTS:-false}"
    if each.name == "identity":
        found["BIJOU_MAIL_SENDER"] = "${BIJOU_MAIL_SENDER:-Bijou <no-reply@bijou.local>}"
    if isinstance(each, Edge):
        found["BIJOU_TRUSTED_PROXIES"] = "${BIJOU_TRUSTED_PROXIES:-}"
        found["BIJOU_CACHE_SIZE"] = "${BIJOU_CACHE_SIZE:-10g}"
    return found


def _before(each: Deployable) -> dict[str, dict[str, Any]]:
    """What must be there before it starts: its backends, its database's tables, and whom it cannot answer without."""
    found = {backend.name: HEALTHY for backend in (VALKEY, KAFKA, POSTGRES) if backend in each.needs}
    if OBJECTS in each.needs:
        found[backends.BUCKETS] = DONE
    if isinstance(each, Service) and (owner := database(each)):
        found[f"migrate-{owner}"] = DONE
    if isinstance(each, Edge):
        # A new gateway has a new address.
        found |= {"gateway": {**HEALTHY, "restart": True}, "playback": HEALTHY}
    if each is topology.GATEWAY:
        # `up --wait` takes the end of a container for a failure unless another waits for that end.
        found |= {"identity": HEALTHY, "seed": DONE}
    return found


def _resources(each: Deployable) -> dict[str, Any]:
    asked = each.resources
    return {
        "reservations": {"cpus": str(asked.cores), "memory": f"{asked.memory}M"},
        # Not `pids_limit` as well: compose refuses a file that says both.
        "limits": {"memory": f"{asked.memory * MEMORY_FACTOR}M", "pids": PROCESSES},
    }


def _migration(service: Service) -> dict[str, Any]:
    found = {
        **_another(service),
        "command": migration_command(service),
        "environment": {"BIJOU_SECRETS_DIR": containers.SECRETS},
        "secrets": [_secret(service.name, "BIJOU_DATABASE_URL")],
        "depends_on": {backends.DATABASES: DONE},
    }
    return {**found, "profiles": [service.name]} if service.optional else found


def _seed() -> dict[str, Any]:
    identity = next(each for each in SERVICES if each.name == "identity")
    given = told(identity, PUBLIC)
    return {
        **_another(identity),
        "command": ["python", "-m", containers.SEED],
        "environment": given.variables,
        "secrets": [_secret("seed", name) for name in [*given.files, "BIJOU_SEED_ACCOUNTS"]],
        "tmpfs": [f"{containers.SCRATCH}:size=16m,mode=1777"],
        "depends_on": {f"migrate-{identity.name}": DONE, VALKEY.name: HEALTHY},
    }


def _volumes(services: dict[str, Any]) -> list[str]:
    named = [mount.partition(":")[0] for each in services.values() for mount in each.get("volumes", [])]
    return sorted({name for name in named if not name.startswith((".", "/", "$"))})

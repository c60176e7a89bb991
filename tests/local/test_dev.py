"""What is reloaded when code changes, and what is not."""

import http.server
import os
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchfiles import Change

from deploy import topology
from deploy.local import leftovers
from deploy.local.data import ROOT, Data
from deploy.local.nodes.vite import Vite
from deploy.local.ports import choose
from deploy.local.reload import Code, touched
from deploy.local.web import WEB
from tests import backends
from tests.local import fakes_reloaded
from tests.local.launcher import Running, until


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    fakes_reloaded.write(tmp_path)
    with backends.folder() as place:
        launcher = Running(Data(place), fakes_reloaded.__name__, tmp_path)
        try:
            yield launcher
        finally:
            launcher.process.kill()
            launcher.process.wait()
            leftovers.end(launcher.data.run)


def test_a_service_follows_its_code_alone_and_comes_back_when_it_is_mended(running: Running, tmp_path: Path) -> None:
    running.wait_ready()
    greeting = tmp_path / "sample" / "one" / "greeting.py"
    pids = {name: part["pid"] for name, part in running.parts().items()}
    assert running.ask("one")[:2] == [str(pids["one"]), "first"]

    until(lambda: "Services restart" in running.log.read_text())
    greeting.write_text('TEXT = "second"\n')
    until(lambda: running.ask("one")[1] == "second")
    until(lambda: "one-worker is back" in running.log.read_text())
    moved = {name for name, part in running.parts().items() if part["pid"] != pids[name]}
    assert moved == {"one", "one-worker"}

    greeting.write_text("TEXT = = 3\n")
    until(lambda: "SyntaxError" in running.log.read_text())
    said = running.log.read_text()
    assert "one does not run" in said
    assert "TEXT = = 3" in said
    assert running.ask("gateway")[:2] == [str(pids["gateway"]), "first"]

    greeting.write_text('TEXT = "third"\n')
    until(lambda: running.ask("one")[1] == "third")
    assert running.ask("gateway")[0] == str(pids["gateway"])
    assert running.process.poll() is None


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("services/playback/domain/slots.py", {"playback"}),
        ("services/playback/migrations/functions/0001/claim.sql", {"playback"}),
        ("pipelines/transcode/worker.py", {"transcode", "transcode-worker"}),
        ("gateway/proxy.py", {"gateway"}),
        ("libs/contracts/envelope.py", {service.name for service in topology.SERVICES}),
        ("services/playbacks/main.py", set()),
        ("deploy/topology.py", set()),
    ],
)
def test_who_is_touched(path: str, names: set[str]) -> None:
    assert set(touched([ROOT / path], topology.SERVICES, ROOT)) == names


@pytest.mark.parametrize(
    ("path", "heard"),
    [
        ("services/playback/main.py", True),
        ("gateway/introduction.md", True),
        ("services/playback/README.md", False),
        ("services/playback/.main.py.swp", False),
        ("services/playback/__pycache__/main.cpython-311.pyc", False),
        ("services/tips/sedbCqmlO", False),
    ],
)
def test_what_is_heard(path: str, heard: bool) -> None:
    assert Code()(Change.modified, str(ROOT / path)) is heard


class Edge(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"the platform, asked for {self.path}".encode())


@pytest.fixture
def edge() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Edge)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_web_app_is_served_as_it_is_written_before_the_platforms_api(edge: str, tmp_path: Path) -> None:
    port = choose(5173, "127.0.0.1", frozenset())
    node = Vite(WEB, "127.0.0.1", port, edge, tmp_path / "vite.log")
    node.start(60)
    try:
        answers = {}
        for path in ("/", "/titles/some-film", "/src/main.tsx", "/api/v1/home", "/media/a/b.m4s", "/images/a.webp"):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
                answers[path] = answer.read().decode()
    finally:
        node.stop()
    for path in ("/", "/titles/some-film"):
        assert "/@vite/client" in answers[path]
    assert "createRoot" in answers["/src/main.tsx"]
    for path in ("/api/v1/home", "/media/a/b.m4s", "/images/a.webp"):
        assert answers[path] == f"the platform, asked for {path}"


def test_a_dev_server_that_ends_is_gone(edge: str, tmp_path: Path) -> None:
    node = Vite(WEB, "127.0.0.1", choose(5173, "127.0.0.1", frozenset()), edge, tmp_path / "vite.log")
    node.start(60)
    pid = node.pid
    node.stop()
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)

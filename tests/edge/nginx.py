"""Runs real nginx in front of a small store, and speaks HTTP to it without tidying the path first."""

import hashlib
import hmac
import http.client
import os
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.edge import files
from deploy.edge.settings import EdgeSettings

SECRET = "current-secret-of-the-tests-0001"
ASSET = "018f0000-0000-7000-8000-00000000a55e"
OTHER_ASSET = "018f0000-0000-7000-8000-0000000000ff"
SESSION = "018f0000-0000-7000-8000-000000005e55"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Edge:
    port: int
    settings: EdgeSettings
    secret: str = SECRET

    def get(
        self, path: str, headers: dict[str, str] | None = None, method: str = "GET", body: bytes | None = None
    ) -> Answer:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            content = response.read()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, content)

    def media(self, rest: str, **grant: object) -> str:
        return f"/media/{sign(**grant)}/{rest}"  # type: ignore[arg-type]


def sign(
    asset: str = ASSET, session: str = SESSION, expires: int | None = None, secret: str = SECRET, height: int = 2160
) -> str:
    text = f"{int(time.time()) + 600 if expires is None else expires}~{asset}~{session}~{height}"
    return f"{text}~{hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()}"


@dataclass
class Store:
    """A directory as the object store lays it out, with one asset, artwork and a master."""

    path: Path
    run: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        run = self.path / "media" / ASSET / self.run
        (run / "v1080").mkdir(parents=True)
        (run / "master.m3u8").write_text("#EXTM3U\n" + "# a playlist long enough to be worth compressing\n" * 40)
        (run / "manifest.mpd").write_text("<MPD/>")
        (run / "thumbnails.vtt").write_text("WEBVTT\n")
        (run / "sprite_001.jpg").write_bytes(b"\xff\xd8jpeg")
        (run / "v1080" / "init.mp4").write_bytes(b"ftyp")
        (run / "v1080" / "00001.m4s").write_bytes(bytes(range(256)) * 2000)
        other = self.path / "media" / OTHER_ASSET / self.run
        other.mkdir(parents=True)
        (other / "master.m3u8").write_text("#EXTM3U other")
        (self.path / "masters").mkdir()
        (self.path / "masters" / "upload.mp4").write_bytes(b"the master, never served")
        (self.path / "images" / "titles").mkdir(parents=True)
        (self.path / "images" / "titles" / "poster.jpg").write_bytes(b"\xff\xd8poster")
        (self.path / "images" / "titles" / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")


def web_app(path: Path) -> Path:
    (path / "assets").mkdir(parents=True)
    (path / "index.html").write_text("<!doctype html><title>Bijou</title>")
    (path / "reference").mkdir()
    (path / "reference" / "index.html").write_text("<!doctype html><title>Bijou API</title>")
    (path / "assets" / "app-4f3a.js").write_text("export {}")
    (path / "sw.js").write_text("// worker")
    (path / "manifest.webmanifest").write_text("{}")
    return path


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def run_as() -> str | None:
    """Temporary folders of a test run by root are open to root alone."""
    return "root" if os.geteuid() == 0 else None


@contextmanager
def running(settings: EdgeSettings) -> Iterator[Edge]:
    process = subprocess.Popen(files.command(files.write(settings)), stderr=subprocess.PIPE)
    try:
        _wait(process, settings.public_port)
        yield Edge(settings.public_port, settings)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError((process.stderr.read() if process.stderr else b"").decode())
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError("nginx did not start")


def until(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)

"""Uploads end byte-identical however often they are cut, and say plainly when they cannot."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo import tus
from demo.studio import Studio, StudioSettings
from demo.tus import TusUpload, UploadFailed

URL = "/api/v1/admin/uploads"


class Server:
    """A tus server in memory that cuts, forgets and refuses on demand."""

    def __init__(self, seed: int = 0, cuts: int = 0) -> None:
        self.rng = random.Random(seed)
        self.cuts = cuts
        self.data = b""
        self.length = -1
        self.metadata = ""
        self.created = 0
        self.logins = 0
        self.token = "first"
        self.devices: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/login"):
            self.logins += 1
            self.devices.append(json.loads(request.read())["device"])
            known = {"device_id": "d1", "device_secret": f"s{self.logins}"}
            return httpx.Response(200, json={"access_token": self.token, **known})
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return httpx.Response(401)
        if request.method == "POST":
            self.created += 1
            self.length, self.data = int(request.headers["Upload-Length"]), b""
            self.metadata = request.headers["Upload-Metadata"]
            return httpx.Response(201, headers={"Location": f"{URL}/one"})
        if request.method == "HEAD":
            if self.length < 0:
                return httpx.Response(404)
            headers = {"Upload-Offset": str(len(self.data)), "Upload-Length": str(self.length)}
            return httpx.Response(200, headers=headers)
        if request.method == "GET":
            done = len(self.data) == self.length
            return httpx.Response(200, json={"id": "one", "asset_id": "asset" if done else None})
        if int(request.headers["Upload-Offset"]) != len(self.data):
            return httpx.Response(409)
        body = request.read()
        if self.cuts > 0:
            self.cuts -= 1
            self.data += body[: self.rng.randrange(min(len(body), 16_000))]
            raise httpx.ReadError("cut")
        self.data += body
        return httpx.Response(204, headers={"Upload-Offset": str(len(self.data))})


def studio(server: Server) -> Studio:
    nowhere = Path(os.devnull) / "data"
    settings = StudioSettings(public_url="http://bijou", admin_email="a@b.c", admin_password="secret", data=nowhere)
    client = httpx.Client(transport=httpx.MockTransport(server), base_url="http://bijou")
    return Studio(settings, client, pause=lambda seconds: None)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    file = tmp_path / "film.mp4"
    file.write_bytes(random.Random(1).randbytes(900_000))
    return file


def test_a_whole_upload_arrives_and_names_what_it_is_for(film: Path) -> None:
    server = Server()
    seen: list[tuple[int, int]] = []
    sent = studio(server).upload(film, "p1", label_rungs=True, progress=lambda done, total: seen.append((done, total)))
    assert sent == "asset"
    assert server.data == film.read_bytes()
    assert server.metadata == tus.metadata({"filename": "film.mp4", "playable_id": "p1", "label_rungs": "1"})
    assert seen[0] == (0, 900_000)
    assert seen[-1] == (900_000, 900_000)


def test_fifty_cuts_lose_no_byte(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tus, "PIECE", 64 * 1024)
    server = Server(seed=3, cuts=50)
    studio(server).upload(film, "p1")
    assert server.cuts == 0
    assert server.data == film.read_bytes()


def test_a_later_run_goes_on_where_a_killed_one_stopped(film: Path, tmp_path: Path) -> None:
    server, remember = Server(), tmp_path / "film.upload"
    server.length, server.data = 900_000, film.read_bytes()[:400_000]
    remember.write_text(f"{URL}/one")
    studio(server).upload(film, "p1", remember=remember)
    assert server.created == 0
    assert server.data == film.read_bytes()


def test_an_upload_the_server_has_forgotten_starts_again(film: Path, tmp_path: Path) -> None:
    server, remember = Server(), tmp_path / "film.upload"
    remember.write_text(f"{URL}/gone")
    studio(server).upload(film, "p1", remember=remember)
    assert server.created == 1
    assert remember.read_text() == f"{URL}/one"
    assert server.data == film.read_bytes()


def test_a_token_that_runs_out_on_the_way_is_renewed(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tus, "PIECE", 300_000)
    server = Server()
    sender = studio(server)

    def expire(done: int, total: int) -> None:
        if done == 300_000:
            server.token = "second"

    sender.upload(film, "p1", progress=expire)
    assert server.logins == 2
    assert server.data == film.read_bytes()


def test_it_gives_up_when_nothing_gets_through(film: Path) -> None:
    def dead(method: str, url: str, **options: object) -> httpx.Response:
        if method == "HEAD":
            return httpx.Response(200, headers={"Upload-Offset": "0"})
        raise httpx.ConnectError("nobody there")

    pauses: list[float] = []
    with pytest.raises(UploadFailed, match="cut too often"):
        TusUpload(dead, film, pause=pauses.append).send(f"{URL}/one")
    assert 5 < len(pauses) < 30
    assert max(pauses) <= 8


def test_a_refusal_is_said_in_the_servers_words(film: Path) -> None:
    def refuse(method: str, url: str, **options: object) -> httpx.Response:
        return httpx.Response(413, json={"detail": "Films may be 10 GB at most."})

    with pytest.raises(UploadFailed, match="10 GB at most"):
        TusUpload(refuse, film).create(URL, {})


def test_a_server_that_restarts_is_waited_for(film: Path) -> None:
    server, away, pauses = Server(), [503, 423, 502, 429], list[float]()

    def restarting(method: str, url: str, **options: Any) -> httpx.Response:
        if method == "HEAD" and away:
            return httpx.Response(away.pop(0), headers={"Retry-After": "3"})
        if method == "HEAD":
            return httpx.Response(200, headers={"Upload-Offset": str(len(server.data)), "Upload-Length": "900000"})
        server.data += b"".join(options["content"])
        return httpx.Response(204, headers={"Upload-Offset": str(len(server.data))})

    TusUpload(restarting, film, pause=pauses.append).send(f"{URL}/one")
    assert server.data == film.read_bytes()
    assert pauses == [3.0] * 4


def test_a_machine_is_the_same_device_at_every_sign_in(tmp_path: Path) -> None:
    server = Server()
    here = StudioSettings(public_url="http://bijou", admin_email="a@b.c", admin_password="secret", data=tmp_path)
    for who in (here, here, here.model_copy(update={"admin_email": "b@b.c"})):
        with Studio(who, httpx.Client(transport=httpx.MockTransport(server), base_url="http://bijou")) as one:
            one.sign_in()
    plain = {"name": "Bijou studio", "type": "web"}
    assert server.devices == [plain, {**plain, "id": "d1", "secret": "s1"}, plain], "another account's is none of ours"
    [*files] = (tmp_path / "studio").iterdir()
    assert len(files) == 2 and {file.stat().st_mode & 0o777 for file in files} == {0o600}
    for file in files:
        file.write_text("[]")
    with Studio(here, httpx.Client(transport=httpx.MockTransport(server), base_url="http://bijou")) as one:
        one.sign_in()
    assert server.devices[-1] == plain, "a file that is damaged keeps nobody out"

"""The edge learns which sessions have ended, and refuses their grants; without playback it goes on with what it knows."""

import hashlib
import hmac
import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from deploy.edge import files
from tests.edge import nginx
from tests.edge.nginx import ASSET, SESSION, Edge, Store, sign

OTHER = "018f0000-0000-7000-8000-00000000bad5"
FAR = 4102444800


@dataclass
class Playback:
    """Answers as playback does: pages of what has ended, each with the cursor of the next."""

    port: int = 0
    pages: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    status: int = 200
    answering: threading.Event = field(default_factory=threading.Event)


@contextmanager
def playback(pages: list[dict[str, Any]], port: int = 0) -> Iterator[Playback]:
    told = Playback(pages=pages)
    told.answering.set()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            after = parse_qs(url.query, keep_blank_values=True)["after"][0]
            told.asked.append((after, self.headers["Authorization"]))
            known = {"": 0} | {page["cursor"]: n + 1 for n, page in enumerate(told.pages)}
            place = known[after]
            told.answering.wait(30)
            rest = {"ended": [], "cursor": after, "more": False}
            body = json.dumps(told.pages[place] if place < len(told.pages) else rest).encode()
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    told.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def page(cursor: str, *sessions: str, more: bool = False, until: int = FAR) -> dict[str, Any]:
    return {"ended": [[session, until] for session in sessions], "cursor": cursor, "more": more}


def test_an_ended_session_is_refused_and_others_are_not(edge: Edge, store: Store, tmp_path: Path) -> None:
    path = f"{ASSET}/{store.run}/v1080/00001.m4s"
    with playback([page("one", OTHER, more=True), page("two", until=FAR)]) as told:
        settings = replace(
            edge.settings, public_port=nginx.free_port(), run_dir=tmp_path / "run", log_dir=tmp_path / "log", workers=2,
            playback=f"127.0.0.1:{told.port}",
        )  # fmt: skip
        with nginx.running(settings) as server:

            def status(session: str) -> int:
                return server.get(f"/media/{sign(session=session)}/{path}").status

            nginx.until(lambda: status(OTHER) == 403)
            assert status(SESSION) == 200
            refused = server.get(f"/media/{sign(session=OTHER)}/{path}")
            assert (refused.body, refused.headers["cache-control"]) == (b"", "no-store")
            # It proves that it holds the secret, for a short while, and asks on from where it was.
            _, proof = told.asked[0]
            word, text, expires, mac = [*proof.split(" ")[:1], *proof.split(" ")[1].split("~")]
            assert (word, text) == ("Edge", "ended") and 0 < int(expires) - time.time() <= 31
            assert mac == hmac.new(nginx.SECRET.encode(), f"ended~{expires}".encode(), hashlib.sha256).hexdigest()
            nginx.until(lambda: len(told.asked) >= 4)
            assert [after for after, _ in told.asked[:4]] == ["", "one", "two", "two"]

            # A session that ends now is refused by every worker within the next rounds.
            told.pages.append(page("three", SESSION))
            began = time.monotonic()
            nginx.until(lambda: status(SESSION) == 403)
            print(f"refused {time.monotonic() - began:.1f} s after its end was told")
            assert {status(SESSION) for _ in range(20)} == {403}


def test_what_has_ended_stays_so_through_a_reload_and_without_playback(
    edge: Edge, store: Store, tmp_path: Path
) -> None:
    path = f"{ASSET}/{store.run}/v1080/00001.m4s"
    port = nginx.free_port()
    settings = replace(
        edge.settings, public_port=nginx.free_port(), run_dir=tmp_path / "run", log_dir=tmp_path / "log",
        playback=f"127.0.0.1:{port}",
    )  # fmt: skip
    with nginx.running(settings) as server:

        def status(session: str) -> int:
            return server.get(f"/media/{sign(session=session)}/{path}").status

        log = tmp_path / "log" / "edge.error.log"
        # Playback is away: grants are good by themselves, and it is said once.
        nginx.until(lambda: "does not tell which sessions have ended" in log.read_text())
        assert [status(SESSION), status(OTHER)] == [200, 200]
        with playback([page("one", OTHER)], port):
            nginx.until(lambda: status(OTHER) == 403)
        nginx.until(lambda: log.read_text().count("does not tell") == 2)
        files.write(settings)
        master = int((tmp_path / "run" / "pid").read_text())
        workers = _children(master)
        subprocess.run(["kill", f"-{int(signal.SIGHUP)}", str(master)], check=True)
        nginx.until(lambda: not workers & _children(master))
        assert [status(SESSION), status(OTHER)] == [200, 403]


def test_an_answer_that_does_not_come_counts_as_none(edge: Edge, store: Store, tmp_path: Path) -> None:
    path = f"{ASSET}/{store.run}/v1080/00001.m4s"
    with playback([page("one", OTHER)]) as told:
        told.answering.clear()
        settings = replace(
            edge.settings, public_port=nginx.free_port(), run_dir=tmp_path / "run", log_dir=tmp_path / "log",
            playback=f"127.0.0.1:{told.port}",
        )  # fmt: skip
        with nginx.running(settings) as server:
            log = tmp_path / "log" / "edge.error.log"
            nginx.until(lambda: "does not tell which sessions have ended" in log.read_text())
            told.answering.set()
            nginx.until(lambda: server.get(f"/media/{sign(session=OTHER)}/{path}").status == 403)
            # Each round had ended before the next began.
            assert "already running" not in log.read_text()


def _children(process: int) -> set[int]:
    return {int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()}


def test_a_list_that_asks_for_nothing_is_not_asked_for(edge: Edge, store: Store) -> None:
    """An edge that was not told whom to ask."""
    assert edge.settings.playback is None
    assert edge.get(edge.media(f"{ASSET}/{store.run}/v1080/00001.m4s")).status == 200

"""Players that are not ours play a session of four minutes, or a film of three hours, to its last picture at one address."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest

from demo.cinema.tools import ffmpeg
from deploy.local import web
from tests import barcode
from tests.journeys import films, platform
from tests.journeys.browser import browsing, chromium
from tests.journeys.films import RATE
from tests.journeys.people import Staff, Viewer, eventually
from tests.journeys.platform import Running

pytestmark = [pytest.mark.media, pytest.mark.timeout(900)]
JSON = dict[str, Any]
HERE = Path(__file__).parent
WIDTH, HEIGHT, SECONDS = 426, 240, 240
PICTURES = SECONDS * RATE
# A player hangs where it takes so much longer than the film.
PATIENCE = SECONDS * 2
# Three hours are so many times the film.
TIMES = 3 * 3600 // SECONDS
BROWSER = ("hlsjs", "dashjs", "videojs")
READ = f"""
(player) => {{
  const video = pictures()[player];
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const {{ data }} = context.getImageData(0, 0, canvas.width, canvas.height);
  return ({barcode.READ_JS})(data, canvas.width, canvas.height);
}}
"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Future[Path]]:
    """A film of four minutes with a number on each picture, drawn while the platform starts."""
    file = tmp_path_factory.mktemp("films") / "four minutes.mp4"
    with ThreadPoolExecutor(1) as beside:
        yield beside.submit(films.make, file, seconds=SECONDS, width=WIDTH, height=HEIGHT)


@pytest.fixture(scope="module")
def bijou(drawn: Future[Path], elsewhere: str) -> Iterator[Running]:
    with platform.running("--no-demo") as found:
        yield found
    chromium.close()


@pytest.fixture(scope="module")
def film(bijou: Running, drawn: Future[Path]) -> JSON:
    staff = Staff.sign_in(bijou.url, bijou.admin)
    film = staff.add_film("Four Minutes", drawn.result())
    staff.close()
    return film


@contextmanager
def kept_alive(viewer: Viewer, session: JSON) -> Iterator[None]:
    """Somebody watches: a heartbeat every few seconds, until the end."""
    over = threading.Event()

    def beat() -> None:
        began = time.monotonic()
        for seq in range(1, 10_000):
            viewer.beat(session, seq, min(SECONDS - 1, time.monotonic() - began))
            if over.wait(session["heartbeat_interval"]):
                return

    with ThreadPoolExecutor(1) as one:
        beating = one.submit(beat)
        try:
            yield
        finally:
            over.set()
    beating.result()


def last_picture(film: Path) -> int:
    """Return the number on the last picture of a file."""
    command = [
        ffmpeg(), "-loglevel", "error", "-sseof", "-2", "-i", str(film), "-map", "0:v", "-f", "rawvideo", "-pix_fmt", "gray", "-",
    ]  # fmt: skip
    pixels = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout[-WIDTH * HEIGHT :]
    return barcode.read_frame_number(np.frombuffer(pixels, np.uint8).reshape(HEIGHT, WIDTH))


def run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def by_ffmpeg(hls: str, _: int, to: Path) -> Path:
    """At the film's own speed, as a player would."""
    file = to / "ffmpeg.mkv"
    run([ffmpeg(), "-loglevel", "error", "-re", "-i", hls, "-map", "0:v:0", "-map", "0:a:0", "-c", "copy", str(file)])
    return file


def by_yt_dlp(hls: str, size: int, to: Path) -> Path:
    """As slowly as the film plays: picture and sound one after the other, so at twice the speed of each."""
    file = to / "yt-dlp.mkv"
    rate = str(size // SECONDS)
    run([
        sys.executable, "-m", "yt_dlp", "--quiet", "--no-config", "--no-cache-dir", "--ffmpeg-location", ffmpeg(),
        "--limit-rate", rate,
        "--format", "bv+ba", "--merge-output-format", "mkv", "--output", str(file), hls,
    ])  # fmt: skip
    return file


def by_streamlink(hls: str, size: int, to: Path) -> Path:
    """Into a pipe that is read as slowly as the film plays."""
    file = to / "streamlink.mkv"
    command = [
        sys.executable, "-m", "streamlink", "--no-config", "--loglevel", "error", "--ffmpeg-ffmpeg", ffmpeg(),
        "--ffmpeg-fout", "matroska",
        "--ringbuffer-size", "64k", "--stdout", hls, "best",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as player, file.open("wb") as out:
        errors = copied(player, out, size)
    assert player.returncode == 0, errors
    return file


def copied(player: subprocess.Popen[bytes], out: BinaryIO, size: int) -> str:
    """Read what a player prints as slowly as the film plays; return what it says besides."""
    assert player.stdout and player.stderr
    began, read = time.monotonic(), 0
    while piece := os.read(player.stdout.fileno(), 64 * 1024):
        out.write(piece)
        read += len(piece)
        time.sleep(max(0.0, began + read * SECONDS / size - time.monotonic()))
    return player.stderr.read().decode()


def three_hours(bijou: Running, film: JSON, session: JSON) -> str:
    """Return where a playlist is whose film lasts three hours: the picture's own, again and again."""
    picture = Path(film["asset"]["hls"]).parent / f"v{HEIGHT}"
    folder = bijou.data / "store" / "media" / picture
    head, found, entries = (folder / "main.m3u8").read_text().partition("#EXTINF")
    assert found
    once = found + entries.removesuffix("\n").removesuffix("#EXT-X-ENDLIST")
    (folder / "long.m3u8").write_text(head + "#EXT-X-DISCONTINUITY\n".join([once] * TIMES) + "#EXT-X-ENDLIST\n")
    return f"{bijou.url}{session['manifests']['hls'].rpartition('/')[0]}/v{HEIGHT}/long.m3u8"


def seen_by_ffmpeg(playlist: str, size: int) -> int:
    """Play three hours in the time of the other players' four minutes; return how many pictures came."""
    command = [
        ffmpeg(), "-loglevel", "error", "-i", playlist, "-c", "copy", "-f", "h264", "-stats_period", "30",
        "-progress", "pipe:2", "pipe:1",
    ]  # fmt: skip
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as player,
        Path(os.devnull).open("wb") as out,
    ):
        said = copied(player, out, size * TIMES)
    assert player.returncode == 0, said
    return int(said.rpartition("frame=")[2].split()[0])


PROGRAMS = {"ffmpeg": by_ffmpeg, "yt-dlp": by_yt_dlp, "streamlink": by_streamlink}


class Files(SimpleHTTPRequestHandler):
    """The page and its players, without a word about each request."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments, directory=str(HERE))

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """A site of somebody else's, on an origin of its own, with players on its page."""
    if not (HERE / "node_modules").is_dir():
        assert web.run(HERE, "ci", "--ignore-scripts") == 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Files) as server, ThreadPoolExecutor(1) as serving:
        serving.submit(server.serve_forever)
        yield f"http://127.0.0.1:{server.server_port}/page.html"
        server.shutdown()


def test_six_players_play_four_minutes_to_the_last_picture(
    bijou: Running, film: JSON, elsewhere: str, tmp_path: Path
) -> None:
    viewer = Viewer.register(bijou.url)
    viewer.subscribe("standard")
    session = viewer.play(film["playable_id"])
    hls, dash = (bijou.url + session["manifests"][kind] for kind in ("hls", "dash"))
    size = int(max(item["bitrate"] for item in film["asset"]["renditions"])) * SECONDS // 8
    assert datetime.fromisoformat(session["grant_expires_at"]) > datetime.now(UTC) + timedelta(hours=3)
    long = three_hours(bijou, film, session)
    with kept_alive(viewer, session), ThreadPoolExecutor(len(PROGRAMS) + 1) as programs, browsing() as browser:
        began = time.monotonic()
        seen = programs.submit(seen_by_ffmpeg, long, size)
        played = {name: programs.submit(play, hls, size, tmp_path) for name, play in PROGRAMS.items()}
        page = browser.new_page()
        refused: list[str] = []
        page.on(
            "response", lambda answer: refused.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
        )
        page.goto(elsewhere)
        page.evaluate("(manifests) => start(manifests)", {"hls": hls, "dash": dash})
        eventually(
            lambda: page.evaluate(
                "() => failures.length > 0 || Object.values(pictures()).every((video) => video.ended)"
            ),
            PATIENCE,
            1,
        )
        lasted = time.monotonic() - began
        assert (page.evaluate("() => failures"), refused) == ([], [])
        last = {name: page.evaluate(READ, name) for name in BROWSER}
        last |= {name: last_picture(file.result()) for name, file in played.items()}
    assert lasted >= SECONDS
    assert seen.result() == PICTURES * TIMES
    assert last == dict.fromkeys([*BROWSER, *PROGRAMS], PICTURES - 1)

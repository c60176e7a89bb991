"""Starts a platform from nothing and measures how long its demo films take to come: the first, and as many as one asks for.

`python -m bench.first_film [films]`. A film has come once viewers can start it. The first is also given in baselines: how long a
film of its size and length takes that nobody has to paint, ffmpeg's own moving pattern encoded once with the same preset. Beside
the times stands how much processor time the platform had taken by then, which depends less on what else the machine does.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from bench.platform import bijou
from demo import catalogue
from demo.cinema.reel import RATE
from demo.cinema.stage import HEIGHT, WIDTH
from demo.films import playables
from demo.studio import Studio, StudioSettings
from deploy.local.environment import HERE
from pipelines.transcode.media.tools import installed

PATIENCE = 1800.0
# Seconds from one look to the next, for the first film and after it: each look is work for what is measured.
EVERY, LATER = 0.5, 5.0


def baseline() -> float:
    """Seconds that a film as long as the catalogue's first takes which is only encoded."""
    seconds = next(catalogue.titles()[0].films()).seconds
    pattern = f"testsrc2=size={WIDTH}x{HEIGHT}:rate={RATE}:duration={seconds}"
    line = [installed().ffmpeg, "-v", "error", "-f", "lavfi", "-i", pattern, "-pix_fmt", "yuv420p", "-c:v", "libx264"]
    started = time.perf_counter()
    subprocess.run([*line, "-preset", HERE["transcode"]["ENCODE_PRESET"], "-f", "null", "-"], check=True)
    return time.perf_counter() - started


def studio(data: Path) -> Studio:
    """The content manager of the platform in `data`, who sees what viewers can have."""
    state = json.loads((data / "run" / "state.json").read_text())
    admin = json.loads((data / "secrets.json").read_text())["admin"]
    return Studio(
        StudioSettings(public_url=state["url"], admin_email=admin["email"], admin_password=admin["password"], data=data)
    )


def playable(manager: Studio) -> set[str]:
    """Every film that viewers can start."""
    titles = manager.call("GET", "/titles", params={"status": "published"})["items"]
    return {
        str(found["id"]) for title in titles for found in playables(manager.read(str(title["id"]))) if found["ready"]
    }


def spent(data: Path) -> float:
    """Processor seconds of the launcher and all that it has started, what has ended included."""
    launcher = psutil.Process(int((data / "run" / "launcher.lock").read_text().split()[0]))
    total = 0.0
    for one in (launcher, *launcher.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def arrivals(manager: Studio, began: float, many: int) -> Iterator[float]:
    """The seconds after which each film could be played, one after the other."""
    seen = 0
    while seen < many:
        now = len(playable(manager))
        yield from [time.monotonic() - began] * (min(now, many) - seen)
        seen = max(seen, now)
        if time.monotonic() - began > PATIENCE:
            raise SystemExit(f"only {seen} of {many} films came within {PATIENCE:.0f} s")
        time.sleep(EVERY if seen < 1 else LATER)


def show(what: str, seconds: float, processor: float) -> None:
    print(f"{what:<34}{seconds:8.1f} s {processor:10.1f} s of processor time", flush=True)


def main(many: int) -> None:
    """Print when each of the first `many` films came; a benchmark that is stopped stops its platform."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    bare = baseline()
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as folder:
        data = Path(folder)
        data.chmod(0o755)
        began = time.monotonic()
        try:
            bijou(data, "up", "--detach")
            show("the platform is up after", time.monotonic() - began, spent(data))
            times: list[float] = []
            processor: list[float] = []
            with studio(data) as manager:
                for number, seconds in enumerate(arrivals(manager, began, many), 1):
                    times.append(seconds)
                    processor.append(spent(data))
                    show(f"film {number} can be played after", seconds, processor[-1])
        finally:
            bijou(data, "down")
    print(f"{'the first, only encoded':<34}{bare:8.1f} s")
    print(f"RESULT first_film_seconds={times[0]:.1f}")
    print(f"RESULT first_film_vs_encoding_alone={times[0] / bare:.1f}")
    if many > 1:
        print(f"RESULT films_{many}_seconds={times[-1]:.1f}")
        print(f"RESULT processor_seconds_a_film={(processor[-1] - processor[0]) / (many - 1):.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)

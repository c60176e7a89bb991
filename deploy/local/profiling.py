"""Where a running process spends its time: sampled by py-spy, which attaches from outside and changes nothing in it."""

import json
import subprocess
import sysconfig
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from deploy.local.data import ROOT

RATE = 100  # samples a second

FORBIDDEN = """\
This system lets no process look into another one's memory (ptrace). To allow it:
  on Linux, until the next boot:  sudo sysctl kernel.yama.ptrace_scope=0
  in a container:                 start it with --cap-add SYS_PTRACE
  on macOS:                       sudo make profile …"""


class NotProfiled(Exception):
    """The process could not be sampled."""


@dataclass(frozen=True, slots=True)
class Function:
    """Shares of all samples: of those in the function itself, and of those in it or in what it called."""

    name: str
    place: str
    own: float
    total: float


def record(pid: int, seconds: int, path: Path) -> None:
    """Sample every thread of a process into a file for speedscope. Raises NotProfiled."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sampler = Path(sysconfig.get_path("scripts")) / "py-spy"
    options = ["--pid", str(pid), "--duration", str(seconds), "--rate", str(RATE), "--format", "speedscope"]
    done = subprocess.run([sampler, "record", *options, "--output", path], capture_output=True, text=True)
    if done.returncode == 0:
        return
    said = done.stderr.partition("Stack backtrace:")[0].strip()
    # "Permission denied" comes from the system, "Operation not permitted" from ptrace itself.
    if any(word in said.lower() for word in ("permission denied", "not permitted")):
        raise NotProfiled(FORBIDDEN)
    raise NotProfiled(f"py-spy could not sample process {pid}: {said}")


def read(path: Path) -> tuple[float, list[Function]]:
    """The seconds in which threads were busy, and every function met then, the one that took most itself first."""
    document = json.loads(path.read_text())
    frames = [(frame["name"], _short(frame["file"])) for frame in document["shared"]["frames"]]
    own, total = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for thread in document["profiles"]:
        for stack, weight in zip(thread["samples"], thread["weights"], strict=True):
            if not stack or _waits(frames[stack[-1]]):
                continue
            own[frames[stack[-1]]] += weight
            for frame in {frames[each] for each in stack}:
                total[frame] += weight
    everything = own.total()
    if not everything:
        return 0.0, []
    found = [Function(*frame, own[frame] / everything, whole / everything) for frame, whole in total.items()]
    return everything, sorted(found, key=lambda function: (-function.own, -function.total))


def _waits(frame: tuple[str, str]) -> bool:
    """A thread that waits for another. py-spy knows `wait` for idle, but not `Condition.wait`, as Python says since 3.11."""
    name, file = frame
    return Path(file).name == "threading.py" and name.rpartition(".")[2] == "wait"


def _short(file: str) -> str:
    """From the checkout on, or from the package on."""
    for start in (f"{sysconfig.get_path('purelib')}/", f"{sysconfig.get_path('stdlib')}/", f"{ROOT}/"):
        file = file.removeprefix(start)
    return file

"""What keeps a child away from everything but its job: asked of the kernel, proved once at the worker's start, or refused.

Landlock takes files, connections and signals away, seccomp the calls; both work without privileges, in containers too.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines.transcode.media import syscalls

CONFINE = str(Path(__file__).with_name("confine.py"))
# Where the loader of a program that is not linked statically finds its libraries.
LIBRARIES = [
    path for path in ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache") if Path(path).exists()
]  # fmt: skip
DEVICES = [path for path in ("/dev/null", "/dev/urandom") if Path(path).exists()]
PROOF_SECONDS = 30


class NotIsolated(Exception):
    """This machine cannot keep the programs that read uploads away from everything else."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(
            f"The programs that read uploads cannot be isolated here: {'; '.join(missing)}. Run the worker on Linux 5.13 or"
            " newer with Landlock and seccomp, or set BIJOU_ISOLATION=available to accept what this machine has."
        )


@dataclass(frozen=True)
class Isolation:
    """What is asked of the kernel for each child: `landlock` for files, `seccomp` for calls. A child without it does not run."""

    landlock: bool = True
    seccomp: bool = True


@dataclass(frozen=True)
class Limits:
    """What a child may use; `seconds` is wall time, `output_bytes` what it may print on standard output."""

    seconds: float = 60.0
    cpu_seconds: int = 120
    memory_bytes: int = 1024**3
    file_bytes: int = 200 * 1024**3
    output_bytes: int = 4 * 1024 * 1024
    files: int = 64
    threads: int = 16_384
    nice: int = 5


# This process's: everything, until a worker that may do with less has settled for it.
_asked = Isolation()


def settle(*, accept_less: bool) -> list[str]:
    """Prove what this machine can do and ask that of it from now on; return a sentence for each thing that is missing.

    Raises NotIsolated where something is missing, unless less is accepted.
    """
    global _asked
    files, calls = _tried(Isolation(seccomp=False)), _tried(Isolation(landlock=False))
    missing = [f"no rule over files ({files})"] if files else []
    missing += [f"no filter of system calls ({calls})"] if calls else []
    if missing and not accept_less:
        raise NotIsolated(missing)
    _asked = Isolation(landlock=not files, seccomp=not calls)
    return missing


def _tried(isolation: Isolation) -> str:
    """Return why a child cannot be isolated so; nothing where it can."""
    if sys.platform != "linux":
        return f"not on {platform.system()}"
    if isolation.seccomp and not syscalls.filtered(platform.machine()):
        return f"not written for {platform.machine()}"
    command = confined([], Limits(), isolation=isolation)
    done = subprocess.run(command, capture_output=True, timeout=PROOF_SECONDS, check=False)
    return done.stderr.decode("utf-8", "replace").strip()[-300:] if done.returncode else ""


def confined(
    argv: list[str],
    limits: Limits,
    *,
    reads: list[Path] | None = None,
    writes: list[Path] | None = None,
    isolation: Isolation | None = None,
) -> list[str]:
    """Return the command line that confines itself, to reading and writing below these paths, and becomes `argv`."""
    asked = isolation or _asked
    options: dict[str, Any] = {
        **asdict(limits),
        "parent": os.getpid(),
        "landlock": asked.landlock,
        "filter": syscalls.filtered(platform.machine()).hex() if asked.seccomp else "",
        "runs": [*argv[:1], *LIBRARIES],
        "reads": [*DEVICES, *map(str, reads or ())],
        "writes": [str(path) for path in writes or ()],
    }
    return [sys.executable, "-I", "-S", CONFINE, json.dumps(options), *argv]

"""Starts the whole platform twice and measures the second, warm start, and the memory of everything that runs then.

`python -m bench.platform`. The start is also given in baselines: how long a bare Python process takes to import FastAPI.
Memory is PSS, the share of every page that is the platform's own, in MiB.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]


def bijou(data: Path, *arguments: str) -> None:
    """Run the command line against a data directory of this benchmark's own."""
    subprocess.run(
        [sys.executable, "-m", "deploy.local", *arguments],
        cwd=ROOT,
        env={**os.environ, "BIJOU_DATA": str(data)},
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=300,
    )


def memory(launcher: int) -> float:
    """The PSS of a process and of all below it, in MiB."""
    process = psutil.Process(launcher)
    return float(sum(one.memory_full_info().pss for one in (process, *process.children(recursive=True)))) / 2**20


def baseline() -> float:
    """Seconds that a bare Python takes to import FastAPI: the smallest service there could be."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import fastapi"], check=True)
    return time.perf_counter() - started


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as folder:
        data = Path(folder)
        data.chmod(0o755)
        starts: list[float] = []
        bare = min(baseline() for _ in range(3))
        try:
            for _ in range(3):
                bijou(data, "up", "--detach", "--no-demo")
                state = json.loads((data / "run" / "state.json").read_text())
                starts.append(float(state["ready_after"]))
                held = memory(int((data / "run" / "launcher.lock").read_text().split()[0]))
                bijou(data, "down")
        finally:
            bijou(data, "down")
    warm = min(starts[1:])
    print(f"{'first start':<34}{starts[0]:8.1f} s")
    print(f"{'warm start':<34}{warm:8.1f} s")
    print(f"{'a bare import of FastAPI':<34}{bare:8.2f} s")
    print(f"{'memory of everything (PSS)':<34}{held:8.0f} MiB")
    print(f"RESULT warm_start_seconds={warm:.1f}")
    print(f"RESULT warm_start_vs_bare_import={warm / bare:.1f}")
    print(f"RESULT platform_memory_mib={held:.0f}")


if __name__ == "__main__":
    main()

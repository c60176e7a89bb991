"""Starts the whole platform twice and measures the second, warm start, and the memory of everything that runs then.

`python -m bench.platform`. The start is also given in baselines: how long a bare Python process takes to import FastAPI, and
where it went: by step, and for each part from its start to its being ready. Memory is PSS, the share of every page that is
the platform's own, in MiB.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from deploy.local import status

ROOT = Path(__file__).resolve().parents[1]
TRIES = 4


def bijou(data: Path, *arguments: str) -> None:
    """Run the command line against a data directory of this benchmark's own."""
    subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=ROOT,
        env={**os.environ, "BIJOU_DATA": str(data)},
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=300,
    )


def baseline() -> float:
    """Seconds that a bare Python takes to import FastAPI: the smallest service there could be."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import fastapi"], check=True)
    return time.perf_counter() - started


def memory(data: Path, state: dict[str, Any]) -> dict[str, float]:
    """MiB by part, the launcher included."""
    launcher = int((data / "run" / "launcher.lock").read_text().split()[0])
    pids = {part["name"]: part["pid"] for part in state["parts"] if part["pid"]}
    found = {name: status.memory(pid) / 2**20 for name, pid in pids.items()}
    return {"launcher": status.own_memory(launcher) / 2**20, **found}


def show(state: dict[str, Any], held: dict[str, float]) -> None:
    """Where a start went, and where the memory is."""
    for step, seconds in state["steps"].items():
        print(f"  {step:<50}{seconds:8.2f} s")
    print(f"\n  {'part':<20}{'ready after':>12}{'memory':>14}")
    ready = {part["name"]: part["ready_in"] for part in state["parts"]}
    for name, size in held.items():
        seconds = f"{ready[name]:10.2f} s" if ready.get(name) is not None else ""
        print(f"  {name:<20}{seconds:>12}{size:10.1f} MiB")
    print()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as folder:
        data = Path(folder)
        data.chmod(0o755)
        runs: list[tuple[dict[str, Any], dict[str, float]]] = []
        bare = min(baseline() for _ in range(3))
        try:
            for _ in range(TRIES):
                bijou(data, "up", "--detach", "--no-demo")
                state = json.loads((data / "run" / "state.json").read_text())
                runs.append((state, memory(data, state)))
                bijou(data, "down")
        finally:
            bijou(data, "down")
    best, held = min(runs[1:], key=lambda run: float(run[0]["ready_after"]))
    warm, total = float(best["ready_after"]), sum(held.values())
    show(best, held)
    print(f"{'first start':<34}{runs[0][0]['ready_after']:8.1f} s")
    print(f"{'warm start':<34}{warm:8.1f} s")
    print(f"{'a bare import of FastAPI':<34}{bare:8.2f} s")
    print(f"{'memory of everything (PSS)':<34}{total:8.0f} MiB")
    print(f"RESULT warm_start_seconds={warm:.1f}")
    print(f"RESULT warm_start_vs_bare_import={warm / bare:.1f}")
    print(f"RESULT platform_memory_mib={total:.0f}")


if __name__ == "__main__":
    main()

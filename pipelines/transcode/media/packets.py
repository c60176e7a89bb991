"""Reads the packets of a source file: when each picture is shown, where sounds begin and end."""

from __future__ import annotations

from array import array
from pathlib import Path

from pipelines.transcode.media import commands
from pipelines.transcode.media.isolation import Limits
from pipelines.transcode.media.sandbox import ChildExceeded, ChildFailed, run
from pipelines.transcode.media.source import Refused, Source
from pipelines.transcode.media.timeline import FASTEST, Packets, Timeline, lay
from pipelines.transcode.media.tools import Tools

LIMITS = Limits(seconds=1800, cpu_seconds=900)


async def read(tools: Tools, folder: Path, name: str, source: Source, longest: float) -> Timeline:
    """Read the packets of a source file and lay the film's grid over them; `longest` is in seconds.

    Raises Refused where there is no film in them, or less than the file's index promises.
    """
    shown = Packets(times=array("d"))
    packets = {sound.index: Packets() for sound in source.sounds} | {source.picture.index: shown}

    def on_line(line: str) -> None:
        parts = line.split("|")
        if len(parts) < 4 or not parts[0].isdigit() or (one := packets.get(int(parts[0]))) is None:
            return
        if shown.seen > longest * FASTEST:
            raise Refused("bad_frame_rate", f"more than {shown.seen} packets of the picture")
        one.add(parts[1], parts[2], parts[3])

    command = commands.packets(tools.ffprobe, name, source.demuxer)
    try:
        await run(command, cwd=folder, limits=LIMITS, on_line=on_line)
    except ChildExceeded as error:
        raise Refused("too_costly", error.errors) from error
    except ChildFailed as error:
        raise Refused("unreadable", error.errors) from error
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    sounds = [packets[sound.index] for sound in source.sounds]
    return lay(source.picture, shown, sounds, longest)

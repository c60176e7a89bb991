"""M3: hostile files that name others, read with every call traced: nothing outside the job is opened, no socket is made.

Once as the product reads them, and once by an ffprobe that is told to follow whatever they name.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipelines.transcode.media.isolation import DEVICES, LIBRARIES
from pipelines.transcode.media.tools import Tools
from tests.transcode.test_hostile import DASH, FTYP, PLAYLIST, SDP, SVG, box

STRACE = shutil.which("strace")
NAMED = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{}\n#EXT-X-ENDLIST\n"
SUBFILE = "subfile,,start,0,end,64,,:/etc/passwd"
FILES: dict[str, bytes] = {
    "playlist.m3u8": PLAYLIST,
    "file.m3u8": NAMED.format("file:///etc/passwd").encode(),
    "http.m3u8": NAMED.format("http://127.0.0.1:1/x.ts").encode(),
    "concat.m3u8": NAMED.format("concat:/etc/passwd|/etc/group").encode(),
    "subfile.m3u8": NAMED.format(SUBFILE).encode(),
    "list.ffconcat": b"ffconcat version 1.0\nfile /etc/passwd\nfile http://127.0.0.1:1/x\n",
    "session.sdp": SDP,
    "drawing.svg": SVG,
    "manifest.mpd": DASH,
    "reference.mov": FTYP + box(b"moov", box(b"rmra", box(b"rmda", box(b"rdrf", b"\0\0\0\0url \0\0\0\x13file:///etc/passwd\0")))),
}  # fmt: skip
PRODUCT = """
import asyncio, sys
from pathlib import Path
from pipelines.transcode.media.film import Film, Options
from pipelines.transcode.media.source import Refused
from pipelines.transcode.media.tools import installed

async def stage(_status, _share):
    pass

async def main():
    for folder in map(Path, sys.argv[1:]):
        try:
            await Film(installed(), folder, Options(preset="ultrafast"), stage).make()
        except Refused:
            pass

asyncio.run(main())
"""
FOLLOWING = """
import asyncio, sys
from pathlib import Path
from pipelines.transcode.media.sandbox import ChildFailed, run
from pipelines.transcode.media.tools import installed

async def main():
    for path in map(Path, sys.argv[1:]):
        options = {".m3u8": ["-f", "hls", "-allowed_extensions", "ALL", "-extension_picky", "0"],
            ".ffconcat": ["-f", "concat", "-safe", "0"], ".mov": ["-f", "mov", "-enable_drefs", "1"]}.get(path.suffix, [])
        protocols = "file,http,tcp,udp,rtp,concat,subfile,data,crypto,tls,https"
        try:
            await run([installed().ffprobe, "-protocol_whitelist", protocols, *options, "-i", path.name], cwd=path.parent)
        except ChildFailed:
            pass

asyncio.run(main())
"""


@dataclass
class Trace:
    """What programs that became one of `tools` opened, were refused, and whether they asked for sockets."""

    children: int = 0
    opened: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    sockets: list[str] = field(default_factory=list)


def traced(folder: Path, script: str, arguments: list[Path], tools: Tools) -> Trace:
    """Run a script and return what its children did, their threads included."""
    calls = "trace=%file,%network,clone,clone3,fork,vfork,execve"
    subprocess.run(
        [str(STRACE), "-ff", "-s", "4096", "-e", calls, "-o", str(folder / "calls"), sys.executable, "-c", script]
        + [str(path) for path in arguments],
        check=True,
        timeout=200,
    )
    found = Trace()
    logs = {path.suffix[1:]: path.read_text("utf-8", "replace") for path in folder.glob("calls.*")}
    for log in logs.values():
        for program in (tools.ffmpeg, tools.ffprobe, tools.packager):
            _, became, rest = log.rpartition(f'execve("{program}"')
            if became and rest.split("\n", 1)[0].endswith("= 0"):
                found.children += 1
                _read(rest, logs, found)
    return found


def _read(log: str, logs: dict[str, str], found: Trace) -> None:
    for line in log.splitlines():
        if thread := re.match(r"clone3?\(.*CLONE_THREAD.* = (\d+)$", line):
            _read(logs.get(thread[1], ""), logs, found)
        elif call := re.match(r'open(?:at)?\((?:AT_FDCWD, )?"([^"]*)".* = (-?\d+)', line):
            (found.refused if int(call[2]) < 0 else found.opened).add(call[1])
        elif re.match(r"(socket|connect|sendto)\(", line):
            found.sockets.append(line)


def outside(paths: set[str]) -> set[str]:
    """Leave out what a child may read: names relative to its job, and the libraries."""
    return {path for path in paths if path.startswith(("/", "..")) and not path.startswith((*LIBRARIES, *DEVICES))}


@pytest.mark.skipif(STRACE is None, reason="strace is not installed: make servers")
def test_the_product_follows_nothing_that_a_file_names(tools: Tools, clip: Path, tmp_path: Path) -> None:
    folders = []
    for name, data in {**FILES, "a film": clip.read_bytes()}.items():
        folders.append(tmp_path / "jobs" / name)
        folders[-1].mkdir(parents=True)
        (folders[-1] / "source.bin").write_bytes(data)
    found = traced(tmp_path, PRODUCT, folders, tools)
    assert found.children > 5  # most of them make the film
    assert "source.bin" in found.opened
    rungs = {path for path in found.opened if re.fullmatch(r"\.\./[av]\d+\.mp4", path)}
    assert {path for path in outside(found.opened) - rungs if not path.startswith(str(tmp_path))} == set()
    # A C library asks for the time zone and the like; nothing that a file named was even tried.
    assert not found.refused & {"/etc/passwd", "/etc/group"}
    assert found.sockets == []


@pytest.mark.skipif(STRACE is None, reason="strace is not installed: make servers")
def test_what_is_followed_nevertheless_is_refused_by_the_kernel(tools: Tools, tmp_path: Path) -> None:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    found = traced(tmp_path, FOLLOWING, [tmp_path / name for name in FILES], tools)
    assert found.children == len(FILES)
    assert FILES.keys() <= found.opened
    assert outside(found.opened) == set()
    assert "/etc/passwd" in found.refused
    assert found.sockets
    assert [line for line in found.sockets if "= -1 EPERM" not in line] == []

"""AVIs as DivX and Xvid wrote them: two pictures in one packet, and one in the next that only says that there is nothing new."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

VOP = b"\0\0\1\xb6"
BIDIRECTIONAL = 2
# A P-VOP that is not coded, as long as a picture's time has five bits (25 a second).
NOTHING_NEW = VOP + bytes([0b01010000, 0b11001111])


def chunks(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield each chunk of a RIFF file: its name, where its content begins, and how long that is."""
    while start + 8 <= end:
        (size,) = struct.unpack_from("<I", data, start + 4)
        yield data[start : start + 4], start + 8, size
        start += 8 + size + size % 2


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def kind(picture: bytes) -> int:
    return picture[picture.index(VOP) + 4] >> 6


def pack(source: Path, target: Path) -> int:
    """Write an AVI of MPEG-4 (picture first, then sound) anew with packed pictures; return how many were packed."""
    data = source.read_bytes()
    top = list(chunks(data, 12, len(data)))
    movie = next((at, size) for name, at, size in top if data[at : at + 4] == b"movi")
    inside = [(name, data[at : at + size]) for name, at, size in chunks(data, movie[0] + 4, sum(movie))]
    pictures = [content for name, content in inside if name == b"00dc"]
    packed = 0
    for number in range(len(pictures) - 1):
        if kind(pictures[number + 1]) == BIDIRECTIONAL:
            pictures[number : number + 2] = [pictures[number] + pictures[number + 1], NOTHING_NEW]
            packed += 1
    body, index = b"movi", b""
    for name, content in inside:
        if name in (b"00dc", b"01wb"):
            content = pictures.pop(0) if name == b"00dc" else content
            key = 0x10 if name == b"01wb" or kind(content) == 0 else 0
            index += name + struct.pack("<III", key, len(body), len(content))
            body += chunk(name, content)
    head = data[12 : movie[0] - 8]
    target.write_bytes(chunk(b"RIFF", b"AVI " + head + chunk(b"LIST", body) + chunk(b"idx1", index)))
    return packed

"""Damage: whether the files of an index are still what the engine wrote, and whether an error may come of it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO, TypeVar

import orjson

from libs.chassis.problems import Problem
from services.search.engine import records

T = TypeVar("T")
META = "meta.json"
PARTS = ("idx", "pos", "term", "store", "fast", "fieldnorm")
# The engine ends each file with a note (JSON, its length, a number) that holds the checksum of all before it.
_END = struct.Struct("<II")
_MARK = 1337
_AT_ONCE = 1 << 20


class EnginePanic(RuntimeError):
    """The engine gave up in the middle of its work."""


def of(folder: Path) -> str | None:
    """What is wrong with the files of an index, None where all of them are as they were written."""
    try:
        meta = (folder / META).read_bytes()
        engines = (_fault_of(folder / name) for name in _files(meta))
        ours = (_fault_of_records(*told) for told in records.noted(folder))
        fault = next((fault for fault in chain(engines, ours) if fault), None)
        # A commit or a merge meanwhile leaves other files, and takes these away.
        return of(folder) if fault and (folder / META).read_bytes() != meta else fault
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"what it consists of cannot be read ({type(error).__name__}: {error})"


def may_cause(error: Exception) -> bool:
    """Whether a damaged index may be behind an error: the engine raises many kinds."""
    if isinstance(error, Problem | ConnectionError | TimeoutError):
        return False
    return isinstance(error, Exception)


def contained(work: Callable[..., T], *arguments: object) -> T:
    """Do work; a panic of the engine becomes an exception that servers and loops know what to do with."""
    try:
        return work(*arguments)
    except BaseException as error:
        if _panic(error):
            raise EnginePanic(str(error)) from error
        raise


def _panic(error: BaseException) -> bool:
    return type(error).__name__ == "PanicException"


def _files(meta: bytes) -> Iterator[str]:
    for segment in orjson.loads(meta)["segments"]:
        name = segment["segment_id"].replace("-", "")
        yield from (f"{name}.{part}" for part in PARTS)
        if segment["deletes"]:
            yield f"{name}.{segment['deletes']['opstamp']}.del"


def _fault_of(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            left = file.seek(-_END.size, 2)
            length, mark = _END.unpack(file.read())
            if mark != _MARK or length > left:
                return f"{path.name} has another end than it was written with"
            left = file.seek(left - length)
            wanted = orjson.loads(file.read(length))["crc"]
            return _differs(file, path, left, wanted)
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"{path.name} cannot be read ({type(error).__name__}: {error})"


def _fault_of_records(path: Path, length: int, wanted: int) -> str | None:
    try:
        with path.open("rb") as file:
            return _differs(file, path, length, wanted)
    except OSError as error:
        return f"{path.name} cannot be read ({type(error).__name__}: {error})"


def _differs(file: BinaryIO, path: Path, length: int, wanted: int) -> str | None:
    """Compare the checksum of the first bytes of a file with what it was."""
    file.seek(0)
    found, left = 0, length
    while left:
        if not (part := file.read(min(left, _AT_ONCE))):
            return f"{path.name} is cut short"
        found = zlib.crc32(part, found)
        left -= len(part)
    return None if found == wanted else f"{path.name} holds other bytes than were written"

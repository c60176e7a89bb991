"""What is kept of titles and people for ranking and for answers, in files of our own beside the engine's segments.

The engine maps whatever it stores into memory, and most of an index would be this. Here a record is read alone, when somebody
looks at it, and takes no memory afterwards. Its place never changes: a view finds what its documents say, whatever is put since.

A file begins with a dictionary, which has a length before it and may be empty; then come records, each a length and a zstd frame
with a checksum. A note beside the files says how much of them belongs to the index and what the checksum of that is.
"""

from __future__ import annotations

import os
import struct
import threading
import weakref
import zlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import orjson
from zstandard import (
    DICT_TYPE_FULLDICT,
    ZstdCompressionDict,
    ZstdCompressor,
    ZstdDecompressor,
    ZstdError,
    train_dictionary,
)

NOTE = "records.json"
# The parts of a record.
RANKED, SHOWN = "ranked", "shown"
# A place is the number of a file, and where in it the record begins.
_IN_FILE = 40
_WHERE = (1 << _IN_FILE) - 1
_SIZE = struct.Struct("<I")
# Most records are no longer; of others the rest is read too.
_GUESS = 1024
_AT_ONCE = 1 << 20
_LEVEL = 3
# So many records make the dictionary of the next file: what they have in common, as names of fields, genres and frequent words.
SAMPLES, DICTIONARY = 1000, 32_768
# How long the pieces of a dictionary are, and the groups of letters that their use is judged by (zstd's own `k` and `d`).
_SEGMENT, _GROUP = 200, 8
# Replaced records, in bytes, that are not worth a new index yet.
LITTLE = 64_000_000


class Records:
    """The records of one index. One thread puts, any reads what was put and committed."""

    def __init__(self, folder: Path, *, first: int = 0) -> None:
        """Open those that are noted in a folder; files begin with number `first`. Raises `ValueError`, `KeyError`, `OSError`."""
        self._folder = folder
        self._first = first
        note = self._noted()
        self._replaced: int = note["replaced"]
        self._files = {told["number"]: _File(folder, told["number"], told) for told in note["files"]}
        self._samples: list[bytes | bytearray | memoryview[int]] = []

    @classmethod
    def new(cls, folder: Path, *, first: int = 0) -> Self:
        """Begin in a folder that has none."""
        _note(folder, [], 0)
        return cls(folder, first=first)

    def put(
        self, ranked: Mapping[str, Any], shown: Mapping[str, Any] | None = None, instead_of: int | None = None
    ) -> int:
        """Add a record, and return its place; the one that it stands `instead_of`, if that says the same."""
        first = orjson.dumps(ranked)
        record = b"".join((_SIZE.pack(len(first)), first, orjson.dumps(shown)))
        if instead_of is not None:
            if self._whole(instead_of) == record:
                return instead_of
            self.drop(instead_of)
        file = self._end(record)
        return file.number << _IN_FILE | file.put(record)

    def drop(self, place: int) -> None:
        """Note that nothing needs a record any more."""
        self._replaced += len(self._file(place).frame(place & _WHERE))

    def read(self, places: Sequence[int], part: str) -> list[dict[str, Any]]:
        """What is at places: `RANKED`, or `SHOWN` of titles. Raises `ValueError` of damaged ones."""
        return [_part(self._whole(place), part) for place in places]

    @property
    def wasteful(self) -> bool:
        """Whether more of the files is replaced than needed, and much."""
        return self._replaced > max(LITTLE, sum(file.length for file in self._files.values()) // 2)

    def commit(self) -> None:
        """Have the disk keep what was put, and note that it belongs to the index: before the engine's commit points at it."""
        _note(self._folder, [file.commit() for file in self._files.values()], self._replaced)

    def undo(self) -> None:
        """Forget what was put since the last commit."""
        note = self._noted()
        known = {told["number"]: told for told in note["files"]}
        for number in list(self._files):
            if number in known:
                self._files[number].undo(known[number])
            else:
                self._files.pop(number).remove()
        self._replaced, self._samples = note["replaced"], []

    def _noted(self) -> dict[str, Any]:
        note: dict[str, Any] = orjson.loads((self._folder / NOTE).read_bytes())
        return note

    def _end(self, record: bytes) -> _File:
        """The file to write to. The first has no dictionary; as soon as there are records enough to make one another begins."""
        if not self._files:
            return self._begin(self._first, b"")
        last = self._files[max(self._files)]
        if last.dictionary:
            return last
        self._samples.append(record)
        if len(self._samples) < SAMPLES:
            return last
        samples, self._samples = self._samples, []
        try:
            made = train_dictionary(DICTIONARY, samples, k=_SEGMENT, d=_GROUP).as_bytes()
        except ZstdError:  # they have too little in common; others may have more
            return last
        return self._begin(last.number + 1, made)

    def _begin(self, number: int, dictionary: bytes) -> _File:
        file = self._files[number] = _File(self._folder, number, None, dictionary)
        return file

    def _whole(self, place: int) -> bytes:
        return self._file(place).record(place & _WHERE)

    def _file(self, place: int) -> _File:
        file = self._files.get(place >> _IN_FILE)
        if file is None:
            raise ValueError(f"no file of records has number {place >> _IN_FILE}")
        return file


class _File:
    """One file: written by one thread, read by any."""

    def __init__(self, folder: Path, number: int, told: Mapping[str, Any] | None, dictionary: bytes = b"") -> None:
        self.number = number
        self._path = _path(folder, number)
        # What lies there and is not noted is of an attempt that was broken off.
        self._fd = os.open(self._path, os.O_RDWR if told else os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        # Open as long as any view looks into it, though its folder may be gone.
        weakref.finalize(self, os.close, self._fd)
        self._pending = bytearray()
        # Whether something was written that the disk may not keep yet.
        self._unkept = False
        self._length = self._checksum = 0
        self._readers = threading.local()
        if told:
            self.undo(told)
            if os.fstat(self._fd).st_size < self._length:
                raise ValueError(f"{self._path.name} is cut short")
            self.dictionary = self.frame(0)
        else:
            self.dictionary = dictionary
            self._add(dictionary)

    def put(self, record: bytes) -> int:
        """Add a record, and return where it begins."""
        return self._add(self._compressor.compress(record))

    def _add(self, frame: bytes) -> int:
        where = self._length + len(self._pending)
        self._pending += _SIZE.pack(len(frame)) + frame
        if len(self._pending) > _AT_ONCE:
            self._write()
        return where

    def record(self, where: int) -> bytes:
        """The record that begins there."""
        reader = getattr(self._readers, "reader", None)
        if reader is None:
            reader = self._readers.reader = ZstdDecompressor(dict_data=self._known)
        try:
            record: bytes = reader.decompress(self.frame(where))
        except ZstdError as error:
            raise ValueError(f"{self._path.name} is damaged at {where}: {error}") from error
        return record

    def frame(self, where: int) -> bytes:
        """The same as it lies in the file."""
        found = os.pread(self._fd, _GUESS, where)
        size = int.from_bytes(found[: _SIZE.size], "little")
        if len(found) < _SIZE.size or where + _SIZE.size + size > self._length:
            raise ValueError(f"{self._path.name} has no record at {where}")
        if len(found) < _SIZE.size + size:
            found += os.pread(self._fd, _SIZE.size + size - len(found), where + len(found))
        return found[_SIZE.size : _SIZE.size + size]

    def commit(self) -> dict[str, int]:
        """Have the disk keep what was put; return what a note says of it."""
        if self._pending:
            self._write()
        if self._unkept:
            os.fsync(self._fd)
            self._unkept = False
        return {"number": self.number, "length": self._length, "checksum": self._checksum}

    def _write(self) -> None:
        """Write behind what is noted: over what an attempt that failed may have left there."""
        self._unkept = True
        data, at = memoryview(bytes(self._pending)), self._length
        while data:
            done = os.pwrite(self._fd, data, at)
            self._checksum, at = zlib.crc32(data[:done], self._checksum), at + done
            data = data[done:]
        self._length = at
        self._pending.clear()

    @property
    def length(self) -> int:
        """How much is written, in bytes."""
        return self._length

    def undo(self, told: Mapping[str, Any]) -> None:
        """Go back to what a note says."""
        self._length, self._checksum = told["length"], told["checksum"]
        self._pending.clear()

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)

    @cached_property
    def _known(self) -> ZstdCompressionDict | None:
        return ZstdCompressionDict(self.dictionary, dict_type=DICT_TYPE_FULLDICT) if self.dictionary else None

    @cached_property
    def _compressor(self) -> ZstdCompressor:
        if self._known:
            self._known.precompute_compress(level=_LEVEL)
        return ZstdCompressor(level=_LEVEL, dict_data=self._known, write_checksum=True)


def take(folder: Path, parts: Sequence[Path]) -> None:
    """Move the records of closed indexes, whose files have different numbers, into the folder of one that has none yet."""
    files, replaced = [], 0
    for part in parts:
        note = orjson.loads((part / NOTE).read_bytes())
        for told in note["files"]:
            _path(part, told["number"]).rename(_path(folder, told["number"]))
        files += note["files"]
        replaced += note["replaced"]
    _note(folder, files, replaced)


def noted(folder: Path) -> list[tuple[Path, int, int]]:
    """The files of records that belong to an index: how much of each, in bytes, and the checksum (CRC-32) of that."""
    note = orjson.loads((folder / NOTE).read_bytes())
    return [(_path(folder, told["number"]), told["length"], told["checksum"]) for told in note["files"]]


def _part(record: bytes, part: str) -> Any:
    (size,) = _SIZE.unpack_from(record)
    end = _SIZE.size + size
    return orjson.loads(memoryview(record)[_SIZE.size : end] if part == RANKED else memoryview(record)[end:])


def _path(folder: Path, number: int) -> Path:
    return folder / f"records-{number}"


def _note(folder: Path, files: Sequence[Mapping[str, Any]], replaced: int) -> None:
    """Have the disk keep a note, and what the folder calls its files: the engine's commit that points at them comes next."""
    new = folder / f"{NOTE}.new"
    with new.open("wb") as file:
        file.write(orjson.dumps({"files": files, "replaced": replaced}))
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / NOTE)
    names = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(names)
    finally:
        os.close(names)

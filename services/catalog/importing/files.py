"""CSV and JSON Lines, read as they come: a row at a time, and what cannot be read said with its line."""

from __future__ import annotations

import csv
import json
import zlib
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from services.catalog.importing.formulas import unguarded

# In characters: 500 names of 200, each of them escaped; more is a quote that never ends.
LONGEST_FIELD = 210_000
LONGEST_LINE = 4_000_000  # bytes: a title in a hundred languages, with all its credits
MOST_UNPACKED = 512 * 1024 * 1024  # bytes: as much as all parts of a file that is not packed
PIECE = 1024 * 1024
BOM, GZIP = b"\xef\xbb\xbf", b"\x1f\x8b"
UTF16 = b"\xff\xfe", b"\xfe\xff"
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
# What the reader says of quotes, in words for whoever mends the file.
WRONG_QUOTES = {
    "unexpected end of data": "a quote opens here and is never closed",
    f"field larger than field limit ({LONGEST_FIELD})": "a field is too long; is a quote not closed?",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row, so that somebody finds it: `line` counts from 1, `column` is the file's, where there is one."""

    line: int
    column: str | None
    message: str


@dataclass(slots=True)
class Row:
    """A row by column, `size` bytes of the file. `line` is where it starts; with `faults` its `values` are not to be used."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    size: int = 0


class NotUnpacked(Exception):
    """A compressed file that is broken, or too large once it is unpacked."""


def unpacked(parts: Iterable[bytes], most: int = MOST_UNPACKED) -> Iterator[bytes]:
    """Return what comes in parts; of what gzip made (by its first bytes), what is in it. Raises `NotUnpacked`.

    A piece in memory at a time, however well it is packed.
    """
    source = (part for part in parts if part)
    first = next(source, b"")
    # The first two bytes may have come apart.
    while len(first) < len(GZIP) and (more := next(source, b"")):
        first += more
    whole = chain((first,), source)
    if not first.startswith(GZIP):
        yield from whole
        return
    reader, size = zlib.decompressobj(zlib.MAX_WBITS | 16), 0
    for part in whole:
        data = part
        while data:
            if reader.eof:  # files may be packed one behind the other
                reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                piece = reader.decompress(data, PIECE)
            except zlib.error:
                raise NotUnpacked("cannot be unpacked: this gzip file is broken; was it copied whole?") from None
            size += len(piece)
            if size > most:
                raise NotUnpacked(f"is larger than {most >> 20} MiB once it is unpacked: send it as several files")
            if piece:
                yield piece
            data = reader.unused_data if reader.eof else reader.unconsumed_tail
    while not reader.eof:
        try:
            piece = reader.decompress(b"", PIECE)
        except zlib.error:
            piece = b""
        if not piece:
            raise NotUnpacked("cannot be unpacked to its end: this gzip file is cut short; was it copied whole?")
        size += len(piece)
        if size > most:
            raise NotUnpacked(f"is larger than {most >> 20} MiB once it is unpacked: send it as several files")
        yield piece


def lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Return the lines of a file that comes in parts, each with its end; without a byte order mark."""
    rest, first = b"", True
    for part in parts:
        rest += part
        if first and len(rest) >= len(BOM):
            rest, first = rest.removeprefix(BOM), False
        # Only at line feeds: a carriage return may be half of a line's end, the other half being in the next part. One after
        # the other, for all lines of a part at once would be the part a second time.
        begin = 0
        while (end := rest.find(b"\n", begin) + 1) > 0:
            yield rest[begin:end]
            begin = end
        rest = rest[begin:]
        if len(rest) > LONGEST_LINE:
            yield rest
            rest = b""
    if rest := rest.removeprefix(BOM) if first else rest:
        yield rest


class _Decoded:
    """Lines as text for the CSV reader; remembers which were no UTF-8, and those of the row that is being read."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source = source
        self._row: list[str] = []
        self._again: deque[str] = deque()
        self._decoded = 0
        self.bad: list[Fault] = []

    def __iter__(self) -> _Decoded:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._decode(next(self._source))
        self._row.append(line)
        return line

    def begin(self) -> int:
        """Begin a row; return the line it is on."""
        self._row = []
        return self._decoded - len(self._again) + 1

    def size(self) -> int:
        """Return how much this row is, in characters."""
        return sum(map(len, self._row))

    def text(self) -> str:
        """Return this row as it stands in the file."""
        return "".join(self._row)

    def give_back(self) -> None:
        """Give the lines of this row out again, all but the first."""
        self._again.extendleft(reversed(self._row[1:]))

    def _decode(self, data: bytes) -> str:
        self._decoded += 1
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            self.bad.append(Fault(self._decoded, None, _not_utf8(data, error)))
            return data.decode(errors="replace")


def _wrong_quotes(said: str) -> str:
    if "expected after" in said:
        return "after a closing quote comes neither a separator nor the end; is a quote inside of a field not written twice?"
    return WRONG_QUOTES.get(said, "its quotes or the ends of its lines are wrong")


def _not_utf8(data: bytes, error: UnicodeDecodeError) -> str:
    if data.startswith(UTF16):
        return "is UTF-16, as some spreadsheets save text; save the file as UTF-8"
    around = data[max(0, error.start - 20) : error.start].decode(errors="ignore").strip()
    # Of what is no text at all nothing is repeated.
    after = f" after “{around}”" if around.isprintable() and around else ""
    return f"is no UTF-8: byte 0x{data[error.start]:02X}{after}; save the file as UTF-8"


def csv_rows(
    parts: Iterable[bytes], delimiter: str = ",", needed: Collection[str] = (), *, guarded: bool = False
) -> Iterator[Row]:
    """Return the rows of a CSV file whose first row names the columns (RFC 4180), `needed` ones among them.

    A row whose quotes are wrong ends with its first line, so that those after it are read. `guarded`: see `formulas`. What
    spreadsheets leave behind is passed over: rows of nothing but separators, columns at the end without a name and a value.
    """
    csv.field_size_limit(LONGEST_FIELD)
    text = _Decoded(lines(parts))
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    header: list[str] | None = None
    width = 0
    while True:
        row = Row(text.begin())
        cells: list[str] = []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            text.give_back()
            row.faults = [Fault(row.line, None, f"cannot be read: {_wrong_quotes(str(error))}")]
        row.faults, text.bad = [*text.bad, *row.faults], []
        if not row.faults and not any(cell.strip() for cell in cells):
            continue
        if header is None:
            if not row.faults and text.text().strip() == f"sep={delimiter}".strip():  # for a spreadsheet
                continue
            header, width = [cell.strip() for cell in cells], len(cells)
            while header and not header[-1]:
                header.pop()
            row.faults += (
                _of_header(row.line, header, needed, text.text(), delimiter) if cells and not row.faults else []
            )
            if row.faults:
                yield row
                return
        else:
            if len(cells) == width and not any(cell.strip() for cell in cells[len(header) :]):
                del cells[len(header) :]
            if cells and len(cells) != len(header):
                message = f"has {len(cells)} columns where the first row names {len(header)}"
                row.faults.append(Fault(row.line, None, message))
            row.size = text.size()
            row.values = dict(zip(header, map(unguarded, cells) if guarded else cells, strict=False))
            yield row


def _of_header(line: int, header: list[str], needed: Collection[str], raw: str, delimiter: str) -> Iterator[Fault]:
    if raw.lower().startswith("sep="):
        yield Fault(
            line,
            None,
            "is for a spreadsheet, and names another separator than the mapping's `delimiter`: remove this line",
        )
        return
    if missing := set(needed) - set(header):
        for other in SEPARATORS.keys() - {delimiter}:
            if set(needed) <= {cell.strip() for cell in next(csv.reader([raw], delimiter=other), [])}:
                said = SEPARATORS[other], SEPARATORS.get(delimiter, delimiter), other.replace("\t", "\\t")
                yield Fault(
                    line, None, "has {} between its columns, the mapping {}: give it `delimiter` “{}”".format(*said)
                )
                return
        if {name.casefold() for name in missing} <= {name.casefold() for name in header}:
            names = ", ".join(sorted(missing))[:200]
            yield Fault(line, None, f"names columns in other upper and lower case than the mapping, which says {names}")
            return
    for name in sorted({name for name in header if header.count(name) > 1}):
        yield Fault(line, name, "is named twice")
    for name in sorted(set(needed) - set(header)):
        yield Fault(line, name, f"is missing: the first row names {', '.join(header)[:200]}")


def json_rows(parts: Iterable[bytes]) -> Iterator[Row]:
    """Return the rows of a JSON Lines file: an object on each line."""
    for number, data in enumerate(lines(parts), 1):
        if not data.strip():
            continue
        row = Row(number, size=len(data))
        try:
            values = json.loads(data.decode())
            if isinstance(values, dict):
                row.values = values
            else:
                row.faults = [Fault(number, None, "is no JSON object")]
        except UnicodeDecodeError as error:
            row.faults = [Fault(number, None, _not_utf8(data, error))]
            if number == 1 and data.startswith(UTF16):  # of the others it would say the same
                yield row
                return
        except json.JSONDecodeError as error:
            row.faults = [Fault(number, None, _no_json(error))]
        except RecursionError:
            row.faults = [Fault(number, None, "is no JSON that can be read: it has too many lists inside of lists")]
        except ValueError:
            row.faults = [Fault(number, None, "is no JSON that can be read: a number in it has too many digits")]
        yield row


def _no_json(error: json.JSONDecodeError) -> str:
    rest = error.doc[error.pos :].strip()
    if not rest:
        return "is no JSON: it ends too early; an object stands on one line"
    around = f": “{rest[:20]}”" if rest[:20].isprintable() else ""
    return f"is no JSON from its character {error.pos + 1} on{around}"

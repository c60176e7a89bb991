"""CSV and JSON Lines, read as they come: a row at a time, and what cannot be read said with its line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

LONGEST_FIELD = 100_000  # characters; more is a quote that never ends
LONGEST_LINE = 1_000_000  # bytes
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row, so that somebody finds it: `line` counts from 1, `column` is the file's, where there is one."""

    line: int
    column: str | None
    message: str


@dataclass(slots=True)
class Row:
    """A row by column. `line` is where it starts; with `faults` its `values` are not to be used."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Return the lines of a file that comes in parts, each with its end; without a byte order mark."""
    rest, first = b"", True
    for part in parts:
        rest += part
        if first and len(rest) >= len(BOM):
            rest, first = rest.removeprefix(BOM), False
        # Only at line feeds: a carriage return may be half of a line's end, the other half being in the next part.
        *whole, rest = rest.split(b"\n")
        yield from (line + b"\n" for line in whole)
        if len(rest) > LONGEST_LINE:
            yield rest
            rest = b""
    if rest := rest.removeprefix(BOM) if first else rest:
        yield rest


class _Decoded:
    """Lines as text for the CSV reader, which counts them; remembers which were no UTF-8."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source = source
        self._line = 0
        self.bad: list[Fault] = []

    def __iter__(self) -> _Decoded:
        return self

    def __next__(self) -> str:
        data = next(self._source)
        self._line += 1
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            self.bad.append(Fault(self._line, None, _not_utf8(data, error)))
            return data.decode(errors="replace")


def _not_utf8(data: bytes, error: UnicodeDecodeError) -> str:
    around = data[max(0, error.start - 20) : error.start].decode(errors="replace").strip()
    return f"is no UTF-8: byte 0x{data[error.start]:02X} after “{around}”; save the file as UTF-8"


def csv_rows(parts: Iterable[bytes], delimiter: str = ",") -> Iterator[Row]:
    """Return the rows of a CSV file whose first row names the columns (RFC 4180)."""
    csv.field_size_limit(LONGEST_FIELD)
    text = _Decoded(lines(parts))
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    header: list[str] | None = None
    while True:
        start = reader.line_num + 1
        row = Row(start)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            row.faults = [Fault(start, None, f"cannot be read, nor what follows it: {error}")]
            yield row
            return
        if text.bad:
            row.faults, text.bad = text.bad, []
        if not cells:
            continue
        if header is None:
            header = [cell.strip() for cell in cells]
            row.faults += [
                Fault(start, name, "is named twice") for name in sorted({n for n in header if header.count(n) > 1})
            ]
            if row.faults:
                yield row
                return
            continue
        if len(cells) != len(header):
            row.faults.append(Fault(start, None, f"has {len(cells)} columns where the first row names {len(header)}"))
        row.values = dict(zip(header, cells, strict=False))
        yield row


def json_rows(parts: Iterable[bytes]) -> Iterator[Row]:
    """Return the rows of a JSON Lines file: an object on each line."""
    for number, data in enumerate(lines(parts), 1):
        if not data.strip():
            continue
        row = Row(number)
        try:
            values = json.loads(data.decode())
            if isinstance(values, dict):
                row.values = values
            else:
                row.faults = [Fault(number, None, "is no JSON object")]
        except UnicodeDecodeError as error:
            row.faults = [Fault(number, None, _not_utf8(data, error))]
        except (ValueError, RecursionError) as error:
            row.faults = [Fault(number, None, f"is no JSON: {error}")]
        yield row

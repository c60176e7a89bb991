"""Indexes that were built apart become one: the engine's segments stand for themselves, so their lists are all that is joined."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson

from services.search.engine.damage import META

# The files that the engine may delete when nothing needs them any more.
MANAGED = ".managed.json"


def join(folder: Path, parts: Sequence[Path]) -> None:
    """Move the segments of closed indexes of one schema into an empty one, which must be opened anew afterwards."""
    meta = orjson.loads((folder / META).read_bytes())
    managed = {META}
    for part in parts:
        theirs = orjson.loads((part / META).read_bytes())
        meta["segments"] += theirs["segments"]
        meta["opstamp"] = max(meta["opstamp"], theirs["opstamp"])
        names = set(orjson.loads((part / MANAGED).read_bytes())) - {META}
        for name in names:
            if (part / name).exists():
                (part / name).rename(folder / name)
        managed |= names
    # The list of segments comes last: until then there are none, and what lies about is the next attempt's to remove.
    _write(folder / MANAGED, sorted(managed))
    _write(folder / META, meta)


def _write(path: Path, value: object) -> None:
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(orjson.dumps(value))
    new.replace(path)

"""A large index is built by several processes, each a share of the titles and people, since Python uses one core only.

python -m services.search.service.building    (a share: what it is, as JSON, in the first line of its standard input)
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from libs.chassis.data.database import Database
from services.search.engine import documents
from services.search.engine.index import Index
from services.search.engine.windows import fits, windows_of
from services.search.repository import changes

# Of fewer titles and people an index is written sooner than other processes have started.
MANY = 100_000
MOST_BUILDERS = 4
# Megabytes that a builder fills before it writes a part: larger parts mean fewer that are merged later.
MEMORY = 64
BATCH = 500
# So many numbers of files of records a share has for itself.
FILES = 1000
COMMAND = (sys.executable, "-m", "services.search.service.building")
# Who searches meanwhile, in an index that is replaced, comes first.
NICE = 5


class ShareFailed(RuntimeError):
    """A process that builds a share of an index could not be started, or ended before it was done."""


@dataclass(frozen=True, slots=True)
class Share:
    """Rows of which the number leaves `number` when divided by `of`, up to the change `last`, built in `folder`."""

    url: str
    pooled: bool
    folder: str
    number: int
    of: int
    last: int


def builders() -> int:
    """How many processes this machine has cores for."""
    return min(len(os.sched_getaffinity(0)), MOST_BUILDERS) if hasattr(os, "sched_getaffinity") else 1


async def build(db: Database, folder: Path, last: int) -> list[Path]:
    """Have all that there is up to a change written into folders below this one; they are returned once all are done."""
    many = builders()
    shares = [Share(db.url, db.pooled, str(folder / f"share-{n}"), n, many, last) for n in range(many)]
    try:
        async with asyncio.TaskGroup() as group:
            for share in shares:
                group.create_task(_built(share))
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None
    return [Path(share.folder) for share in shares]


async def _built(share: Share) -> None:
    try:
        process = await asyncio.create_subprocess_exec(
            *COMMAND, stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
    except OSError as error:  # no memory for it, or as many processes as there may be
        raise ShareFailed(f"building share {share.number} of {share.of} could not begin: {error}") from error
    assert process.stdin is not None and process.stderr is not None
    try:
        # Its input stays open: when that ends, so do we, and so does it.
        process.stdin.write(orjson.dumps(asdict(share)) + b"\n")
        said = await process.stderr.read()
        if code := await process.wait():
            last = said.decode(errors="replace").strip().rpartition("\n")[2]
            raise ShareFailed(f"building share {share.number} of {share.of} ended with {code}: {last}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def apply(index: Index, rows: Sequence[Any], once: int) -> None:
    """Write changes; a search sees them after the commit. Up to the number `once` the index has nothing of them yet."""
    for row in rows:
        id_, new = str(row["id"]), row["seq"] <= once
        if row["name"] is not None:
            index.put_person(id_, documents.person(id_, row["name"], row["other_names"], known=row["known"]), new=new)
        elif row["status"] != "published":
            if not new:
                index.remove_title(id_)
        else:
            entry = row["entry"]
            fitting = fits(windows_of(entry["windows"]))
            index.put_title(id_, documents.title(id_, entry, row), entry, fits=fitting, new=new)


async def _build(share: Share) -> None:
    db = Database(share.url, pooled=share.pooled, pool_size=1, hot_pool_size=1)
    await db.start()
    folder = Path(share.folder)
    shutil.rmtree(folder, ignore_errors=True)
    index = Index(folder, memory=MEMORY, first=share.number * FILES)
    position = 0
    while rows := await changes.share(db, position, BATCH, share.last, share.number, share.of):
        apply(index, rows, share.last)
        position = rows[-1]["seq"]
    index.finish(share.last)
    await db.stop()


def _end_with(parent: Any) -> None:
    parent.read()
    os._exit(1)


def main() -> None:
    os.nice(NICE)
    share = Share(**orjson.loads(sys.stdin.buffer.readline()))
    threading.Thread(target=_end_with, args=(sys.stdin.buffer,), daemon=True).start()
    asyncio.run(_build(share))
    # The other thread waits in a lock that an orderly end would want.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()

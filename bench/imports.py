"""How long an import of titles takes, beside PostgreSQL's own COPY of the same file, and what memory it needs as files grow.

Real Postgres with its data on disk, catalog as a process of its own. `python -m bench.imports` imports the file of 8,807 titles,
then the first thousand of them again with other texts, which changes what is there; `python -m bench.imports 100000` also a file
of that many rows, the same ones with other keys and names again and again.
"""

import asyncio
import csv
import gzip
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil

from bench.catalog import serving
from bench.processes import python

FILE = Path(os.environ.get("BIJOU_NETFLIX_TITLES", Path(__file__).parents[2] / "shared/data/netflix_titles.csv.gz"))
MAPPING = Path(__file__).parents[1] / "demo/mappings/netflix.json"
PART = 8 << 20
GOALS = {8_807: 30, 100_000: 300}
UPDATED = 1_000


def grown(data: bytes, mapping: dict[str, Any], size: int) -> bytes:
    """Return a file of so many rows: those of this one, each time with other keys and names."""
    header, *rows = csv.reader(io.StringIO(data.decode()))
    good = [row for row in rows if row[0] not in mapping["corrections"]]
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(header)
    for n, row in enumerate(islice(cycle(good), size)):
        write.writerow([f"g{n}", row[1], f"{row[2]} {n // len(good)}", *row[3:]])
    return out.getvalue().encode()


def retold(data: bytes, size: int) -> bytes:
    """Return the first rows of a file, each with another description."""
    header, *rows = csv.reader(io.StringIO(data.decode()))
    place = header.index("description")
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(header)
    write.writerows([*row[:place], f"{row[place]} Told again.", *row[place + 1 :]] for row in rows[:size])
    return out.getvalue().encode()


def parts(data: bytes) -> Iterator[bytes]:
    """Return a file in parts."""
    return (data[at : at + PART] for at in range(0, len(data), PART))


def imported(
    calls: httpx.Client, process: psutil.Process, data: bytes, mapping: dict[str, Any]
) -> tuple[int, float, list[int]]:
    """Import a file; return its rows, the seconds, and the resident MiB before, at most meanwhile, and after."""
    before = process.memory_info().rss
    most, begun = before, time.monotonic()
    made = calls.post("/imports", json={"file_name": "titles.csv", "mapping": mapping}).raise_for_status().json()
    path = f"/imports/{made['id']}"
    for number, part in enumerate(parts(data), 1):
        calls.put(f"{path}/parts/{number}", content=part).raise_for_status()
    calls.post(f"{path}/start", json={"parts": -(-len(data) // PART)}).raise_for_status()
    while (found := calls.get(path).raise_for_status().json())["status"] in ("queued", "checking", "importing"):
        most = max(most, process.memory_info().rss)
        time.sleep(0.2)
    if found["status"] != "done":
        raise RuntimeError(f"the import is {found['status']}: {found['detail']} {found['first_faults']}")
    taken = time.monotonic() - begun
    return found["rows"], taken, [size >> 20 for size in (before, most, process.memory_info().rss)]


async def copied(url: str, data: bytes) -> float:
    """Return how long PostgreSQL needs to COPY the same file into a table of text."""
    connection = await asyncpg.connect(url)
    try:
        header = next(csv.reader(io.StringIO(data[:2000].decode(errors="replace"))))
        columns = ", ".join(f'"{name}" text' for name in header)
        await connection.execute(f"CREATE TABLE plain ({columns})")
        begun = time.monotonic()
        await connection.copy_to_table("plain", source=io.BytesIO(data), format="csv", header=True)
        taken = time.monotonic() - begun
        await connection.execute("DROP TABLE plain")
        return taken
    finally:
        await connection.close()


def main() -> None:
    data, mapping = gzip.decompress(FILE.read_bytes()), json.loads(MAPPING.read_text())
    files = [(data, mapping), (retold(data, UPDATED), {**mapping, "existing": "update"})]
    for size in map(int, sys.argv[1:]):
        files.append((grown(data, mapping, size), {**mapping, "source": f"grown-{size}", "corrections": {}}))
    with (
        tempfile.TemporaryDirectory() as name,
        serving(Path(name), roles=frozenset({"super_admin"})) as (environment, tokens),
    ):
        url = environment["BIJOU_DATABASE_URL"]
        for content, wanted in files:
            with python("services.catalog.main", environment) as port:
                headers = {"Authorization": f"Bearer {tokens[0]}"}
                base = f"http://127.0.0.1:{port}/api/v1/admin"
                [process] = [
                    each for each in psutil.Process().children() if str(port) == each.environ().get("BIJOU_PORT")
                ]
                with httpx.Client(base_url=base, headers=headers, timeout=30) as calls:
                    rows, seconds, memory = imported(calls, process, content, wanted)
            bare = asyncio.run(copied(url, content))
            print(
                f"{rows:,} rows: {seconds:.1f} s, {rows / seconds:,.0f} a second; MiB before, at most, after: {memory}",
                flush=True,
            )
            if wanted.get("existing") == "update":
                print(f"RESULT import_update_{rows}_seconds={seconds:.1f}")
                continue
            goal = f" (goal: less than {GOALS[rows]})" if rows in GOALS else ""
            print(f"RESULT import_{rows}_seconds={seconds:.1f}{goal}")
            print(f"RESULT import_{rows}_vs_copy={seconds / bare:.0f}")
            print(f"RESULT import_{rows}_more_mib={memory[1] - memory[0]}")


if __name__ == "__main__":
    main()

"""Files of titles as tests send them, and what becomes of them."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.catalog.conftest import Catalog

MAPPINGS = Path(__file__).parents[2] / "demo/mappings"
REAL = Path(os.environ.get("BIJOU_NETFLIX_TITLES", Path(__file__).parents[3] / "shared/data/netflix_titles.csv.gz"))
MAPPING: dict[str, Any] = {
    "source": "studio", "key": "no", "publish": "listed",
    "fields": {
        "type": {"column": "kind", "values": {"Film": "movie", "Serie": "series"}}, "name": {"column": "name"},
        "cast": {"column": "cast", "split": ","}, "directors": {"column": "director"}, "year": {"column": "year"},
        "certificates": {"column": "rating", "systems": ["FSK"]}, "description": {"column": "about"},
        "runtime": {"column": "length", "match": "^(\\d+) min$", "times": 60}, "genres": {"constant": "Drama"},
    },
}  # fmt: skip
HEADER = "no,kind,name,cast,director,year,rating,length,about\n"
GOOD = HEADER + (
    '1,Film,"Moss, the",Ada Fern,Io Reed,2020,12,90 min,"Slow\nand green."\n'
    '2,Serie,Signal Rock,"Ada Fern, Bo Dune",,1999,,2 Seasons,\n'
)
LINES: dict[str, Any] = {
    "format": "jsonl", "source": "studio", "key": "id",
    "fields": {
        "type": {"constant": "movie"}, "name": {"column": "name"}, "credits": {"column": "credits"}, "texts": {"column": "texts"},
        "certificates": {"column": "certificates"}, "windows": {"column": "windows"},
    },
}  # fmt: skip
NOTHING: dict[str, Any] = {"credits": [], "texts": {}, "certificates": {}, "windows": []}


def split(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


async def send(catalog: Catalog, data: bytes, mapping: dict[str, Any] = MAPPING, **start: Any) -> dict[str, Any]:
    """Import a file, in two parts, and wait for what becomes of it."""
    made = await catalog.edit("POST", "/imports", json={"file_name": "titles.csv", "mapping": mapping})
    assert made.status_code == 201, made.text
    path, half = f"/imports/{made.json()['id']}", len(data) // 2
    for number, part in enumerate((data[:half], data[half:]), 1):
        assert (await catalog.edit("PUT", f"{path}/parts/{number}", content=part)).status_code == 204
    started = await catalog.edit("POST", f"{path}/start", json={"parts": 2, **start})
    assert started.status_code == 202, started.text
    return await finished(catalog, path)


async def finished(catalog: Catalog, path: str) -> dict[str, Any]:
    while True:
        found: dict[str, Any] = (await catalog.edit("GET", path)).json()
        if found["status"] not in ("queued", "checking", "importing", "undoing"):
            return found
        await asyncio.sleep(0.02)


async def state(catalog: Catalog) -> list[Any]:
    tables = ("titles", "playables", "credits", "people", "person_spellings", "title_sources", "outbox")
    return [await catalog.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]

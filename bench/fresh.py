"""How soon an edit is found: alone, and while an import is on its way through broker, consumer and index.

Real Postgres and broker; catalog and search as processes of their own. From the answer of an editor's change until a search finds
the title by its new name. `python -m bench.fresh` imports the file of 8,807 titles; `python -m bench.fresh 30000` one of that
many rows, the same ones with other keys and names again and again.
"""

import gzip
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil

from bench.imports import FILE, MAPPING, grown, imported
from bench.processes import python
from deploy.local.nodes.postgres import Postgres
from deploy.local.nodes.tansu import Tansu
from deploy.local.ports import free_port
from libs.chassis.data import migrations
from libs.chassis.ids import new_id
from libs.chassis.security.tokens import Signer, new_private_key
from libs.contracts.token import Principal

GOAL = 2.0
EDITED = 20
AT_MOST = 120.0


class Pair:
    """Catalog and search as an editor and a viewer see them."""

    def __init__(self, catalog: httpx.Client, search: httpx.Client) -> None:
        self.catalog = catalog
        self._search = search
        self._names = 0

    def film(self) -> str:
        """Publish a film that is only listed; return its id."""
        body = {"type": "movie", "name": self._name(), "availability": "listed"}
        made = self.catalog.post("/titles", json=body).raise_for_status().json()
        self.catalog.post(f"/titles/{made['id']}/publish").raise_for_status()
        return str(made["id"])

    def edit(self, title_id: str) -> tuple[float, int]:
        """Give a film another name; return the seconds until it is found by it, and how many titles are found by then."""
        name = self._name()
        self.catalog.patch(f"/titles/{title_id}", json={"name": name}, headers={"If-Match": "*"}).raise_for_status()
        begun = time.monotonic()
        while not self._found(name)["items"]:
            if time.monotonic() - begun > AT_MOST:
                raise TimeoutError(f"{name} was not found")
            time.sleep(0.01)
        return time.monotonic() - begun, self.total()

    def total(self) -> int:
        """How many titles are found."""
        return int(self._found("")["total"])

    def _found(self, text: str) -> dict[str, Any]:
        answer = self._search.get("/search", params={"q": text, "limit": 1})
        return answer.raise_for_status().json()  # type: ignore[no-any-return]

    def _name(self) -> str:
        self._names += 1
        return f"Quartzvexol {self._names:05d}"


@contextmanager
def pair(folder: Path) -> Iterator[tuple[Pair, psutil.Process]]:
    """Both services, all they need, and catalog's process."""
    signer = Signer(new_private_key())
    folder.chmod(0o755)
    keys = folder / "jwks.json"
    keys.write_bytes(orjson.dumps(signer.jwks()))
    who = Principal(account_id=new_id(), session_id=new_id(), profile_id=new_id(), roles=frozenset({"super_admin"}))
    headers = {"Authorization": f"Bearer {signer.issue(who, ttl=3600)}"}
    postgres = Postgres(folder / "data", free_port(), "measured", folder / "postgres.log")
    broker = Tansu(free_port(), folder / "tansu.log")
    with ExitStack() as stack:
        for node in (postgres, broker):
            stack.callback(node.stop)
            node.start()
        names = ("catalog", "search")
        postgres.ensure_databases([(name, "measured") for name in names])
        clients, process = [], psutil.Process()
        for name in names:
            url = postgres.url_of(name, name, "measured")
            migrations.upgrade(f"services.{name}", url)
            told = {
                "BIJOU_DATABASE_URL": url, "BIJOU_OBJECT_STORE_URL": f"file://{folder}/store",
                "BIJOU_INDEX_DIR": str(folder / "index"), "BIJOU_KAFKA_BOOTSTRAP": broker.bootstrap,
                "BIJOU_KAFKA_FORGETS": "true", "BIJOU_JWKS_CACHE": str(keys), "BIJOU_LOG_LEVEL": "error",
                "BIJOU_BY_MEANING": "false", "BIJOU_PERSONAL": "false",
            }  # fmt: skip
            port = stack.enter_context(python(f"services.{name}.main", told))
            base = f"http://127.0.0.1:{port}/api/v1" + ("/admin" if name == "catalog" else "")
            clients.append(stack.enter_context(httpx.Client(base_url=base, headers=headers, timeout=60)))
            if name == "catalog":
                [process] = [
                    each for each in psutil.Process().children() if each.environ().get("BIJOU_PORT") == str(port)
                ]
        yield Pair(*clients), process


def until(done: Callable[[], bool], what: str) -> None:
    """Wait for something."""
    begun = time.monotonic()
    while not done():
        if time.monotonic() - begun > AT_MOST:
            raise TimeoutError(what)
        time.sleep(0.1)


def edits(pair: Pair, films: Sequence[str], goes_on: Callable[[int], bool]) -> list[tuple[float, int]]:
    """Edit the films in turn, one edit after the other was found, as long as it goes on."""
    took: list[tuple[float, int]] = []
    while goes_on(len(took)):
        took.append(pair.edit(films[len(took) % len(films)]))
        time.sleep(0.1)
    return took


def main() -> None:
    data, mapping = gzip.decompress(FILE.read_bytes()), json.loads(MAPPING.read_text())
    if sys.argv[1:]:
        data, mapping = grown(data, mapping, int(sys.argv[1])), {**mapping, "corrections": {}}
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as made, pair(Path(made)) as (both, process):
        films = [both.film() for _ in range(EDITED)]
        until(lambda: both.total() == EDITED, "the first titles are not found")
        quiet = edits(both, films, lambda done: done < EDITED)
        rows, seconds, _ = imported(both.catalog, process, data, mapping)
        begun, every = time.monotonic(), rows + EDITED
        beside = edits(both, films, lambda _: both.total() < every and time.monotonic() - begun < AT_MOST)
        caught_up = time.monotonic() - begun
    waiting = [every - total for _, total in beside]
    print(f"{rows:,} rows imported in {seconds:.1f} s; all of them are found {caught_up:.1f} s later")
    for name, told in (("alone", quiet), ("while the import waits", beside)):
        each = [taken for taken, _ in told]
        print(f"edits {name}: {len(each)}, found after {statistics.median(each):.2f} s, at most {max(each):.2f} s")
    print(
        f"while of the import there waited at most {max(waiting):,} titles, in the middle {statistics.median(waiting):,.0f}"
    )
    print(f"RESULT fresh_edit_alone_s={max(taken for taken, _ in quiet):.2f} (goal: less than {GOAL:.0f})")
    print(f"RESULT fresh_edit_beside_import_s={max(taken for taken, _ in beside):.2f} (goal: less than {GOAL:.0f})")
    print(f"RESULT fresh_import_found_s={caught_up:.1f}")


if __name__ == "__main__":
    main()

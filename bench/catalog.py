"""What lists of titles cost as the catalogue grows, and what they and a title's page cost beside the smallest FastAPI service.

Real Postgres with its data on disk. `python -m bench.catalog 10000 100000 1000000` names the sizes. Each list is asked
for by viewers of one country and age, with windows on a tenth of the titles, one request after the other.
"""

import asyncio
import http.client
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from bench.load import Result, UnexpectedAnswer, ratio, table
from bench.playback import run
from bench.processes import python
from deploy.local.nodes.postgres import Postgres
from deploy.local.ports import free_port
from libs.chassis.data import migrations
from libs.chassis.http.pagination import encode_cursor
from libs.chassis.ids import new_id
from libs.chassis.security.tokens import Signer, new_private_key
from libs.contracts.token import Principal

GOAL = 0.35
SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 5
SECONDS = 1.0
WARM, REQUESTS = 7, 30
PERSON = "00000000-0000-7000-8000-000000000007"

LISTS = {
    "newest": "/titles",
    "a page far down": "/titles?sort=name&cursor={cursor}",
    "a common genre": "/titles?genre=genre-1",
    "a rare genre": "/titles?genre=genre-39",
    "a person": f"/titles?person={PERSON}",
    "a small country": "/titles?country=IS",
    "a language and years": "/titles?language=de&year=1990&year_to=1999",
    "one year, by name": "/titles?year=1951&year_to=1951&sort=name",
    "short, for children": "/titles?duration_to=1500&maturity=7&sort=year",
    "everything at once": "/titles?genre=genre-3&country=US&language=en&year=1980&maturity=12&duration_to=7200",
}

# Squares make the first of forty genres common and the last rare.
FILL = """
INSERT INTO titles (id, slug, type, status, version, name, sort_name, description, year, genres, cast_names, directors, tags,
  language, country, maturity, runtime, availability, published_at, created_at, changed_at)
SELECT (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000001')::uuid, 'title-' || n,
  CASE WHEN n % 4 = 0 THEN 'series' ELSE 'movie' END, 'published', 1, 'Title ' || n, 'title ' || lpad(n::text, 9, '0'),
  repeat('What happens in it. ', 8), 1930 + (n * 7919) % 95,
  ARRAY['genre-' || floor(40 * power(((n * 6151) % 9973) / 9973.0, 3))],
  '{}', '{}', '{}', (ARRAY['en', 'en', 'en', 'ja', 'de', 'fr'])[1 + n % 6],
  CASE WHEN n % 1000 = 0 THEN 'IS' ELSE (ARRAY['US', 'US', 'GB', 'JP', 'DE', 'FR', 'IN'])[1 + (n * 31) % 7] END,
  (ARRAY[0, 7, 12, 12, 16, 18])[1 + (n * 13) % 6], 1200 + (n * 97) % 9000, CASE WHEN n % 3 = 0 THEN 'listed' ELSE 'playable' END,
  moment, moment, moment
FROM (SELECT n::bigint, timestamptz '2026-01-01' - n * interval '1 minute' AS moment
  FROM generate_series($1::int, $2::int) AS s (n)) t
"""
GENRES = "INSERT INTO genres SELECT 'genre-' || n, 'Genre ' || n FROM generate_series(0, 40) AS s (n)"
PEOPLE = """INSERT INTO people (id, name, sort_name, other_names, biography, version, created_at, changed_at)
SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Person ' || n, 'person ' || n, '{}', '', 1, now(), now()
FROM generate_series($1::int, $2::int) AS s (n)"""
CREDITS = """INSERT INTO credits (title_id, person_id, role, position)
SELECT (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000001')::uuid,
  ('00000000-0000-7000-8000-' || lpad(to_hex((n * (2 * k + 1)) % 10000), 12, '0'))::uuid, 'actor', k
FROM generate_series($1::int, $2::int) AS s (n), generate_series(0, 1) AS r (k)"""
WINDOWS = """INSERT INTO windows SELECT (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000001')::uuid, 0, NULL, NULL,
  CASE WHEN n % 20 = 0 THEN '{DE}'::text[] ELSE '{}' END FROM generate_series($1::int, $2::int) AS s (n) WHERE n % 10 = 0"""


async def fill(url: str, first: int, last: int) -> None:
    """Add titles with everything that lists look at."""
    connection = await asyncpg.connect(url)
    try:
        if first == 1:
            await connection.execute(GENRES)
            await connection.execute(PEOPLE, 0, 9999)
        for statement in (FILL, CREDITS, WINDOWS):
            await connection.execute(statement, first, last)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def get(path: str, token: str) -> bytes:
    """One request, ready to send."""
    return f"GET /api/v1{path} HTTP/1.1\r\nHost: catalog\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def viewers(signer: Signer, number: int, **claims: Any) -> list[str]:
    """Tokens of adults in the United States."""
    return [
        signer.issue(Principal(account_id=new_id(), session_id=new_id(), profile_id=new_id(), **claims), ttl=3600)
        for _ in range(number)
    ]


def uncached(path: str) -> Iterator[str]:
    """The same list again and again, as long as a page is."""
    mark = "&" if "?" in path else "?"
    return cycle([f"{path}{mark}limit={limit}" for limit in (20, 21, 22)])


def timed(port: int, paths: Iterator[str], token: str) -> tuple[float, float]:
    """The median and the slowest of single requests, one after the other, in milliseconds; the first ones apart."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    taken = []
    for path in islice(paths, WARM + REQUESTS):
        begun = time.perf_counter()
        connection.request("GET", f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise UnexpectedAnswer(body[:600].decode())
        taken.append((time.perf_counter() - begun) * 1000)
    connection.close()
    return statistics.median(taken[WARM:]), max(taken[WARM:])


def growth(environment: dict[str, str], token: str, size: int) -> dict[str, tuple[float, float]]:
    """What each list costs at this size, nothing kept."""
    middle = encode_cursor("name", f"title {size // 2:09d}", f"{size // 2:08x}-0000-7000-8000-000000000001")
    with python("services.catalog.main", {**environment, "BIJOU_KEPT_ANSWERS": "0"}) as port:
        found = {}
        for name, path in LISTS.items():
            found[name] = timed(port, uncached(path.replace("{cursor}", middle)), token)
        return found


def beside_hello(environment: dict[str, str], tokens: list[str]) -> dict[str, list[Result]]:
    """Kept answers beside a bare hello, in turns."""
    a_title = "/titles/00000007-0000-7000-8000-000000000001"
    asked = {
        name: cycle([get(path, token) for token in tokens]) for name, path in (("list", "/titles"), ("title", a_title))
    }
    hello_request = cycle([b"GET /api/v1/me HTTP/1.1\r\nHost: hello\r\n\r\n"])
    results: dict[str, list[Result]] = {"bare FastAPI hello": [], "list": [], "title": []}
    with python("bench.hello", {}) as hello, python("services.catalog.main", environment) as catalog:
        run(hello, hello_request, seconds=2 * SECONDS)
        for name in asked:
            run(catalog, asked[name], seconds=2 * SECONDS)
        for _ in range(ROUNDS):
            results["bare FastAPI hello"].append(run(hello, hello_request, seconds=SECONDS))
            for name, requests in asked.items():
                results[name].append(run(catalog, requests, seconds=SECONDS))
    return results


@contextmanager
def serving(folder: Path, **claims: Any) -> Iterator[tuple[dict[str, str], list[str]]]:
    """A database for catalog with its data in `folder`; what the service is told, and tokens it believes."""
    signer = Signer(new_private_key())
    folder.chmod(0o755)
    keys = folder / "jwks.json"
    keys.write_bytes(orjson.dumps(signer.jwks()))
    server = Postgres(folder / "data", free_port(), "measured", folder / "postgres.log")
    try:
        server.start()
        server.ensure_databases([("catalog", "measured")])
        url = server.url_of("catalog", "catalog", "measured")
        migrations.upgrade("services.catalog", url)
        environment = {
            "BIJOU_DATABASE_URL": url,
            "BIJOU_OBJECT_STORE_URL": f"file://{folder}/store",
            "BIJOU_KAFKA_BOOTSTRAP": "127.0.0.1:1",
            "BIJOU_JWKS_CACHE": str(keys),
            "BIJOU_LOG_LEVEL": "error",
        }
        yield environment, viewers(signer, 20, **claims)
    finally:
        server.stop()


def main() -> None:
    sizes = sorted(int(item) for item in sys.argv[1:]) or SIZES
    grown: dict[int, dict[str, tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as name, serving(Path(name)) as (environment, tokens):
        have = 0
        for size in sizes:
            begun = time.monotonic()
            asyncio.run(fill(environment["BIJOU_DATABASE_URL"], have + 1, size))
            print(f"{size:,} titles, filled in {time.monotonic() - begun:.0f} s", flush=True)
            have = size
            grown[size] = growth(environment, tokens[0], size)
        results = beside_hello(environment, tokens)
    print(f"\n{'median / slowest ms, nothing kept':34}" + "".join(f"{size:>20,}" for size in sizes))
    for item in LISTS:
        print(f"{item:34}" + "".join(f"{f'{grown[s][item][0]:.1f} / {grown[s][item][1]:.1f}':>20}" for s in sizes))
    for size in sizes:
        print(f"RESULT catalog_slowest_list_ms_{size}={max(median for median, _ in grown[size].values()):.1f}")
    print()
    table(results, "bare FastAPI hello")
    for name in ("list", "title"):
        found = ratio(results, name, "bare FastAPI hello")
        print(f"RESULT catalog_{name}_vs_hello={found:.3f} (goal: at least {GOAL})")


if __name__ == "__main__":
    main()

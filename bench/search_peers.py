"""What else could search the same titles, each in the way its manual shows: full text in Postgres and SQLite, MiniSearch."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from deploy.local.nodes.postgres import Postgres
from deploy.local.web import node_home, npm_command
from services.search.engine.text import fold

Rows = Sequence[dict[str, str]]
Ask = Callable[[str], Sequence[str]]
TOP = 50
FIELDS = ("title", "cast", "director", "listed_in", "country", "description")
MINISEARCH_VERSION = "minisearch@7.2.0"
MINISEARCH = """
import MiniSearch from 'minisearch';
import { createInterface } from 'node:readline';
const fields = ['title', 'cast', 'director', 'listed_in', 'country', 'description'];
const searchOptions = { boost: { title: 3, cast: 2, director: 2 }, prefix: true, fuzzy: 0.2 };
let index;
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (asked.rows) {
    index = new MiniSearch({ fields, idField: 'show_id', searchOptions });
    index.addAll(asked.rows);
    console.log('[]');
  } else console.log(JSON.stringify(index.search(asked.text).slice(0, 50).map((hit) => hit.id)));
}
"""


def all_of(server: Postgres, rows: Rows, judge: Callable[[Ask], Any]) -> dict[str, Any]:
    """What `judge` says of each peer that is there."""
    found = {}
    peers: dict[str, AbstractContextManager[Ask | None]] = {
        "Postgres full text": postgres(server, rows),
        "SQLite FTS5 trigram": sqlite(rows, "trigram"),
        "SQLite FTS5 unicode61": sqlite(rows, "unicode61 remove_diacritics 2"),
        "MiniSearch": minisearch(rows),
    }
    for name, peer in peers.items():
        with peer as ask:
            if ask is None:
                print(f"{name} is not installed: left out")
            else:
                found[name] = judge(ask)
    return found


@contextmanager
def postgres(server: Postgres, rows: Rows) -> Iterator[Ask]:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE peer (id text PRIMARY KEY, document tsvector)")
        weights = dict(zip(FIELDS, "ABBCCD", strict=True))
        document = " || ".join(
            f"setweight(to_tsvector('english', %({name})s), '{weight}')" for name, weight in weights.items()
        )
        values = [{"id": row["show_id"], **{name: row[name] or "" for name in FIELDS}} for row in rows]
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO peer VALUES (%(id)s, {document})", values)
        connection.execute("CREATE INDEX ON peer USING gin (document)")
        connection.execute("ANALYZE peer")

        def ask(text: str) -> list[str]:
            found = connection.execute(
                "SELECT id FROM peer, websearch_to_tsquery('english', %s) q WHERE document @@ q"
                " ORDER BY ts_rank_cd(document, q, 1) DESC LIMIT %s",
                (text, TOP),
            )
            return [row[0] for row in found]

        yield ask


@contextmanager
def sqlite(rows: Rows, tokenizer: str) -> Iterator[Ask]:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        f"CREATE VIRTUAL TABLE peer USING fts5(id UNINDEXED, {', '.join(FIELDS)}, tokenize = '{tokenizer}')"
    )
    values = [(row["show_id"], *(row[name] or "" for name in FIELDS)) for row in rows]
    connection.executemany(f"INSERT INTO peer VALUES ({', '.join('?' * (len(FIELDS) + 1))})", values)

    def ask(text: str) -> list[str]:
        found: list[str] = []
        words = [f'"{word}"' for word in fold(text).split()]
        # All words, and where that is too much any of them.
        for query in (" ".join(words), " OR ".join(words)):
            if words and not found:
                statement = "SELECT id FROM peer WHERE peer MATCH ? ORDER BY bm25(peer, 0, 10, 4, 4, 2, 2, 1) LIMIT ?"
                found = [row[0] for row in connection.execute(statement, (query, TOP))]
        return found

    yield ask
    connection.close()


@contextmanager
def minisearch(rows: Rows) -> Iterator[Ask | None]:
    """MiniSearch on the packaged Node.js; None where no registry has it for us."""
    home = node_home()
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as folder:
        (Path(folder) / "package.json").write_text('{"name": "peer", "private": true}')
        fetching = npm_command(home, "install", "--no-save", "--silent", "--prefix", folder, MINISEARCH_VERSION)
        environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ}
        if subprocess.run(fetching, cwd=folder, env=environment, timeout=120, check=False).returncode:
            yield None
            return
        script = Path(folder) / "peer.mjs"
        script.write_text(MINISEARCH)
        node = str(home / "bin" / "node")
        with subprocess.Popen([node, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:

            def tell(what: dict[str, Any]) -> Any:
                assert running.stdin is not None and running.stdout is not None
                running.stdin.write(json.dumps(what) + "\n")
                running.stdin.flush()
                return json.loads(running.stdout.readline())

            tell({"rows": [{name: row[name] or "" for name in ("show_id", *FIELDS)} for row in rows]})
            yield lambda text: tell({"text": text})
            assert running.stdin is not None
            running.stdin.close()

"""What else could search the same titles, each in the way its manual shows: full text in Postgres and
SQLite, and libraries of JavaScript.
"""

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
# What each library of JavaScript is fetched as, and its use: `built(rows)` is what answers a text with ids, the best first.
MINISEARCH = """
import MiniSearch from 'minisearch';
const searchOptions = { boost: { title: 3, cast: 2, director: 2 }, prefix: true, fuzzy: 0.2 };
const built = (rows) => {
  const index = new MiniSearch({ fields, idField: 'show_id', searchOptions });
  index.addAll(rows);
  return (text) => index.search(text).map((hit) => hit.id);
};
"""
FUSE = """
import Fuse from 'fuse.js';
const weights = { title: 3, cast: 2, director: 2 };
const keys = fields.map((name) => ({ name, weight: weights[name] ?? 1 }));
const built = (rows) => {
  const index = new Fuse(rows, { keys, ignoreLocation: true, threshold: 0.4 });
  return (text) => index.search(text, { limit }).map((hit) => hit.item.show_id);
};
"""
LUNR = """
import lunr from 'lunr';
const boosts = { title: 3, cast: 2, director: 2 };
const built = (rows) => {
  const index = lunr(function () {
    this.ref('show_id');
    for (const name of fields) this.field(name, { boost: boosts[name] ?? 1 });
    for (const row of rows) this.add(row);
  });
  // As its guide does it while somebody types: the word, its beginning, and one letter off.
  return (text) => index.query((query) => {
    for (const token of lunr.tokenizer(text)) {
      query.term(token, { boost: 100 });
      query.term(token, { boost: 10, usePipeline: false, wildcard: lunr.Query.wildcard.TRAILING });
      query.term(token, { boost: 1, usePipeline: false, editDistance: 1 });
    }
  }).map((hit) => hit.ref);
};
"""
ORAMA = """
import { create, insertMultiple, search } from '@orama/orama';
const boost = { title: 3, cast: 2, director: 2 };
const built = async (rows) => {
  const index = create({ schema: Object.fromEntries(fields.map((name) => [name, 'string'])) });
  await insertMultiple(index, rows.map((row) => ({ id: row.show_id, ...row })));
  return async (term) => (await search(index, { term, boost, tolerance: 1, limit })).hits.map((hit) => hit.id);
};
"""
JAVASCRIPT = {
    "MiniSearch": ("minisearch@7.2.0", MINISEARCH), "Fuse.js": ("fuse.js@7.5.0", FUSE), "lunr": ("lunr@2.3.9", LUNR),
    "Orama": ("@orama/orama@3.1.18", ORAMA),
}  # fmt: skip
# A line of JSON in, a line out: the rows once, then texts.
ASKED = """
import { createInterface } from 'node:readline';
const fields = %s, limit = %d;
%s
let answer;
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (asked.rows) {
    answer = await built(asked.rows);
    console.log('[]');
  } else console.log(JSON.stringify((await answer(asked.text)).slice(0, limit)));
}
"""


def all_of(server: Postgres, rows: Rows, judge: Callable[[Ask], Any]) -> dict[str, Any]:
    """What `judge` says of each peer that is there."""
    found = {}
    peers: dict[str, AbstractContextManager[Ask | None]] = {
        "Postgres full text": postgres(server, rows),
        "SQLite FTS5 trigram": sqlite(rows, "trigram"),
        "SQLite FTS5 unicode61": sqlite(rows, "unicode61 remove_diacritics 2"),
        **{name: javascript(rows, *how) for name, how in JAVASCRIPT.items()},
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
def javascript(rows: Rows, package: str, script: str) -> Iterator[Ask | None]:
    """A library on the packaged Node.js; None where no registry has it for us."""
    home = node_home()
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as folder:
        (Path(folder) / "package.json").write_text('{"name": "peer", "private": true}')
        fetching = npm_command(home, "install", "--no-save", "--silent", "--prefix", folder, package)
        environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ}
        if subprocess.run(fetching, cwd=folder, env=environment, timeout=120, check=False).returncode:
            yield None
            return
        asked = Path(folder) / "peer.mjs"
        asked.write_text(ASKED % (json.dumps(FIELDS), TOP, script))
        node = str(home / "bin" / "node")
        with subprocess.Popen([node, str(asked)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:

            def tell(what: dict[str, Any]) -> Any:
                assert running.stdin is not None and running.stdout is not None
                running.stdin.write(json.dumps(what) + "\n")
                running.stdin.flush()
                return json.loads(running.stdout.readline())

            tell({"rows": [{name: row[name] or "" for name in ("show_id", *FIELDS)} for row in rows]})
            yield lambda text: tell({"text": text})
            assert running.stdin is not None
            running.stdin.close()

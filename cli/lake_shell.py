"""The shell of the lake: lines of SQL, and a few words that begin with a dot."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress

import duckdb
import pyarrow as pa
from rich.table import Table
from rich.text import Text

from cli.console import console
from pipelines.analytics.engines.duck import Duck, in_duckdb
from pipelines.analytics.service.questions import questions

MOST_ROWS = 200
TABLES = """
SELECT schema_name || '.' || view_name AS name FROM duckdb_views() WHERE schema_name IN ('raw', 'lake') ORDER BY 1
"""
HELP = """SQL of DuckDB, ended by a semicolon. Also:
  .questions      what is ready to be asked      .ask NAME     ask it
  .tables         what there is                  .sql NAME     how a question is put
  .refresh        see what was written since     .quit         leave (or Ctrl-D)"""


def run(duck: Duck) -> None:
    """Answer until there is nothing more to read."""
    talks = sys.stdin.isatty()
    if talks:
        with suppress(ImportError):
            import readline  # noqa: F401  arrows and the lines of before
        console.print(HELP, highlight=False)
    waiting = ""
    while True:
        try:
            line = input(("lake> " if not waiting else "  ... ") if talks else "")
        except EOFError:
            break
        except KeyboardInterrupt:
            waiting = ""
            console.print()
            continue
        if not waiting and line.strip().startswith("."):
            if line.strip() == ".quit":
                break
            _word(duck, *line.strip().split(maxsplit=1))
            continue
        waiting += line + "\n"
        if waiting.strip().endswith(";"):
            answer(duck, waiting)
            waiting = ""
    if waiting.strip():
        answer(duck, waiting)


def answer(duck: Duck, sql: str) -> None:
    """Answer one statement, or say what is wrong with it."""
    _try(lambda: duck.connection.execute(sql).to_arrow_table())


def _try(ask: Callable[[], pa.Table]) -> None:
    try:
        show(ask())
    except duckdb.Error as error:
        console.print(str(error), style="red", highlight=False)


def show(rows: pa.Table) -> None:
    table = Table(*rows.column_names, box=None)
    for row in rows.slice(0, MOST_ROWS).to_pylist():
        table.add_row(*(Text("" if value is None else str(value)) for value in row.values()))
    console.print(table)
    if rows.num_rows > MOST_ROWS:
        console.print(f"… {rows.num_rows - MOST_ROWS} rows more", highlight=False)


def _word(duck: Duck, word: str, name: str = "") -> None:
    known = questions()
    match word:
        case ".questions":
            for each in known.values():
                console.print(f"  {each.name:<22}{each.about}", highlight=False)
        case ".tables":
            answer(duck, TABLES)
        case ".ask" if name in known:
            _try(lambda: duck.ask(known[name].sql))
        case ".sql" if name in known:
            console.print(in_duckdb(known[name].sql), highlight=False)
        case ".refresh":
            duck.refresh()
        case ".ask" | ".sql" if name:
            console.print(f"There is no question {name}; .questions lists them.", markup=False, highlight=False)
        case _:
            console.print(HELP, highlight=False)

"""Looks for what can be read of a person: in every column of every file, in the plain, and with their key if there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.table import Table

from pipelines.analytics.ciphers import Cipher
from pipelines.analytics.repository import Repository
from pipelines.analytics.service.keyring import subject
from pipelines.analytics.tables import Lake


@dataclass(frozen=True, slots=True)
class Trace:
    """Something that can be read: where, and what was found there."""

    table: str
    column: str
    value: str


def traces(lake: Lake, repository: Repository, account: str) -> list[Trace]:
    """Return every value in which the account's id can be read, in the plain or with its key."""
    key = repository.known([subject(account)]).get(subject(account))
    wanted = [account, *([Cipher(key).seal(account)] if key else [])]
    return [trace for name in lake.names() if (table := lake.find(name)) for trace in _in(table, name, wanted)]


def _in(table: Table, name: str, wanted: list[str]) -> Iterator[Trace]:
    for batch in table.scan().to_arrow_batch_reader():
        for column, values in zip(batch.schema.names, batch.columns, strict=True):
            if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
                continue
            for text in wanted:
                hits = values.filter(pc.fill_null(pc.match_substring(values, text), False))
                yield from (Trace(name, column, str(value)[:200]) for value in hits.to_pylist())

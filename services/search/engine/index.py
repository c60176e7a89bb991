"""The index on this replica's disk: opened, written in batches, searched. Nothing here knows where documents come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import tantivy

from libs.chassis.slugs import name_id
from services.search.engine import fields, joining, records
from services.search.engine.documents import Written
from services.search.engine.reading import Genres
from services.search.engine.records import RANKED, Records
from services.search.engine.text import stemmed
from services.search.engine.windows import Window, Windowed, windows_of

STATE = "state.json"
MANY = 256


class BrokenIndex(Exception):
    """The index on disk cannot be read: it is damaged, or of another version."""


@dataclass(frozen=True, slots=True)
class View:
    """The index as it stood after a commit: one search looks at one view.

    It holds all changes up to `position`, and those that came alone up to `ahead`.
    """

    schema: tantivy.Schema
    searcher: tantivy.Searcher
    records: Records
    position: int
    ahead: int
    genres: Genres
    # Languages of its texts whose endings we know.
    languages: tuple[str, ...]
    # The windows of titles with more of them than a document has slots for.
    windowed: Windowed
    # Whose changes it counts.
    database: str
    timeline: int

    @property
    def holds(self) -> tuple[str, int, int, int]:
        """Which changes it holds: two views that hold the same answer the same."""
        return self.database, self.timeline, self.position, self.ahead

    def read(self, addresses: Iterable[Any], part: str) -> list[dict[str, Any]]:
        """What is recorded of documents: the part of it that is `ranked`, or `shown`."""
        return self.records.read(self.column("place", addresses), part)

    def column(self, field: str, addresses: Iterable[Any]) -> list[Any]:
        """A number that each of these documents has."""
        asked = list(addresses)
        return self.searcher.fast_field_values(field, asked) if asked else []

    def last_place(self) -> list[int]:
        """The last place of the records that a document names, if there is any document."""
        found: Any = self.searcher.search(
            tantivy.Query.all_query(), 1, count=False, order_by_field="place", order=tantivy.Order.Desc
        )
        return self.column("place", [address for _, address in found.hits])

    def best(self, query: tantivy.Query, most: int, offset: int = 0) -> list[Any]:
        """Addresses of the documents that score highest."""
        return [address for _, address in self.searcher.search(query, most, count=False, offset=offset).hits]

    def count(self, query: tantivy.Query) -> int:
        """How many documents match."""
        found: Any = self.searcher.search(query, 1, count=True)
        return int(found.count)


class Index:
    """One index in one folder: of rebuild number `build`; `database` and `timeline` say whose changes it counts.

    Written by one thread; searched, by its views, by any.
    """

    def __init__(
        self, folder: Path, *, memory: int, build: int = 0, database: str = "", timeline: int = 0, first: int = 0
    ) -> None:
        """Open the index in a folder, or make an empty one where there is none. Raises `BrokenIndex`.

        `first`: see `Records`. Those of indexes that become one have to have different numbers.
        """
        self.folder = folder
        self._memory = memory * 1_000_000
        self._first = first
        self.schema = fields.schema()
        self._writer: tantivy.IndexWriter | None = None
        self.position = self.ahead = 0
        self.build = build
        self.database, self.timeline = database, timeline
        self._genres: dict[str, str] = {}
        self._languages: set[str] = set()
        self._windowed: dict[str, list[dict[str, Any]]] = {}
        self._windows: dict[str, list[Window]] = {}
        try:
            self.view = self._open()
        except Exception as error:
            raise BrokenIndex(f"{type(error).__name__}: {error}") from error

    def _open(self) -> View:
        state = self.folder / STATE
        if state.exists():
            self._restore(orjson.loads(state.read_bytes()))
            self.index = tantivy.Index.open(str(self.folder))
            self.records = Records(self.folder, first=self._first)
        else:
            self.folder.mkdir(parents=True, exist_ok=True)
            if any(self.folder.iterdir()):
                raise ValueError("files without a state")
            self.index = tantivy.Index(self.schema, str(self.folder))
            self.records = Records.new(self.folder, first=self._first)
            self._save()
        # Reading through it finds files that are missing or cut short now rather than in somebody's search; and the last record
        # that a document names, whether the note of records is from before this commit of the engine's.
        self.index.config_reader(reload_policy="manual")
        view = self._look()
        view.records.read(view.last_place(), RANKED)
        return view

    def _restore(self, state: dict[str, Any]) -> None:
        if state["format"] != fields.FORMAT:
            raise ValueError(f"of format {state['format']}, where {fields.FORMAT} is wanted")
        self.position, self.build = state["position"], state["build"]
        self.ahead = state.get("ahead", self.position)
        self.database, self.timeline = state.get("database", ""), state.get("timeline", 0)
        self._recall(state)

    def _recall(self, state: dict[str, Any]) -> None:
        self._genres, self._windowed = state["genres"], state["windowed"]
        self._windows = {title_id: windows_of(told) for title_id, told in self._windowed.items()}
        self._languages = set(state["languages"])

    def _save(self) -> None:
        """Write the state: after the commit it tells of, for changes that come twice do no harm and missing ones do."""
        state = {
            "format": fields.FORMAT, "position": self.position, "ahead": self.ahead, "build": self.build,
            "database": self.database, "timeline": self.timeline, "genres": self._genres,
            "languages": sorted(self._languages), "windowed": self._windowed,
        }  # fmt: skip
        new = self.folder / f"{STATE}.new"
        new.write_bytes(orjson.dumps(state))
        new.replace(self.folder / STATE)

    @property
    def writer(self) -> tantivy.IndexWriter:
        """The one writer; it holds the folder's lock."""
        if self._writer is None:
            self._writer = self.index.writer(self._memory, 1)
        return self._writer

    def remove_title(self, title_id: str) -> None:
        """Take a title out, with the next commit."""
        if (place := self._place("id", title_id)) is not None:
            self.records.drop(place)
        self._forget("id", title_id)

    def _forget(self, field: str, id_: str) -> None:
        self.writer.delete_documents_by_term(field, id_)
        self._windowed.pop(id_, None)
        self._windows.pop(id_, None)

    def _place(self, field: str, id_: str) -> int | None:
        """Where the record of a title or person is, as of the last commit."""
        found = self.view.best(tantivy.Query.term_query(self.schema, field, id_, "basic"), 1)
        return next(iter(self.view.column("place", found)), None)

    def _put(self, field: str, id_: str, written: Written, *, new: bool) -> None:
        """Put something in the place of what there was of it. What only plays have changed keeps its record."""
        before = None if new else self._place(field, id_)
        written.document.add_integer("place", self.records.put(written.ranked, written.shown, before))
        if not new:
            self._forget(field, id_)
        self.writer.add_document(written.document)

    def put_title(
        self, title_id: str, written: Written, entry: Mapping[str, Any], *, fits: bool, new: bool = False
    ) -> None:
        """Put a title in the place of what there was of it, with the next commit; of one that is `new` there is nothing."""
        self._put("id", title_id, written, new=new)
        for name in entry["genres"]:
            self._genres[name_id(name)] = name
        self._languages.add(entry["language"])
        self._languages.update(item["language"] for item in entry["localized"])
        if not fits:
            self._windowed[title_id] = entry["windows"]
            self._windows[title_id] = windows_of(entry["windows"])

    def put_person(self, person_id: str, written: Written, *, new: bool = False) -> None:
        """Put somebody in the place of what there was of them, with the next commit."""
        self._put("person", person_id, written, new=new)

    def commit(self, position: int, ahead: int = 0) -> None:
        """Let searches see what was put and removed: all up to a change, and what came alone up to a later one."""
        self.records.commit()
        self.writer.commit()
        self.position, self.ahead = position, max(position, ahead)
        self._save()
        self.view = self._look()

    def finish(self, position: int) -> None:
        """Commit for the last time: what is still being merged is waited for, and the folder's lock given back."""
        self.commit(position)
        self.writer.wait_merging_threads()
        self.close()

    def take(self, parts: Sequence[Path], position: int) -> None:
        """Take in what was built in other folders, each document once, where there is nothing yet; those are left empty."""
        self.close()
        for part in parts:
            state = orjson.loads((part / STATE).read_bytes())
            self._genres |= state["genres"]
            self._windowed |= state["windowed"]
            self._languages.update(state["languages"])
        records.take(self.folder, parts)
        joining.join(self.folder, parts)
        self.position = self.ahead = position
        self._save()
        self.view = self._open()

    @property
    def empty(self) -> bool:
        """Whether nothing was ever committed to it."""
        return self.position == 0 and self.view.searcher.num_docs == 0

    def _look(self) -> View:
        self.index.reload()
        return View(
            self.schema,
            self.index.searcher(),
            self.records,
            self.position,
            self.ahead,
            Genres(self._genres),
            stemmed(self._languages),
            Windowed(dict(self._windows)),
            self.database,
            self.timeline,
        )

    def rewind(self, last: int) -> None:
        """Take up changes again from the last one that there is, where that is less than what was counted."""
        self.position, self.ahead = min(self.position, last), min(self.ahead, last)

    def undo(self) -> None:
        """Forget what was put and removed since the last commit: it comes again."""
        if self._writer is not None:
            self._writer.rollback()
        self.records.undo()
        self._recall(orjson.loads((self.folder / STATE).read_bytes()))

    def close(self) -> None:
        """Give the folder's lock back. What was not committed is lost, and comes again."""
        self._writer = None


def any_of(schema: tantivy.Schema, field: str, values: Sequence[Any]) -> tantivy.Query:
    """Documents with one of these values."""
    # A set is put together for all documents of a segment first; of fewer values the lists are skipped through.
    if len(values) > MANY:
        return tantivy.Query.term_set_query(schema, field, list(values))
    terms = [tantivy.Query.term_query(schema, field, value, "basic") for value in values]
    if len(terms) == 1:
        return terms[0]
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])

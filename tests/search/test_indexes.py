"""The index on a replica's disk: it follows, outlives its process, and is made again when it is lost, damaged or unwanted."""

import asyncio
import resource
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psutil
import pytest
from structlog.testing import capture_logs

from libs.chassis.data.database import Database
from libs.contracts.catalog import TitleRated, Window
from libs.contracts.trending import WORLD, TrendingChanged, TrendingTitle
from services.search.engine import damage, records
from services.search.engine.index import BrokenIndex, Index
from services.search.repository import changes
from services.search.service import building, indexes, projections
from services.search.service.indexes import IndexNotReady
from tests.conftest import AuthHeaders, DatabaseFactory
from tests.search.conftest import NOON, PATIENCE, Search, changed, played, received, serving

Start = Callable[[], AbstractAsyncContextManager[Search]]


@pytest.fixture
async def start(
    database: DatabaseFactory, jwks_cache: str, auth_headers: AuthHeaders, tmp_path: Path
) -> AsyncIterator[Start]:
    """Starts a replica; all of them share a database and the folder that their indexes lie in."""
    url = await database("services.search")
    yield lambda: serving(url, jwks_cache, auth_headers, tmp_path)


def builds(folder: Path) -> list[Path]:
    return sorted(folder.glob("0/build-*"))


async def rebuilt(replica: Search, films: int) -> None:
    """Have it build a new index; meanwhile the old one finds all of these films about moss."""
    number = await changes.ask_for_rebuild(replica.db)
    async with asyncio.timeout(PATIENCE):
        while replica.indexes.build < number:
            assert (await replica.search("moss", limit=50))["total"] == films
            await asyncio.sleep(0.05)
        while len(builds(replica.folder)) > 1:  # the old one goes last
            assert (await replica.search("moss", limit=50))["total"] == films
            await asyncio.sleep(0.01)


async def test_a_replica_goes_on_where_it_stopped(start: Start, tmp_path: Path) -> None:
    async with start() as first:
        await first.films(["The Moss Hour", "Signal Rock"])
    (build,) = builds(tmp_path)
    made = build.stat().st_ino
    async with start() as second:
        assert await second.names("moss") == ["The Moss Hour"]
        await second.film("Moss and Fern")
        assert sorted(await second.names("moss")) == ["Moss and Fern", "The Moss Hour"]
    assert [path.stat().st_ino for path in builds(tmp_path)] == [made]


async def test_searches_see_what_changed_while_there_is_more_to_catch_up_with(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an import of thousands nobody waits for the last of them."""
    async with start() as replica:
        await replica.film("Signal Rock")
        seen: list[int] = []
        commit = Index.commit

        def noted(index: Index, position: int, ahead: int = 0) -> None:
            seen.append(position)
            commit(index, position, ahead)

        monkeypatch.setattr(Index, "commit", noted)
        monkeypatch.setattr(indexes, "BATCH", 5)
        monkeypatch.setattr(indexes, "SHOWN_SECONDS", 0.0)
        await replica.films([f"Moss {number}" for number in range(20)])
        assert len(seen) == 4 or len(seen) == 5
        assert seen == sorted(set(seen))


async def test_an_edit_is_found_and_what_is_withdrawn_is_gone_while_a_crowd_waits(
    database: DatabaseFactory, jwks_cache: str, auth_headers: AuthHeaders, tmp_path: Path, valkey_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Whoever edits a title during an import of hundreds waits for none of them, and meets no answer kept from before."""
    monkeypatch.setattr(indexes, "BATCH", 10)
    url = await database("services.search")
    async with serving(url, jwks_cache, auth_headers, tmp_path, redis_url=valkey_url) as replica:
        edited, withdrawn = await replica.film("Signal Rock"), await replica.film("Lantern Hill")
        loop, apply, commit = asyncio.get_running_loop(), building.apply, Index.commit
        batches = 0
        seen: list[tuple[int, list[list[str]]]] = []

        async def edit() -> None:
            assert [await replica.names(name) for name in ("fern", "lantern", "okonkwo")] == [[], ["Lantern Hill"], []]
            for event in (
                changed("Fern Valley", title_id=edited, version=2, cast=("Mira Okonkwo",)),
                changed("Lantern Hill", title_id=withdrawn, version=2, status="archived"),
            ):
                async with replica.db.transaction() as session:
                    await projections.titles_changed(session, [received(event)])

        async def found() -> list[list[str]]:
            return [await replica.names(name) for name in ("fern valley", "lantern", "okonkwo")]

        def edits_meanwhile(index: Index, rows: Sequence[Any], once: int) -> None:
            nonlocal batches
            batches += 1
            if batches == 2:
                asyncio.run_coroutine_threadsafe(edit(), loop).result()
            apply(index, rows, once)

        def noted(index: Index, position: int, ahead: int = 0) -> None:
            commit(index, position, ahead)
            seen.append((position, asyncio.run_coroutine_threadsafe(found(), loop).result()))

        monkeypatch.setattr(building, "apply", edits_meanwhile)
        monkeypatch.setattr(Index, "commit", noted)
        await replica.films([f"Moss {number}" for number in range(300)])
        last = await changes.last(replica.db)
        as_edited = [["Fern Valley"], [], ["Fern Valley"]]
        position = next(place for place, names in seen if names == as_edited)
        assert position < last - 200, "the crowd went first"
        assert all(names == as_edited for place, names in seen if place > position)
        assert (await replica.search("moss"))["total"] == 300
        assert (await replica.search("fern valley"))["total"] == 1, "it came twice and is there once"
        assert replica.indexes.view.position == last


async def test_what_is_withdrawn_while_its_crowd_is_read_is_gone_at_once(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "BATCH", 10)
    async with start() as replica:
        await replica.film("Signal Rock")
        loop, alone, commit = asyncio.get_running_loop(), changes.alone, Index.commit
        moss = [changed(f"Moss {number}") for number in range(100)]
        withdrawn = min(moss, key=lambda film: film.title_id)
        after: list[int] = []
        gone = False

        async def meanwhile(*asked: Any) -> list[Any]:
            nonlocal gone
            if not gone:
                gone = True
                update = {"version": 2, "status": "archived"}
                async with replica.db.transaction() as session:
                    await projections.titles_changed(session, [received(withdrawn.model_copy(update=update))])
            return await alone(*asked)

        def noted(index: Index, position: int, ahead: int = 0) -> None:
            commit(index, position, ahead)
            if gone and not after:  # the one that shows what came alone, with most of the crowd still to come
                after.append(asyncio.run_coroutine_threadsafe(names(), loop).result().count(withdrawn.name))

        async def names() -> list[str]:
            return await replica.names(withdrawn.name)

        monkeypatch.setattr(changes, "alone", meanwhile)
        monkeypatch.setattr(Index, "commit", noted)
        await replica.send(*moss)
        assert after == [0]


async def test_what_came_alone_into_an_empty_index_beside_a_crowd_is_there_once(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "BATCH", 10)
    loop, apply = asyncio.get_running_loop(), building.apply
    async with start() as replica:
        film = changed("Fern Valley")
        begun = False

        async def edit(version: int) -> None:
            async with replica.db.transaction() as session:
                await projections.titles_changed(session, [received(film.model_copy(update={"version": version}))])

        def edits_meanwhile(index: Index, rows: Sequence[Any], once: int) -> None:
            nonlocal begun
            if not begun:
                begun = True
                for version in (1, 2):
                    asyncio.run_coroutine_threadsafe(edit(version), loop).result()
            apply(index, rows, once)

        monkeypatch.setattr(building, "apply", edits_meanwhile)
        await replica.films([f"Moss {number}" for number in range(100)])
        assert (await replica.search("moss"))["total"] == 100
        assert (await replica.search("fern valley"))["total"] == 1


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes build what is new of an index, however little there is."""
    monkeypatch.setattr(building, "MANY", 10)
    monkeypatch.setattr(building, "builders", lambda: 2)


@pytest.mark.usefixtures("together")
async def test_a_large_index_is_built_by_several_processes_and_goes_on_as_one(start: Start, tmp_path: Path) -> None:
    """Each title and person is in it once, edits replace what others wrote, and a rebuild answers meanwhile."""
    names = [f"Moss {number}" for number in range(40)]
    many = tuple(Window(starts_at=NOON + timedelta(days=day)) for day in range(9))
    async with start() as first:
        films = await first.films(names, cast=("Mira Okonkwo",), genres=("Drama",))
        await first.film("Moss Gone", status="archived")
        await first.send(changed("Moss Later", windows=many, language="de", genres=("Krimi",)))
        await rebuilt(first, 41)
        (build,) = builds(tmp_path)
        assert damage.of(build) is None
        assert len(orjson.loads((build / damage.META).read_bytes())["segments"]) > 1
        found = await first.search("moss", limit=50)
        assert sorted(item["name"] for item in found["items"]) == sorted([*names, "Moss Later"])
        assert {value["value"]: value["count"] for value in found["facets"]["genres"]} == {"drama": 40, "krimi": 1}
        assert [person["name"] for person in (await first.search("okonkwo"))["people"]] == ["Mira Okonkwo"]
        await first.send(*(changed("Fern", title_id=film, version=2) for film in films[:30]))
        assert (await first.search("moss", limit=50))["total"] == 11
        assert (await first.search("fern", limit=50))["total"] == 30
    async with start() as second:
        assert (await second.search("fern", limit=50))["total"] == 30
        assert builds(tmp_path) == [build]


async def test_an_index_whose_builders_fail_is_built_by_its_own_process(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as first:
        await first.films([f"Moss {number}" for number in range(20)])
        monkeypatch.setattr(building, "MANY", 10)
        monkeypatch.setattr(building, "builders", lambda: 2)
        for command, reason in (
            ((sys.executable, "-c", "raise SystemExit('no memory')"), "ended with 1: no memory"),
            (("/nowhere/python",), "could not begin: [Errno 2]"),
        ):
            monkeypatch.setattr(building, "COMMAND", command)
            with capture_logs() as told:
                await rebuilt(first, 20)
            (warning,) = [line for line in told if line["event"] == "index_build_alone"]
            assert reason in warning["reason"]
            assert (await first.search("moss"))["total"] == 20


async def test_an_index_whose_records_are_older_than_its_documents_is_made_again(start: Start, tmp_path: Path) -> None:
    async with start() as first:
        await first.films(["The Moss Hour", "Signal Rock"])
        note = (builds(tmp_path)[0] / records.NOTE).read_bytes()
        await first.film("Moss and Fern")
    (build,) = builds(tmp_path)
    # The power failed: the disk has the engine's commit, and of the note what it was before.
    (build / records.NOTE).write_bytes(note)
    with pytest.raises(BrokenIndex, match="no record at"):
        Index(build, memory=15)
    async with start() as second:
        await second.settled()
        assert sorted(await second.names("moss")) == ["Moss and Fern", "The Moss Hour"]


async def test_an_index_that_fails_again_and_again_is_replaced_and_answers_meanwhile(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with start() as replica:
        await replica.film("The Moss Hour")
        (before,) = builds(tmp_path)
        put, failed = Index.put_title, 0

        def fails(self: Index, *arguments: Any, **more: Any) -> None:
            nonlocal failed
            if self.folder == before:
                failed += 1
                raise ValueError("the engine cannot write")
            put(self, *arguments, **more)

        monkeypatch.setattr(Index, "put_title", fails)
        async with replica.db.transaction() as session:
            await projections.titles_changed(session, [received(changed("Moss and Fern"))])
        async with asyncio.timeout(PATIENCE):
            while builds(tmp_path) == [before]:
                assert await replica.names("moss") == ["The Moss Hour"]
                await asyncio.sleep(0.05)
        await replica.settled()
        assert sorted(await replica.names("moss")) == ["Moss and Fern", "The Moss Hour"]
        assert failed == indexes.STUCK


async def test_a_rebuild_that_fails_leaves_the_index_that_answers(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with start() as replica:
        await replica.films([f"Moss {number}" for number in range(20)])
        before = builds(tmp_path)
        with capture_logs() as told, monkeypatch.context() as nothing_built:
            nothing_built.setattr(building, "MANY", 10)
            nothing_built.setattr(building, "builders", lambda: 2)
            nothing_built.setattr(building, "COMMAND", ("true",))
            await changes.ask_for_rebuild(replica.db)
            async with asyncio.timeout(PATIENCE):
                while builds(tmp_path) != before or not any(line["event"] == "index_rebuild_failed" for line in told):
                    assert (await replica.search("moss"))["total"] == 20
                    await asyncio.sleep(0.05)
        assert not any(line["event"] == "index_broken" for line in told)
        assert (await replica.client.get("/readyz")).json()["components"]["index"] == "ok"
        await replica.film("Moss and Fern")
        assert (await replica.search("moss", limit=50))["total"] == 21
        replica.indexes._rebuild_at = 0.0
        await rebuilt(replica, 21)
        await replica.film("Moss and Reed")
        assert len(builds(tmp_path)) == 1


@pytest.mark.usefixtures("together")
async def test_builders_end_with_the_replica_they_build_for(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    def at_work() -> list[psutil.Process]:
        found = []
        for child in psutil.Process().children():
            with suppress(psutil.Error):  # it ends this moment
                if "never done" in " ".join(child.cmdline()):
                    found.append(child)
        return found

    async with start() as replica:
        await replica.films([f"Moss {number}" for number in range(20)])
        monkeypatch.setattr(building, "COMMAND", (sys.executable, "-c", "import sys; sys.stdin.read()  # never done"))
        await changes.ask_for_rebuild(replica.db)
        async with asyncio.timeout(PATIENCE):
            while len(at_work()) < 2:
                assert (await replica.search("moss"))["total"] == 20
                await asyncio.sleep(0.05)
    assert at_work() == []


@pytest.mark.parametrize(
    "damage",
    [
        "a segment is cut short",
        "records are cut short",
        "no records",
        "no state",
        "no meta",
        "no note",
        "nonsense",
        "everything",
    ],
)
async def test_an_index_that_cannot_be_used_is_made_again(start: Start, tmp_path: Path, damage: str) -> None:
    async with start() as first:
        await first.films([f"Moss {number}" for number in range(30)])
    (build,) = builds(tmp_path)
    match damage:
        case "a segment is cut short":
            for path in build.glob("*.store"):
                path.write_bytes(path.read_bytes()[:20])
        case "records are cut short":
            (build / "records-0").write_bytes((build / "records-0").read_bytes()[:-1])
        case "no records":
            (build / "records-0").unlink()
        case "no note":
            (build / "records.json").unlink()
        case "no state":
            (build / "state.json").unlink()
        case "no meta":
            (build / "meta.json").unlink()
        case "nonsense":
            (build / "state.json").write_bytes(b'{"format": 0}')
        case _:
            shutil.rmtree(tmp_path / "0")
    async with start() as second:
        assert (await second.search("moss", limit=50))["total"] == 30
    assert len(builds(tmp_path)) == 1


def overwrite(folder: Path) -> None:
    """Put other bytes into the middle of each file that is searched, and leave their lengths as they are."""
    for path in folder.iterdir():
        if path.suffix in {".idx", ".pos", ".term", ".store", ".fast", ".fieldnorm"} or path.name == "records-0":
            with path.open("r+b") as file:
                size = path.stat().st_size
                file.seek(size // 4)
                file.write(bytes(range(255, 0, -1)) * (size // 2 // 255) + b"\xff" * (size // 2 % 255))


async def test_other_bytes_in_its_files_are_noticed_by_a_search_and_the_index_is_made_again(
    start: Start, tmp_path: Path
) -> None:
    async with start() as replica:
        await replica.films([f"Moss {number}" for number in range(60)], description="A keeper counts the hours.")
        (build,) = builds(tmp_path)
        overwrite(build)
        answers = [await replica.call("GET", path, params={"q": "moss"}) for path in ("", "/suggest")]
        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(503, "search_index_not_ready")}
        state = (await replica.client.get("/readyz")).json()["components"]["index"]
        assert state == "ok" or "degraded" in state
        await replica.film("Moss and Fern")
        assert (await replica.search("moss", limit=100))["total"] == 61
        assert (await replica.client.get("/readyz")).json()["components"]["index"] == "ok"


@pytest.mark.parametrize("pattern", ["*.idx", "records-0"])
async def test_other_bytes_in_its_files_are_noticed_at_the_start(start: Start, tmp_path: Path, pattern: str) -> None:
    async with start() as first:
        await first.films([f"Moss {number}" for number in range(60)])
    (build,) = builds(tmp_path)
    # One bit: nothing that reading need stumble over.
    (file,) = build.glob(pattern)
    held = bytearray(file.read_bytes())
    held[len(held) // 2] ^= 1
    file.write_bytes(held)
    assert "holds other bytes" in (damage.of(build) or "")
    async with start() as second:
        assert (await second.search("moss", limit=100))["total"] == 60
        assert [damage.of(path) for path in builds(tmp_path)] == [None]


async def test_one_other_bit_of_what_is_shown_is_noticed_by_the_search_that_meets_it(
    start: Start, tmp_path: Path
) -> None:
    async with start() as replica:
        await replica.films([f"Moss {number}" for number in range(60)], description="A keeper counts the hours.")
        (build,) = builds(tmp_path)
        held = bytearray((build / "records-0").read_bytes())
        for place in range(100, len(held), 100):
            held[place] ^= 1
        (build / "records-0").write_bytes(held)
        answer = await replica.call("GET", "", params={"q": "", "limit": 60})
        assert (answer.status_code, answer.json()["code"]) == (503, "search_index_not_ready")
        await replica.film("Moss and Fern")
        assert (await replica.search("moss", limit=100))["total"] == 61


async def test_on_a_disk_that_takes_nothing_more_a_replica_answers_with_what_it_has(
    start: Start, tmp_path: Path
) -> None:
    async with start() as replica:
        await replica.film("The Moss Hour")
        before = builds(tmp_path)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
        try:
            async with replica.db.transaction() as session:
                await projections.titles_changed(session, [received(changed("Moss and Fern"))])
            async with asyncio.timeout(PATIENCE):
                while replica.indexes.problem is None:
                    assert await replica.names("moss") == ["The Moss Hour"]
                    await asyncio.sleep(0.01)
            assert (await replica.client.get("/readyz")).json()["components"]["index"] != "ok"
            for _ in range(5):
                assert await replica.names("moss") == ["The Moss Hour"]
                await asyncio.sleep(0.1)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        await replica.settled()
        assert sorted(await replica.names("moss")) == ["Moss and Fern", "The Moss Hour"]
        assert builds(tmp_path) == before


async def test_a_new_index_is_not_behind_the_one_it_replaces(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was withdrawn while it was made, and is gone, does not come back with it."""
    async with start() as replica:
        moss = await replica.film("The Moss Hour")
        made, point_at = indexes.Indexes._made, indexes.Indexes._point_at
        positions: list[tuple[int, int]] = []

        async def withdrawn_meanwhile(self: indexes.Indexes, number: int, history: changes.History) -> Index:
            new = await made(self, number, history)
            async with replica.db.transaction() as session:
                gone = changed("The Moss Hour", title_id=moss, version=2, status="archived")
                await projections.titles_changed(session, [received(gone)])
            await replica.settled()  # the old one
            assert await replica.names("moss") == []
            return new

        def noted(self: indexes.Indexes, index: Index) -> None:
            positions.append((self.view.position, index.position))
            point_at(self, index)

        monkeypatch.setattr(indexes.Indexes, "_made", withdrawn_meanwhile)
        monkeypatch.setattr(indexes.Indexes, "_point_at", noted)
        number = await changes.ask_for_rebuild(replica.db)
        async with asyncio.timeout(PATIENCE):
            while replica.indexes.build < number:
                assert (await replica.client.get("/readyz")).json()["components"]["index"] == "ok"
                await asyncio.sleep(0.01)
        ((old, new),) = positions
        assert new >= old
        assert await replica.names("moss") == []


async def test_an_index_of_which_most_is_replaced_is_made_anew(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def size() -> int:
        return sum(path.stat().st_size for build in builds(tmp_path) for path in build.glob("records-*"))

    async with start() as replica:
        films = await replica.films([f"Moss {number}" for number in range(20)])
        small = size()
        for version in range(2, 12):
            await replica.send(*(changed(f"Fern {version}", title_id=film, version=version) for film in films))
        assert size() > 8 * small
        monkeypatch.setattr(records, "LITTLE", 0)
        (before,) = builds(tmp_path)
        await replica.film("Signal Rock")
        async with asyncio.timeout(PATIENCE):
            while before in builds(tmp_path):
                assert (await replica.search("fern 11", limit=50))["total"] == 20
                await asyncio.sleep(0.01)
        await replica.film("Lantern Hill")
        assert size() < 3 * small
        assert (await replica.search("fern 11", limit=50))["total"] == 20


async def test_plays_and_ratings_write_no_record_anew(search: Search) -> None:
    first, second = await search.films(["Moss and Fern", "Moss and Reed"])
    (build,) = builds(search.folder)
    before = (build / "records-0").read_bytes()
    await search.send(
        *(played(second) for _ in range(5)), TitleRated(title_id=first, average=4, count=1, rated_at=NOON)
    )
    assert await search.names("", sort="popular") == ["Moss and Reed", "Moss and Fern"]
    assert await search.names("", min_rating=4) == ["Moss and Fern"]
    assert (build / "records-0").read_bytes() == before


async def test_an_index_of_another_database_is_made_again(
    start: Start, tmp_path: Path, database: DatabaseFactory, jwks_cache: str, auth_headers: AuthHeaders,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A dump that was restored is one: its changes have the same numbers, and are others."""
    async with start() as replica:
        await replica.films(["The Moss Hour", "Moss and Fern", "Moss Rock"])
        await rebuilt(replica, 3)
    async with serving(await database("services.search"), jwks_cache, auth_headers, tmp_path) as replica:
        assert await replica.names("") == []
        await replica.film("The Moss Day")
        assert await replica.names("moss") == ["The Moss Day"]
        told = changes.history

        async def another(db: Database) -> changes.History:
            return replace(await told(db), database="restored")

        # As a restore changes it under a replica that runs.
        await replica.db.pool.execute("UPDATE titles SET seq = 1")
        monkeypatch.setattr(changes, "history", another)
        await replica.film("Moss and Fern")
        await made_anew(replica, "restored", None)
        assert sorted(await replica.names("moss")) == ["Moss and Fern", "The Moss Day"]


async def made_anew(replica: Search, database: str | None, timeline: int | None) -> None:
    """Wait until there is one index, of this history."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(IndexNotReady):
                view = replica.indexes.view
                if len(builds(replica.folder)) == 1 and (view.database == database or view.timeline == timeline):
                    return
            await asyncio.sleep(0.01)


async def test_an_index_follows_a_server_that_took_over_and_had_less(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as replica:
        lost = await replica.film("Moss Rock")
        await replica.film("The Moss Hour")
        told = changes.history

        async def another(db: Database) -> changes.History:
            return replace(await told(db), timeline=2)

        # What the old server took last never reached the new one, which gives the same numbers to others.
        await replica.db.pool.execute("DELETE FROM titles WHERE title_id = $1", lost)
        await replica.db.pool.execute("UPDATE titles SET seq = 1")
        await replica.db.pool.execute("SELECT setval('changes', 1)")
        monkeypatch.setattr(changes, "history", another)
        await replica.film("Moss and Fern")
        async with asyncio.timeout(PATIENCE):
            while "Moss and Fern" not in await replica.names("moss"):  # noqa: ASYNC110  (it is asked until it knows)
                await asyncio.sleep(0.01)
        await made_anew(replica, None, 2)
        assert sorted(await replica.names("moss")) == ["Moss and Fern", "The Moss Hour"]


async def test_an_index_whose_folder_is_removed_meanwhile_is_made_again(start: Start, tmp_path: Path) -> None:
    async with start() as replica:
        await replica.film("The Moss Hour")
        shutil.rmtree(tmp_path / "0")
        await replica.film("Moss and Fern")
        assert sorted(await replica.names("moss")) == ["Moss and Fern", "The Moss Hour"]


async def test_replicas_that_share_a_folder_keep_an_index_each(start: Start, tmp_path: Path) -> None:
    async with start() as first, start() as second:
        title_id = await first.film("The Moss Hour")
        await second.settled()
        assert await second.names("moss") == ["The Moss Hour"]
        await second.send(changed("The Moss Hour", title_id=title_id, version=2, status="draft"))
        await first.settled()
        assert await first.names("moss") == []
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["0", "1"]


async def test_a_rebuild_answers_all_the_while_and_leaves_one_index(start: Start, tmp_path: Path) -> None:
    async with start() as replica:
        await replica.films([f"Moss {number}" for number in range(40)])
        before = builds(tmp_path)
        number = await changes.ask_for_rebuild(replica.db)
        async with asyncio.timeout(PATIENCE):
            while replica.indexes.build < number:
                assert (await replica.search("moss", limit=50))["total"] == 40
        assert (await replica.search("moss", limit=50))["total"] == 40
        await replica.film("Moss and Fern")
        assert (await replica.search("moss", limit=50))["total"] == 41
        (after,) = builds(tmp_path)
        assert [after] != before
        assert (await replica.client.get("/readyz")).json()["components"]["index"] == "ok"


async def test_ratings_and_plays_move_titles(search: Search) -> None:
    first, second = await search.films(["Moss and Fern", "Moss and Reed"])
    await search.send(*(played(second) for _ in range(5)), *(played(first, trailer=True) for _ in range(50)))
    assert await search.names("", sort="popular") == ["Moss and Reed", "Moss and Fern"]
    assert (await search.names("moss and"))[0] == "Moss and Reed"
    await search.send(TitleRated(title_id=first, average=4.5, count=3, rated_at=NOON))
    assert (await search.names("", sort="rating"))[0] == "Moss and Fern"
    assert await search.names("", min_rating=4) == ["Moss and Fern"]
    await search.send(TitleRated(title_id=first, average=None, count=0, rated_at=NOON))
    assert await search.names("", min_rating=4) == []


async def test_what_is_watched_lately_counts_a_little_beside_plays(search: Search) -> None:
    first, second, third = await search.films(["Moss and Fern", "Moss and Reed", "Moss and Sedge"])
    hour = timedelta(hours=1)

    def told(at: datetime, *titles: tuple[UUID, float], region: str = WORLD) -> TrendingChanged:
        watched = tuple(TrendingTitle(title_id=title_id, score=score, viewers=9) for title_id, score in titles)
        return TrendingChanged(region=region, titles=watched, computed_at=at)

    await search.send(*(played(second) for _ in range(5)), told(NOON, (first, 4.0), (third, 0.0)))
    assert await search.names("", sort="popular") == ["Moss and Reed", "Moss and Fern", "Moss and Sedge"]
    await search.send(told(NOON + hour, (third, 40.0), (first, 4.0)))
    newest = ["Moss and Sedge", "Moss and Reed", "Moss and Fern"]
    assert await search.names("", sort="popular") == newest
    # Older, of one country, or once more: nothing new.
    again = told(NOON + hour, (third, 40.0), (first, 4.0))
    before = await changes.last(search.db)
    await search.send(told(NOON, (first, 90.0)), told(NOON + 2 * hour, (first, 90.0), region="DE"), again)
    assert (await search.names("", sort="popular"), await changes.last(search.db)) == (newest, before)
    # Nothing is watched, twice; nor does what was told in between count when it comes now.
    await search.send(told(NOON + 2 * hour))
    await search.send(told(NOON + 4 * hour))
    assert (await search.names("", sort="popular"))[0] == "Moss and Reed"
    await search.send(told(NOON + hour, (third, 40.0)))
    await search.send(told(NOON + 3 * hour, (third, 40.0)))
    assert (await search.names("", sort="popular"))[0] == "Moss and Reed"


def test_a_panic_of_the_engine_is_an_exception_like_others() -> None:
    # As the engine's binding calls what it raises when the engine gives up; no handler of `Exception` would see it.
    panic = type("PanicException", (BaseException,), {})

    def give_up() -> None:
        raise panic("index out of bounds")

    with pytest.raises(damage.EnginePanic, match="index out of bounds"):
        damage.contained(give_up)


async def test_what_its_writer_calls_a_crowd_is_one_however_few_come(
    database: DatabaseFactory, jwks_cache: str, auth_headers: AuthHeaders, tmp_path: Path
) -> None:
    url = await database("services.search")
    async with serving(url, jwks_cache, auth_headers, tmp_path) as replica:
        edit, few = changed("Signal Rock"), [changed(f"Moss {number}", crowd=True) for number in range(3)]
        both = changed("Lantern Hill", crowd=True)
        again = both.model_copy(update={"version": 2, "crowd": False})
        async with replica.db.transaction() as session:
            await projections.titles_changed(session, [received(event) for event in (*few, edit, both, again)])
        rows = await replica.db.pool.fetch("SELECT title_id, crowd FROM titles")
        alone = {row["title_id"] for row in rows if not row["crowd"]}
        assert len(rows) == 5 and alone == {edit.title_id, both.title_id}

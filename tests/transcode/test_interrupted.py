"""Uploads through two servers, and through one that is killed between any two commits: every byte, or a clean refusal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from libs.chassis.object_store import open_store
from pipelines.transcode.service.masters import PART, folder
from pipelines.transcode.service.spool import Spool
from pipelines.transcode.settings import Settings
from tests.conftest import AuthHeaders
from tests.transcode.conftest import Api, Inside, eventually, master
from tests.transcode.servers import api_process, free_port, noise, served

UPLOADS = "pipelines.transcode.repository.uploads:Uploads"
ASSETS = "pipelines.transcode.repository.assets:Assets"
LEFTOVERS = "pipelines.transcode.repository.leftovers:Leftovers"
MASTERS = "pipelines.transcode.service.masters:Masters"


@asynccontextmanager
async def client(address: tuple[str, int], headers: dict[str, str]) -> AsyncIterator[Api]:
    async with httpx.AsyncClient(base_url=f"http://{address[0]}:{address[1]}", timeout=30) as http:
        yield Api(http, headers)


@asynccontextmanager
async def replicas(settings: Settings, headers: dict[str, str], number: int = 2) -> AsyncIterator[list[Api]]:
    """Servers that share the database and the object store and nothing else, and a client of each as one person."""
    async with AsyncExitStack() as stack:
        clients = []
        for name in range(number):
            own = settings.model_copy(update={"work_dir": settings.work_dir / str(name)})
            clients.append(
                await stack.enter_async_context(client(await stack.enter_async_context(served(own)), headers))
            )
        yield clients


async def finish(api: Api, where: str, data: bytes) -> None:
    """Send what is missing, as a patient client does."""
    async with asyncio.timeout(60):
        while (offset := await api.offset(where)) < len(data):
            response = await api.patch(where, offset, data[offset:])
            assert response.status_code in (204, 409, 423), response.text
            if response.status_code == 423:
                await asyncio.sleep(0.1)


@pytest.mark.parametrize("object_store", ["directory", "s3"], indirect=True)
async def test_two_replicas_take_turns(settings: Settings, auth_headers: AuthHeaders, inside: Inside) -> None:
    data = noise(700_000)
    async with replicas(settings, auth_headers(roles=["content_manager"])) as apis:
        where = (await apis[0].create(len(data))).headers["Location"]
        for turn, start in enumerate(range(0, len(data), 100_000)):
            assert await apis[turn % 2].offset(where) == start
            response = await apis[(turn + 1) % 2].patch(where, start, data[start : start + 100_000])
            assert response.status_code == 204, response.text
        assert (await apis[0].get(where))["asset_id"]
    assert await master(settings, where) == data
    assert await inside.jobs(where) == 1


async def test_two_replicas_at_once_leave_one_film(
    settings: Settings, auth_headers: AuthHeaders, inside: Inside
) -> None:
    data, step = noise(400_000), 50_000
    async with replicas(settings, auth_headers(roles=["content_manager"])) as apis:
        where = (await apis[0].create(len(data))).headers["Location"]
        for start in range(0, len(data), step):
            answers = await asyncio.gather(*(api.patch(where, start, data[start : start + step]) for api in apis * 2))
            assert [answer.status_code for answer in answers].count(204) == 1
            assert {answer.status_code for answer in answers} <= {204, 409, 423}
        assert (await apis[1].get(where))["asset_id"]
    assert await master(settings, where) == data
    assert await inside.jobs(where) == 1


async def test_a_replica_killed_while_it_receives(
    settings: Settings, auth_headers: AuthHeaders, inside: Inside
) -> None:
    data, headers, port = noise(PART + 3_000_000), auth_headers(roles=["content_manager"]), free_port()
    async with replicas(settings, headers, 1) as (other,):
        async with api_process(settings, port) as process, client(("127.0.0.1", port), headers) as api:
            where = (await api.create(len(data))).headers["Location"]

            async def endless() -> AsyncIterator[bytes]:
                yield data[: PART + 1_000_000]
                await asyncio.Event().wait()

            sending = asyncio.create_task(api.patch(where, 0, endless()))
            async with asyncio.timeout(30):
                while await other.offset(where) < PART:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            process.kill()
            sending.cancel()
        assert PART <= await other.offset(where) < len(data)
        await finish(other, where, data)
    assert await master(settings, where) == data
    assert await inside.jobs(where) == 1


@pytest.mark.parametrize(
    "place",
    [
        f"{MASTERS}.put after",  # a part is stored, nobody knows
        f"{UPLOADS}.advance after",  # all bytes are counted, not committed
        f"{ASSETS}.complete after",  # the asset has a job, not committed
        f"{UPLOADS}.release before",  # committed, nobody was told
        f"{LEFTOVERS}.used after",  # the cleanup looks through a finished upload
    ],
)
async def test_killed_between_the_last_byte_and_its_answer(
    settings: Settings, auth_headers: AuthHeaders, inside: Inside, place: str
) -> None:
    data, headers, port = noise(300_000), auth_headers(roles=["content_manager"]), free_port()
    async with (
        api_process(settings, port, "tests.transcode.killed", *place.split()) as process,
        client(("127.0.0.1", port), headers) as api,
    ):
        where = (await api.create(len(data))).headers["Location"]
        with suppress(httpx.TransportError):
            await api.patch(where, 0, data)
        await asyncio.wait_for(process.wait(), 30)
    async with replicas(settings, headers, 1) as (api,):
        await finish(api, where, data)
        asset = (await api.get(where))["asset_id"]
        assert asset is not None
        assert await inside.jobs(where) == 1
        await inside.cleanup.sweep()
        assert await master(settings, where) == data
        assert len(await inside.objects()) == 1, "what the killed server left behind is cleared away"
        assert (await api.get(where))["asset_id"] == asset


@pytest.mark.parametrize(
    "place",
    [
        f"{UPLOADS}.remove after",
        f"{LEFTOVERS}.used after",
        f"{LEFTOVERS}.tidied before",
    ],
)
async def test_killed_while_it_gives_up_an_upload(
    settings: Settings, auth_headers: AuthHeaders, inside: Inside, place: str
) -> None:
    headers, port = auth_headers(roles=["content_manager"]), free_port()
    async with replicas(settings, headers, 1) as (api,):
        kept = (await api.create(10)).headers["Location"]
        await api.patch(kept, 0, noise(5))
        where = (await api.create(1000)).headers["Location"]
        await api.patch(where, 0, noise(500))
    async with (
        api_process(settings, port, "tests.transcode.killed", *place.split()) as process,
        client(("127.0.0.1", port), headers) as api,
    ):
        with suppress(httpx.TransportError):
            await api.client.delete(where, headers=headers)
        await asyncio.wait_for(process.wait(), 30)
    await inside.cleanup.sweep()
    async with replicas(settings, headers, 1) as (api,):
        assert (await api.client.head(where, headers=headers)).status_code == 404
        assert await master(settings, kept) == noise(5)
        assert len(await inside.objects()) == 1
    assert await inside.connection.fetchval("SELECT count(*) FROM uploads") == 1


async def test_a_whole_upload_is_completed_and_never_given_up(api: Api, settings: Settings, inside: Inside) -> None:
    """A version before this one could be killed between counting the last byte and making the asset."""
    where = (await api.create(100)).headers["Location"]
    await api.patch(where, 0, noise(60))
    await inside.connection.execute("UPDATE uploads SET length = 60 WHERE id = $1", where.rpartition("/")[2])
    await inside.age(where)
    await asyncio.gather(*(inside.cleanup.sweep() for _ in range(3)))
    assert (await api.get(where))["asset_id"]
    assert await inside.jobs(where) == 1
    assert await master(settings, where) == noise(60)


async def test_a_late_resume_and_the_cleanup_race(api: Api, settings: Settings, inside: Inside) -> None:
    outcomes = set()
    for turn in range(12):
        where = (await api.create(60)).headers["Location"]
        await api.patch(where, 0, noise(60)[:30])
        await inside.age(where)

        async def resume(where: str = where, turn: int = turn) -> httpx.Response:
            await asyncio.sleep(turn * 0.001)
            return await api.patch(where, 30, noise(60)[30:])

        response, _ = await asyncio.gather(resume(), inside.cleanup.sweep())
        outcomes.add(response.status_code)
        if response.status_code == 204:
            await inside.cleanup.sweep()
            assert await master(settings, where) == noise(60)
            assert await inside.jobs(where) == 1
        else:
            assert response.status_code in (404, 423), response.text
            assert (await api.client.head(where, headers=api.headers)).status_code == 404
    kept = await inside.connection.fetchval("SELECT count(*) FROM upload_parts")
    await inside.cleanup.sweep()
    assert len(await inside.objects()) == kept
    assert outcomes <= {204, 404, 423}


async def test_a_writer_whose_claim_was_taken_adds_nothing(api: Api, settings: Settings, inside: Inside) -> None:
    where = (await api.create(100)).headers["Location"]
    begun, release = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield noise(10, 1)
        begun.set()
        await release.wait()
        yield noise(10, 2)

    first = asyncio.create_task(api.patch(where, 0, slow()))
    await asyncio.wait_for(begun.wait(), 10)
    await inside.connection.execute("UPDATE uploads SET claimed_until = now() - interval '1 second'")
    assert (await api.patch(where, 0, noise(100)[:50])).status_code == 204
    release.set()
    assert (await first).status_code == 423
    assert await api.offset(where) == 50
    assert (await api.patch(where, 50, noise(100)[50:])).status_code == 204
    assert await master(settings, where) == noise(100)
    await eventually_tidy(inside)
    assert len(await inside.objects()) == 2


async def eventually_tidy(inside: Inside) -> None:
    async with asyncio.timeout(20):
        while await inside.connection.fetchval("SELECT count(*) FROM uploads WHERE tidied_at IS NULL"):
            await inside.cleanup.sweep()


async def spool(inside: Inside, where: str, data: bytes) -> None:
    """Make of an upload what a version before parts would have left: a file on this machine."""
    upload_id = where.rpartition("/")[2]
    path = Spool(inside.settings.work_dir).path(UUID(upload_id))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data + b"never acknowledged")
    await inside.connection.execute("DELETE FROM upload_parts WHERE upload_id = $1", upload_id)
    await open_store(inside.settings.object_store_url).delete_prefix(folder(UUID(upload_id)))
    await inside.connection.execute(
        "UPDATE uploads SET spooled = true, stored_at = NULL, tidied_at = NULL, received = $2 WHERE id = $1",
        upload_id,
        len(data),
    )


async def test_what_an_older_version_spooled_goes_on(api: Api, settings: Settings, inside: Inside) -> None:
    data = noise(PART + 5_000)
    half, done = (await api.create(len(data))).headers["Location"], (await api.create(40)).headers["Location"]
    await api.patch(done, 0, noise(40))
    await eventually_tidy_but(inside, 1)
    await spool(inside, half, data[: PART + 1_000])
    await spool(inside, done, noise(40))
    waiting = await api.patch(half, PART + 1_000, b"x")
    assert (waiting.status_code, waiting.json()["code"], waiting.headers["Retry-After"]) == (503, "upload_moving", "2")
    assert await api.offset(half) == PART + 1_000
    await asyncio.gather(*(inside.cleanup.sweep() for _ in range(2)))
    await inside.cleanup.sweep()
    assert await master(settings, done) == noise(40)
    assert await inside.connection.fetchval("SELECT stored_at FROM uploads WHERE asset_id IS NOT NULL") is not None
    assert list(Spool(settings.work_dir).folder.iterdir()) == []
    await finish(api, half, data)
    assert await master(settings, half) == data


async def eventually_tidy_but(inside: Inside, number: int) -> None:
    async with asyncio.timeout(20):
        while await inside.connection.fetchval("SELECT count(*) FROM uploads WHERE tidied_at IS NULL") != number:
            await inside.cleanup.sweep()


async def test_killed_while_it_adopts(settings: Settings, auth_headers: AuthHeaders, inside: Inside) -> None:
    data, headers = noise(40_000), auth_headers(roles=["content_manager"])
    async with replicas(settings, headers, 1) as (api,):
        where = (await api.create(len(data))).headers["Location"]
    await spool(inside, where, data[:30_000])
    for place in (f"{MASTERS}.put after", f"{LEFTOVERS}.adopted after", f"{LEFTOVERS}.unspooled before"):
        async with api_process(settings, free_port(), "tests.transcode.killed", *place.split(), ready=False) as process:
            await asyncio.wait_for(process.wait(), 60)
        await inside.connection.execute("UPDATE uploads SET claimed_until = now() WHERE claim IS NOT NULL")
    async with replicas(settings, headers, 1) as (api,):
        await inside.cleanup.sweep()
        await finish(api, where, data)
        assert await master(settings, where) == data
    await eventually_tidy(inside)
    assert len(await inside.objects()) == 2
    await eventually(lambda: not list(Spool(settings.work_dir).folder.iterdir()))


OLD_WAY = """
WITH w AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - $2::interval) RETURNING id),
    j AS (INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id)
        SELECT 'transcode', 'transcode', $1, CASE WHEN $1::procrastinate_job_status = 'doing' THEN w.id END FROM w RETURNING id)
UPDATE assets SET job_id = j.id, status = 'encoding', progress = 0.4, attempt = 1, updated_at = now() - interval '2 minutes'
FROM j RETURNING j.id
"""


@pytest.mark.parametrize(
    ("status", "silent", "taken"),
    [("todo", 0, True), ("doing", 90, True), ("doing", 1, False), ("succeeded", 0, True), ("failed", 0, True)],
)
async def test_a_film_in_the_middle_of_the_old_way_is_begun_again_once(
    api: Api, inside: Inside, status: str, silent: int, taken: bool
) -> None:
    """As one job of procrastinate's, unless a worker of the version before is at it, who then must not take it again."""
    where = (await api.create(20)).headers["Location"]
    await api.patch(where, 0, noise(20))
    await inside.connection.execute("DELETE FROM steps")
    job = await inside.connection.fetchval(OLD_WAY, status, timedelta(seconds=silent))
    await asyncio.gather(*(inside.cleanup.sweep() for _ in range(3)))
    assert await inside.jobs(where) == int(taken)
    now = await inside.connection.fetchval("SELECT status::text FROM procrastinate_jobs WHERE id = $1", job)
    assert now == {"todo": "cancelled", "doing": "failed"}.get(status, status) if taken else status


async def test_a_film_that_waits_or_has_just_been_heard_of_is_left_alone(api: Api, inside: Inside) -> None:
    where = (await api.create(20)).headers["Location"]
    await api.patch(where, 0, noise(20))
    old = "UPDATE assets SET updated_at = now() - interval '2 minutes'"
    await inside.connection.execute(old)
    await inside.cleanup.sweep()
    assert await inside.jobs(where) == 1, "its first step waits"
    await inside.connection.execute("DELETE FROM steps")
    await inside.connection.execute("UPDATE assets SET updated_at = now()")
    await inside.cleanup.sweep()
    assert await inside.jobs(where) == 0, "a minute must pass"
    await inside.connection.execute(f"{old}, status = 'failed'")
    await inside.cleanup.sweep()
    assert await inside.jobs(where) == 0, "it is over"

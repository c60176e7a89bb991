"""What starting a film and keeping it alive cost one worker, beside the smallest FastAPI service, in one run.

Real Postgres with its data on disk and every commit flushed. Each request is another viewer's, in turn, on a plan with
room; Kafka and Redis are not there, which a start does not notice.
"""

import asyncio
import json
import selectors
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from bench.load import Result, Target, UnexpectedAnswer, connected, ratio, table
from bench.processes import python
from deploy.local.nodes.postgres import Postgres
from deploy.local.ports import free_port
from libs.chassis.clock import FrozenClock
from libs.chassis.data import migrations
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.security.tokens import Signer, new_private_key
from libs.contracts.token import Principal
from services.playback.grants import Grants
from services.playback.repository.starts import Play
from services.playback.service.keep_alive import KeepAlive
from services.playback.service.starting import Starting
from services.playback.settings import Settings

GOAL = 0.15
VIEWERS = 200
CONNECTIONS = 16
ROUNDS = 9
BEATS = 30
# As measured here while every heartbeat was published and an index held when leases run out.
BEFORE = "3.0 rows, 1,686 bytes, 587 bytes"
SECONDS = 1.0


def post(path: str, token: str, body: object) -> bytes:
    """One request, ready to send."""
    data = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: playback\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


def run(port: int, requests: Iterator[bytes], *, seconds: float, connections: int = CONNECTIONS) -> Result:
    """Keep `connections` requests in flight for `seconds`, each the next of `requests`; every answer must be a success."""
    selector = selectors.DefaultSelector()
    target = Target(port, "/")
    opened = [connected(target) for _ in range(connections)]
    latencies: list[float] = []
    clock = time.perf_counter
    try:
        started = now = clock()
        for connection in opened:
            selector.register(connection, selectors.EVENT_READ, [0, clock()])
            connection.send(next(requests))
        while now < started + seconds:
            for key, _ in selector.select(0.1):
                ready: Any = key.fileobj
                state = key.data
                data = ready.recv(65536)
                if not data:
                    raise UnexpectedAnswer("the connection was closed")
                if state[0] == 0:
                    if data[9:10] != b"2":
                        raise UnexpectedAnswer(data[:600].decode("latin-1"))
                    head = data.index(b"\r\n\r\n") + 4
                    at = data.lower().index(b"content-length:", 0, head) + 15
                    state[0] = head + int(data[at : data.index(b"\r\n", at)])
                state[0] -= len(data)
                if state[0]:
                    continue
                now = clock()
                latencies.append(now - state[1])
                state[1] = now
                ready.send(next(requests))
            now = clock()
    finally:
        selector.close()
        for connection in opened:
            connection.close()
    cuts = statistics.quantiles(latencies, n=100)
    return Result(len(latencies), now - started, cuts[49] * 1000, cuts[98] * 1000)


async def fill(url: str, viewers: list[Principal], playable: str) -> None:
    """Write the facts the neighbours would have sent."""
    connection = await asyncpg.connect(url)
    title, asset = new_id(), new_id()
    answer = {
        "title": {"id": str(title), "type": "movie", "name": "Still Water"},
        "markers": {"intro_start": 10.0, "intro_end": 40.0, "credits_start": 5400.0},
        "next_episode": None,
        "tracks": {
            "audio": [{"language": "en", "label": "English", "codec": "mp4a.40.2", "channels": 2}] * 2,
            "text": [{"language": "en", "label": "English", "kind": "caption"}] * 4,
            "video": [
                {"height": h, "width": h * 16 // 9, "codec": "avc1.640028", "bitrate": h * 4000}
                for h in (360, 720, 1080)
            ],
        },
    }
    await connection.execute("INSERT INTO titles VALUES ($1, 1, 'published', 12)", title)
    await connection.execute(
        "INSERT INTO title_windows VALUES ($1, 0, now() - interval '1 day', NULL, '{US,DE}')", title
    )
    await connection.execute(
        "INSERT INTO playables VALUES ($1, $2, 'Still Water', $3, 5600, 5400, $4, $5, $6, '{360,720,1080}', $7)",
        playable, title, asset, f"{asset}/1/master.m3u8", f"{asset}/1/manifest.mpd", f"{asset}/1/thumbnails.vtt",
        json.dumps(answer),
    )  # fmt: skip
    for statement in (
        "INSERT INTO accounts SELECT a, 1, 'active' FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) u(a, p, d)",
        "INSERT INTO profiles SELECT p, a, 'Ada', 18 FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) u(a, p, d)",
        "INSERT INTO devices SELECT d, a, 'TV' FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) u(a, p, d)",
        "INSERT INTO entitlements SELECT a, 1, 'standard', 'active', 100000, 1080, 'block_newest', now() + interval '30 days'"
        " FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) u(a, p, d)",
    ):
        await connection.execute(
            statement, [v.account_id for v in viewers], [v.profile_id for v in viewers], [v.device_id for v in viewers]
        )
    await connection.execute("ANALYZE")
    await connection.close()


async def sessions_of(url: str) -> list[tuple[str, str, int]]:
    """Every session being played: account, session, fencing."""
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT account_id::text, session_id::text, fencing FROM leases")
    await connection.close()
    return [tuple(row) for row in rows]


def measure(url: str, keys: Path, signer: Signer) -> dict[str, list[Result]]:
    viewers = [
        Principal(account_id=new_id(), session_id=new_id(), profile_id=new_id(), device_id=new_id())
        for _ in range(VIEWERS)
    ]
    tokens = {str(viewer.account_id): signer.issue(viewer, ttl=3600) for viewer in viewers}
    playable = str(new_id())
    asyncio.run(fill(url, viewers, playable))
    environment = {
        "BIJOU_DATABASE_URL": url,
        "BIJOU_KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "BIJOU_JWKS_CACHE": str(keys),
        "BIJOU_GRANT_SECRET": "measured",
        "BIJOU_LOG_LEVEL": "error",
        "BIJOU_LEASE_TTL": "600",
    }
    starts = cycle([post("/api/v1/playback/sessions", token, {"playable_id": playable}) for token in tokens.values()])
    hello_request = cycle([b"GET /api/v1/me HTTP/1.1\r\nHost: hello\r\n\r\n"])
    results: dict[str, list[Result]] = {"bare FastAPI hello": [], "playback start": [], "heartbeat": []}
    with python("bench.hello", {}) as hello, python("services.playback.main", environment) as playback:
        run(hello, hello_request, seconds=0.5)
        run(playback, starts, seconds=1.0)
        started = asyncio.run(sessions_of(url))
        for number in range(ROUNDS):
            results["bare FastAPI hello"].append(run(hello, hello_request, seconds=SECONDS))
            results["playback start"].append(run(playback, starts, seconds=SECONDS))
            beats = heartbeats(started, tokens, number)
            results["heartbeat"].append(run(playback, beats, seconds=SECONDS))
    return results


async def written(url: str, admin: str) -> dict[str, float]:
    """What a heartbeat writes: row versions, bytes of log, and bytes that stay; of films that play on, a beat every 10 s."""
    db = Database(url, pool_size=1, hot_pool_size=1)
    await db.start()
    clock = FrozenClock(datetime.now(UTC))
    settings = Settings(database_url=url)
    grants = Grants("measured")
    starting, keeping = Starting(db, grants, settings, clock), KeepAlive(db, grants, settings, clock)
    pool = db.pool
    try:
        await pool.execute("TRUNCATE leases, outbox, positions")
        playable = await pool.fetchval("SELECT playable_id FROM playables")
        viewers = [
            Principal(account_id=row["account_id"], session_id=new_id(), profile_id=row["profile_id"])
            for row in await pool.fetch("SELECT account_id, profile_id FROM profiles")
        ]
        sessions = [(who, await starting.start(who, Play(playable, who.device_id))) for who in viewers]
        await pool.execute("VACUUM ANALYZE leases, positions, outbox")
        # Each page's first change after a checkpoint logs the page: once in the five minutes that are played here.
        postgres = await asyncpg.connect(admin)
        await postgres.execute("CHECKPOINT")
        await postgres.close()
        rows, log, kept = await _totals(pool)
        for seq in range(1, BEATS + 1):
            clock.advance(settings.heartbeat_interval)
            for who, session in sessions:
                await keeping.heartbeat(
                    session["session_id"],
                    who,
                    fencing=session["fencing"],
                    seq=seq,
                    position=seq * 10.0,
                    state="playing",
                )
        after = await _totals(pool)
    finally:
        await db.stop()
    beats = BEATS * len(viewers)
    return {
        "rows": (after[0] - rows) / beats,
        "wal_bytes": (after[1] - log) / beats,
        "kept_bytes": (after[2] - kept) / beats,
    }


async def _totals(pool: Any) -> tuple[int, int, int]:
    """Row versions written, bytes of log written, and bytes of rows that are there."""
    await pool.execute("SELECT pg_stat_force_next_flush()")
    rows = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_stat_user_tables"
    log = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
    kept = (
        "SELECT (SELECT coalesce(sum(pg_column_size(o)), 0) FROM outbox o) + (SELECT coalesce(sum(pg_column_size(l)), 0)"
        " FROM leases l) + (SELECT coalesce(sum(pg_column_size(p)), 0) FROM positions p)"
    )
    return await pool.fetchval(rows), await pool.fetchval(log), await pool.fetchval(kept)


def heartbeats(started: list[tuple[str, str, int]], tokens: Mapping[str, str], number: int) -> Iterator[bytes]:
    """Heartbeats of all sessions in turn; `seq` keeps growing from round to round."""
    seq = number * 1_000_000
    while True:
        seq += 1
        for account, session, fencing in started:
            body = {"seq": seq, "fencing": fencing, "position": 61.5, "state": "playing"}
            yield post(f"/api/v1/playback/sessions/{session}/heartbeat", tokens[account], body)


def main() -> None:
    signer = Signer(new_private_key())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        keys = folder / "jwks.json"
        keys.write_bytes(orjson.dumps(signer.jwks()))
        server = Postgres(folder / "data", free_port(), "measured", folder / "postgres.log")
        try:
            server.start()
            server.ensure_databases([("playback", "measured")])
            url = server.url_of("playback", "playback", "measured")
            migrations.upgrade("services.playback", url)
            results = measure(url, keys, signer)
            per_beat = asyncio.run(written(url, server.url_of("postgres")))
        finally:
            server.stop()
    table(results, "bare FastAPI hello")
    found = ratio(results, "playback start", "bare FastAPI hello")
    print(f"\nplayback start beside a bare FastAPI hello: {found:.2f} (goal: at least {GOAL})")
    print(f"RESULT playback_start_vs_hello={found:.3f}")
    print(f"RESULT playback_heartbeat_vs_hello={ratio(results, 'heartbeat', 'bare FastAPI hello'):.3f}")
    print(
        f"\na heartbeat writes {per_beat['rows']:.1f} rows and {per_beat['wal_bytes']:.0f} bytes of log, of which"
        f" {per_beat['kept_bytes']:.0f} bytes stay (before: {BEFORE})"
    )
    for name, value in per_beat.items():
        print(f"RESULT playback_heartbeat_{name}={value:.1f}")


if __name__ == "__main__":
    main()

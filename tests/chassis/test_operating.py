"""`bijou` as somebody runs it at night: dead letters, replay and republish, each a process of its own."""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.nodes.tansu import Tansu
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging import outbox
from libs.chassis.messaging.bus import Bus, Outgoing
from libs.contracts.media import AssetFailed
from tests.conftest import DatabaseFactory

ROOT = Path(__file__).parents[2]


async def bijou(*words: str, **settings: str) -> tuple[int, str]:
    """Run a command; return its exit status and what it said."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("BIJOU_") and name != "COLUMNS"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", *words, cwd=ROOT, env={**known, **settings},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_dead_letters_are_looked_at_tried_and_let_go(
    database: DatabaseFactory, tmp_path: Path, object_store: str
) -> None:
    url = await database("services.catalog")
    told = {"BIJOU_DATABASE_URL": url, "BIJOU_OBJECT_STORE_URL": object_store}
    assert await bijou("dead-letters", "list", "catalog", **told) == (0, "There are no dead letters.\n")
    db = Database(url)
    await db.start()
    event_id, key, reason = str(new_id()), str(new_id()), "ValueError: [/red] is not [bold]this[/bold]\nmore"
    letter = await db.pool.fetchval(
        "INSERT INTO dead_letters (consumer, topic, partition, position, event_id, type, key, happened_at, value, reason)"
        " VALUES ('catalog', 'media.assets', 0, 7, $1, $2, $3, '2026-11-26T12:00:00+00:00', '{\"half\": ', $4) RETURNING id",
        event_id, AssetFailed.TYPE, key, reason,
    )  # fmt: skip
    await db.stop()

    status, said = await bijou("dead-letters", "list", "catalog", **told)
    (line,) = [line for line in said.splitlines() if key in line]
    assert status == 0
    assert AssetFailed.TYPE in line
    assert "ValueError: [/red] is not [bold]this[/bold]" in line

    status, said = await bijou("dead-letters", "show", "catalog", str(letter), **told)
    assert status == 0
    assert event_id in said
    assert '{"half": ' in said
    assert reason in said

    for command in ("drop", "retry"):
        status, said = await bijou("dead-letters", command, "catalog", str(letter), str(letter + 7), **told)
        assert status == 1
        assert said.startswith(f"There is no dead letter {letter + 7} in catalog. Nothing was done;")

    status, said = await bijou("dead-letters", "retry", "catalog", str(letter), **told)
    assert status == 1
    assert f"{letter}: Malformed: ValidationError" in said
    assert "Applied 0, failed again 1, left because one before them failed 0." in said
    assert await bijou("dead-letters", "drop", "catalog", str(letter), **told) == (0, "Dropped 1.\n")


async def test_a_dead_letter_is_mended_with_what_fits_and_applied(
    database: DatabaseFactory, tmp_path: Path, object_store: str
) -> None:
    url = await database("services.catalog")
    told = {"BIJOU_DATABASE_URL": url, "BIJOU_OBJECT_STORE_URL": object_store}
    asset = new_id()
    db = Database(url)
    await db.start()
    letter = await db.pool.fetchval(
        "INSERT INTO dead_letters (consumer, topic, partition, position, event_id, type, key, happened_at, value, reason)"
        " VALUES ('catalog', 'media.assets', 0, 7, $1, $2, $3, '2026-11-26T12:00:00+00:00', '{}', 'bad') RETURNING id",
        str(new_id()), AssetFailed.TYPE, str(asset),
    )  # fmt: skip
    meant = AssetFailed(asset_id=asset, playable_id=new_id(), version=1, code="no_video", detail="There is no picture.")
    contents = {
        "That is no bijou.media.asset.failed.v1": "{}",
        "its order would be lost": meant.model_copy(update={"asset_id": new_id()}).model_dump_json(),
        f"Mended {letter}; applied 1, failed again 0.": meant.model_dump_json(),
    }
    for said, content in contents.items():
        file = tmp_path / "event.json"
        file.write_text(content)
        assert said in (
            await bijou("events", "dead-letters", "mend", "catalog", str(letter), f"--file={file}", **told)
        )[1].replace("\n", " ")
    assert await db.pool.fetchval("SELECT count(*) FROM dead_letters") == 0
    await db.stop()


async def test_dead_letters_are_shown_a_page_at_a_time_the_newest_first(
    database: DatabaseFactory, object_store: str
) -> None:
    url = await database("services.catalog")
    told = {"BIJOU_DATABASE_URL": url, "BIJOU_OBJECT_STORE_URL": object_store}
    db = Database(url)
    await db.start()
    # Positions of many partitions say nothing about when.
    ids = await db.pool.fetch(
        "INSERT INTO dead_letters (consumer, topic, partition, position, value, reason)"
        " SELECT 'catalog', 'media.assets', n % 2, 100 - n, '', 'letter ' || n FROM generate_series(1, 5) n RETURNING id"
    )
    await db.stop()

    def shown(said: str) -> list[str]:
        return [line.split()[-1] for line in said.splitlines() if "letter " in line and not line.startswith("Older")]

    _, said = await bijou("dead-letters", "list", "catalog", "--limit", "3", **told)
    assert shown(said) == ["5", "4", "3"]
    assert f"Older ones: bijou dead-letters list catalog --before {ids[2]['id']}" in said
    _, said = await bijou("dead-letters", "list", "catalog", "--limit", "3", "--before", str(ids[2]["id"]), **told)
    assert shown(said) == ["2", "1"]
    assert "Older ones" not in said
    assert await bijou("dead-letters", "drop", "catalog", "--all", **told) == (0, "Dropped 5.\n")


async def test_a_topic_is_published_and_applied_again(
    database: DatabaseFactory, fresh_broker: Tansu, tmp_path: Path, object_store: str
) -> None:
    catalog, transcode = await database("services.catalog"), await database("pipelines.transcode")
    told = {"BIJOU_OBJECT_STORE_URL": object_store, "BIJOU_KAFKA_BOOTSTRAP": fresh_broker.bootstrap}
    event = AssetFailed(asset_id=new_id(), playable_id=new_id(), version=1, code="failed", detail="It broke.")
    db, bus = Database(transcode), Bus(fresh_broker.bootstrap, service="transcode")
    await db.start()
    await bus.start()
    await bus.ready()
    async with db.transaction() as session:
        await outbox.add(session, event)
    await bus.send(
        Outgoing(
            event.TOPIC.name, event.key(), new_id(), event.TYPE, datetime.now(UTC), event.model_dump_json().encode()
        )
    )
    await bus.stop()
    await db.stop()

    status, said = await bijou("replay", "catalog", "media.assets", BIJOU_DATABASE_URL=catalog, **told)
    assert status == 0, said
    assert "catalog: read 1 records of media.assets again: 1 applied, 0 put aside, 0 passed over." in said
    assert f"Of {AssetFailed.TYPE} it left out what it has applied within 8 days" in said
    status, said = await bijou(
        "republish", "transcode", "media.assets", BIJOU_DATABASE_URL=transcode, BIJOU_WORK_DIR=str(tmp_path), **told
    )
    assert (status, said) == (0, "1 events of media.assets are in the outbox again; transcode publishes them now.\n")
    status, said = await bijou("republish", "catalog", "catalog.titles", BIJOU_DATABASE_URL=catalog, **told)
    assert (status, said) == (1, "catalog has published nothing on catalog.titles. Name the service that owns it.\n")
    status, said = await bijou("replay", "nobody", "media.assets", **told)
    assert status == 1
    assert said.startswith("There is no service nobody. There are: identity, catalog,")

"""`bijou events`: what events say, and what passes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner

from cli.events import app
from libs.chassis.ids import new_id
from libs.chassis.messaging.bus import create_topics
from libs.contracts.client import CLIENT

ROOT = Path(__file__).resolve().parents[2]


def asked(*command: str) -> Any:
    return CliRunner().invoke(app, list(command))


def test_an_event_is_described_with_who_owns_and_reads_it() -> None:
    every = asked("describe").output
    assert "bijou.client.search.v1" in every
    assert "catalog.titles" in every
    said = asked("describe", "title.changed").output
    assert "bijou.catalog.title.changed.v1" in said
    assert "owner  catalog" in said
    assert "kept  the newest event of every key, for good" in said
    assert "personalisation" in asked("describe", "impression").output
    assert "is several types" in asked("describe", "changed").output.replace("\n", " ")
    assert "is no type" in asked("describe", "nothing").output.replace("\n", " ")


def test_a_sample_is_what_its_type_says() -> None:
    assert json.loads(asked("sample", "click").output)["target"] == "title"


async def test_what_passes_is_shown(kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = {"bootstrap_servers": kafka_bootstrap}
    await create_topics(client, [CLIENT])
    key = str(new_id())
    async with AIOKafkaProducer(**client) as producer:
        for number in range(7):
            kind = b"bijou.client.click.v1" if number < 5 else b"bijou.client.page.v1"
            headers = [("ce_type", kind), ("ce_id", b"x"), ("ce_time", b"2026-11-27T09:30:00Z")]
            value = json.dumps({"number": number}).encode()
            await producer.send_and_wait(CLIENT.name, value, key=key.encode(), headers=headers)
    told = {"BIJOU_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "BIJOU_KAFKA_BOOTSTRAP": kafka_bootstrap}
    for name, setting in told.items():
        monkeypatch.setenv(name, setting)
    command = [sys.executable, "-m", "cli", "events", "tail", "events.client", "-n", "3", "--no-follow", "--json"]
    shown = [json.loads(line) for line in run(*command, "--key", key).splitlines()]
    assert [line["data"]["number"] for line in shown] == [4, 5, 6]
    # So many of those that are wanted, whatever came after them.
    shown = [json.loads(line) for line in run(*command, "--key", key, "--type", "click").splitlines()]
    assert [line["data"]["number"] for line in shown] == [2, 3, 4]
    assert run(*command, "--key", key, "-n", "0") == ""
    assert run(*command, "--key", key, "--type", "search") == ""
    assert "There is no topic nothing" in asked("tail", "nothing").output
    assert asked("tail", "events.client", "-n", "-3").exit_code == 2


def run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

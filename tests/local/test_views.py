"""What people read: status, logs, the welcome."""

import io
import os
import time
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from deploy.local import display, logs, status
from deploy.local.data import Account, Data


def text(what: object) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(what)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_welcome_says_where_and_who() -> None:
    shown = text(
        display.welcome("http://127.0.0.1:8080", Account("admin@x", "secret-a"), Account("demo@x", "secret-d"), 4.2)
    )
    for part in ("http://127.0.0.1:8080", "admin@x", "secret-a", "demo@x", "secret-d", "4.2 s"):
        assert part in shown


def test_what_the_demo_says_of_its_films_is_read_and_nothing_is_no_news(tmp_path: Path) -> None:
    data = Data(tmp_path)
    assert status.demo(data) == {}
    data.demo.mkdir(parents=True)
    (data.demo / "progress.json").write_text('{"total": 16, "ready": 2')
    assert status.demo(data) == {}
    (data.demo / "progress.json").write_text('{"total": 16, "ready": 2}')
    assert "2/16" in text(display.demo_line(status.demo(data)))


def test_the_demo_line_goes_when_all_films_are_there() -> None:
    assert "3/12" in text(display.demo_line({"total": 12, "ready": 3, "current": "Moss", "detail": "encoding"}))
    assert display.demo_line({"total": 12, "ready": 12}).plain == ""
    assert display.demo_line({}).plain == ""


def test_status_shows_every_part_with_real_memory() -> None:
    parts: list[dict[str, Any]] = [
        {"name": "catalog", "pid": os.getpid(), "port": 8012, "state": "ready", "restarts": 2, "seconds": 61},
        {"name": "nginx", "pid": None, "port": 8080, "state": "restarting", "restarts": 0, "seconds": 1},
    ]
    shown = text(status.table({"phase": "ready", "written": time.time(), "parts": parts}, os.getpid()))
    catalog = next(line for line in shown.splitlines() if "catalog" in line)
    assert catalog.split()[2:5] == ["ready", str(os.getpid()), "8012"]
    assert "MB" in catalog
    assert "1 min" in catalog
    assert "restarting" in shown


def test_a_part_that_ends_again_and_again_is_told_with_its_last_words_and_once() -> None:
    part = {"name": "transcode-worker", "state": "restarting", "trouble": "worker_refused: No Landlock."}
    console = Console(file=io.StringIO(), width=200)
    with display.Display(console) as screen:
        for _ in range(3):
            screen.show("ready", "ready", [{"name": "catalog", "state": "ready", "trouble": ""}, part], {})
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert shown.count("transcode-worker ended by itself: worker_refused: No Landlock.") == 1
    assert "make logs PARTS=transcode-worker" in shown and "catalog" not in shown


def test_last_words_are_the_reason_the_exception_or_the_line() -> None:
    assert logs.last_words('{"event": "a", "reason": "b"}\n\n') == "a: b"
    assert logs.last_words('{"event": "a", "exception": "Traceback\\n  x\\nValueError: no"}') == "a: ValueError: no"
    assert logs.last_words('{"event": "stopped"}') == "stopped"
    assert logs.last_words("Traceback\nOSError: full") == "OSError: full"
    assert logs.last_words("") == ""


def test_durations_are_short() -> None:
    shown = [status.duration(seconds) for seconds in (5, 65, 3 * 3600 + 120, 50 * 3600)]
    assert shown == ["5 s", "1 min", "3 h 2 min", "2 d 2 h"]


def test_a_json_line_reads_as_a_sentence_and_others_stay() -> None:
    line = orjson.dumps(
        {"event": "title_published", "level": "info", "timestamp": "2026-11-20T20:00:01.123456Z", "title_id": "7"}
    ).decode()
    assert logs.readable(line).plain == "20:00:01.123 title_published title_id=7"
    for other in ("plain words", "{not json", '{"no": "event"}'):
        assert logs.readable(other).plain == other


def test_following_sees_whole_new_lines_only(tmp_path: Path) -> None:
    path = tmp_path / "catalog.log"
    path.write_text("old\n")
    follower = logs.Follower([tmp_path], frozenset())
    assert list(follower.last(10)) == [("catalog", "old")]
    with path.open("a") as file:
        file.write("new\nhal")
    assert list(follower.new()) == [("catalog", "new")]
    with path.open("a") as file:
        file.write("f\n")
    (tmp_path / "billing.log").write_text("hello\n")
    assert sorted(follower.new()) == [("billing", "hello"), ("catalog", "half")]
    path.unlink()
    path.write_text("x\n")
    assert list(follower.new()) == [("catalog", "x")]


def test_a_part_is_called_by_its_name_and_one_that_is_not_there_is_named(tmp_path: Path) -> None:
    for name in ("catalog", "edge.access", "edge.error"):
        (tmp_path / f"{name}.log").write_text("line\n")
    assert [part for part, _ in logs.Follower([tmp_path], frozenset({"edge"})).last(1)] == ["edge.access", "edge.error"]
    assert logs.unknown([tmp_path], ["edge", "edge.error", "catalogue"]) == ["catalogue"]
    assert logs.parts([tmp_path]) == ["catalog", "edge"]


def test_only_the_parts_asked_for(tmp_path: Path) -> None:
    for name in ("catalog", "billing"):
        (tmp_path / f"{name}.log").write_text("line\n")
    assert list(logs.Follower([tmp_path], frozenset({"billing"})).last(1)) == [("billing", "line")]

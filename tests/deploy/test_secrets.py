"""Secrets of an installation: made once, kept, readable by nobody who has no business with them, and told whole."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import secrets, topology
from deploy.containers import deployables, told
from deploy.deployable import Service, Share
from libs.chassis.security.shares import share_of
from libs.chassis.settings import ServiceSettings, load

ROOT = Path(__file__).resolve().parents[2]


def test_it_needs_nothing_that_has_to_be_installed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys._base_executable, "-S", "-m", "deploy.secrets", str(tmp_path)],  # type: ignore[attr-defined]
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    for each in deployables():
        for name in told(each, "").files:
            assert (tmp_path / each.name / name).stat().st_mode & 0o777 == 0o444
    known = json.loads((tmp_path / "secrets.json").read_text())
    assert known["admin"]["password"] not in done.stdout


def test_what_is_there_stays_and_what_is_new_is_added(tmp_path: Path) -> None:
    first = secrets.remembered(tmp_path)
    known = json.loads((tmp_path / "secrets.json").read_text())
    gone = known["databases"].pop("catalog")
    (tmp_path / "secrets.json").write_text(json.dumps(known))
    second = secrets.remembered(tmp_path)
    assert second["databases"].pop("catalog") != gone
    assert second == {**first, "databases": {k: v for k, v in first["databases"].items() if k != "catalog"}}


def test_damaged_secrets_are_not_made_anew(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(secrets.NotMade, match="Restore it"):
        secrets.remembered(tmp_path)
    assert (tmp_path / "secrets.json").read_text() == "{"


def test_nobody_is_told_more_than_its_share(tmp_path: Path) -> None:
    memory = secrets.remembered(tmp_path)
    made = secrets.files(memory)
    whole = memory["named"]["gateway"]
    for each in deployables():
        held = "".join(made[each.name].values())
        assert (whole in held) == (each is topology.GATEWAY)
        for name, value in topology.told(each).items():
            if isinstance(value, Share):
                assert made[each.name][f"BIJOU_{name}"] == share_of(whole, each.name)
        own = topology.database(each) if isinstance(each, Service) else None
        others = {name: word for name, word in memory["databases"].items() if name != own}
        assert not any(word in held for word in others.values())


def test_kubernetes_is_told_the_same(tmp_path: Path) -> None:
    made = secrets.files(secrets.remembered(tmp_path))
    shown = secrets.objects(made)
    assert {item["metadata"]["name"] for item in shown["items"]} == set(made)
    for item in shown["items"]:
        decoded = {name: base64.b64decode(text).decode() for name, text in item["data"].items()}
        assert decoded == made[item["metadata"]["name"]]


def test_a_setting_is_read_from_its_file_and_a_variable_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "BIJOU_REDIS_URL").write_text("redis://from-a-file\n")
    (tmp_path / "BIJOU_LOG_LEVEL").write_text("error")
    monkeypatch.setenv("BIJOU_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("BIJOU_LOG_LEVEL", "debug")
    found = load(ServiceSettings)
    assert (found.redis_url, found.log_level) == ("redis://from-a-file", "debug")


def test_a_folder_of_secrets_that_is_not_there_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BIJOU_SECRETS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(SystemExit):
        load(ServiceSettings)
    assert "nowhere is no folder" in capsys.readouterr().err

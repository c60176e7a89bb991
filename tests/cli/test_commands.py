"""The `bijou` command: every subject's file is reached, and only the one that is asked for."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from typer.main import get_group

from cli.__main__ import FILES, Commands

ROOT = Path(__file__).resolve().parents[2]
# Files that hold commands, but for those that help them.
SUBJECTS = {path.stem for path in (ROOT / "cli").glob("*.py")} - {
    "__init__", "__main__", "console", "lake_plays", "lake_shell", "recount", "service"
}  # fmt: skip


def test_every_file_has_its_commands_in_the_list() -> None:
    assert set(FILES.values()) == SUBJECTS
    for subject in SUBJECTS:
        commands = set(get_group(import_module(f"cli.{subject}").app).commands)
        listed = {name for name, file in FILES.items() if file == subject}
        assert listed in (commands, {subject.replace("_", "-")}), subject


@pytest.mark.parametrize("name", FILES)
def test_every_command_says_what_it_does(name: str) -> None:
    found = Commands().get_command(None, name)
    assert found.name == name
    assert found.help


def test_a_command_nobody_knows() -> None:
    assert Commands().get_command(None, "nope") is None


def asked(data: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "BIJOU_DATA": str(data)}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )


def test_looking_at_the_platform_loads_nothing_of_the_services(tmp_path: Path) -> None:
    script = "import sys; from cli.__main__ import app; app(['status'], standalone_mode=False)"
    script = f"import atexit, sys; atexit.register(lambda: print('sqlalchemy' in sys.modules)); {script}"
    answer = asked(tmp_path, "-c", script)
    assert "not running" in answer.stdout
    assert answer.stdout.split()[-1] == "False"


@pytest.mark.parametrize("module", ["cli", "deploy.local"])
def test_it_is_called_by_either_name(tmp_path: Path, module: str) -> None:
    answer = asked(tmp_path, "-m", module, "status")
    assert (answer.returncode, answer.stdout.splitlines()[0]) == (3, "The platform is not running. make up starts it.")


@pytest.mark.parametrize("command", [("up",), ("up", "--detach"), ("dev",), ("status",), ("accounts",), ("down",)])
def test_a_data_directory_that_is_none_is_told_in_a_line(tmp_path: Path, command: tuple[str, ...]) -> None:
    file = tmp_path / "file"
    file.touch()
    answer = asked(file / "data", "-m", "cli", *command)
    assert answer.returncode != 0 or command == ("down",)
    assert answer.stderr == ""
    assert len(answer.stdout.splitlines()) == 1
    assert "Not a directory" in answer.stdout or "not running" in answer.stdout or "no accounts" in answer.stdout


def test_a_path_that_the_edge_cannot_be_told_is_refused_before_anything_runs(tmp_path: Path) -> None:
    data = tmp_path / "a $name"
    answer = asked(data, "-m", "cli", "up", "--no-demo")
    assert answer.returncode == 1
    assert answer.stderr == ""
    assert "cannot be written into the edge's configuration" in " ".join(answer.stdout.split())
    assert not (data / "postgres").exists()


def test_damaged_secrets_are_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    answer = asked(tmp_path, "-m", "cli", "accounts")
    assert (answer.returncode, answer.stderr) == (1, "")
    assert "which holds all passwords, cannot be read" in answer.stdout
    answer = asked(tmp_path, "-m", "cli", "up", "--no-demo")
    assert (answer.returncode, answer.stderr) == (1, "")
    assert "make reset" in answer.stdout


@pytest.mark.parametrize("command", ["up", "dev"])
@pytest.mark.parametrize("port", ["-1", "0", "65536", "http"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, command: str, port: str) -> None:
    answer = asked(tmp_path / "data", "-m", "cli", command, "--no-demo", "--port", port)
    assert answer.returncode == 2
    assert "Invalid value for '--port'" in answer.stderr
    assert not (tmp_path / "data").exists()
